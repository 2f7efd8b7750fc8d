"""A draft as one of its readers would see it, or why that cannot be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from unicodedata import east_asian_width

from django.conf import settings

from pabal.configuration.keyring import load_keyring
from pabal.console.adapters import OrmSigningKeys
from pabal.console.audience.models import Membership, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import plan_of
from pabal.domain.address import parse_address
from pabal.domain.errors import InputError
from pabal.domain.recipient import Recipient
from pabal.domain.tracking import Tracking
from pabal.message.compile import compile_source
from pabal.message.render import PlainMail, Renderer
from pabal.pipeline.local.wiring import Workshop
from pabal.preflight.checks.subject import SHOWN_COLUMNS

_SUGGESTED = 8
_NOBODY = "reader@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """reader: None where there is nobody on the list. mail: None where there is trouble."""

    reader: Subscriber | None
    mail: PlainMail | None
    trouble: InputError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectLength:
    """columns: of about `shown` that a phone has room for; a Hangul syllable takes two."""

    columns: int
    shown: int = SHOWN_COLUMNS

    @property
    def fits(self) -> bool:
        return self.columns <= self.shown


@cache
def workshop() -> Workshop:
    """The installation's parts, as the commands have them."""
    return Workshop(settings.PABAL, OrmSigningKeys(load_keyring(settings.PABAL.home)))


def readers(draft: Campaign, search: str = "") -> Sequence[Subscriber]:
    """Return some of those on the draft's list whose address begins with `search`."""
    on_list = Membership.objects.filter(
        list=draft.list_id, status=Membership.Status.SUBSCRIBED
    ).select_related("subscriber")
    if search:
        on_list = on_list.filter(subscriber__address__startswith=search.strip().casefold())
    return [each.subscriber for each in on_list.order_by("subscriber_id")[:_SUGGESTED]]


def preview(
    draft: Campaign,
    reader: Subscriber | None,
    *,
    variant: int = 0,
    tracking: Tracking | None = None,
) -> Preview:
    """Render a draft for a subscriber; for somebody of whom nothing is known where it is None.

    variant: of its A/B test; A where it has no such variant. tracking: what its links and image
    are as for; None for what would be sent.
    """
    try:
        mail = _renderer(draft, variant, tracking).plain(_recipient(reader))
    except InputError as error:
        return Preview(reader=reader, mail=None, trouble=error)
    return Preview(reader=reader, mail=mail, trouble=None)


def subject_length(subject: str) -> SubjectLength:
    return SubjectLength(columns=sum(2 if east_asian_width(c) in "WF" else 1 for c in subject))


def _renderer(draft: Campaign, variant: int, tracking: Tracking | None) -> Renderer:
    parts, plan, sources = workshop(), plan_of(draft), draft.sources()
    plan = replace(plan, tracking=tracking) if tracking else plan
    source = sources[variant if variant < len(sources) else 0]
    return Renderer(
        compile_source(source, plan, limits=parts.limits),
        plan,
        links=parts.links,
        bounce_secret=b"",
        limits=parts.limits,
    )


def _recipient(reader: Subscriber | None) -> Recipient:
    """With a key that is no subscriber's: links in a preview lead nowhere."""
    return Recipient(
        key="0",
        position=0,
        address=reader.checked_address if reader else parse_address(_NOBODY),
        language=reader.language if reader else "ko",
        attributes=reader.attributes if reader else {},
    )
