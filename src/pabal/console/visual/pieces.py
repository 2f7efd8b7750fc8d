"""What may be put into a mail, with something in it already."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """names: of its topmost elements. source: with {words} for what is written over."""

    name: str
    label: str | Promise
    names: tuple[str, ...]
    source: str

    def written(self) -> str:
        """Return the MJML, with words in the language of whoever puts it in."""
        return self.source.replace("{words}", escape(gettext("Write here what you want to say.")))


def piece_of(name: str) -> Piece | None:
    return next((each for each in PIECES if each.name == name), None)


def _columns(count: int) -> str:
    column = "  <mj-column>\n    <mj-text>{words}</mj-text>\n  </mj-column>\n"
    return _section(column * count)


def _section(columns: str) -> str:
    return f'<mj-section background-color="#ffffff" padding="24px 16px">\n{columns}</mj-section>'


_GOODS = """\
  <mj-column>
    <mj-image src="" alt="" />
    <mj-text font-weight="700">상품 이름</mj-text>
    <mj-text>39,000원</mj-text>
    <mj-button href="https://www.example.com/">보러 가기</mj-button>
  </mj-column>
"""
# 정보통신망법 50(4) and 시행령 별표 6: who sends it, and how to refuse, in Korean and English.
_FOOTER = """\
<mj-section padding="24px 16px">
  <mj-column>
    <mj-text font-size="13px" color="#5b6268">
      {{ sender.company }}<br />
      {{ sender.postal_address }}<br />
      {{ sender.phone }} · {{ sender.contact_email }}<br />
      메일을 받지 않으시려면 <a href="{{ unsubscribe_url }}">수신거부</a>를 눌러 주세요.
      To stop receiving these mails, <a href="{{ unsubscribe_url }}">unsubscribe</a>.
    </mj-text>
  </mj-column>
</mj-section>"""
_COUPON = """\
{% if coupon_code is defined %}
<mj-text align="center" font-size="22px" font-weight="700">{{ coupon_code }}</mj-text>
{% endif %}"""

PIECES = (
    Piece(name="text", label=_("Text"), names=("mj-text",), source="<mj-text>{words}</mj-text>"),
    Piece(
        name="image",
        label=_("Picture"),
        names=("mj-image",),
        source='<mj-image src="" alt="" />',
    ),
    Piece(
        name="button",
        label=_("Button"),
        names=("mj-button",),
        source='<mj-button href="https://www.example.com/">{words}</mj-button>',
    ),
    Piece(
        name="divider",
        label=_("Divider"),
        names=("mj-divider",),
        source='<mj-divider border-width="1px" border-color="#d5d8da" />',
    ),
    Piece(
        name="space",
        label=_("Gap"),
        names=("mj-spacer",),
        source='<mj-spacer height="24px" />',
    ),
    Piece(name="coupon", label=_("Coupon"), names=("mj-text",), source=_COUPON),
    Piece(name="section", label=_("Section"), names=("mj-section",), source=_columns(1)),
    Piece(name="two", label=_("Two columns"), names=("mj-section",), source=_columns(2)),
    Piece(name="three", label=_("Three columns"), names=("mj-section",), source=_columns(3)),
    Piece(
        name="column",
        label=_("Column"),
        names=("mj-column",),
        source="<mj-column>\n  <mj-text>{words}</mj-text>\n</mj-column>",
    ),
    Piece(
        name="goods",
        label=_("Goods"),
        names=("mj-section",),
        source=_section(_GOODS * 2),
    ),
    Piece(name="footer", label=_("Sender and refusal"), names=("mj-section",), source=_FOOTER),
)
