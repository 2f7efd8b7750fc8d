"""What every page holds: policy, form, language, accessibility basics."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import translation

from builders.console import (
    ACCEPTED,
    BUSY,
    NO_MAILBOX,
    SILENCE,
    a_campaign,
    a_member,
    a_segment,
    settled,
    started,
)
from builders.mails import keep
from pabal.console.audience.models import List, Topic
from pabal.domain.links import PublicLinks
from pabal.transport.mailbox.store import MailboxStore

VOID = {"meta", "link", "input", "img", "br", "hr", "base"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed, in order; ids are unique."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if len(values) != len(attrs):
            self.faults.append(f"an attribute of {tag} occurs twice")
        if values.get("id") in {other.get("id") for _tag, other in self.tags} - {None}:
            self.faults.append(f"the id {values['id']} occurs twice")
        self.tags.append((tag, values))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture
def pages(news: List, links: PublicLinks, mailbox: MailboxStore) -> list[str]:
    """An address of every page, with something of everything to show."""
    Topic.objects.create(name="쿠폰", identifier="coupons", description="할인 소식")
    people = [a_member(news, f"person{number}@customer.example") for number in range(5)]
    List.objects.filter(pk=news.pk).update(takes_sign_ups=True)
    campaign = a_campaign(news)
    campaign.excluded = {"unsubscribed": 1, "suppressed": 1, "no consent": 1}
    campaign.save()
    deliveries = started(campaign, people)
    outcomes = [ACCEPTED, NO_MAILBOX, BUSY, SILENCE]
    settled(campaign, dict(zip(deliveries, outcomes, strict=False)))
    mail = keep(mailbox, message_id=f"<{deliveries[0]}@shop.example>")
    rows = f"/campaigns/{campaign.pk}/deliveries/"
    return [
        "/",
        "/set-up/",
        "/settings/organisation/",
        "/settings/senders/",
        "/settings/senders/new/",
        "/settings/sending/",
        "/settings/members/",
        "/settings/activity/",
        "/settings/domains/shop.example/",
        "/account/factors/",
        "/account/sessions/",
        "/account/password/",
        "/campaigns/",
        f"/campaigns/{campaign.pk}/",
        rows,
        f"{rows}?state=failed&q=x",
        f"{rows}{deliveries[1]}/",
        "/subscribers/",
        "/subscribers/?q=nobody-at-all",
        f"/subscribers/{people[0].pk}/",
        f"/subscribers/{people[0].pk}/edit/",
        "/subscribers/add/",
        "/imports/",
        "/imports/add/",
        "/lists/",
        "/lists/add/",
        "/lists/1/",
        "/topics/",
        "/topics/add/",
        "/segments/",
        "/segments/add/",
        f"/segments/{a_segment('coupon', 'FALL-1').pk}/",
        "/mailbox/",
        f"/mailbox/{mail}/",
        "/mailbox/of/0abc1def-1/",
        links.unsubscribe(deliveries[0]),
        links.preferences(deliveries[0]),
        f"{links.preferences(deliveries[0])}/address",
        "/join/news/",
        "/u/forged",
        "/nothing/",
    ]


def _read(client: Client, path: str) -> tuple[Page, str, str]:
    answer = client.get(path)
    html = answer.content.decode()
    return Page(html), html, answer["Content-Security-Policy"]


def test_no_page_allows_anything_inline(pages: list[str], as_alice: Client) -> None:
    for path in [*pages, "/sign-in/"]:
        page, html, policy = _read(as_alice, path)
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert not page.all("style"), path
        scripts = [each for each in page.all("script") if each.get("type") != "application/json"]
        assert all(script.get("src") for script in scripts), path
        assert not [a for _t, a in page.tags if "style" in a or any(k[:2] == "on" for k in a)], path
        assert "javascript:" not in html, path


def test_customers_need_no_script(pages: list[str], as_charlie: Client) -> None:
    for path in pages:
        if path.startswith(("/u/", "/p/", "/join/")):
            page, _html, _policy = _read(as_charlie, path)
            assert not page.all("script"), path


def test_every_page_is_well_formed(pages: list[str], as_alice: Client) -> None:
    for path in pages:
        page, html, _policy = _read(as_alice, path)
        assert (page.faults, page.open) == ([], []), path
        assert html.startswith("<!doctype html>"), path
        assert len(page.all("h1")) == len(page.all("main")) == 1, path


def test_nothing_is_loaded_from_elsewhere(pages: list[str], as_alice: Client) -> None:
    for path in pages:
        page, _html, _policy = _read(as_alice, path)
        loaded = [a.get("src") or a["href"] for a in page.all("img", "link", "iframe", "script")]
        assert loaded, path
        assert all(address.startswith("/") for address in loaded), path


def test_every_field_and_picture_has_a_name(pages: list[str], as_alice: Client) -> None:
    for path in [*pages, "/sign-in/"]:
        page, _html, _policy = _read(as_alice, path)
        labelled = {label.get("for") for label in page.all("label")}
        for field in page.all("input"):
            if field["type"] in ("hidden", "checkbox"):  # a checkbox is inside its label
                continue
            assert field.get("id") in labelled or "aria-label" in field, path
        assert all("alt" in image for image in page.all("img")), path
        assert all(frame["title"] for frame in page.all("iframe")), path


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_is_in_one_language(pages: list[str], as_alice: Client, language: str) -> None:
    """Hangul in an English page, or none in a Korean one, is a text that was forgotten."""
    with translation.override(language):
        for path in pages:
            page, html, _policy = _read(as_alice, f"{path.partition('?')[0]}?lang={language}")
            assert page.all("html") == [{"lang": language}], path
            heading = re.sub(r"<[^>]+>", "", html.partition("<h1>")[2].partition("</h1>")[0])
            has_hangul = re.search("[가-힣]", heading) is not None
            assert has_hangul == (language == "ko") or "@" in heading or _is_data(heading), path


def test_pages_are_not_framed_by_others_and_not_sniffed(pages: list[str], as_alice: Client) -> None:
    for path in pages:
        answer = as_alice.get(path)
        assert answer["X-Frame-Options"] == "SAMEORIGIN", path
        assert answer["X-Content-Type-Options"] == "nosniff", path


def test_the_style_sheet_and_the_mark_are_served(db: None) -> None:
    for path in ("/static/design/pabal.css", "/static/design/mark.svg"):
        answer = Client().get(path)
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def _is_data(heading: str) -> bool:
    """Whether a heading is what a shop wrote, which is not translated."""
    return "가을 신상품" in heading or "파발상점 소식" in heading
