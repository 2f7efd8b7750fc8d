"""A mail that tries everything is shown, and achieves nothing."""

import socket
import threading
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from browser.shop import Shop
from browser.tabs import Tabs

_HTML = """\
<!DOCTYPE html>
<html><head>
<base href="{trap}/base/" target="_top">
<meta http-equiv="refresh" content="0; url={trap}/refreshed">
<link rel="stylesheet" href="{trap}/style.css">
<link rel="preconnect" href="{trap}">
<style>@import url("{trap}/imported.css"); body {{ background: url("{trap}/ground.png") }}</style>
<script src="{trap}/script.js"></script>
<script>console.log("script"); alert("script"); top.location = "{trap}/top"</script>
</head><body onload="alert('onload')">
<p>Read me</p>
<img src="{trap}/pixel.gif" onerror="alert('onerror')">
<svg onload="alert('svg')"><a href="{trap}/svg" target="_top"><text y="20">svg</text></a></svg>
<video src="{trap}/film.mp4" poster="{trap}/poster.png" autoplay></video>
<object data="{trap}/object"></object><embed src="{trap}/embed">
<iframe src="{trap}/frame"></iframe><iframe srcdoc="<script>alert('srcdoc')</script>"></iframe>
<form action="{trap}/form" method="post" target="_top">
<input name="password"><button>Win a prize</button></form>
<p><a href="javascript:alert('link')">Click me</a></p>
<p><a href="javascript:alert('top')" target="_top">Click me too</a></p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Trap:
    """A server to which nobody but a disobedient browser connects."""

    url: str
    callers: list[object]


@pytest.fixture
def trap() -> Generator[Trap]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        trap = Trap(f"http://127.0.0.1:{server.getsockname()[1]}", [])
        waiting = threading.Thread(target=_note_callers, args=(server, trap.callers))
        waiting.start()
        yield trap
        server.shutdown(socket.SHUT_RDWR)
        waiting.join()


def _note_callers(server: socket.socket, callers: list[object]) -> None:
    """Even a connection without a request tells that the mail was opened."""
    with suppress(OSError):
        while True:
            connection, caller = server.accept()
            connection.close()
            callers.append(caller)


@pytest.fixture
def hostile(shop: Shop, trap: Trap) -> str:
    """The path of a hostile mail in the mailbox."""
    mail = EmailMessage()
    mail["From"] = "mallory@example.org"
    mail["To"] = "victim@example.com"
    mail["Subject"] = "<script>alert('subject')</script> Hello"
    mail.set_content("<script>alert('text')</script> Hello")
    mail.add_alternative(_HTML.format(trap=trap.url), subtype="html")
    shop.post(mail)
    return f"/mailbox/{shop.mail_to('victim@example.com')[0]}/"


def test_in_the_frame(tabs: Tabs, hostile: str, trap: Trap) -> None:
    """No script runs, nothing is loaded or sent, and the page around it stays."""
    page = tabs.of_owner()
    page.goto(hostile)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>alert('subject')")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Read me")).to_be_visible()
    frame.get_by_role("button", name="Win a prize").click()
    frame.get_by_text("Click me", exact=True).click()
    frame.get_by_text("Click me too").click()
    _stays_on(page, hostile)
    _achieved_nothing(tabs, trap)


def test_opened_by_itself(tabs: Tabs, hostile: str, trap: Trap) -> None:
    """The frame's address, opened as a page, is as harmless, and cannot use the session."""
    page = tabs.of_owner()
    page.goto(hostile + "html")
    expect(page.get_by_text("Read me")).to_be_visible()
    page.get_by_role("button", name="Win a prize").click()
    page.get_by_text("Click me too").click()
    _stays_on(page, hostile + "html")
    _achieved_nothing(tabs, trap)


def _stays_on(page: Page, path: str) -> None:
    """Whatever was to happen at once or after a moment has happened."""
    page.wait_for_timeout(300)
    assert page.url.endswith(path)
    for other in page.context.pages:
        assert other is page or other.url in {"about:blank", ""}


def _achieved_nothing(tabs: Tabs, trap: Trap) -> None:
    assert trap.callers == []
    assert tabs.behaviour.dialogs == []
    # What Chromium refused to do, it reports as an error and as a request.
    refusals, scripts = [], []
    for each in tabs.behaviour.said:
        (refusals if each.startswith("error: ") else scripts).append(each)
    assert refusals
    assert scripts == []
    tabs.behaviour.said.clear()
    tabs.behaviour.astray.clear()
