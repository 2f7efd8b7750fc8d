"""Making senders, lists and campaigns, and starting what was made."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.db import transaction
from django.utils.text import slugify

from pabal.console.accounts.models import organisation
from pabal.console.audience.models import List, Topic
from pabal.console.campaigns import launching
from pabal.console.campaigns.bounds import Bounds, keep_bounds
from pabal.console.campaigns.experiments import Setup, keep_setup
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.console.domains.adding import governing
from pabal.domain.address import parse_address
from pabal.domain.campaign import Kind, OnDoubt
from pabal.domain.identity import campaign_id
from pabal.domain.tracking import Tracking
from pabal.message.source import Source


def add_sender_identity(fields: Mapping[str, str]) -> SenderIdentity:
    """Keep a sender identity. Raises AddressError: an address in it is none.

    fields: by the names of the model; bounces go where the sending domain has them, or else
    to the sender's domain, if not said.
    """
    address = parse_address(fields["address"])
    given = {
        **fields,
        "address": address.wire,
        "contact_email": parse_address(fields["contact_email"]).wire,
        "bounce_domain": fields.get("bounce_domain") or _usual_bounce_domain(address.domain),
    }
    if given.get("reply_to"):
        given["reply_to"] = parse_address(given["reply_to"]).wire
    return SenderIdentity.objects.create(**given)


def used_bounce_domain(domain: str) -> str:
    """Where bounces of this domain's senders go already; "" for nowhere in particular."""
    users = SenderIdentity.objects.filter(address__iendswith=f"@{domain}").order_by("-pk")
    return users.values_list("bounce_domain", flat=True).first() or ""


def _usual_bounce_domain(domain: str) -> str:
    known = governing(domain)
    return known.bounce_domain if known else domain


def add_list(name: str, description: str = "", *, goods: str = "", now: datetime) -> List:
    """Make a list, with an identifier that will stay the same however it is renamed."""
    identifier = slugify(name)[:60]
    if not identifier or List.objects.filter(identifier=identifier).exists():
        identifier = f"{identifier or 'list'}-{secrets.token_hex(3)}"
    return List.objects.create(
        name=name, identifier=identifier, description=description, goods=goods, created_at=now
    )


def add_topic(name: str, description: str = "") -> Topic:
    """Make a topic, which everybody wants who does not say otherwise."""
    identifier = slugify(name)[:60]
    if not identifier or Topic.objects.filter(identifier=identifier).exists():
        identifier = f"{identifier or 'topic'}-{secrets.token_hex(3)}"
    return Topic.objects.create(name=name, identifier=identifier, description=description)


@transaction.atomic
def create_campaign(
    *,
    name: str,
    kind: Kind,
    source: Source,
    sender: SenderIdentity,
    audience: List,
    topic: Topic | None = None,
    bounds: Bounds | None = None,
    experiment: Setup | None = None,
    on_doubt: OnDoubt = OnDoubt.ASK,
    tracking: Tracking | None = None,
    times: Mapping[str, object] = MappingProxyType({}),
    now: datetime,
) -> Campaign:
    """Keep a campaign as a draft.

    bounds: who of the list it is for; None for everybody. experiment: its A/B test.
    tracking: None for what the organisation usually records. times: as campaigns.scheduling
    writes them; none for at once.
    """
    made = Campaign.objects.create(
        id=campaign_id(secrets.token_bytes(5)),
        name=name,
        kind=kind.value,
        subject=source.subject,
        preview_text=source.preview,
        markup=source.markup.value,
        body=source.body,
        text=source.text,
        sender=sender,
        list=audience,
        topic=topic,
        on_doubt=on_doubt.value,
        tracking=tracking.value if tracking else organisation().tracking,
        created_at=now,
        has_experiment=experiment is not None,
        **times,
    )
    if bounds:
        keep_bounds(made.pk, bounds)
    keep_setup(made.pk, experiment)
    return made


def copy_campaign(campaign: Campaign, *, name: str = "", now: datetime) -> Campaign:
    """Keep a draft that says the same to the same list. name: "" for the same."""
    return create_campaign(
        name=name or campaign.name,
        kind=Kind(campaign.kind),
        source=campaign.as_source(),
        sender=campaign.sender,
        audience=campaign.list,
        topic=campaign.topic,
        bounds=campaign.bounds,
        experiment=campaign.experiment,
        on_doubt=OnDoubt(campaign.on_doubt),
        tracking=asked_tracking(campaign),
        now=now,
    )


def asked_tracking(campaign: Campaign) -> Tracking:
    """Return what a campaign would track if the installation allowed everything."""
    return Tracking(campaign.tracking) if campaign.tracking else Tracking.ON


def reopen(campaign: Campaign) -> None:
    """Let workers, here or on AWS, see a campaign again because something of it is sent again."""
    launching.ask_again(campaign)
    Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.ENDED.value).update(
        status=Campaign.Status.STARTED.value, ended_at=None
    )


def mark_started(campaign: Campaign, *, digest: str, now: datetime) -> bool:
    """Make a draft due, with exactly the package that was checked.

    Returns whether this call did it: of two at once, or after the draft was prepared
    anew, it did not.
    """
    drafts = Campaign.objects.filter(
        pk=campaign.pk, status=Campaign.Status.DRAFT, prepared_digest=digest
    )
    with transaction.atomic():
        started = drafts.update(status=Campaign.Status.STARTED, started_at=now)
        if started:
            launching.ask_for(campaign)
    campaign.refresh_from_db()
    return bool(started)
