"""What a spam filter makes of the mail: SpamAssassin, where it is installed.

Without its network rules, which look at the sending host; that is another check's matter.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from pabal.preflight.finding import Finding, Severity

WANTED_BELOW = 2.0  # points; the usual threshold is 5
_PATIENCE = 30.0  # seconds
_SCORE = re.compile(r"^Content analysis details:\s+\((-?[\d.]+) points, ([\d.]+) required\)", re.M)
_RULE = re.compile(r"^\s*(-?\d+\.\d) ([A-Z][A-Z0-9_]+)\s+(.*(?:\n {20,}.*)*)", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """score, required: points; spam from `required` on. rules: points, name and description."""

    score: float
    required: float
    rules: tuple[tuple[float, str, str], ...]


def is_installed() -> bool:
    return shutil.which("spamassassin") is not None


def weigh(mail: bytes) -> Verdict | None:
    """Let SpamAssassin look at a mail as it goes on the wire; None where it gave no answer."""
    command = ["spamassassin", "--local", "--test-mode", "--nocreate-prefs"]
    try:
        run = subprocess.run(command, input=mail, capture_output=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_report(run.stdout.decode("utf-8", "replace"))


def read_report(report: str) -> Verdict | None:
    """Read the report at the end of its output."""
    scores = list(_SCORE.finditer(report))
    if not scores:
        return None
    table = report[scores[-1].end() :]
    rules = [
        (float(points), name, " ".join(description.split()))
        for points, name, description in _RULE.findall(table)
    ]
    return Verdict(
        score=float(scores[-1][1]), required=float(scores[-1][2]), rules=tuple(sorted(rules)[::-1])
    )


def check_spam(mail: bytes) -> Iterator[Finding]:
    """mail: as it goes on the wire, of one recipient."""
    verdict = weigh(mail)
    if verdict is None:
        yield Finding(
            code="spam-not-checked",
            severity=Severity.NOTE,
            message="SpamAssassin is installed and gave no answer.",
            remedy="Try `spamassassin --lint` to see what it lacks.",
        )
    elif verdict.score >= WANTED_BELOW:
        is_spam = verdict.score >= verdict.required
        yield Finding(
            code="spam-score",
            severity=Severity.ERROR if is_spam else Severity.WARNING,
            message="SpamAssassin gives the mail {score} points; it is spam from {required} on.",
            remedy="Mend what these rules speak of, the heaviest first.",
            details={"score": verdict.score, "required": verdict.required},
            rows=tuple(
                f"{points:+.1f} {name}: {description}"
                for points, name, description in verdict.rules
                if points > 0
            ),
            count=sum(points > 0 for points, _, _ in verdict.rules),
        )
