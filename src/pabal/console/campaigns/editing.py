"""Changes of a draft: nobody undoes somebody else's unseen, and nothing changes once it is sent."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from pabal.console.accounts.models import User
from pabal.console.campaigns.bounds import Bounds, keep_bounds
from pabal.console.campaigns.errors import ChangedMeanwhile, NotADraft
from pabal.console.campaigns.experiments import Setup, keep_setup
from pabal.console.campaigns.models import Campaign

# What changes nothing about the mails, nor about who gets them.
_BESIDE_THE_MAIL = frozenset({"name", "on_doubt"})


def change(
    draft: Campaign, values: Mapping[str, object], *, version: int, by: User, now: datetime
) -> bool:
    """Keep new values of a draft's fields; return whether anything changed.

    version: of the draft that `by` has looked at. What was checked and approved before is
    void where the mails would be others.
    Raises NotADraft. ChangedMeanwhile: the draft has another version.
    """
    draft.refresh_from_db()
    if draft.status != Campaign.Status.DRAFT:
        raise NotADraft
    new = {name: value for name, value in values.items() if getattr(draft, name) != value}
    if not new:
        return False
    changes: dict[str, object] = {**new, "version": version + 1, "edited_by": by, "edited_at": now}
    if not new.keys() <= _BESIDE_THE_MAIL:
        changes["prepared_digest"] = ""
    is_kept = _keep(draft, changes, version=version)
    draft.refresh_from_db()
    if not is_kept:
        raise NotADraft if draft.status != Campaign.Status.DRAFT else ChangedMeanwhile
    return True


@transaction.atomic
def _keep(draft: Campaign, changes: dict[str, object], *, version: int) -> bool:
    """Keep the fields, and what is in rows of its own, if the version is this one."""
    bounds, is_other_test = changes.pop("bounds", None), "experiment" in changes
    experiment = changes.pop("experiment", None)
    if is_other_test:
        changes["has_experiment"] = experiment is not None
    as_seen = Campaign.objects.filter(pk=draft.pk, status=Campaign.Status.DRAFT, version=version)
    if not as_seen.update(**changes):
        return False
    if isinstance(bounds, Bounds):
        keep_bounds(draft.pk, bounds)
    if is_other_test and (experiment is None or isinstance(experiment, Setup)):
        keep_setup(draft.pk, experiment)
    return True


def delete(draft: Campaign) -> None:
    """Throw a draft away, with its tests. Raises NotADraft."""
    drafts = Campaign.objects.filter(pk=draft.pk, status=Campaign.Status.DRAFT, is_automatic=False)
    if not drafts.delete()[0]:
        raise NotADraft


def archive(campaign: Campaign, *, now: datetime) -> None:
    """Take a campaign out of the list; its report stays where it is. Safe to repeat."""
    Campaign.objects.filter(pk=campaign.pk, archived_at=None).update(archived_at=now)


def bring_back(campaign: Campaign) -> None:
    """Put an archived campaign into the list again. Safe to repeat."""
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=None)
