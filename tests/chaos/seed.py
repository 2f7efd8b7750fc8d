"""The seed of the suite's sample: another one every day, or SEED in the environment."""

import os
from datetime import UTC, datetime

TODAY = datetime.now(UTC).date().toordinal()
SEED = int(os.environ.setdefault("SEED", str(TODAY)))  # for pytest's workers, across midnight
