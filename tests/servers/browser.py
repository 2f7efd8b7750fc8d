"""A real Chromium, and an eye on what pages do unasked."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    sync_playwright,
)

_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks for, nothing but this machine is ever found.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
_BY_CHROMIUM = (
    "Failed to load resource",  # said of answers, which are looked at by themselves
    # Said of forms that ask for an account and more, whatever their fields say of themselves.
    '[DOM] Input elements should have autocomplete attributes (suggested: "username")',
)


@contextmanager
def running_chromium() -> Generator[Browser]:
    """Run the machine's Chromium; requirements/system.sh installs it.

    As long as it runs, no other event loop can run in this thread.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path is not None, "there is no chromium on this machine: sh requirements/system.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Behaviour:
    """What the pages of a context did that no page of ours does.

    said: on the console. dialogs: by alert and the like. astray: addresses of requests
    that went to another host. broken: parts of pages that were refused.
    """

    host: str
    said: list[str] = field(default_factory=list[str])
    dialogs: list[str] = field(default_factory=list[str])
    astray: list[str] = field(default_factory=list[str])
    broken: list[str] = field(default_factory=list[str])

    def watch(self, context: BrowserContext) -> None:
        """Take down from now on what pages of `context` do, those of new tabs too."""
        context.on("console", self._hear)
        context.on("dialog", self._dismiss)
        context.on("request", self._follow)
        context.on("response", self._check)

    @property
    def faults(self) -> list[str]:
        return [*self.said, *self.dialogs, *self.astray, *self.broken]

    def _hear(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(_BY_CHROMIUM):
            self.said.append(f"{message.type}: {message.text}")

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _follow(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.netloc != self.host:
            self.astray.append(request.url)

    def _check(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.broken.append(f"{response.status} {response.url}")


def barriers(page: Page) -> list[str]:
    """Return what keeps people out of a page: axe-core's serious and critical findings.

    Not of frames: a mail's own HTML is its author's.
    """
    page.evaluate(AXE_SCRIPT)
    return page.evaluate(
        """async () => {
          const found = await axe.run({resultTypes: ['violations'], iframes: false})
          return found.violations
            .filter(({impact}) => impact === 'serious' || impact === 'critical')
            .flatMap(({id, nodes}) =>
              nodes.map(({target, failureSummary}) => `${id}: ${target} ${failureSummary}`))
        }"""
    )


def overflow(page: Page) -> list[str]:
    """Return the elements for which a page has to be scrolled sideways."""
    return page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth
          if (document.documentElement.scrollWidth <= width) return []
          return [...document.body.querySelectorAll('*')]
            .filter(e => e.getBoundingClientRect().right > width + 0.5)
            .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 60)}`)
        }"""
    )
