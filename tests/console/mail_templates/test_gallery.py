"""Every mail of the gallery may be sent as it stands, to customers of whom little is known too."""

from collections.abc import Mapping

import pytest
from django.test import Client

from builders.campaigns import a_plan
from builders.console import a_sender_row
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign
from pabal.console.mail_templates.gallery import GALLERY, GalleryTemplate
from pabal.domain.address import parse_address
from pabal.domain.campaign import CampaignPlan
from pabal.domain.links import PublicLinks
from pabal.domain.recipient import Recipient
from pabal.message.compile import compile_source
from pabal.message.render import PlainMail, Renderer
from pabal.message.source import Limits
from pabal.preflight.checks.law_kr import check_kind, check_label, check_sender_and_refusal
from pabal.preflight.checks.links import check_links
from pabal.preflight.checks.looks import check_accessibility, check_images, check_text_part
from pabal.preflight.checks.sample import take_sample
from pabal.preflight.checks.subject import check_subject

LIMITS = Limits()
KNOWN = {
    "name": "김민지",
    "coupon_code": "AUTUMN-7",
    "order_number": "2026-1124",
    "last_order": "2026-11-24",
    "product_name": "캔버스 데이 백",
}
CHECKS = (
    check_label,
    check_kind,
    check_sender_and_refusal,
    check_subject,
    check_links,
    check_images,
    check_text_part,
    check_accessibility,
)
each_template = pytest.mark.parametrize("template", GALLERY, ids=lambda template: template.name)


def _plan(template: GalleryTemplate) -> CampaignPlan:
    return a_plan(kind=template.kind)


def _mail(
    template: GalleryTemplate, links: PublicLinks, attributes: Mapping[str, str]
) -> tuple[PlainMail, str]:
    """Return the mail, and its reader's link to refuse."""
    plan = _plan(template)
    reader = Recipient(
        key="1",
        position=0,
        address=parse_address("minji@customer.example"),
        language="ko",
        attributes=attributes,
    )
    renderer = Renderer(
        compile_source(template.source(), plan, limits=LIMITS),
        plan,
        links=links,
        bounce_secret=b"x" * 32,
        limits=LIMITS,
    )
    return renderer.plain(reader), links.unsubscribe(reader.delivery(plan.id))


@each_template
@pytest.mark.parametrize("attributes", [KNOWN, {}], ids=["known", "unknown"])
def test_preflight_has_nothing_to_say_about_it(
    template: GalleryTemplate, attributes: Mapping[str, str], public_links: PublicLinks
) -> None:
    mail, refusal = _mail(template, public_links, attributes)
    sample = take_sample(_plan(template), mail, refusal)

    assert [found for check in CHECKS for found in check(sample)] == []


@each_template
def test_it_speaks_to_its_reader_by_name(
    template: GalleryTemplate, public_links: PublicLinks
) -> None:
    mail, _ = _mail(template, public_links, KNOWN)
    stranger, _ = _mail(template, public_links, {})

    assert "김민지님" in mail.subject
    assert "김민지님" in mail.html
    assert "고객님" in stranger.subject
    assert "고객님" in stranger.html


@each_template
def test_it_fetches_nothing_and_knows_the_dark(
    template: GalleryTemplate, public_links: PublicLinks
) -> None:
    mail, _ = _mail(template, public_links, KNOWN)

    assert "<img" not in mail.html
    assert "url(" not in mail.html
    assert "prefers-color-scheme: dark" in mail.html


@each_template
def test_its_reader_can_choose_to_get_less(
    template: GalleryTemplate, public_links: PublicLinks
) -> None:
    mail, _ = _mail(template, public_links, KNOWN)

    for path in ("/p/", "/w/"):
        assert f"https://mail.shop.example{path}" in mail.html


@each_template
def test_a_campaign_begins_from_it(template: GalleryTemplate, as_bob: Client, news: List) -> None:
    a_sender_row()
    assert template.name in as_bob.get("/campaigns/new/").content.decode()

    as_bob.post(
        "/campaigns/new/", {"name": "겨울", "kind": "advertising", "start_from": template.name}
    )

    made = Campaign.objects.get()
    assert (made.subject, made.body) == (template.subject, template.source().body)


@pytest.fixture
def public_links(links: PublicLinks) -> PublicLinks:
    return PublicLinks(base_url="https://mail.shop.example", keys=links.keys)
