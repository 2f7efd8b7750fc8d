"""Confirmations that were due before a consent came here: a person says whether they are owed.

정보통신망법 50(8): consent is confirmed every two years. Whoever had the consent before may have
done so; that is in no file. To mail people unasked would be wrong, and so would be silence.
"""

from django.db.models import Exists, OuterRef, QuerySet

from pabal.console.audience.models import ConsentNotice, Membership


def overdue_confirmations() -> QuerySet[ConsentNotice]:
    """Return what nobody has decided about, of consents that still hold."""
    holds = Membership.objects.filter(
        subscriber=OuterRef("subscriber"),
        status=Membership.Status.SUBSCRIBED,
        consented_at=OuterRef("happened_at"),
    )
    return ConsentNotice.objects.filter(Exists(holds), campaign=ConsentNotice.HELD)


def owe_overdue() -> int:
    """Owe them all; return how many. The worker sends them within minutes."""
    return overdue_confirmations().update(campaign="")


def settle_overdue() -> int:
    """Note of all of them that they were confirmed elsewhere; return how many.

    Each is due again two years after that day, by itself.
    """
    return overdue_confirmations().update(campaign=ConsentNotice.TOLD_ELSEWHERE)
