"""A mail that tries everything is shown, and achieves nothing."""

import threading
from collections.abc import Generator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

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
<style>@import url("{trap}/imported.css"); body {{ background: url("{trap}/background.png") }}</style>
<script src="{trap}/script.js"></script>
<script>alert("script"); top.location = "{trap}/top"; new Image().src = "{trap}/new"</script>
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


@pytest.fixture
def trap() -> Generator[list[str]]:
    """What was asked of a server that only a disobedient browser would ask."""
    asked: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_arguments: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    asked.append(f"http://127.0.0.1:{server.server_port}")
    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hostile(shop: Shop, trap: list[str]) -> str:
    """The path of a hostile mail in the mailbox."""
    mail = EmailMessage()
    mail["From"] = "mallory@example.org"
    mail["To"] = "victim@example.com"
    mail["Subject"] = "<script>alert('subject')</script> Hello"
    mail.set_content("<script>alert('text')</script> Hello")
    mail.add_alternative(_HTML.format(trap=trap.pop()), subtype="html")
    shop.post(mail)
    return f"/mailbox/{shop.mail_to('victim@example.com')[0]}/"


def test_in_the_frame(tabs: Tabs, hostile: str, trap: list[str]) -> None:
    """No script runs, nothing is loaded or sent, and the page around it stays."""
    page = tabs.of_operator()
    page.goto(hostile)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>alert('subject')")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Read me")).to_be_visible()
    frame.get_by_role("button", name="Win a prize").click()
    frame.get_by_text("Click me", exact=True).click()
    frame.get_by_text("Click me too").click()
    _stays_on(page, hostile)
    _achieved_nothing(tabs, trap)


def test_opened_by_itself(tabs: Tabs, hostile: str, trap: list[str]) -> None:
    """The frame's address, opened as a page, is as harmless, and cannot use the session."""
    page = tabs.of_operator()
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


def _achieved_nothing(tabs: Tabs, trap: list[str]) -> None:
    assert trap == []
    assert tabs.behaviour.dialogs == []
    # Chromium says what it has refused; only that.
    heard = tabs.behaviour.said
    assert heard
    assert [
        each for each in heard if "sandbox" not in each and "Content Security" not in each
    ] == []
    heard.clear()
