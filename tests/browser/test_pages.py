"""Every page, in both languages, at a desk and on a phone. The pictures are kept."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from browser.shop import (
    ENGLISH,
    GONE,
    GONE_ENGLISH,
    LONG_ADDRESS,
    NEVER_FREE,
    READER,
    UNDECIDED,
    Shop,
)
from browser.tabs import DESK, PHONE, Tabs, prefer, resize
from builders.msgids import all_texts
from servers.browser import barriers, overflow

_PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
_CUSTOMER = {"ko": UNDECIDED, "en": ENGLISH}
_WHO_LEFT = {"ko": GONE, "en": GONE_ENGLISH}
_MESSY = Path(__file__).parents[1] / "data" / "customers-messy-cp949.csv"
_STRANGER = f"/mailbox/of/{'0' * 8}-0/"

_EXAMINED_AT = {"ko": PHONE, "en": DESK}  # axe-core takes a while; languages have one layout

Open = Callable[[Page, Shop, str], object]


def _report(page: Page, shop: Shop, rest: str = "") -> None:
    page.goto(f"/campaigns/{shop.promotion}/{rest}")
    if not rest:
        page.locator("#spread h2").first.wait_for()


def _edit(page: Page, shop: Shop) -> None:
    page.goto(f"/campaigns/{shop.draft}/edit/")
    page.locator("#reach .reach").wait_for()


def _template_edit(page: Page) -> None:
    page.goto("/templates/1/edit/")
    page.locator("iframe.mail").content_frame.locator("a").first.wait_for()


def _template(page: Page, shop: Shop) -> None:
    page.goto(f"/campaigns/{shop.draft}/keep/")
    page.locator("main form.form button").click()
    page.locator(".versions").wait_for()
    page.wait_for_load_state("networkidle")


def _story(page: Page, shop: Shop, address: str) -> None:
    _report(page, shop, f"deliveries/?q={address}")
    page.get_by_role("link", name=address).click()


def _sign_in_wrongly(page: Page, *, with_cookies: bool = True) -> None:
    page.goto("/sign-in/")
    if not with_cookies:
        page.context.clear_cookies()
    page.locator("[type=email]").fill("somebody@example.com")
    page.locator("[type=password]").fill("guess-guess")
    page.locator("main form.form button").first.click()


def _half_joined(page: Page, shop: Shop) -> None:
    page.goto(shop.sign_up_page())
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.locator("main button").click()


def _unsubscribed(page: Page, shop: Shop, language: str) -> None:
    link = shop.link_in_mail(_WHO_LEFT[language], "u")
    page.request.post(link, form={"List-Unsubscribe": "One-Click"})
    page.goto(link)


def _preferences(page: Page, shop: Shop, language: str) -> None:
    page.goto(shop.link_in_mail(_CUSTOMER[language], "p"))


def _saved(page: Page, shop: Shop, language: str) -> None:
    _preferences(page, shop, language)
    page.locator("[name=action][value=save]").click()


def _subscriber(page: Page, address: str, rest: str = "") -> None:
    page.goto(f"/subscribers/?q={address}")
    page.get_by_role("link", name=address).click()
    if rest:
        page.goto(page.url + rest)


def _uploaded(page: Page) -> None:
    """Upload a file as far as the question what its columns are."""
    page.goto("/imports/add/")
    page.locator("[type=file]").set_input_files(_MESSY)
    page.locator("#id_list").select_option(index=1)
    page.locator("main form button").click()


def _segment(page: Page) -> None:
    """Choose a first condition, and see who fits."""
    page.goto("/segments/add/")
    page.locator("#g0-c0-subject").select_option("attribute:text:grade")
    page.locator("#g0-c0-value").fill("GOLD")
    page.locator("#name").click()
    page.locator("aside strong").wait_for()


def _key(page: Page) -> None:
    """Make a key, which the page shows."""
    page.goto("/settings/keys/")
    page.locator("[name=name]").fill("Web shop")
    page.locator(".form button").click()
    page.locator("#key").wait_for()


def _key_revoke(page: Page) -> None:
    _key(page)
    page.locator("a.danger").first.click()


OWNERS: dict[str, Open] = {
    "subscribers": lambda page, shop, _: page.goto("/subscribers/"),
    "subscribers-nobody": lambda page, shop, _: page.goto("/subscribers/?q=nobody"),
    "subscriber": lambda page, shop, _: _subscriber(page, READER),
    "subscriber-failed": lambda page, shop, _: _subscriber(page, NEVER_FREE),
    "subscriber-long": lambda page, shop, _: _subscriber(page, LONG_ADDRESS),
    "subscriber-edit": lambda page, shop, _: _subscriber(page, READER, "edit/"),
    "subscriber-add": lambda page, shop, _: page.goto("/subscribers/add/"),
    "lists": lambda page, shop, _: page.goto("/lists/"),
    "list-add": lambda page, shop, _: page.goto("/lists/add/"),
    "topics": lambda page, shop, _: page.goto("/topics/"),
    "segments": lambda page, shop, _: page.goto("/segments/"),
    "segment": lambda page, shop, _: _segment(page),
    "imports": lambda page, shop, _: page.goto("/imports/"),
    "import-add": lambda page, shop, _: page.goto("/imports/add/"),
    "import-set-up": lambda page, shop, _: _uploaded(page),
    "start": lambda page, shop, _: page.goto("/"),
    "set-up": lambda page, shop, _: page.goto("/set-up/"),
    "organisation": lambda page, shop, _: page.goto("/settings/organisation/"),
    "senders": lambda page, shop, _: page.goto("/settings/senders/"),
    "sender-new": lambda page, shop, _: page.goto("/settings/senders/new/"),
    "mail-server": lambda page, shop, _: page.goto("/settings/sending/"),
    "members": lambda page, shop, _: page.goto("/settings/members/"),
    "key": lambda page, shop, _: _key(page),
    "key-revoke": lambda page, shop, _: _key_revoke(page),
    "activity": lambda page, shop, _: page.goto("/settings/activity/"),
    "password": lambda page, shop, _: page.goto("/account/password/first/"),
    "second-factor": lambda page, shop, _: page.goto("/account/factors/"),
    "sessions": lambda page, shop, _: page.goto("/account/sessions/"),
    "campaigns": lambda page, shop, _: page.goto("/campaigns/"),
    "report": lambda page, shop, _: _report(page, shop),
    "report-draft": lambda page, shop, _: page.goto(f"/campaigns/{shop.draft}/"),
    "campaign-new": lambda page, shop, _: page.goto("/campaigns/new/"),
    "images": lambda page, shop, _: page.goto("/images/"),
    "templates": lambda page, shop, _: page.goto("/templates/"),
    "template-keep": lambda page, shop, _: page.goto(f"/campaigns/{shop.draft}/keep/"),
    "template": lambda page, shop, _: _template(page, shop),
    "template-edit": lambda page, shop, _: _template_edit(page),
    "template-delete": lambda page, shop, _: page.goto("/templates/1/delete/"),
    "confirmations": lambda page, shop, _: page.goto("/subscribers/confirmations/"),
    "campaign-edit": lambda page, shop, _: _edit(page, shop),
    "campaign-review": lambda page, shop, _: page.goto(f"/campaigns/{shop.draft}/review/"),
    "campaign-delete": lambda page, shop, _: page.goto(f"/campaigns/{shop.draft}/delete/"),
    "campaign-cancel": lambda page, shop, _: _report(page, shop, "cancel/"),
    "campaign-archive": lambda page, shop, _: page.goto("/campaigns/?archive=yes"),
    "returning": lambda page, shop, _: page.goto("/campaigns/returned/?by=campaign"),
    "compare": lambda page, shop, _: page.goto(f"/campaigns/compare/?id={shop.promotion}"),
    "recipients": lambda page, shop, _: _report(page, shop, "deliveries/"),
    "recipients-nobody": lambda page, shop, _: _report(page, shop, "deliveries/?q=nobody"),
    "story-failed": lambda page, shop, _: _story(page, shop, NEVER_FREE),
    "story-long": lambda page, shop, _: _story(page, shop, LONG_ADDRESS),
    "mailbox": lambda page, shop, _: page.goto("/mailbox/"),
    "mail": lambda page, shop, _: page.goto(f"/mailbox/{shop.mail_to(READER)[0]}/"),
    "mail-not-here": lambda page, shop, _: page.goto(_STRANGER),
    "not-found": lambda page, shop, _: page.goto("/nowhere"),
}
ANYBODYS: dict[str, Open] = {
    "sign-in": lambda page, shop, _: page.goto("/sign-in/"),
    "forgotten": lambda page, shop, _: page.goto("/forgotten/"),
    "sign-in-refused": lambda page, shop, _: _sign_in_wrongly(page),
    "sign-in-no-cookies": lambda page, shop, _: _sign_in_wrongly(page, with_cookies=False),
    "sign-in-link-refused": lambda page, shop, _: page.goto("/sign-in/forged"),
    "unsubscribe": lambda page, shop, language: page.goto(
        shop.link_in_mail(_CUSTOMER[language], "u")
    ),
    "unsubscribed": _unsubscribed,
    "preferences": _preferences,
    "preferences-saved": _saved,
    "new-address": lambda page, shop, language: page.goto(
        shop.link_in_mail(_CUSTOMER[language], "p") + "/address"
    ),
    "join": lambda page, shop, _: page.goto(shop.sign_up_page()),
    "join-unfinished": lambda page, shop, _: _half_joined(page, shop),
    "link-not-valid": lambda page, shop, _: page.goto("/u/forged"),
}
EMPTY = {
    "empty-start": "/",
    "empty-campaigns": "/campaigns/",
    "empty-mailbox": "/mailbox/",
    "empty-subscribers": "/subscribers/",
    "empty-segments": "/segments/",
    "empty-imports": "/imports/",
}


@pytest.mark.parametrize("name", OWNERS)
def test_pages_of_the_owner(tabs: Tabs, name: str) -> None:
    page = tabs.of_owner()
    for language in ("ko", "en"):
        prefer(page, language)
        OWNERS[name](page, tabs.shop, language)
        _judge(page, name, language)


@pytest.mark.parametrize("name", ANYBODYS)
def test_pages_of_anybody(tabs: Tabs, name: str) -> None:
    page = tabs.of_anybody()
    for language in ("ko", "en"):
        prefer(page, language)
        ANYBODYS[name](page, tabs.shop, language)
        _judge(page, name, language)


@pytest.mark.parametrize("name", EMPTY)
def test_pages_with_nothing_on_them(empty_tabs: Tabs, name: str) -> None:
    page = empty_tabs.of_owner()
    for language in ("ko", "en"):
        page.goto(f"{EMPTY[name]}?lang={language}")
        _judge(page, name, language)


def _judge(page: Page, name: str, language: str) -> None:
    """A page fits its screen, keeps nobody out, and speaks the reader's language."""
    assert page.locator("html").get_attribute("lang") == language
    for width in (DESK, PHONE):
        resize(page, width)
        page.screenshot(path=_PICTURES / f"{name}-{language}-{width}.png", full_page=True)
        assert overflow(page) == []
        if width == _EXAMINED_AT[language]:
            assert barriers(page) == []
    if language == "ko":
        assert _english(page) == set()


def _english(page: Page) -> set[str]:
    """Return what the page says in English though it has a Korean translation."""
    shown = page.evaluate(_VISIBLE_TEXTS)
    return {text for text in shown if _OUR_ENGLISH.fullmatch(text)}


def _with_anything_in_its_blanks(msgid: str) -> str:
    """Return a pattern for a text of ours; "" for one that is nothing but blanks."""
    words = re.split(r"%\(\w+\)[a-z]|\{\w+\}", msgid)
    return ".+".join(map(re.escape, words)) if re.search("[a-z]", "".join(words)) else ""


_OUR_ENGLISH = re.compile(
    "|".join({_with_anything_in_its_blanks(text.msgid) for text in all_texts()} - {""})
)
_VISIBLE_TEXTS = """() => {
  const texts = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (element.checkVisibility() && !element.closest('[lang=en], textarea'))
      texts.push(walker.currentNode.data.trim().replace(/\\s+/g, ' '))
  }
  for (const name of ['aria-label', 'placeholder', 'title', 'data-label', 'alt'])
    for (const element of document.querySelectorAll(`[${name}]`))
      texts.push(element.getAttribute(name))
  return texts
}"""
