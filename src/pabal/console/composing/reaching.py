"""How many a draft would reach, also where a segment or a wish for one mail a week has a say.

Without these the database counts in one statement. With them everybody on the list is looked
at as preparing does it, which takes too long for a page where the list is large.
"""

from collections import Counter
from datetime import datetime

from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.resting import is_weekly_wanted
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.reaching import Reach
from pabal.console.campaigns.reaching import reach as reach_of_list
from pabal.pipeline.ports import Excluded, Exclusion

_MOST = 20_000  # people: about half a second


def reach(draft: Campaign, now: datetime) -> Reach | None:
    """Count whom a draft would reach if it were prepared now; None where a check has to tell."""
    wishes = draft.kind == Campaign.Kind.ADVERTISING and is_weekly_wanted()
    if draft.segment_id is None and not wishes:
        return reach_of_list(draft, now)
    if draft.list.memberships.count() > _MOST:
        return None
    excluded: Counter[Exclusion] = Counter()
    recipients = 0
    for person in OrmCampaignSource().audience(draft.campaign_id, now=now):
        if isinstance(person, Excluded):
            excluded[person.reason] += 1
        else:
            recipients += 1
    return Reach(recipients=recipients, excluded=excluded)
