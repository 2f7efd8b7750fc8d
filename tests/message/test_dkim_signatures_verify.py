"""Every mail is signed so that verifiers that are not ours agree, and nothing can be added."""

import email
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from dkim.canonicalization import Relaxed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.campaigns import (
    BOUNCE_SECRET,
    a_plan,
    a_recipient,
    a_sender,
    an_html_source,
    some_links,
)
from pabal.domain.campaign import CampaignPlan
from pabal.message.compile import compile_source
from pabal.message.compiled import Compiled, TransferEncoding
from pabal.message.dkim import DkimKey, Signing
from pabal.message.encode import smaller_encoding
from pabal.message.errors import MessageTooLarge
from pabal.message.render import Renderer
from pabal.message.source import Limits

DATE = datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=9)))
BODY = "<p>{{ name }}님,  안녕하세요.\t \n   . &amp; </p>\n<pre>\n\n  {{ coupon }} \n</pre>\n" * 20
TEXT = "Dear {{ name }},\n\n\tyour  coupon:   {{ coupon }} \n.\n" * 8
encodings = pytest.mark.parametrize("encoding", TransferEncoding)
NEVER_TWICE = (
    "From To Subject Date Message-ID Reply-To List-Unsubscribe List-Unsubscribe-Post"
    " MIME-Version Content-Type"
).split()
ONCE = ["List-Id", "Feedback-ID"]
NEVER = "Content-Transfer-Encoding"  # in the parts alone, so that nobody may add it above


@cache
def rsa_key() -> DkimKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return DkimKey(domain="shop.example", selector="autumn", private_key=key)


@cache
def ed25519_key() -> DkimKey:
    key = ed25519.Ed25519PrivateKey.generate()
    return DkimKey(domain="shop.example", selector="autumn-ed", private_key=key)


def both() -> Signing:
    return Signing(keys=(rsa_key(), ed25519_key()))


def a_renderer(
    signing: Signing | None = None,
    *,
    encoding: TransferEncoding = TransferEncoding.BASE64,
    plan: CampaignPlan | None = None,
    subject: str = "{{ name }}님,  쿠폰이 왔어요",
    body: str = BODY,
    text: str = TEXT,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Renderer:
    plan = plan or a_plan()
    source = an_html_source(body, subject=subject, text=text)
    compiled = compile_source(source, plan, limits=limits)
    return Renderer(
        Compiled(
            subject=compiled.subject,
            html=compiled.html,
            text=compiled.text,
            html_encoding=encoding,
            text_encoding=encoding,
            needs=compiled.needs,
        ),
        plan,
        links=some_links(),
        bounce_secret=BOUNCE_SECRET,
        limits=limits,
        signing=signing or both(),
    )


def the_wire(renderer: Renderer, **attributes: str) -> bytes:
    recipient = a_recipient(attributes=attributes or None)
    return b"".join(renderer.render(recipient, date=DATE).buffers)


def the_dns(name: bytes, timeout: int = 5) -> bytes | None:
    records = {key.dns_name: key.dns_record for key in (rsa_key(), ed25519_key())}
    record = records.get(name.decode().rstrip("."))
    return record.encode() if record else None


def verdicts(wire: bytes) -> list[bool]:
    """What dkimpy says about each signature, from the top."""
    count = len(re.findall(rb"^DKIM-Signature:", wire.partition(b"\r\n\r\n")[0], re.MULTILINE))
    return [verdict(wire, index) for index in range(count)]


def verdict(wire: bytes, index: int) -> bool:
    try:
        return dkim.DKIM(wire).verify(idx=index, dnsfunc=the_dns)
    except dkim.DKIMException:
        return False


def tags(wire: bytes, index: int = 0) -> dict[str, str]:
    field = email.message_from_bytes(wire).get_all("DKIM-Signature", [])[index]
    pairs = (tag.partition("=") for tag in re.sub(r"\s", "", field).split(";"))
    return {name: value for name, _, value in pairs}


def signed_names(wire: bytes) -> list[str]:
    return tags(wire)["h"].split(":")


@encodings
def test_both_signatures_are_valid(encoding: TransferEncoding) -> None:
    """S15: signed twice, RSA too."""
    wire = the_wire(a_renderer(encoding=encoding))
    assert verdicts(wire) == [True, True]
    assert [tags(wire, index)["a"] for index in (0, 1)] == ["rsa-sha256", "ed25519-sha256"]
    assert {tags(wire, index)["c"] for index in (0, 1)} == {"relaxed/relaxed"}


@pytest.mark.parametrize("key", [rsa_key, ed25519_key])
def test_one_key_makes_one_signature(key) -> None:
    assert verdicts(the_wire(a_renderer(Signing(keys=(key(),))))) == [True]


def test_without_keys_there_is_no_signature() -> None:
    plan = a_plan()
    compiled = compile_source(an_html_source("x"), plan, limits=Limits())
    renderer = Renderer(
        compiled, plan, links=some_links(), bounce_secret=BOUNCE_SECRET, limits=Limits()
    )
    assert b"DKIM-Signature" not in the_wire(renderer)


any_text = st.text(st.characters(exclude_categories=["Cs"]))
white = st.text(" \t\r\n.=a가", max_size=300)
one_line = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=one_line | st.text(" a", max_size=100),
    coupon=any_text | white,
    template=st.text(" \t\n.=a가", max_size=400),
    encoding=st.sampled_from(TransferEncoding),
    reply_to=st.sampled_from(["", "reply@shop.example"]),
)
def test_signatures_are_valid_whatever_the_data(
    name: str, coupon: str, template: str, encoding: TransferEncoding, reply_to: str
) -> None:
    plan = a_plan(sender=a_sender(reply_to=reply_to))
    text = f"x{template}{{{{ coupon }}}}{template}{{{{ name }}}}"
    renderer = a_renderer(encoding=encoding, plan=plan, subject="{{ name }}", body=text, text=text)
    wire = the_wire(renderer, name=name, coupon=coupon)
    assert verdicts(wire) == [True, True]
    size = renderer.prove(a_recipient(attributes={"name": name, "coupon": coupon})).size_bytes
    assert size == len(wire)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(coupon=any_text | white, template=st.text(" \t\n.=a가", max_size=400))
def test_a_body_is_its_own_relaxed_form(coupon: str, template: str) -> None:
    """RFC 6376 3.4.4: what is hashed needs no change first."""
    text = f"x{template}{{{{ coupon }}}}{template}"
    renderer = a_renderer(encoding=TransferEncoding.QUOTED_PRINTABLE, body=text, text=text)
    body = the_wire(renderer, name="x", coupon=coupon).partition(b"\r\n\r\n")[2]
    assert Relaxed.canonicalize_body(body) == body


def test_the_smaller_encoding_counts_the_white_space_that_is_escaped() -> None:
    """Deep indentation would be cheap in quoted-printable, were it not signed."""
    assert smaller_encoding("<td> </td>\n" * 50) is TransferEncoding.QUOTED_PRINTABLE
    assert smaller_encoding(f"{' ' * 20}<td>\n" * 50) is TransferEncoding.BASE64


@encodings
def test_a_changed_octet_of_the_body_is_found(encoding: TransferEncoding) -> None:
    wire = the_wire(a_renderer(encoding=encoding))
    start = wire.index(b"\r\n\r\n") + 4
    printable = [at for at in range(start, len(wire)) if 33 <= wire[at] < 126]
    for at in printable[:: len(printable) // 25]:
        changed = wire[:at] + bytes([wire[at] + 1]) + wire[at + 1 :]
        assert verdicts(changed) == [False, False]


@pytest.mark.parametrize("name", [*NEVER_TWICE, *ONCE])
def test_a_change_in_a_signed_header_is_found(name: str) -> None:
    """S8, S14, S16."""
    plan = a_plan(sender=a_sender(reply_to="reply@shop.example"))
    wire = the_wire(a_renderer(plan=plan))
    assert verdicts(wire) == [True, True]
    changed = wire.replace(f"\r\n{name}: ".encode(), f"\r\n{name}: x".encode(), 1)
    assert changed != wire
    assert verdicts(changed) == [False, False]
    assert verdicts(wire.replace(f"\r\n{name}: ".encode(), b"\r\nX-Was: ", 1)) == [False, False]


@pytest.mark.parametrize("name", [*NEVER_TWICE, NEVER])
@pytest.mark.parametrize("reply_to", ["", "reply@shop.example"])
def test_a_second_header_on_top_breaks_the_signatures(name: str, reply_to: str) -> None:
    """S16, RFC 6376 8.15: else a reader would show what was not signed."""
    wire = the_wire(a_renderer(plan=a_plan(sender=a_sender(reply_to=reply_to))))
    added = f"{name}: x@elsewhere.example\r\n".encode() + wire
    assert verdicts(added) == [False, False]
    first, _, rest = wire.partition(b"\r\nDate: ")
    below = first + f"\r\n{name}: x@elsewhere.example\r\nDate: ".encode() + rest
    assert verdicts(below) == [False, False]


@pytest.mark.parametrize("trace", ["Received: from a by b", "Return-Path: <a@b.example>"])
def test_what_servers_add_on_the_way_breaks_nothing(trace: str) -> None:
    """S16, RFC 6376 5.4.1: trace fields are not signed; a relay may fold headers anew."""
    wire = the_wire(a_renderer())
    refolded = wire.replace(b"\r\nTo: ", b"\r\nTO:  \r\n\t", 1)
    assert refolded != wire
    assert verdicts(f"{trace}\r\n".encode() + refolded) == [True, True]


@pytest.mark.parametrize("reply_to", ["", "reply@shop.example"])
def test_the_signed_names_are_those_of_the_rule(reply_to: str) -> None:
    """S8, S14, S16: once more than they occur, for what must not be added."""
    wire = the_wire(a_renderer(plan=a_plan(sender=a_sender(reply_to=reply_to))))
    names = signed_names(wire)
    for name in NEVER_TWICE:
        assert names.count(name) == (1 if name == "Reply-To" and not reply_to else 2)
    for name in ONCE:
        assert names.count(name) == 1
    assert names.count(NEVER) == 1
    assert set(names) == {*NEVER_TWICE, *ONCE, NEVER}


def test_the_whole_body_is_signed_at_the_time_of_the_date() -> None:
    """S16: no l=, with which text could be added behind. t= is the Date."""
    told = tags(the_wire(a_renderer()))
    assert set(told) == {"v", "a", "c", "d", "s", "t", "h", "bh", "b"}
    assert (told["v"], told["d"], told["s"]) == ("1", "shop.example", "autumn")
    assert int(told["t"]) == DATE.timestamp()


def test_signatures_stand_on_top_in_short_lines() -> None:
    """S1: at most 78."""
    wire = the_wire(a_renderer())
    fields = wire.partition(b"\r\nDate: ")[0]
    assert fields.startswith(b"DKIM-Signature: ")
    assert fields.count(b"DKIM-Signature: ") == 2
    assert max(map(len, fields.split(b"\r\n"))) <= 78


def test_long_names_are_folded_too() -> None:
    """S1."""
    domain = ".".join(["a-long-label-of-the-domain"] * 2 + ["example"])
    key = DkimKey(domain=domain, selector="s" * 40, private_key=ed25519_key().private_key)
    wire = the_wire(a_renderer(Signing(keys=(key,))))
    assert max(map(len, wire.partition(b"\r\nDate: ")[0].split(b"\r\n"))) <= 78
    assert tags(wire)["d"] == domain
    assert dkim.DKIM(wire).verify(dnsfunc=lambda *_, **__: key.dns_record.encode())


@encodings
@pytest.mark.parametrize("year", [1971, 2001, 2026, 2100])
def test_the_size_is_known_without_signing(encoding: TransferEncoding, year: int) -> None:
    """Preflight relies on it."""
    renderer = a_renderer(encoding=encoding)
    mail = renderer.render(a_recipient(), date=datetime(year, 1, 1, tzinfo=UTC))
    assert mail.size_bytes == sum(map(len, mail.buffers))
    assert mail.size_bytes == renderer.prove(a_recipient()).size_bytes


def test_the_limit_of_size_counts_the_signatures() -> None:
    size = a_renderer().prove(a_recipient()).size_bytes
    renderer = a_renderer(limits=Limits(mail_bytes=size - 1))
    for make in (renderer.prove, lambda recipient: renderer.compose(recipient, date=DATE)):
        with pytest.raises(MessageTooLarge):
            make(a_recipient())


def test_the_keys_may_work_in_other_threads() -> None:
    """Composed one after another, signed at once: each mail gets its own signature."""
    renderer = a_renderer()
    recipients = [a_recipient(number=number) for number in range(1, 41)]
    composed = [renderer.compose(recipient, date=DATE) for recipient in recipients]
    with ThreadPoolExecutor(4) as pool:
        wires = [b"".join(mail.buffers) for mail in pool.map(lambda mail: mail.sign(), composed)]
    assert [verdicts(wire) for wire in wires] == [[True, True]] * 40
    assert wires == [_wire_of(renderer, recipients, index) for index in range(40)]


@encodings
def test_signing_puts_fields_on_top_and_changes_nothing_below(encoding: TransferEncoding) -> None:
    composed = a_renderer(encoding=encoding).compose(a_recipient(), date=DATE)
    unsigned, signed = b"".join(composed.mail.buffers), b"".join(composed.sign().buffers)
    fields = signed.removesuffix(unsigned)
    assert fields.count(b"DKIM-Signature: ") == 2
    assert len(signed) == composed.sign().size_bytes == len(fields) + composed.mail.size_bytes


def _wire_of(renderer: Renderer, recipients: Sequence, index: int) -> bytes:
    return b"".join(renderer.render(recipients[index], date=DATE).buffers)


def test_an_address_outside_ascii_is_signed_as_it_stands() -> None:
    """RFC 8616 4: header fields are hashed as UTF-8."""
    mail = a_renderer().render(a_recipient(address="민수@한국.kr"), date=DATE)
    assert verdicts(b"".join(mail.buffers)) == [True, True]
