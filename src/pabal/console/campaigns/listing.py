"""The campaigns in the order in which they are read."""

from django.db.models import Q, QuerySet

from pabal.console.campaigns.models import Campaign


def newest_first(*, before: Campaign | None, is_archive: bool = False) -> QuerySet[Campaign]:
    """Return the campaigns without tests, from the one behind `before` on.

    is_archive: those that were put away instead.
    """
    rows = Campaign.objects.filter(trial_of=None, archived_at__isnull=not is_archive)
    newest = rows.select_related("list").order_by("-created_at", "-pk")
    if before is None:
        return newest
    is_older = Q(created_at__lt=before.created_at)
    return newest.filter(is_older | Q(created_at=before.created_at, pk__lt=before.pk))
