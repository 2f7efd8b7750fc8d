"""A customer leaves by the link in the mail, comes back, chooses, and is left alone."""

import re

from playwright.sync_api import expect

from browser.shop import CHOOSER, LEAVER, UNDECIDED, Shop
from browser.tabs import PHONE, Tabs

ASKS, IS_DONE = "수신을 거부하시겠습니까?", "수신 거부가 완료되었습니다."


def test_from_the_link_in_the_mail_to_being_left_alone(shop: Shop, tabs: Tabs) -> None:
    """The link only asks. The button leaves, another undoes it, and the next campaign heeds it."""
    mailbox = tabs.of_owner("ko")
    mailbox.goto(f"/mailbox/{shop.mail_to(LEAVER)[0]}/")
    link = mailbox.frame_locator("iframe").get_by_role("link", name="수신 거부")
    with mailbox.context.expect_page() as opened:
        link.click()
    page = opened.value
    expect(page.get_by_role("heading", level=1)).to_have_text(ASKS)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(ASKS)

    leave = page.get_by_role("button", name="수신 거부 (Unsubscribe)")
    leave.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(IS_DONE)
    page.get_by_role("button", name="다시 받기").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("다시 구독되었습니다.")
    page.goto(page.url.partition("?")[0])
    leave.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(IS_DONE)

    last = shop.mail_to(LEAVER)[0]
    copy = shop.installation.ask("campaign", "copy", shop.promotion)["campaign"]
    printed = shop.installation.run("campaign", "send", copy)
    assert re.search(r"unsubscribed [1-9]", printed)
    assert shop.mail_to(LEAVER)[0] == last


def test_choosing_what_to_receive(shop: Shop, tabs: Tabs) -> None:
    """What is saved stays saved; leaving everything leaves the list too."""
    page = tabs.of_anybody("ko", width=PHONE)
    page.goto(shop.link_in_mail(CHOOSER, "p"))
    coupons, news = page.get_by_label("쿠폰과 할인"), page.get_by_label("신상품")
    expect(coupons).to_be_checked()
    coupons.uncheck()
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_role("status")).to_have_text("저장했습니다.")
    page.goto(shop.link_in_mail(CHOOSER, "p"))
    expect(coupons).not_to_be_checked()
    expect(news).to_be_checked()

    page.get_by_role("button", name="모두 수신 거부").click()
    expect(page.get_by_label("고객")).not_to_be_checked()
    expect(news).not_to_be_checked()
    page.goto(shop.link_in_mail(CHOOSER, "u"))
    expect(page.get_by_role("heading", level=1)).to_have_text(IS_DONE)


def test_a_forged_link_is_refused_and_changes_nothing(shop: Shop, tabs: Tabs) -> None:
    """Somebody alters the link of another: a page says so, and sets no cookie."""
    link = shop.link_in_mail(UNDECIDED, "u")
    forged = link[:-6] + ("A" if link[-6] != "A" else "B") + link[-5:]
    page = tabs.of_anybody("ko")
    answer = page.goto(forged)

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("올바르지 않은 링크입니다.")
    refused = page.request.post(forged, form={"List-Unsubscribe": "One-Click"})
    assert refused.status == 404
    assert page.context.cookies() == []
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(ASKS)
