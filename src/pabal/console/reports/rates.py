"""What comes back by day and domain or campaign, as mailbox providers judge it."""

import enum
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from pabal.console.campaigns.models import Campaign
from pabal.domain.reputation import Regard, Toll, regard
from pabal.ledger.port import CampaignToll, Ledger


class By(enum.Enum):
    """What mails are put together by, beside the day."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRate:
    """Mails of the campaigns that were started on a day, in the local time zone.

    of: a sending domain, a recipient domain, or a campaign's id.
    """

    day: date
    of: str
    toll: Toll
    regard: Regard


def rates(
    ledger: Ledger,
    by: By,
    *,
    since: datetime,
    least: int,
    there: Ledger | None = None,
) -> Sequence[DayRate]:
    """Return the rates, latest day first, most mails first.

    What comes back counts for the day of its mail.

    least: mails of a day that tell anything. there: of what AWS has sent, which is not counted
    by recipient domain.
    """
    if by is By.RECIPIENT:
        started = ledger.tolls_by_domain(since)
    else:
        started = [*ledger.tolls(since), *(there.tolls(since) if there else ())]
    name = _naming(by, [each.campaign for each in started])
    sums: dict[tuple[date, str], Toll] = defaultdict(Toll)
    for each in started:
        sums[timezone.localtime(each.started_at).date(), name(each)] += each.toll
    return [
        DayRate(day=day, of=of, toll=toll, regard=regard(toll, least=least))
        for (day, of), toll in sorted(sums.items(), key=_latest_and_most_first)
    ]


def _latest_and_most_first(item: tuple[tuple[date, str], Toll]) -> tuple[int, int, str]:
    (day, of), toll = item
    return -day.toordinal(), -toll.sent, of


def _naming(by: By, campaigns: Sequence[str]) -> Callable[[CampaignToll], str]:
    if by is By.RECIPIENT:
        return lambda each: each.to
    if by is By.CAMPAIGN:
        return lambda each: each.campaign
    domains = _sending_domains(campaigns)
    return lambda each: domains.get(each.campaign, "")


def _sending_domains(campaigns: Sequence[str]) -> dict[str, str]:
    addresses = Campaign.objects.filter(pk__in=campaigns).values_list("pk", "sender__address")
    return {pk: address.rpartition("@")[2] for pk, address in addresses}
