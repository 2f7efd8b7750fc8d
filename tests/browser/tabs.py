"""Tabs in which people read the shop's pages."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page

from browser.shop import Shop
from servers.browser import Behaviour

DESK, PHONE = 1280, 390  # pixels wide
_HEIGHTS = {DESK: 800, PHONE: 844}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabs:
    """Opens tabs, each with cookies of its own. behaviour: what was done in any of them."""

    chromium: Browser
    shop: Shop
    behaviour: Behaviour

    def of_owner(self, language: str = "en", *, width: int = DESK) -> Page:
        """Open a tab in which the owner has signed in."""
        page = self.of_anybody(language, width=width)
        page.context.add_cookies(
            [{"name": "pabal_session", "value": self.shop.session, "url": self.shop.url}]
        )
        return page

    def of_anybody(self, language: str = "en", *, width: int = DESK) -> Page:
        """Open a tab of somebody whom the shop does not know, and who has no cookies."""
        context = self.chromium.new_context(
            base_url=self.shop.url,
            extra_http_headers={"Accept-Language": language},
            timezone_id="Asia/Seoul",
            viewport={"width": width, "height": _HEIGHTS[width]},
        )
        context.set_default_timeout(10_000)
        self.behaviour.watch(context)
        return context.new_page()


@contextmanager
def open_tabs(chromium: Browser, shop: Shop) -> Generator[Tabs]:
    """Let tabs be opened. Fails if something happened in them that nobody asked for."""
    tabs = Tabs(chromium=chromium, shop=shop, behaviour=Behaviour(host=shop.host))
    yield tabs
    for context in chromium.contexts:
        context.close()
    assert tabs.behaviour.faults == [], tabs.behaviour.faults


def prefer(page: Page, language: str) -> None:
    """Let the reader's browser ask for a language from now on."""
    page.context.set_extra_http_headers({"Accept-Language": language})


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})


def write_in_editor(page: Page, editor: Locator, key: str, text: str = "") -> None:
    """Go somewhere in a code editor by a key, and type: once it stands for its textarea."""
    page.locator(".cm-content").first.wait_for()
    editor.focus()
    page.locator(".cm-focused").wait_for()
    editor.press(key)
    page.wait_for_timeout(50)
    if text:
        editor.press_sequentially(text)
