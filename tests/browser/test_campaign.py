"""A marketer's main job: write, try, check, start and watch a campaign, and lose nothing by it."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.shop import READER, Shop, open_shop
from browser.tabs import DESK, PHONE, Tabs, open_tabs, write_in_editor
from servers.browser import barriers, overflow

WORDS = {
    "ko": {
        "new": "새 캠페인",
        "name": "이름",
        "continue": "계속",
        "subject": "제목",
        "preview": "미리보기 문구",
        "saved": "저장됨",
        "test to": "테스트 메일을 받을 주소",
        "test": "테스트 보내기",
        "sent": "전송",
        "check": "점검하기",
        "ready": "보낼 준비가 되었습니다",
        "send": "명에게 보내기",
        "finished": "발송 완료",
        "20 get it": "20명에게 보냅니다",
    },
    "en": {
        "new": "New campaign",
        "name": "Name",
        "continue": "Continue",
        "subject": "Subject",
        "preview": "Preview text",
        "saved": "Saved",
        "test to": "Send a test to",
        "test": "Send the test",
        "sent": "sent",
        "check": "Check now",
        "ready": "Nothing stands in the way",
        "send": "mails now",
        "finished": "Finished",
        "20 get it": "20 people get it",
    },
}
_OF_NO_CONNECTION = {"error: htmx:afterRequest", "error: htmx:sendError"}  # said by htmx
_UNTIL_IT_IS_DONE = 30_000  # milliseconds


class Worker:
    """The process that sends and checks for a shop, and that can be away for a while."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __enter__(self) -> Self:
        installation = self._shop.installation
        log = installation.home.parent / "worker.log"
        self._process = installation.start("worker", log=log)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    @contextmanager
    def away(self) -> Generator[None]:
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()


@pytest.fixture(scope="module")
def busy_shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    """A shop with 20 customers who can be mailed."""
    with open_shop(tmp_path_factory.mktemp("busy")) as shop:
        yield shop.with_promotion()


@pytest.fixture(scope="module", autouse=True)
def worker(busy_shop: Shop) -> Generator[Worker]:
    with Worker(busy_shop) as worker:
        yield worker


@pytest.fixture
def busy_tabs(busy_shop: Shop, chromium: Browser) -> Generator[Tabs]:
    with open_tabs(chromium, busy_shop) as tabs:
        yield tabs


def _begin(page: Page, words: dict[str, str], name: str) -> None:
    page.goto("/campaigns/")
    page.get_by_role("link", name=words["new"]).first.click()
    page.get_by_label(words["name"], exact=True).fill(name)
    page.get_by_role("button", name=words["continue"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize(("language", "width"), [("ko", DESK), ("en", PHONE)])
def test_from_a_sample_to_the_report(
    busy_tabs: Tabs, worker: Worker, language: str, width: int
) -> None:
    """Without a word of help: content, subject, audience, test, check, start, and its end."""
    words, page = WORDS[language], busy_tabs.of_owner(language, width=width)
    _begin(page, words, f"겨울 쿠폰 {language}")

    subject = "{{ name }}님께 드리는 겨울 쿠폰"
    page.get_by_label(words["subject"], exact=True).fill(subject)
    page.get_by_label(re.compile(words["preview"])).first.fill("이번 주말까지")
    expect(page.locator("#preview .subject-line")).to_have_text(
        "(광고) 남궁태윤님께 드리는 겨울 쿠폰"
    )
    expect(page.frame_locator("#preview iframe").get_by_text("남궁태윤님").first).to_be_visible()
    expect(page.locator("#save-state")).to_contain_text(words["saved"])
    expect(page.locator("#reach")).to_contain_text(words["20 get it"])
    assert (overflow(page), barriers(page)) == ([], [])

    page.get_by_label(words["test to"]).fill("marketer@shop.example")
    page.get_by_role("button", name=words["test"]).click()
    sent = page.locator("#trials li").filter(has_text="marketer@shop.example")
    expect(sent.locator(".badge-good")).to_have_text(words["sent"], timeout=_UNTIL_IT_IS_DONE)
    _id, mail = busy_tabs.shop.mail_to("marketer@shop.example")
    assert str(mail["Subject"]) == "(광고) 남궁태윤님께 드리는 겨울 쿠폰"

    page.get_by_role("button", name=words["check"]).click()
    expect(page.locator("#check")).to_contain_text(words["ready"], timeout=_UNTIL_IT_IS_DONE)
    assert (overflow(page), barriers(page)) == ([], [])
    _try_to_send_what_is_not_kept(page, words["send"])
    with worker.away():
        page.get_by_role("button", name=words["send"]).click()
        _lose_the_connection_and_get_it_back(page, busy_tabs.behaviour.said)

    expect(page.get_by_role("heading", level=1)).to_have_text(f"겨울 쿠폰 {language}")
    expect(page.locator("#live")).to_contain_text(words["finished"], timeout=_UNTIL_IT_IS_DONE)
    expect(page.locator("#spread svg")).to_be_visible()
    assert (overflow(page), barriers(page)) == ([], [])
    _id, mail = busy_tabs.shop.mail_to(READER)
    assert str(mail["Subject"]) == "(광고) 남궁태윤님께 드리는 겨울 쿠폰"


def _try_to_send_what_is_not_kept(page: Page, send: str) -> None:
    """A time that has passed is refused; what is kept is still “at once”."""
    page.locator("[name=when][value=later]").check()
    page.locator("[name=scheduled_at]").fill("2020-01-01T09:00")
    expect(page.locator("#errors-scheduled_at p")).to_be_visible()
    page.get_by_role("button", name=send).click()
    expect(page.locator("#unsaved-field")).to_be_visible()
    page.locator("[name=when][value=now]").check()
    expect(page.locator("#unsaved-field")).to_be_hidden()


def _lose_the_connection_and_get_it_back(page: Page, said: list[str]) -> None:
    """Figures that stand still are not taken for a sending that does."""
    page.route("**/live/", lambda route: route.abort())
    expect(page.locator("#no-connection")).to_be_visible()
    assert {each.partition(",")[0] for each in said} <= _OF_NO_CONNECTION
    page.unroute("**/live/")
    expect(page.locator("#no-connection")).to_be_hidden()
    said.clear()


def test_a_mistake_is_shown_at_its_line_while_it_is_typed(busy_tabs: Tabs) -> None:
    words, page = WORDS["en"], busy_tabs.of_owner()
    _begin(page, words, "A mistake")
    source = page.get_by_role("textbox", name="Source")
    write_in_editor(page, source, "Control+End", "\n\n{{ name | nothing }}")

    expect(page.locator("#preview")).to_contain_text("nothing")
    page.get_by_role("button", name=re.compile("Show line")).click()
    assert page.evaluate("getSelection().toString()").strip() == "{{ name | nothing }}"
    expect(page.locator("#steps .step-bad")).to_have_count(1)


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(busy_tabs: Tabs) -> None:
    words, page = WORDS["en"], busy_tabs.of_owner()
    _begin(page, words, "Signed out")
    page.wait_for_load_state("networkidle")
    cookies = page.context.cookies()
    page.context.clear_cookies(name="pabal_session")
    page.get_by_label("Subject", exact=True).fill("Typed without a session")
    ticks = page.locator("[name=without_campaigns]")
    numbers = [each.get_attribute("value") for each in ticks.all()]
    page.get_by_text("Leave people out").click()
    ticks.last.check()
    expect(page.locator("#session-ended")).to_be_visible()
    address = page.url

    page.locator("#session-ended a").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.context.add_cookies(cookies)
    page.goto(address)

    expect(page.locator("#restored")).to_be_visible()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Typed without a session")
    expect(ticks.last).to_be_checked()
    assert [each.get_attribute("value") for each in ticks.all()] == numbers
    expect(page.locator("#preview .subject-line")).to_have_text("(광고) Typed without a session")
    page.reload()
    expect(page.locator("#restored")).to_be_hidden()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Typed without a session")


def test_what_was_typed_without_a_connection_is_saved_with_the_next(busy_tabs: Tabs) -> None:
    words, page = WORDS["en"], busy_tabs.of_owner()
    _begin(page, words, "In a tunnel")
    page.route("**/save/", lambda route: route.abort())
    page.get_by_label("Subject", exact=True).fill("Typed in a tunnel")
    expect(page.locator("#no-connection")).to_be_visible()
    said = busy_tabs.behaviour.said
    assert {each.partition(",")[0] for each in said} <= _OF_NO_CONNECTION
    said.clear()

    page.unroute("**/save/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#no-connection")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("Subject", exact=True)).to_have_value("Typed in a tunnel")


def test_the_second_of_two_people_chooses(busy_tabs: Tabs) -> None:
    words, first = WORDS["en"], busy_tabs.of_owner()
    _begin(first, words, "Two people")
    second = busy_tabs.of_owner()
    second.goto(first.url)
    first.get_by_label("Subject", exact=True).fill("Of the first")
    expect(first.locator("#preview .subject-line")).to_have_text("(광고) Of the first")

    second.get_by_label("Subject", exact=True).fill("Of the second")
    expect(second.locator("#refusal")).to_contain_text("Somebody else has changed this draft")
    expect(second.get_by_label("Subject", exact=True)).to_have_value("Of the second")
    second.get_by_role("button", name="Keep mine instead").click()
    expect(second.locator("#preview .subject-line")).to_have_text("(광고) Of the second")
    first.reload()
    expect(first.get_by_label("Subject", exact=True)).to_have_value("Of the second")
