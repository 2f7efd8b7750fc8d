"""How many a draft would reach, also where bounds or a wish for one mail a week have a say.

Without these the database counts in one statement. With them people are looked at as preparing
does it: everybody on the list, or of a long list, which would take too long for a page, some.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from pabal.console.adapters import OrmCampaignSource, screened_sample
from pabal.console.audience.resting import is_weekly_wanted
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.reaching import Reach
from pabal.console.campaigns.reaching import reach as reach_of_list
from pabal.domain.recipient import Recipient
from pabal.pipeline.ports import Excluded, Exclusion

_MOST = 20_000  # people: about half a second
_SHOWN = 5
_LOOKED_AT = 1_000  # people, to find those who are shown


def reach(draft: Campaign, now: datetime) -> Reach:
    """Count whom a draft would reach if it were prepared now; of a long list, about."""
    wishes = draft.kind == Campaign.Kind.ADVERTISING and is_weekly_wanted()
    if not draft.bounds and not wishes:
        found = reach_of_list(draft, now)
    elif (everybody := draft.list.memberships.count()) > _MOST:
        found = _estimated(draft, everybody, now)
    else:
        found = _counted(draft, now)
    return replace(found, some=_some(draft, now)) if found.recipients else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Of the recipients of an A/B test: how many get each variant, and how many wait."""

    variants: int
    each: int
    rest: int


def split_of(draft: Campaign, recipients: int) -> Split | None:
    """Return about how many test; None where a draft has no A/B test."""
    setup = draft.experiment
    if setup is None:
        return None
    test, variants = recipients * setup.share // 100, 1 + len(setup.others)
    return Split(variants=variants, each=test // variants, rest=recipients - test)


def _counted(draft: Campaign, now: datetime) -> Reach:
    excluded: Counter[Exclusion] = Counter()
    recipients = 0
    for person in OrmCampaignSource().audience(draft.campaign_id, now=now):
        if isinstance(person, Excluded):
            excluded[person.reason] += 1
        else:
            recipients += 1
    return Reach(recipients=recipients, excluded=excluded)


def _estimated(draft: Campaign, everybody: int, now: datetime) -> Reach:
    seen = Counter(each and each.reason for each in screened_sample(draft, now))
    share = everybody / max(seen.total(), 1)
    counts = {reason: round(count * share) for reason, count in seen.items()}
    recipients = counts.pop(None, 0)
    excluded = {reason: counts[reason] for reason in Exclusion if reason in counts}
    return Reach(recipients=recipients, excluded=excluded, is_exact=False)


def _some(draft: Campaign, now: datetime) -> Sequence[str]:
    """Return a few of those who would get it, if some stand near the list's beginning."""
    looked_at = islice(OrmCampaignSource().audience(draft.campaign_id, now=now), _LOOKED_AT)
    people = (each.address.original for each in looked_at if isinstance(each, Recipient))
    return [*islice(people, _SHOWN)]
