"""An operator follows a campaign down to a single mail."""

from playwright.sync_api import expect

from browser.shop import BUSY_ONCE, CAMPAIGN, NEVER_FREE, NO_ANSWER, READER, UNKNOWN, Shop
from browser.tabs import Tabs


def test_from_the_campaigns_to_one_customers_mail(tabs: Tabs) -> None:
    """List, report, recipients, the story of a delivery, and its mail in three forms."""
    page = tabs.of_owner()
    page.goto("/")
    page.get_by_role("link", name=CAMPAIGN).last.click()
    expect(page.get_by_role("heading", name=CAMPAIGN)).to_be_visible()
    page.get_by_role("link", name="Every recipient").click()
    expect(page.get_by_role("row")).to_have_count(1 + 20)

    page.get_by_role("link", name=READER).click()
    expect(page.get_by_role("listitem").last).to_contain_text("accepted by the mail server")
    page.get_by_role("link", name="Look at the mail").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("(광고) 남궁태윤님")
    shown = page.frame_locator("iframe").get_by_text("남궁태윤").filter(visible=True)
    expect(shown.first).to_be_visible()

    page.get_by_text("Plain text").click()
    expect(page.locator("pre.raw")).to_contain_text("남궁태윤")
    page.get_by_text("Headers").click()
    expect(page.get_by_role("cell", name="List-Unsubscribe=One-Click")).to_be_visible()
    page.get_by_role("link", name="Raw source").click()
    expect(page.locator("body")).to_contain_text("Content-Transfer-Encoding: base64")


def test_a_mail_leads_back_to_its_delivery(tabs: Tabs) -> None:
    page = tabs.of_owner()
    page.goto("/mailbox/")
    page.get_by_role("searchbox").fill(BUSY_ONCE)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="(광고) 황서윤님").click()
    page.get_by_role("link", name="The story of this delivery").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(BUSY_ONCE)
    happened = page.get_by_role("list").get_by_role("listitem")
    expect(happened.filter(has_text="deferred, will be tried again")).to_have_count(1)
    expect(happened.filter(has_text="accepted by the mail server")).to_have_count(1)


def test_figures_lead_to_those_whom_they_count(shop: Shop, tabs: Tabs) -> None:
    """From “2 failed” to the two, and to every attempt that was made for one of them."""
    page = tabs.of_owner()
    page.goto(f"/campaigns/{shop.promotion}/")
    figures = page.locator("dl")
    expect(figures.get_by_role("definition")).to_have_text(["20", "17", "2", "1"])
    figures.get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_role("rowheader")).to_have_text([UNKNOWN, NEVER_FREE])

    page.get_by_role("link", name=NEVER_FREE).click()
    happened = page.get_by_role("listitem")
    expect(happened.filter(has_text="attempt begun")).to_have_count(4)
    expect(happened.last).to_contain_text("given up after the last retry")
    expect(happened.last).to_contain_text("451 4.3.0 try again later")


def test_the_report_says_what_is_wanting(shop: Shop, tabs: Tabs) -> None:
    """Who may have got it or not, and who was on the list and was not mailed."""
    page = tabs.of_owner()
    page.goto(f"/campaigns/{shop.promotion}/")

    expect(page.get_by_role("row").filter(has_text=NO_ANSWER)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="no such user")).to_contain_text("550 5.1.1")
    expect(page.get_by_role("row", name="no consent to advertising 1")).to_be_visible()
