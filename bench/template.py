"""The mail of the engine's benchmarks: 100 KB on the wire, Korean, 15 personalised places."""

from pabal.domain.campaign import CampaignPlan, Kind, SenderIdentity
from pabal.domain.identity import CampaignId
from pabal.domain.links import PublicLinks
from pabal.domain.suppression import EVERYTHING
from pabal.domain.token import TokenKeys
from pabal.message.source import Markup, Source

LINKS = PublicLinks(
    base_url="https://mail.hanbit.example", keys=TokenKeys(current=1, secrets={1: b"k" * 32})
)

# Thirteen in the body and its two links: with the subject and the header, 17 in all.
_PLACES = (
    "name grade coupon_code discount points favorite_brand favorite_category last_order "
    "name coupon_code grade points discount"
).split()
_SENTENCE = "올가을 새로 들어온 옷을 가장 먼저 만나 보세요. 오늘 주문하시면 내일 도착합니다. "
_PARAGRAPH = '<p style="margin:0 0 12px;font-size:15px;line-height:1.7">{}</p>\n'
_EVERY = 31  # paragraphs a place
_PARAGRAPHS = 13 * _EVERY  # as many as make 100 KB in base64

_FOOTER = """\
<p>{{ sender.company }} | {{ sender.postal_address }} | {{ sender.phone }} |
{{ sender.contact_email }}</p>
<p>수신을 원하지 않으시면 <a href="{{ unsubscribe_url }}">수신거부</a>를 눌러 주세요.
To stop these mails, <a href="{{ preferences_url }}">unsubscribe</a>.
<a href="{{ unsubscribe_url }}">unsubscribe at once</a></p>
"""
_GRID = """\
{% for product in products %}{% if product.category == favorite_category or loop.index0 < 8 %}
<table><tr><td bgcolor="#eee">{{ product.name }}</td><td>{{ product.price | won }}</td>
<td>{% if discount | int > 9 %}<b>{{ discount }}%</b>{% else %}{{ discount }}%{% endif %}</td>
<td><a href="https://shop.example/p/{{ loop.index }}">보러 가기</a></td></tr></table>
{% endif %}{% endfor %}
"""
_PRODUCTS = (
    "{% set products = ["
    + ", ".join(
        f"{{'name': '가을 상품 {n}', 'price': {10_000 + 990 * n}, 'category': '{category}'}}"
        for n, category in enumerate(("가방", "모자", "신발", "니트", "아우터", "셔츠") * 4)
    )
    + "] %}"
)


def source(*, grid: bool = False) -> Source:
    """Return the mail's source; with `grid`, a product grid that differs for each customer."""
    parts: list[str] = []
    for number in range(_PARAGRAPHS):
        value = ""
        if number % _EVERY == 7:
            value = f"{{{{ {_PLACES[number // _EVERY]} }}}} "
        parts.append(_PARAGRAPH.format(value + _SENTENCE))
    if grid:
        parts.insert(len(parts) // 2, _PRODUCTS + _GRID)
    body = (
        '<!DOCTYPE html>\n<html lang="ko"><head><meta charset="utf-8"><title>가을</title></head>'
        f"<body>\n{''.join(parts)}{_FOOTER}</body></html>\n"
    )
    # A text part of its own: the one made from the HTML would add half as much again.
    text = "{{ name }}님, 쿠폰 {{ coupon_code }}\n" + _PLAIN_FOOTER
    return Source(
        subject="{{ name }}님, {{ discount }}% 쿠폰이 도착했어요",
        body=body,
        markup=Markup.HTML,
        text=text,
    )


_PLAIN_FOOTER = """\
{{ sender.company }} {{ sender.postal_address }} {{ sender.phone }} {{ sender.contact_email }}
수신거부 unsubscribe: {{ unsubscribe_url }}
"""


def plan(campaign: str = "0bench00") -> CampaignPlan:
    return CampaignPlan(
        id=CampaignId(campaign),
        name="bench",
        kind=Kind.ADVERTISING,
        sender=SenderIdentity(
            name="한빛상점",
            address="news@hanbit.example",
            company="주식회사 한빛상점",
            postal_address="서울특별시 성동구 연무장길 12, 3층",
            phone="02-555-0123",
            contact_email="help@hanbit.example",
            bounce_domain="hanbit.example",
        ),
        list_id="customers.hanbit.example",
        list_name="단골 고객",
        scopes=(EVERYTHING,),
    )
