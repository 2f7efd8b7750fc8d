"""Everything that a customer may want works without a mouse."""

from playwright.sync_api import Locator, Page, expect

from browser.shop import TYPIST, Shop
from browser.tabs import PHONE, Tabs

_ENOUGH = 20  # tabs to any place on a page


def test_unsubscribing_by_keyboard(shop: Shop, tabs: Tabs) -> None:
    page = tabs.of_anybody("ko")
    page.goto(shop.link_in_mail(TYPIST, "u"))
    _tab_to(page, page.get_by_role("button", name="수신 거부"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("수신 거부가 완료되었습니다.")


def test_choosing_by_keyboard(shop: Shop, tabs: Tabs) -> None:
    page = tabs.of_anybody("ko", width=PHONE)
    page.goto(shop.link_in_mail(TYPIST, "p"))
    coupons = page.get_by_label("쿠폰과 할인")
    before = coupons.is_checked()
    _tab_to(page, coupons)
    page.keyboard.press("Space")
    _tab_to(page, page.get_by_role("button", name="저장", exact=True))
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_be_visible()
    assert coupons.is_checked() is not before


def test_skipping_to_the_content(shop: Shop, tabs: Tabs) -> None:
    """The first tab shows a link past the navigation, and it leads there."""
    page = tabs.of_owner()
    page.goto(f"/campaigns/{shop.promotion}/")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.locator("main :focus").count() == 1


def test_every_stop_can_be_seen(shop: Shop, tabs: Tabs) -> None:
    """Whatever has the focus is in view and has an outline."""
    page = tabs.of_owner()
    page.goto(f"/campaigns/{shop.promotion}/")
    for _ in range(_ENOUGH):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() == 0:
            break
        _is_seen(focused)


def _tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(_ENOUGH):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            _is_seen(wanted)
            return
    raise AssertionError(f"{_ENOUGH} tabs do not lead to {wanted}")


def _is_seen(focused: Locator) -> None:
    expect(focused).to_be_in_viewport()
    outline = focused.evaluate("e => getComputedStyle(e).outline")
    assert "solid 3px" in outline, (focused, outline)
