"""What comes back by sending domain and day, as mailbox providers judge it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from pabal.console.campaigns.models import Campaign
from pabal.domain.reputation import Regard, Toll, regard
from pabal.ledger.port import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDay:
    """The campaigns of a sending domain that were started on a day, in the local time zone."""

    day: date
    domain: str
    toll: Toll
    regard: Regard


def rates(ledger: Ledger, *, since: datetime, least: int) -> Sequence[DomainDay]:
    """Return the rates, latest day first. What comes back counts for the day of its mail.

    least: mails of a day that tell anything.
    """
    started = ledger.tolls(since)
    domains = _sending_domains([each.campaign for each in started])
    sums: dict[tuple[date, str], Toll] = defaultdict(Toll)
    for each in started:
        day = timezone.localtime(each.started_at).date()
        sums[day, domains.get(each.campaign, "")] += each.toll
    return [
        DomainDay(day=day, domain=domain, toll=toll, regard=regard(toll, least=least))
        for (day, domain), toll in sorted(sums.items(), key=lambda item: item[0], reverse=True)
    ]


def _sending_domains(campaigns: Sequence[str]) -> dict[str, str]:
    addresses = Campaign.objects.filter(pk__in=campaigns).values_list("pk", "sender__address")
    return {pk: address.rpartition("@")[2] for pk, address in addresses}
