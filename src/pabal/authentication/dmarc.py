"""DMARC policies and organizational domains by the DNS tree walk (RFC 9989).

Ours, since authheaders walks over five labels as drafts did, and checkdmarc gives up at
doubled records, which count as none, and tells no organizational domain.
"""

import re
from dataclasses import dataclass

from pabal.authentication.lookups import Answer, Lookups

_MOST_LABELS = 8  # RFC 9989 4.10: a longer name is asked for once, then its last seven
_VERSION = re.compile(r"v\s*=\s*DMARC1\s*(?:;|$)")
_POLICIES = ("none", "quarantine", "reject")
_LEFT_BEHIND = ("pct", "rf", "ri")  # RFC 9989 A.6: not of DMARC any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A DMARC record.

    domain: whose it is. p, sp, np: "" where they are missing or unreadable.
    left_behind: tags of RFC 7489 that nobody is to read any more.
    """

    domain: str
    text: str
    p: str = ""
    sp: str = ""
    np: str = ""
    strict_dkim: bool = False
    strict_spf: bool = False
    testing: bool = False
    psd: str = ""
    reports: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """RFC 9989 4.7: without a readable p=, reports are asked for, or it is no record."""
        return bool(self.p or self.reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeWalk:
    """What lies between a domain and the root.

    policies: from the longest name to the shortest.
    several: names with more than one record, of which then none counts.
    organizational: the domain itself where no record is found (4.10.2).
    unanswered: the first question without an answer; what follows is not known then.
    """

    domain: str
    policies: tuple[Policy, ...] = ()
    several: tuple[str, ...] = ()
    organizational: str = ""
    exists: bool = True
    unanswered: Answer | None = None

    @property
    def policy(self) -> Policy | None:
        """The record that governs the domain: its own, or its organization's (4.10.1)."""
        by_domain = {policy.domain: policy for policy in self.policies}
        own = by_domain.get(self.domain) or by_domain.get(self.organizational)
        return own or (self.policies[-1] if self.policies else None)

    @property
    def asked_for(self) -> str:
        """What receivers are asked to do with what fails: none, quarantine or reject."""
        policy = self.policy
        if policy is None:
            return ""
        wanted = policy.p or "none"
        if policy.domain != self.domain:
            wanted = policy.sp or wanted
            if not self.exists:
                wanted = policy.np or wanted
        # 4.7, t=y: one step milder than what is written.
        return _POLICIES[max(0, _POLICIES.index(wanted) - 1)] if policy.testing else wanted


def walk(domain: str, lookups: Lookups) -> TreeWalk:
    """Walk from a domain towards the root (RFC 9989 4.10)."""
    policies: list[Policy] = []
    several: list[str] = []
    for name in names_on_the_way(domain):
        answer = lookups.texts(f"_dmarc.{name}")
        if answer.trouble is not None:
            return _walked(domain, policies, several, lookups, unanswered=answer)
        found = [text for text in answer.records if _VERSION.match(text)]
        if len(found) > 1:
            several.append(name)
        elif found:
            policies.append(read_policy(name, found[0]))
            if policies[-1].psd in ("y", "n"):
                break
    return _walked(domain, policies, several, lookups)


def _walked(
    domain: str,
    policies: list[Policy],
    several: list[str],
    lookups: Lookups,
    unanswered: Answer | None = None,
) -> TreeWalk:
    inherits = bool(policies) and policies[0].domain != domain
    return TreeWalk(
        domain=domain,
        policies=tuple(policies),
        several=tuple(several),
        organizational=_organizational(domain, policies),
        exists=lookups.texts(domain).exists if inherits else True,
        unanswered=unanswered,
    )


def names_on_the_way(domain: str) -> list[str]:
    """The names that are asked for, at most eight."""
    labels = domain.split(".")
    first = max(1, len(labels) - _MOST_LABELS + 1)
    return [domain, *(".".join(labels[start:]) for start in range(first, len(labels)))]


def _organizational(domain: str, policies: list[Policy]) -> str:
    if not policies:
        return domain
    last = policies[-1]
    if last.psd == "y" and last.domain != domain:
        return ".".join(domain.split(".")[-last.domain.count(".") - 2 :])
    return last.domain


def aligned(one: str, other: str, *, strict: bool, lookups: Lookups) -> bool | None:
    """Whether two domains are of one organization (RFC 9989 4.4); None: not known now."""
    if one == other:
        return True
    if strict:
        return False
    walks = [walk(domain, lookups) for domain in (one, other)]
    if any(each.unanswered is not None for each in walks):
        return None
    return walks[0].organizational == walks[1].organizational


def read_policy(domain: str, text: str) -> Policy:
    """Read a record. What cannot be read is as if it were missing (RFC 9989 4.7)."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        tags.setdefault(name.strip().lower(), value.strip())
    chosen = {name: tags.get(name, "").lower() for name in ("p", "sp", "np")}
    reports = tuple(uri.strip() for uri in tags.get("rua", "").split(",") if ":" in uri)
    return Policy(
        domain=domain,
        text=text,
        **{name: value if value in _POLICIES else "" for name, value in chosen.items()},
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
        testing=tags.get("t", "").lower() == "y",
        psd=tags.get("psd", "").lower(),
        reports=reports,
        left_behind=tuple(name for name in _LEFT_BEHIND if name in tags),
    )
