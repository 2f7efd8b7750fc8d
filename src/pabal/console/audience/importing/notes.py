"""What an import has to say about a row: a closed list, one sentence each."""

import enum
from collections.abc import Callable
from dataclasses import dataclass


class Severity(enum.Enum):
    CHANGED = "changed"  # the value was tidied; nothing is to be done
    WARNING = "warning"  # taken, and a person should look
    REFUSED = "refused"  # the row was left out
    KEPT_OUT = "kept out"  # known, and not put on the list again

    __hash__ = object.__hash__  # see NoteKind


class NoteKind(enum.Enum):
    """What can be said of a row. The value is its code in reports."""

    SPACES = "spaces-removed"
    WIDTH = "full-width-converted"
    CONTROL = "control-characters-replaced"
    COMPOSED = "letters-composed"
    NUMBER = "number-simplified"
    DATE = "date-simplified"
    FORMULA = "looks-like-formula"
    NOT_A_NUMBER = "not-a-number"
    MISSING = "value-missing"
    LANGUAGE = "language-unknown"
    SMTPUTF8 = "needs-smtputf8"
    CONSENT_MISSING = "consent-missing"
    CONSENT_REFUSED = "consent-refused"
    CONSENT_UNREADABLE = "consent-unreadable"
    CONSENT_FUTURE = "consent-in-the-future"
    CONSENT_OLD = "consent-confirmation-due"
    CONSENT_UNCLEAR = "consent-unclear"
    TRANSACTION_UNREADABLE = "transaction-end-unreadable"
    TRANSACTION_OVER = "transaction-over"
    REFUSED_BEFORE = "refused-before"
    ADDRESS_MISSING = "address-missing"
    ADDRESS_CONTROL = "address-control-characters"
    ADDRESS_INVALID = "address-invalid"
    TOO_FEW_CELLS = "too-few-cells"
    TOO_MANY_CELLS = "too-many-cells"
    DUPLICATE = "duplicate"
    SUPPRESSED = "address-suppressed"
    LEFT = "left-the-list"
    LEFT_EVERYTHING = "left-everything"
    ERASED = "erased"
    BACK = "back-on-the-list"
    WITHDRAWN = "consent-withdrawn"

    # Enum's own is Python, and a dictionary is asked several times for every note.
    __hash__ = object.__hash__

    @property
    def severity(self) -> Severity:
        return SENTENCES[self][0]


_C, _W, _R = Severity.CHANGED, Severity.WARNING, Severity.REFUSED

SENTENCES: dict[NoteKind, tuple[Severity, str]] = {
    NoteKind.SPACES: (_C, "Spaces around the value of “{field}” were removed."),
    NoteKind.WIDTH: (_C, "Full-width characters in “{field}” were made ordinary ones."),
    NoteKind.CONTROL: (_C, "Line breaks or control characters in “{field}” became spaces."),
    NoteKind.COMPOSED: (_C, "Letters of “{field}” that were stored in parts were joined."),
    NoteKind.NUMBER: (_C, "The number in “{field}” was written plainly: {detail}."),
    NoteKind.DATE: (_C, "The date in “{field}” was written plainly: {detail}."),
    NoteKind.FORMULA: (
        _W,
        "“{field}” begins like a spreadsheet formula: {detail}. It is kept as text; look at it.",
    ),
    NoteKind.NOT_A_NUMBER: (_W, "“{field}” is not a number: {detail}. It is kept as text."),
    NoteKind.MISSING: (
        _W,
        "“{field}” is empty. A template that needs it stops at preflight and names this person.",
    ),
    NoteKind.LANGUAGE: (_W, "The language “{detail}” is not known; Korean or English is."),
    NoteKind.SMTPUTF8: (
        _W,
        "“{detail}” has letters beyond ASCII before the @: it can be mailed only by a mail "
        "server that offers SMTPUTF8.",
    ),
    NoteKind.CONSENT_MISSING: (
        _W,
        "No date of consent: advertising will not be sent to this person.",
    ),
    NoteKind.CONSENT_REFUSED: (
        _W,
        "The file says “{detail}” to consent: advertising will not be sent to this person.",
    ),
    NoteKind.CONSENT_UNREADABLE: (
        _W,
        "The date of consent “{detail}” cannot be read: advertising will not be sent to this "
        "person. Write it like 2026-01-31 09:30.",
    ),
    NoteKind.CONSENT_FUTURE: (
        _W,
        "The date of consent {detail} lies in the future: advertising will not be sent to this "
        "person.",
    ),
    # 정보통신망법 50(8): a duty to confirm, not an expiry.
    NoteKind.CONSENT_OLD: (
        _W,
        "The consent of {detail} is more than two years old. It is valid; confirming it with "
        "the person is due.",
    ),
    NoteKind.CONSENT_UNCLEAR: (
        _W,
        "“{detail}” in “{field}” is neither yes nor no: advertising will not be sent to this "
        "person.",
    ),
    NoteKind.TRANSACTION_UNREADABLE: (
        _W,
        "The end of the transaction “{detail}” cannot be read: it lets nobody send advertising. "
        "Write it like 2026-01-31 09:30.",
    ),
    # 정보통신망법 50(1)1, Decree 61(1).
    NoteKind.TRANSACTION_OVER: (
        _W,
        "The transaction ended on {detail}, more than six months ago: it lets nobody send "
        "advertising any more.",
    ),
    # 정보통신망법 50(2): a refusal stands until the person agrees again.
    NoteKind.REFUSED_BEFORE: (
        _W,
        "This person has taken their consent back: a transaction lets nobody send them "
        "advertising.",
    ),
    NoteKind.ADDRESS_MISSING: (_R, "There is no e-mail address."),
    NoteKind.ADDRESS_CONTROL: (
        _R,
        "The address contains a line break or a control character: {detail}",
    ),
    NoteKind.ADDRESS_INVALID: (_R, "“{detail}” is not an e-mail address: {reason}"),
    NoteKind.TOO_FEW_CELLS: (_R, "The row has {detail} cells, the header has {reason}."),
    NoteKind.TOO_MANY_CELLS: (_R, "The row has {detail} cells, the header has {reason}."),
    NoteKind.DUPLICATE: (_R, "The address is already in row {detail}; the first row counts."),
    NoteKind.SUPPRESSED: (
        _W,
        "The address is suppressed ({reason}, since {detail}): no mail goes to it.",
    ),
    NoteKind.BACK: (
        _W,
        "This person left the list on {detail}, and is on it again by a consent given later.",
    ),
    NoteKind.WITHDRAWN: (
        _W,
        "There was a consent of {detail}; the file withdraws it.",
    ),
    NoteKind.LEFT_EVERYTHING: (
        Severity.KEPT_OUT,
        "This person asked on {detail} for no mail at all and is kept out. Only they can undo it, "
        "in their preferences.",
    ),
    NoteKind.ERASED: (
        Severity.KEPT_OUT,
        "Whoever has this address was erased on {detail} as they asked, and is kept out.",
    ),
    NoteKind.LEFT: (
        Severity.KEPT_OUT,
        "This person left the list on {detail} and is kept out. Only a consent given later "
        "brings them back.",
    ),
}


def _untranslated(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to say about a row.

    field: the column, as the file calls it; "" where the whole row is meant.
    detail, reason: what the sentence's blanks are filled with.
    """

    kind: NoteKind
    field: str = ""
    detail: str = ""
    reason: str = ""

    @property
    def severity(self) -> Severity:
        return self.kind.severity

    def explain(self, translate: Callable[[str], str] = _untranslated) -> str:
        """Return the sentence, in the language that `translate` speaks."""
        reason = translate(self.reason) if self.reason else ""
        sentence = translate(SENTENCES[self.kind][1])
        return sentence.format(field=self.field, detail=self.detail, reason=reason)
