"""Campaigns, recipients and sources for tests: say what matters, the rest is usual."""

from collections.abc import Mapping
from types import MappingProxyType

from pabal.domain.address import parse_address
from pabal.domain.campaign import CampaignPlan, Kind, OnDoubt, SenderIdentity
from pabal.domain.experiment import Experiment
from pabal.domain.identity import CampaignId, subscriber_key
from pabal.domain.links import PublicLinks
from pabal.domain.local_time import LocalTime
from pabal.domain.recipient import Recipient
from pabal.domain.suppression import EVERYTHING
from pabal.domain.token import TokenKeys
from pabal.domain.tracking import Tracking
from pabal.message.source import Markup, Source

BOUNCE_SECRET = b"b" * 32

_MJML = """\
<mjml lang="ko">
  <mj-head>
    <mj-title>가을 신상품</mj-title>
    <mj-preview>{{ name }}님만을 위한 쿠폰이 도착했습니다</mj-preview>
    <mj-attributes><mj-all font-family="Arial, sans-serif" /></mj-attributes>
  </mj-head>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-size="20px">{{ name }}님, 가을 신상품이 나왔습니다.</mj-text>
        <mj-text>쿠폰 코드: {{ coupon }}</mj-text>
        <mj-button href="https://shop.example/autumn">보러 가기</mj-button>
      </mj-column>
    </mj-section>
    <mj-section>
      <mj-column>
        <mj-text font-size="12px">
          {{ sender.company }} | {{ sender.postal_address }} | {{ sender.phone }} |
          {{ sender.contact_email }}<br />
          수신을 원하지 않으시면 <a href="{{ unsubscribe_url }}">수신거부</a>를 눌러 주세요.
          To stop receiving these mails, <a href="{{ unsubscribe_url }}">unsubscribe</a>.
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def a_sender(
    *,
    name: str = "파발상점",
    address: str = "news@shop.example",
    company: str = "파발상점 주식회사",
    postal_address: str = "서울특별시 중구 세종대로 110",
    phone: str = "02-1234-5678",
    contact_email: str = "help@shop.example",
    bounce_domain: str = "bounce.shop.example",
    reply_to: str = "",
) -> SenderIdentity:
    """A shop that the law knows how to reach."""
    return SenderIdentity(
        name=name,
        address=address,
        company=company,
        postal_address=postal_address,
        phone=phone,
        contact_email=contact_email,
        bounce_domain=bounce_domain,
        reply_to=reply_to,
    )


def a_plan(
    *,
    id: str = "0abc1def",
    name: str = "가을 신상품 안내",
    kind: Kind = Kind.ADVERTISING,
    sender: SenderIdentity | None = None,
    list_id: str = "customers.shop.example",
    list_name: str = "파발상점 고객",
    scopes: tuple[str, ...] = (EVERYTHING,),
    on_doubt: OnDoubt = OnDoubt.ASK,
    tracking: Tracking = Tracking.OFF,
    local_time: LocalTime | None = None,
    experiment: Experiment | None = None,
) -> CampaignPlan:
    """An advertising campaign of a shop, as prepared."""
    return CampaignPlan(
        id=CampaignId(id),
        name=name,
        kind=kind,
        sender=sender or a_sender(),
        list_id=list_id,
        list_name=list_name,
        scopes=scopes,
        on_doubt=on_doubt,
        tracking=tracking,
        local_time=local_time,
        experiment=experiment,
    )


def a_recipient(
    *,
    number: int = 1,
    position: int | None = None,
    address: str | None = None,
    language: str = "ko",
    attributes: Mapping[str, str] | None = None,
    objects: bool = False,
) -> Recipient:
    """A customer with a name and a coupon; `number` tells one from another."""
    usual = {"name": f"고객{number}", "coupon": f"FALL-{number:06d}"}
    return Recipient(
        key=subscriber_key(number),
        position=number - 1 if position is None else position,
        address=parse_address(address or f"customer{number}@mail{number % 10}.example"),
        language=language,
        attributes=MappingProxyType(dict(usual if attributes is None else attributes)),
        objects=objects,
    )


def a_source(
    *,
    subject: str = "{{ name }}님, 가을 신상품이 나왔습니다",
    body: str = _MJML,
    markup: Markup = Markup.MJML,
    text: str = "",
) -> Source:
    """A short MJML mail with a name, a coupon and the footer that the law asks for."""
    return Source(subject=subject, body=body, markup=markup, text=text)


def an_html_source(
    body: str, *, subject: str = "{{ name }}님, 안녕하세요", text: str = ""
) -> Source:
    """The same in HTML; `body` is put into a document unless it is one."""
    if "<html" not in body:
        body = f'<!DOCTYPE html>\n<html lang="ko"><head></head><body>{body}</body></html>'
    return Source(subject=subject, body=body, markup=Markup.HTML, text=text)


def some_links(*, base_url: str = "https://mail.shop.example") -> PublicLinks:
    """Public links, signed with a key that every test shares."""
    return PublicLinks(base_url=base_url, keys=TokenKeys(current=1, secrets={1: b"k" * 32}))
