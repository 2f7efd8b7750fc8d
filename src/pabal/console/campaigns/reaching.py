"""How many a draft would reach, and why the others would get nothing.

Counted in the database by the rules that preparing applies to one subscriber after the
other; tests/console/campaigns/test_reaching.py holds the two together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.console.audience.statements import audience_statements
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import scopes_of
from pabal.domain.consent import expired_before
from pabal.pipeline.ports import Exclusion

_RECIPIENT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """recipients: who would get the mail. excluded: who would not, by why.

    is_exact: they were counted one by one. some: a few who would get it, as they wrote themselves.
    """

    recipients: int
    excluded: Mapping[Exclusion, int]
    is_exact: bool = True
    some: Sequence[str] = ()

    @property
    def everybody(self) -> int:
        return self.recipients + sum(self.excluded.values())


def reach(draft: Campaign, now: datetime) -> Reach:
    """Count whom a draft would reach if it were prepared now."""
    when = max(now, draft.scheduled_at or now)
    scopes = scopes_of(draft)
    with audience_statements() as sql:
        rows = sql.rows(
            "reach",
            {
                "list": draft.list_id,
                "scopes": sql.array(scopes),
                "needs_ground": int(draft.kind == Campaign.Kind.ADVERTISING),
                "expired_before": sql.instant(expired_before(when)),
            },
        )
    counts: dict[str, int] = {why: int(count) for why, count in rows}
    excluded = {reason: counts[reason.value] for reason in Exclusion if reason.value in counts}
    return Reach(recipients=counts.get(_RECIPIENT, 0), excluded=excluded)
