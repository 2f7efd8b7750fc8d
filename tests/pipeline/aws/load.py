"""A campaign to 5,000 through the AWS pipeline in its emulator: exact counts, and how long it took.

The emulator is one process, so its seconds say nothing about AWS; that nobody is lost or mailed
twice when a dozen batches run at once, they do.
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from builders.aws_stack import deployed, functions_archive
from builders.campaigns import a_recipient
from pabal.domain.delivery import State

_PATIENCE = 3_600  # seconds


def main(count: int) -> int:
    with tempfile.TemporaryDirectory(prefix="pabal-aws-") as directory:
        home = Path(directory)
        account = {"per_second": 500, "per_day": 10 * count}
        limit = {"DailyLimit": str(2 * count)}
        with deployed(home, functions_archive(home), parameters=limit, **account) as stack:
            manifest = stack.prepare(a_recipient(number=n) for n in range(1, count + 1))
            began = time.monotonic()
            stack.start(manifest)
            ended = stack.end_of(manifest.plan.id, patience=_PATIENCE)
            seconds = time.monotonic() - began
            counts = stack.ledger.counts(manifest.plan.id)
            twice = [
                address
                for address, times in Counter(m.recipients[0] for m in stack.ses.mails).items()
                if times > 1
            ]
            told = {state.value: n for state, n in counts.items()}
            sys.stdout.write(f"{ended['status']} in {seconds:.0f} s: {told}\n")
            sys.stdout.write(f"SES took {len(stack.ses.mails)} mails; twice: {len(twice)}\n")
    return int(counts != {State.SENT: count} or len(twice) > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
