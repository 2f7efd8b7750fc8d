"""DMARC: is there a policy, and would mails pass it?"""

from collections.abc import Iterator

from pabal.authentication.dmarc import Policy
from pabal.authentication.examination import Examination, Passing
from pabal.preflight.finding import Finding, Severity


def check_dmarc(seen: Examination) -> Iterator[Finding]:
    domain, walk = seen.sending.domain, seen.dmarc
    if walk.policy is not None:
        yield from _policy(walk.policy, walk.asked_for)
    if walk.several:
        yield Finding(
            code="dmarc-several",
            severity=Severity.WARNING if walk.policy is not None else Severity.ERROR,
            message="{name} has several DMARC records, so none of them counts.",
            remedy="Leave one.",
            rule="RFC 9989 4.10; docs/rules.md S18",
            details={"name": f"_dmarc.{walk.several[0]}"},
        )
    elif walk.policy is None and walk.unanswered is None:
        yield Finding(
            code="dmarc-missing",
            severity=Severity.ERROR,
            message="{domain} has no DMARC record: Gmail, Yahoo, Outlook.com and Naver want one.",
            remedy='Publish TXT _dmarc.{domain} "v=DMARC1; p=none; rua=mailto:dmarc@{domain}".',
            rule="RFC 9989; docs/rules.md S18",
            details={"domain": domain},
        )
    yield from _passing(seen)


def _policy(policy: Policy, asked_for: str) -> Iterator[Finding]:
    details = {"name": f"_dmarc.{policy.domain}", "record": policy.text}
    if not policy.valid:
        yield Finding(
            code="dmarc-broken",
            severity=Severity.ERROR,
            message="The DMARC record at {name} cannot be read: {record}",
            remedy="Let it begin with “v=DMARC1; p=none”, or quarantine or reject.",
            rule="RFC 9989 4.7; docs/rules.md S18",
            details=details,
        )
        return
    if policy.left_behind:
        yield Finding(
            code="dmarc-left-behind",
            severity=Severity.WARNING,
            message="The DMARC record at {name} has {tags}, which DMARC does not know any more.",
            remedy="Take them out. To test a policy before it counts there is t=y.",
            rule="RFC 9989 A.6; docs/rules.md S18",
            details={**details, "tags": ", ".join(f"{tag}=" for tag in policy.left_behind)},
        )
    if policy.testing:
        yield Finding(
            code="dmarc-testing",
            severity=Severity.NOTE,
            message="The DMARC record at {name} says t=y: receivers go one step easier.",
            remedy="Take t=y out when the reports show that your mails pass.",
            rule="RFC 9989 4.7",
            details=details,
        )
    if asked_for == "none":
        yield Finding(
            code="dmarc-watches",
            severity=Severity.NOTE,
            message="DMARC only watches: receivers are asked to do nothing with forged mails.",
            remedy="When the reports show that your mails pass: p=quarantine, later p=reject.",
            rule="RFC 9989 8",
            details=details,
        )
    if not policy.reports:
        yield Finding(
            code="dmarc-no-reports",
            severity=Severity.NOTE,
            message="The DMARC record at {name} asks for no reports (rua=).",
            remedy="Without them nobody tells you whose mails fail, and where.",
            rule="RFC 9990",
            details=details,
        )


def _passing(seen: Examination) -> Iterator[Finding]:
    domain = seen.sending.domain
    if seen.passes is Passing.NO:
        yield Finding(
            code="dmarc-fails",
            severity=Severity.ERROR,
            message="Mails from {domain} would not pass DMARC: neither SPF nor DKIM is in order.",
            remedy="Publish {records}: `pabal domain show`, or `pabal domain add` first.",
            rule="RFC 9989 4.4; docs/rules.md S18",
            details={"domain": domain, "records": _wanted(seen)},
        )
    elif seen.passes is Passing.UNSURE and not seen.unanswered:
        yield Finding(
            code="dmarc-unsure",
            severity=Severity.WARNING,
            message="Nobody can tell from here whether mails from {domain} pass DMARC.",
            remedy="Say how they leave, with `pabal domain add`.",
            rule="RFC 9989 4.4; docs/rules.md S18",
            details={"domain": domain},
        )


def _wanted(seen: Examination) -> str:
    """The records that would let mails pass: a key's, or that of SPF."""
    keys = [f"{'CNAME' if k.target else 'TXT'} {k.name}" for k in seen.sending.keys if k.signs]
    return ", ".join(keys) or f"TXT {seen.sending.bounce_domain}"
