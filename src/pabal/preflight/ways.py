"""The ways through a template, so that one mail of each is read as its reader would.

An `{% if %}` may leave out the very lines that the law wants, for one recipient of a
million. Reading every mail would take hours; mails that print the same texts of the
template differ in data alone, so one of them stands for all.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from pabal.domain.campaign import Kind
from pabal.domain.recipient import Recipient
from pabal.message.render import Proof
from pabal.preflight.checks.law_kr import label_written
from pabal.preflight.finding import EXAMPLES, Finding, Severity

MOST_READ = 30  # ways; each takes some hundredths of a second


@dataclass(slots=True)
class Way:
    """Who is mailed this way. some: the first of them; count: how many they are."""

    some: list[Recipient] = field(default_factory=list[Recipient])
    count: int = 0

    def add(self, recipient: Recipient) -> None:
        self.count += 1
        if len(self.some) < EXAMPLES:
            self.some.append(recipient)


@dataclass(slots=True)
class Ways:
    """Collects the ways while the recipients are proved; bounded memory."""

    kind: Kind
    unread: Way = field(default_factory=Way)
    _ways: dict[object, Way] = field(default_factory=dict[object, Way])

    def add(self, recipient: Recipient, proof: Proof) -> None:
        """A label that only looks like one may come out of the data, so it makes a way (K5)."""
        key = proof.way, label_written(proof.subject, self.kind)
        way = self._ways.get(key)
        if way is None:
            if len(self._ways) >= MOST_READ:
                way = self.unread
            else:
                way = self._ways[key] = Way()
        way.add(recipient)

    def judged(self, judge: Callable[[Recipient], Iterable[Finding]]) -> list[Finding]:
        """Judge one mail of each way; a finding that is not of all mails names whom it is of."""
        found: dict[object, tuple[Finding, list[Way]]] = {}
        for way in self._ways.values():
            for finding in judge(way.some[0]):
                known, concerned = found.get(_same(finding), (finding, []))
                found[_same(finding)] = known.joined(finding), [*concerned, way]
        return [*(self._of_whom(*each) for each in found.values()), *self._not_read()]

    def _of_whom(self, finding: Finding, ways: list[Way]) -> Finding:
        if finding.rows or len(ways) == len(self._ways):
            return finding
        some = [each.address.original for way in ways for each in way.some]
        return replace(finding, rows=tuple(some[:EXAMPLES]), count=sum(w.count for w in ways))

    def _not_read(self) -> Iterator[Finding]:
        if self.unread.count:
            yield Finding(
                code="ways-not-read",
                severity=Severity.WARNING,
                message=(
                    "The template makes more than {ways} different mails: of {count} recipients "
                    "no mail was read for what the law and mail programs want."
                ),
                remedy="Write fewer {{{{% if %}}}}, and none around the sender and the refusal.",
                rule="docs/rules.md K5, K6, K7",
                details={"ways": MOST_READ, "count": self.unread.count},
                rows=tuple(each.address.original for each in self.unread.some),
                count=self.unread.count,
            )


def _same(finding: Finding) -> object:
    """Errors are told apart by what they say; of the rest, one of a kind is enough."""
    if finding.severity is not Severity.ERROR or finding.rows:
        return finding.code
    return finding.code, tuple(sorted((k, str(v)) for k, v in finding.details.items()))
