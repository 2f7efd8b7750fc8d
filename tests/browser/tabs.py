"""Tabs in which people read the shop's pages."""

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from servers.browser import Behaviour

DESK, PHONE = 1280, 390  # pixels wide
_LOCALES = {"ko": "ko-KR", "en": "en-GB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabs:
    """Opens tabs, each with cookies of its own. behaviour: what was done in any of them."""

    chromium: Browser
    url: str
    session: str
    behaviour: Behaviour

    def of_operator(self, language: str = "en", *, width: int = DESK) -> Page:
        """Open a tab in which the owner has signed in."""
        page = self.of_customer(language, width=width)
        page.context.add_cookies(
            [{"name": "pabal_session", "value": self.session, "url": self.url, "httpOnly": True}]
        )
        return page

    def of_customer(self, language: str = "en", *, width: int = DESK) -> Page:
        """Open a tab of somebody whom the shop does not know, and who has no cookies."""
        context = self.chromium.new_context(
            base_url=self.url,
            locale=_LOCALES[language],
            timezone_id="Asia/Seoul",
            viewport={"width": width, "height": 844 if width == PHONE else 800},
        )
        context.set_default_timeout(10_000)
        self.behaviour.watch(context)
        return context.new_page()

    def close(self) -> None:
        for context in self.chromium.contexts:
            context.close()
