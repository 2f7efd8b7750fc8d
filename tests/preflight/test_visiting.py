"""Links are visited as a customer would, and never where a user could send us by cunning."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pabal.preflight.finding import Severity
from pabal.preflight.visiting import Visitor


class Shop(BaseHTTPRequestHandler):
    """Answers by the path: /404, /head-405, /to/ADDRESS, /slow, /drip; 200 for the rest."""

    def do_HEAD(self):
        self.server.asked.append((self.command, self.path))
        if self.path == "/head-405" and self.command == "HEAD":
            self._answer(405)
        elif self.path.startswith("/to/"):
            self._answer(302, location=self.path.removeprefix("/to/"))
        elif self.path == "/drip":
            self._drip()
        else:
            self._answer(int(self.path[1:4]) if self.path[1:4].isdigit() else 200)

    def do_GET(self):
        self.do_HEAD()

    def _answer(self, status, location=""):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self):
        while not self.server.closing.wait(0.1):
            self.wfile.write(b"H")
            self.wfile.flush()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def shop() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.asked, server.closing = [], threading.Event()
    server.at = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


def visited(shop, *paths, visitor=None):
    visitor = visitor or Visitor(allow_loopback=True)
    return [visit.trouble for visit in visitor.visit([shop.at + path for path in paths])]


def test_a_link_that_answers_is_sound(shop):
    assert visited(shop, "/", "/head-405", "/to//autumn") == ["", "", ""]
    assert ("GET", "/head-405") in shop.asked
    assert ("GET", "/") not in shop.asked


def test_a_link_that_is_gone_is_dead_and_one_that_turns_robots_away_unknown(shop):
    assert visited(shop, "/404", "/410", "/403", "/503") == ["dead", "dead", "unknown", "unknown"]


def test_a_closed_port_and_a_name_that_does_not_exist_are_not_sound(shop):
    visitor = Visitor(allow_loopback=True)
    closed, unknown = visitor.visit(["http://127.0.0.1:1/", "http://no-such-host.pabal-check.org/"])
    assert closed.trouble == "dead"
    assert unknown.trouble in ("dead", "unknown")  # a machine without DNS cannot tell


def test_a_circle_of_redirects_is_dead(shop):
    assert visited(shop, "/to/?again") == ["dead"]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.1.1/admin",
        "http://[fd00::1]/",
        "http://100.64.0.1/",
    ],
)
def test_nothing_private_is_asked(shop, address):
    """The guard looks at what a name or number becomes, not at how it is written."""
    (visit,) = Visitor().visit([address.format(port=shop.server_port)])
    assert visit.trouble == "private"
    assert shop.asked == []


def test_a_redirect_to_something_private_is_not_followed(shop):
    assert visited(shop, "/to/http://10.0.0.1/admin") == ["private"]


def test_a_server_that_drips_does_not_hold_the_others_up(shop):
    visitor = Visitor(allow_loopback=True, in_all=1.0)
    assert visited(shop, "/drip", "/", visitor=visitor) == ["unknown", ""]


def test_an_answer_is_remembered(shop):
    visitor = Visitor(allow_loopback=True)
    assert visited(shop, "/a", visitor=visitor) == visited(shop, "/a", visitor=visitor)
    assert shop.asked == [("HEAD", "/a")]


def test_names_for_examples_are_not_visited():
    """RFC 2606: nobody can reach them; the demo's links are such."""
    assert Visitor().visit(["https://shop.example/autumn", "https://www.example.com/"]) == []


def test_each_trouble_is_one_finding_with_its_rows(shop):
    addresses = [f"{shop.at}/404?{n}" for n in range(30)] + ["http://10.0.0.1/"]
    private, dead = Visitor(allow_loopback=True).check(addresses)
    assert (private.severity, dead.severity) == (Severity.ERROR, Severity.WARNING)
    assert (dead.count, len(dead.rows)) == (30, 20)
    assert dead.rows[0] == f"{shop.at}/404?0 (404)"
