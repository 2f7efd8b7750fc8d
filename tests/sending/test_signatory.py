"""Mails are signed beside the event loop where there are cores, and alike where not."""

import asyncio
import dataclasses
import socket
import threading
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from builders.campaigns import BOUNCE_SECRET, a_plan, a_recipient, a_source, some_links
from pabal.message.compile import compile_source
from pabal.message.dkim import DkimKey, Signing
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.sending.signatory import Signatory

_KEY = DkimKey(
    domain="shop.example",
    selector="test",
    private_key=rsa.generate_private_key(public_exponent=65537, key_size=2048),
)


def a_renderer(signing):
    plan, limits = a_plan(), Limits()
    return Renderer(
        compile_source(a_source(), plan, limits=limits),
        plan,
        links=some_links(),
        bounce_secret=BOUNCE_SECRET,
        limits=limits,
        signing=signing,
    )


def published(name, timeout=5):
    return _KEY.dns_record.encode() if name.decode().rstrip(".") == _KEY.dns_name else None


@pytest.mark.parametrize("cores", [1, 2, 8])
async def test_every_mail_is_signed_whatever_the_cores(cores):
    renderer, signatory = a_renderer(Signing(keys=(_KEY,))), Signatory(cores)
    people = [a_recipient(number=n + 1) for n in range(20)]
    now = datetime.now(UTC)
    composed = [renderer.compose(person, date=now) for person in people]
    mails = await asyncio.gather(*map(signatory.sign, composed))
    for person, mail in zip(people, mails, strict=True):
        assert mail.recipient == person.address.wire
        assert b"".join(mail.buffers) == b"".join(renderer.render(person, date=now).buffers)
        assert dkim.verify(b"".join(mail.buffers), dnsfunc=published)


async def test_a_campaign_without_a_key_starts_no_thread():
    mail = a_renderer(None).compose(a_recipient(), date=datetime.now(UTC))
    before = threading.active_count()
    assert await Signatory(8).sign(mail) is mail.mail
    assert threading.active_count() == before


async def test_on_one_core_the_loop_looks_at_its_sockets_between_two_signatures():
    """What is signed travels, and the ledger commits, while there is still one to sign."""
    renderer, signatory = a_renderer(Signing(keys=(_KEY,))), Signatory(1)
    composed = [
        renderer.compose(a_recipient(number=n + 1), date=datetime.now(UTC)) for n in range(4)
    ]
    ours, theirs = socket.socketpair()
    heard: list[int] = []
    loop = asyncio.get_running_loop()
    signing = [asyncio.create_task(signatory.sign(mail)) for mail in composed]

    def read() -> None:
        heard.append(sum(task.done() for task in signing))
        theirs.recv(1)

    with ours, theirs:
        ours.send(b"x" * 100)
        loop.add_reader(theirs.fileno(), read)
        await asyncio.gather(*signing)
        loop.remove_reader(theirs.fileno())
    assert {1, 2, 3} <= set(heard)


async def test_a_mail_that_nobody_waits_for_holds_up_no_other():
    renderer, signatory = a_renderer(Signing(keys=(_KEY,))), Signatory(1)
    first, second = (
        asyncio.create_task(signatory.sign(renderer.compose(a_recipient(), date=datetime.now(UTC))))
        for _ in range(2)
    )
    await asyncio.sleep(0)
    first.cancel()
    assert b"DKIM-Signature" in b"".join((await second).buffers)
    assert first.cancelled()


@pytest.mark.parametrize("cores", [1, 2])
async def test_a_mail_that_cannot_be_signed_says_so_and_holds_up_no_other(cores):
    renderer, signatory = a_renderer(Signing(keys=(_KEY,))), Signatory(cores)
    good = renderer.compose(a_recipient(), date=datetime.now(UTC))
    bad = dataclasses.replace(good, varying_fields=b"")
    async with asyncio.timeout(10):
        before, between, behind = await asyncio.gather(
            *map(signatory.sign, [good, bad, good]), return_exceptions=True
        )
    assert isinstance(between, KeyError)
    assert b"".join(before.buffers) == b"".join(behind.buffers)
