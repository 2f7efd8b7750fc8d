"""The subject: whether there is one, how much of it is seen, and whether it is honest."""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

from pabal.message.compile import ADVERTISING_PREFIX
from pabal.preflight.checks.sample import Sample
from pabal.preflight.finding import Finding, Severity

SHOWN_COLUMNS = 70  # about what a phone shows of a subject; Hangul takes two
_FALSE_REPLY = re.compile(r"(?:re|fwd?|답장|회신|전달)\s*[::]", re.IGNORECASE)


def check_subject(sample: Sample) -> Iterator[Finding]:
    subject = sample.mail.subject.removeprefix(ADVERTISING_PREFIX).strip()
    columns = sum(2 if east_asian_width(c) in "WF" else 1 for c in sample.mail.subject)
    if not subject:
        yield Finding(
            code="no-subject",
            severity=Severity.ERROR,
            message="The subject is empty.",
            remedy="Say in a few words what the mail is about.",
        )
    elif _FALSE_REPLY.match(subject):
        yield Finding(
            code="false-reply",
            severity=Severity.ERROR,
            message="The subject “{subject}” pretends to be an answer.",
            remedy="Leave the “Re:” out: filters and the law take it for deception.",
            rule="CAN-SPAM 15 USC 7704(a)(2)",
            details={"subject": subject[:60]},
        )
    elif columns > SHOWN_COLUMNS:
        yield Finding(
            code="long-subject",
            severity=Severity.NOTE,
            message="The subject takes {columns} columns; a phone shows about {shown}.",
            remedy="Put what matters first.",
            details={"columns": columns, "shown": SHOWN_COLUMNS},
        )
