"""Getting in: by the link that the terminal prints, and not without."""

import pytest
from playwright.sync_api import expect

from browser.shop import CAMPAIGN, Shop
from browser.tabs import Tabs


def test_the_printed_link_signs_in_once(shop: Shop, tabs: Tabs) -> None:
    """It opens the campaigns; used again, by whoever finds it, it is refused and says so."""
    link = shop.sign_in_link()
    owner = tabs.of_customer()
    owner.goto(link)
    expect(owner.get_by_role("link", name=CAMPAIGN)).to_be_visible()

    finder = tabs.of_customer()
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
    stranger = tabs.of_customer()
    stranger.goto(path)

    assert stranger.url.endswith(f"/sign-in/?next={path}")
    expect(stranger.get_by_label("Password")).to_be_visible()


def test_signing_out_ends_it(shop: Shop, tabs: Tabs) -> None:
    owner = tabs.of_customer()
    owner.goto(shop.sign_in_link())
    owner.get_by_role("button", name="Sign out").click()
    expect(owner.get_by_role("heading", name="Sign in")).to_be_visible()

    owner.goto("/mailbox/")
    assert "/sign-in/" in owner.url


def test_a_wrong_password_is_refused_without_saying_what_was_wrong(tabs: Tabs) -> None:
    stranger = tabs.of_customer()
    stranger.goto("/sign-in/")
    stranger.get_by_label("E-mail").fill("owner@localhost.example")
    stranger.get_by_label("Password").fill("guess-guess")
    stranger.get_by_role("button", name="Sign in").click()

    expect(stranger.get_by_role("alert")).to_contain_text("No account has this")
