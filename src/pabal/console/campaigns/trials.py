"""Test mails: a draft to a few addresses of one's own, as a campaign that nobody counts.

It goes the way of every mail: the quota is reserved, the server's reply is kept, and nothing
goes out twice. Its links belong to no subscriber, so that trying them out unsubscribes nobody.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import TrialRecipient
from pabal.domain.address import Address, restore_address
from pabal.domain.identity import campaign_id, subscriber_key
from pabal.domain.recipient import Recipient
from pabal.message.source import Source

_NOBODY = 2**62  # subscribers' numbers stay below


@transaction.atomic
def add_trial(
    draft: Campaign,
    source: Source,
    addresses: Sequence[Address],
    rendered_as: Subscriber | None,
    *,
    now: datetime,
) -> Campaign:
    """Keep a draft's test as a draft of its own.

    source: what the draft, or a variant of it, says at this moment.
    """
    trial = Campaign.objects.create(
        id=campaign_id(secrets.token_bytes(5)),
        name=draft.name,
        kind=draft.kind,
        subject=source.subject,
        preview_text=source.preview,
        markup=source.markup.value,
        body=source.body,
        text=source.text,
        sender=draft.sender,
        list=draft.list,
        topic=draft.topic,
        trial_of=draft,
        created_at=now,
    )
    TrialRecipient.objects.bulk_create(
        TrialRecipient(
            campaign=trial, wire=address.wire, email=address.original, rendered_as=rendered_as
        )
        for address in addresses
    )
    return trial


def tried(trial: Campaign) -> Iterator[Recipient]:
    """Return the recipients of a test."""
    rows = trial.trial_recipients.select_related("rendered_as").order_by("pk")
    for position, row in enumerate(rows):
        subscriber = row.rendered_as
        yield Recipient(
            key=subscriber_key(_NOBODY + row.pk),
            position=position,
            address=restore_address(row.wire, row.email),
            language=subscriber.language if subscriber else "ko",
            attributes=subscriber.attributes if subscriber else {},
        )
