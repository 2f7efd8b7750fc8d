"""The one-page web server of a worker, asked over a socket."""

import socket
import threading
from contextlib import contextmanager

import pytest

from builders.metrics import scrape
from pabal.telemetry.access import Gate
from pabal.telemetry.metrics import Kind, Metric, reading
from pabal.telemetry.page import Page
from pabal.telemetry.prometheus import write
from pabal.telemetry.server import listening, serving

ONE = Metric(name="x_one", kind=Kind.GAUGE, unit="", meaning="One.")
TOKEN = "correct-horse-battery"


@contextmanager
def shown(token="", address="127.0.0.1:0"):
    server = listening(
        Page(gate=Gate(token=token), write=lambda: write([reading(ONE, 1)])), address
    )
    with serving(server):
        yield server.address


def test_the_page_is_shown_and_head_shows_none_of_it():
    with shown() as address:
        status, text = scrape(address)
        assert (status, "x_one 1.0" in text) == (200, True)
        assert scrape(address, path="/metrics?x=1")[0] == 200
        assert scrape(address, method="HEAD") == (200, "")


def test_there_is_nothing_else_and_nothing_to_write():
    with shown() as address:
        assert scrape(address, path="/")[0] == 404
        assert scrape(address, path="/metrics/../etc/passwd")[0] == 404
        assert scrape(address, method="POST")[0] == 405


def test_a_reader_without_the_token_is_told_why():
    with shown(TOKEN) as address:
        status, text = scrape(address)
        assert (status, "PABAL_METRICS_TOKEN" in text, "x_one" in text) == (403, True, False)
        assert scrape(address, token=TOKEN)[0] == 200


def test_a_proxied_or_rebound_request_is_refused_without_a_token():
    with shown() as address:
        assert scrape(address, headers={"X-Forwarded-For": "203.0.113.9"})[0] == 403
        assert scrape(address, headers={"Host": "evil.example"})[0] == 403


def test_it_listens_on_ipv6():
    with shown(address="[::1]:0") as address:
        assert address.startswith("[::1]:")
        assert scrape(address)[0] == 200


def test_a_silent_reader_keeps_nobody_waiting():
    with shown() as address:
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port))):
            assert scrape(address)[0] == 200


def test_a_reader_who_breaks_off_leaves_no_trace(capfd):
    with shown() as address:
        host, _, port = address.rpartition(":")
        for said in (
            b"",
            b"GET /metr",
            b"\x16\x03\x01\x02\x00\n",
            b"GET /metrics HTTP/1.1\r\n\r\n",
        ):
            with socket.create_connection((host, int(port))) as reader:
                reader.sendall(said)
        assert scrape(address)[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_an_error_and_a_left_one_is_free():
    with shown() as address, pytest.raises(OSError, match="in use"):
        listening(Page(gate=Gate(token=""), write=bytes), address)
    with shown(address=address):
        assert scrape(address)[0] == 200
    assert not [t for t in threading.enumerate() if t.name == "metrics"]
