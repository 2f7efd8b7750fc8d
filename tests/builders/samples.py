"""Rendered mails for the checks that look at what they say."""

from builders.campaigns import a_plan
from pabal.domain.campaign import CampaignPlan, Kind
from pabal.message.render import PlainMail
from pabal.preflight.checks.sample import Sample, take_sample

UNSUBSCRIBE = "https://mail.shop.example/u/token"
_WORDS = (
    "가을 신상품이 나왔습니다. 지금 보러 오세요. 새로운 코트와 니트, 따뜻한 모자까지 준비했습니다. "
)
FOOTER = (
    "파발상점 주식회사 | 서울특별시 중구 세종대로 110 | 02-1234-5678 | help@shop.example "
    "수신을 원하지 않으시면 수신거부를, to stop these mails unsubscribe: "
)


def a_sample(
    body: str = "",
    *,
    subject: str = "(광고) 가을 신상품이 나왔습니다",
    text: str | None = None,
    kind: Kind = Kind.ADVERTISING,
    plan: CampaignPlan | None = None,
    language: str = "ko",
    footer: str = FOOTER,
) -> Sample:
    """A sound mail with `body` in front of what everybody has to say."""
    html = (
        f'<html lang="{language}"><body><p>{_WORDS * 3}</p>{body}'
        f'<p>{footer} <a href="{UNSUBSCRIBE}">수신거부 unsubscribe</a></p></body></html>'
    )
    if text is None:
        text = f"{_WORDS}\n{footer}{UNSUBSCRIBE}\n"
    mail = PlainMail(subject=subject, html=html, text=text)
    return take_sample(plan or a_plan(kind=kind), mail, UNSUBSCRIBE)
