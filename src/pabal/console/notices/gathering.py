"""Owed notices into campaigns of their own, so that they go out as every mail does.

A campaign's ledger sends at most once, shows doubts, keeps to the quota and reads bounces;
nothing here is sent in any other way. A campaign has at most one mail for a subscriber, so
a second event of somebody waits for the next one.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pabal.console.audience.models import ConsentNotice, List
from pabal.console.audience.owing import owe_confirmations
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.domain.campaign import Kind
from pabal.domain.identity import CampaignId, campaign_id
from pabal.domain.tracking import Tracking
from pabal.message.source import Markup

_HERE = Path(__file__).parent
_AT_ONCE = 10_000

_NAMES = {
    ConsentNotice.Kind.RESULT: "수신 동의 처리 결과 안내 · Result of consent",
    ConsentNotice.Kind.CONFIRMATION: "수신 동의 확인 안내 · Confirmation of consent",
}
_SUBJECTS = {
    ConsentNotice.Kind.RESULT: (
        "{% if language == 'en' %}Your choice about our mail has been recorded"
        "{% else %}수신 동의 처리 결과를 알려 드립니다{% endif %}"
    ),
    ConsentNotice.Kind.CONFIRMATION: (
        "{% if language == 'en' %}You agreed to our mail: please confirm"
        "{% else %}수신 동의 사실을 확인해 드립니다{% endif %}"
    ),
}


def gather(now: datetime) -> Sequence[CampaignId]:
    """Put what is owed into campaigns; return those that are not started yet.

    Each notice is in one campaign for good when this returns, whoever else does the same at
    this moment. Nothing is gathered without a sender identity: the law wants one named.
    """
    owe_confirmations(now)
    open_ones = ConsentNotice.objects.filter(campaign="")
    for kind in ConsentNotice.Kind:
        owed = open_ones.filter(kind=kind).order_by("list").values_list("list", flat=True)
        for target in List.objects.filter(pk__in=owed.distinct()):
            _gather(kind, target, now)
    drafts = Campaign.objects.filter(is_automatic=True, status=Campaign.Status.DRAFT)
    return [CampaignId(pk) for pk in drafts.order_by("created_at").values_list("pk", flat=True)]


@transaction.atomic
def _gather(kind: ConsentNotice.Kind, target: List, now: datetime) -> None:
    sender = _sender(target)
    owed = ConsentNotice.objects.select_for_update().filter(campaign="", kind=kind, list=target)
    first: dict[int, int] = {}
    for notice in owed.order_by("pk")[:_AT_ONCE]:
        first.setdefault(notice.subscriber_id, notice.pk)
    if sender is None or not first:
        return
    campaign = Campaign.objects.create(
        id=campaign_id(secrets.token_bytes(5)),
        name=f"{_NAMES[kind]} ({now:%Y-%m-%d})",
        kind=Kind.NOTICE.value,
        is_automatic=True,
        tracking=Tracking.OFF.value,
        subject=_SUBJECTS[kind],
        markup=Markup.HTML.value,
        body=(_HERE / f"{kind.value}.html").read_text(encoding="utf-8"),
        sender=sender,
        list=target,
        created_at=now,
    )
    owed.filter(pk__in=first.values()).update(campaign=campaign.pk)


def _sender(target: List) -> SenderIdentity | None:
    """Whoever wrote to this list last, or else the newest."""
    last = Campaign.objects.filter(list=target).order_by("-created_at").first()
    return last.sender if last else SenderIdentity.objects.order_by("-pk").first()
