"""Mails to begin from, with what a shop says most often."""

from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.domain.campaign import Kind
from pabal.message.source import Markup, Source

_FILES = Path(__file__).parent / "gallery"


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryTemplate:
    """name: of its file. subject, preview: in the language of the mail, as templates.

    kind: that its words are of.
    """

    name: str
    label: str | Promise
    description: str | Promise
    subject: str
    preview: str
    kind: Kind = Kind.ADVERTISING

    def source(self) -> Source:
        body = (_FILES / f"{self.name}.mjml").read_text(encoding="utf-8")
        return Source(subject=self.subject, preview=self.preview, body=body, markup=Markup.MJML)


GALLERY = (
    GalleryTemplate(
        name="new_arrivals",
        label=_("New arrivals"),
        description=_("Four goods with their prices under one big line."),
        subject="{{ name | default('고객') }}님, 이번 주 신상품입니다",
        preview="쌀쌀한 요즘 입기 좋은 네 가지를 골랐습니다.",
    ),
    GalleryTemplate(
        name="season_sale",
        label=_("Season sale with a coupon"),
        description=_("The discount, a coupon code for each customer, and how to use it."),
        subject="{{ name | default('고객') }}님, 시즌 마감 할인이 시작됩니다",
        preview="추가 쿠폰은 이번 주 일요일까지 쓰실 수 있습니다.",
    ),
    GalleryTemplate(
        name="order_thanks",
        label=_("Thanks for an order"),
        description=_("A notice: the order and how it is delivered, without advertising."),
        subject="{{ name | default('고객') }}님, 주문해 주셔서 고맙습니다",
        preview="주문 내역과 배송 일정을 알려 드립니다.",
        kind=Kind.NOTICE,
    ),
    GalleryTemplate(
        name="event_invitation",
        label=_("Invitation to an event"),
        description=_("When, where and what, with a button to say yes."),
        subject="{{ name | default('고객') }}님을 초대합니다",
        preview="12월 5일 토요일 오후, 성수동에서 뵙겠습니다.",
    ),
    GalleryTemplate(
        name="weekly_letter",
        label=_("Weekly letter"),
        description=_("A greeting and three short stories, each with its link."),
        subject="{{ name | default('고객') }}님께 드리는 이번 주 편지",
        preview="읽고, 만들고, 골라 둔 것 세 가지를 전해 드립니다.",
    ),
    GalleryTemplate(
        name="restock_reminder",
        label=_("Back in stock"),
        description=_("One product that a customer has waited for."),
        subject="{{ name | default('고객') }}님, 기다리시던 상품이 들어왔습니다",
        preview="수량이 많지 않아 먼저 알려 드립니다.",
    ),
)
