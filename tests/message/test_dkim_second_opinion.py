"""Receivers agree, by software that is not ours, with keys that they fetch from a DNS server."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from authheaders import authenticate_message
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from builders.campaigns import BOUNCE_SECRET, a_plan, a_recipient, a_source, some_links
from pabal.message.compile import compile_source
from pabal.message.dkim import DkimKey, Signing
from pabal.message.render import Renderer
from pabal.message.source import Limits
from servers import dns as dns_servers
from servers.dns_fixtures import dns_server, zone

__all__ = ["dns_server", "zone"]
SCRIPT = Path(dns_servers.__file__).with_name("mail_dkim.pl")
DATE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys():
    made = {
        "pabal1": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "pabal1-ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    return tuple(
        DkimKey(domain="shop.example", selector=selector, private_key=key)
        for selector, key in made.items()
    )


@pytest.fixture
def wire(keys, zone):
    """A signed mail, whose keys are in the DNS."""
    for key in keys:
        zone.txt(key.dns_name, key.dns_record)
    plan = a_plan()
    renderer = Renderer(
        compile_source(a_source(), plan, limits=Limits()),
        plan,
        links=some_links(),
        bounce_secret=BOUNCE_SECRET,
        limits=Limits(),
        signing=Signing(keys=keys),
    )
    return b"".join(renderer.render(a_recipient(), date=DATE).buffers)


def perl_says(wire, server):
    """What Mail::DKIM says of each signature."""
    if subprocess.run(["perl", "-MMail::DKIM", "-e", "1"], capture_output=True).returncode:
        pytest.skip("it needs libmail-dkim-perl: sh requirements/system.sh")
    done = subprocess.run(
        ["perl", SCRIPT, server[0], str(server[1])],
        input=wire,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return dict(line.split(" ", 1) for line in done.stdout.decode().splitlines())


def test_perl_verifies_the_rsa_signature(wire, dns_server):
    """S15. The Mail::DKIM of Debian 12 knows no ed25519, and is not disturbed by it."""
    said = perl_says(wire, dns_server[1])
    assert said["rsa-sha256"] == "pass"
    assert not said.get("ed25519-sha256", "").startswith("fail")


@pytest.mark.parametrize("name", ["Subject", "From", "To", "Date", "List-Unsubscribe", "Reply-To"])
def test_perl_finds_a_header_that_was_added(wire, dns_server, name):
    """S16: add a second Subject on top -> verify must fail."""
    added = f"{name}: <https://elsewhere.example>\r\n".encode() + wire
    assert perl_says(added, dns_server[1])["rsa-sha256"].startswith("fail")


def test_perl_finds_another_encoding_of_the_body(wire, dns_server):
    """S16: Content-Transfer-Encoding is signed though a multipart mail has none."""
    added = b"Content-Transfer-Encoding: base64\r\n" + wire
    assert perl_says(added, dns_server[1])["rsa-sha256"].startswith("fail")


def test_perl_finds_text_behind_the_body(wire, dns_server):
    """S16: no l=."""
    assert perl_says(wire + b"more\r\n", dns_server[1])["rsa-sha256"].startswith("fail")


def test_a_key_that_was_revoked_verifies_nothing(wire, dns_server, zone, keys):
    zone.txt(keys[0].dns_name, "v=DKIM1; k=rsa; p=")
    assert "pass" not in perl_says(wire, dns_server[1])["rsa-sha256"]


def records(zone):
    """Stub look-ups of the same zone, as dkimpy and authheaders want them."""

    def text(name):
        [record] = zone.records.get((name.rstrip(".").lower(), "TXT"), [None])
        return b"".join(record.data) if record else None

    def ask(name, timeout=5):
        found = text(name.decode() if isinstance(name, bytes) else name)
        return found if found is None or "_domainkey" in str(name) else found.decode()

    return ask


def test_dkimpy_verifies_both(wire, zone):
    """S15: both signatures verify."""
    assert [dkim.DKIM(wire).verify(idx=index, dnsfunc=records(zone)) for index in (0, 1)] == [
        True,
        True,
    ]


@pytest.mark.parametrize("record", ["v=DMARC1; p=reject", "v=DMARC1; p=reject; adkim=s"])
def test_authheaders_lets_the_mail_pass_dmarc(wire, zone, record):
    """S18: From's domain is aligned with the signature's."""
    zone.txt("_dmarc.shop.example", record)
    said = authenticate_message(
        wire, "mx.receiver.example", spf=False, dnsfunc=records(zone), dmarcbis=True
    )
    assert "dkim=pass" in said
    assert "dmarc=pass" in said


def test_authheaders_refuses_the_same_mail_from_another_domain(wire, zone):
    """S18: a valid signature of somebody else is no proof of who it is from."""
    zone.txt("_dmarc.other.example", "v=DMARC1; p=reject")
    changed = wire.replace(b"@shop.example>", b"@other.example>", 1)
    said = authenticate_message(
        changed, "mx.receiver.example", spf=False, dnsfunc=records(zone), dmarcbis=True
    )
    assert "dmarc=pass" not in said
