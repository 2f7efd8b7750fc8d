"""Getting in: by the link that the terminal prints, and not without."""

import pytest
from playwright.sync_api import expect

from browser.shop import Shop
from browser.tabs import Tabs


def test_the_printed_link_signs_in_once(shop: Shop, tabs: Tabs) -> None:
    """Until somebody signs out; used again, by whoever finds it, it is refused and says so."""
    link = shop.sign_in_link()
    owner = tabs.of_anybody()
    owner.goto(link)
    expect(owner.get_by_role("heading", name="Hello")).to_be_visible()
    owner.get_by_role("button", name="Sign out").click()
    expect(owner.get_by_role("heading", name="Sign in")).to_be_visible()
    owner.goto("/mailbox/")
    assert "/sign-in/" in owner.url

    finder = tabs.of_anybody()
    answer = finder.goto(link)
    assert answer is not None
    assert answer.status == 403
    expect(finder.get_by_role("heading", name="used already")).to_be_visible()
    expect(finder.get_by_text("pabal sign-in")).to_be_visible()
    assert finder.context.cookies() == []

    finder.get_by_role("link", name="To the sign-in page").click()
    expect(finder.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/mailbox/"])
def test_pages_send_strangers_to_the_sign_in_page(tabs: Tabs, path: str) -> None:
    stranger = tabs.of_anybody()
    stranger.goto(path)

    assert stranger.url.endswith(f"/sign-in/?next={path}")
    expect(stranger.get_by_label("Password")).to_be_visible()


def test_the_language_is_remembered(empty_tabs: Tabs) -> None:
    """The button changes the page that somebody is on, and all others from then on."""
    page = empty_tabs.of_owner("en")
    page.goto("/mailbox/?lang=en")
    page.get_by_role("button", name="한국어").click()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("안녕하세요")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello")
