"""Every recipient's mail is rendered once: what is missing is found before it is sent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pabal.domain.errors import InputError
from pabal.domain.recipient import Recipient
from pabal.message.errors import HeaderInjection, MessageTooLarge, MissingValue, TemplateError
from pabal.message.render import Proof
from pabal.preflight.finding import Finding, Severity

_EXAMPLES = 20


@dataclass(slots=True)
class Sizes:
    """Sizes over all recipients that could be rendered, in bytes."""

    mails: int = 0
    smallest: int = 0
    largest: int = 0
    total: int = 0
    largest_html: int = 0

    @property
    def mean(self) -> int:
        return self.total // self.mails if self.mails else 0

    def add(self, proof: Proof) -> None:
        size = proof.size_bytes
        self.smallest = size if not self.mails else min(self.smallest, size)
        self.largest = max(self.largest, size)
        self.largest_html = max(self.largest_html, proof.html_bytes)
        self.total += size
        self.mails += 1


@dataclass(slots=True)
class _Trouble:
    finding: Finding
    count: int = 0
    rows: list[str] = field(default_factory=list[str])


def prove_all(
    prove: Callable[[Recipient], Proof],
    recipients: Iterable[Recipient],
    *,
    progress: Callable[[int], None],
) -> tuple[list[Finding], Sizes]:
    """Render every recipient; constant memory.

    progress: called with the number of recipients done, now and then.
    """
    sizes = Sizes()
    troubles: dict[str, _Trouble] = {}
    number = 0
    for number, recipient in enumerate(recipients, 1):
        try:
            sizes.add(prove(recipient))
        except InputError as error:
            _note(troubles, _finding(error), recipient)
        if recipient.address.needs_smtputf8:
            _note(troubles, _NEEDS_SMTPUTF8, recipient)
        if number % 1000 == 0:
            progress(number)
    progress(number)
    return [_summed(trouble) for trouble in troubles.values()], sizes


_NEEDS_SMTPUTF8 = Finding(
    code="needs-smtputf8",
    severity=Severity.WARNING,
    message="Some addresses have letters outside ASCII in front of the @.",
    remedy="They are mailed only if your mail server offers SMTPUTF8; Amazon SES does not.",
    rule="RFC 6531; docs/rules.md S5",
)


def _note(troubles: dict[str, _Trouble], finding: Finding, recipient: Recipient) -> None:
    key = f"{finding.code} {sorted(finding.details.items())}"
    trouble = troubles.setdefault(key, _Trouble(finding))
    trouble.count += 1
    if len(trouble.rows) < _EXAMPLES:
        trouble.rows.append(recipient.address.original)


def _summed(trouble: _Trouble) -> Finding:
    finding = trouble.finding
    return Finding(
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        remedy=finding.remedy,
        rule=finding.rule,
        details=finding.details,
        rows=tuple(trouble.rows),
        count=trouble.count,
    )


_RULES: dict[type[InputError], str] = {
    MissingValue: "",
    TemplateError: "",
    MessageTooLarge: "PABAL_MAX_MAIL_BYTES",
    HeaderInjection: "RFC 5322 2.2",
}


def _finding(error: InputError) -> Finding:
    """One finding for all recipients with the same trouble: sizes differ, so they are left out."""
    details = {k: v for k, v in error.details.items() if k != "size"}
    message = error.message
    if isinstance(error, MessageTooLarge):
        message = "Some mails are larger than {limit} bytes."
    return Finding(
        code=error.code,
        severity=Severity.ERROR,
        message=message,
        remedy=error.remedy,
        rule=_RULES.get(type(error), ""),
        details=details,
    )
