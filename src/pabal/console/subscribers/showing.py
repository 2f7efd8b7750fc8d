"""The table's rows and filters as templates show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.models import Membership, Subscriber
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.campaigns.words import REASONS
from pabal.console.design.components import Tone
from pabal.domain.suppression import EVERYTHING, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """values: of the chosen attributes, in their order."""

    subscriber: Subscriber
    lists: str
    label: str | Promise
    tone: Tone
    why: str | Promise
    values: Sequence[tuple[str, str]]


def rows(subscribers: Sequence[Subscriber], columns: Sequence[str]) -> Sequence[Row]:
    """Return rows of the table, in two statements."""
    memberships: dict[int, list[Membership]] = {each.pk: [] for each in subscribers}
    of_these = Membership.objects.filter(subscriber__in=list(memberships)).select_related("list")
    for membership in of_these.order_by("list__name"):
        memberships[membership.subscriber_id].append(membership)
    addresses = [each.address for each in subscribers]
    stops = {
        row.address: row.why
        for row in LedgerSuppression.objects.filter(address__in=addresses, scope=EVERYTHING)
    }
    return [
        _row(each, memberships[each.pk], stops.get(each.address), columns) for each in subscribers
    ]


def _row(
    subscriber: Subscriber,
    memberships: Sequence[Membership],
    stop: Reason | None,
    columns: Sequence[str],
) -> Row:
    on = [each for each in memberships if each.status == Membership.Status.SUBSCRIBED]
    label, tone, why = _standing(memberships, on, stop)
    return Row(
        subscriber=subscriber,
        lists=", ".join(each.list.name for each in on),
        label=label,
        tone=tone,
        why=why,
        values=[(name, str(subscriber.attributes.get(name, ""))) for name in columns],
    )


def _standing(
    memberships: Sequence[Membership], on: Sequence[Membership], stop: Reason | None
) -> tuple[str | Promise, Tone, str | Promise]:
    if stop is Reason.UNSUBSCRIBED:
        return _("Unsubscribed"), Tone.PLAIN, ""
    if stop is not None:
        return _("Not mailed"), Tone.BAD, REASONS[stop]
    if on:
        return _("Subscribed"), Tone.GOOD, ""
    if memberships:
        return _("Unsubscribed"), Tone.PLAIN, ""
    return _("On no list"), Tone.PLAIN, ""
