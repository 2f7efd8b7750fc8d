"""The headers of every mail, by the rules' numbers."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.campaigns import (
    BOUNCE_SECRET,
    a_plan,
    a_recipient,
    a_sender,
    an_html_source,
    some_links,
)
from pabal.domain.campaign import CampaignPlan, Kind
from pabal.domain.identity import read_leaving, read_verp
from pabal.domain.token import Purpose
from pabal.message import headers
from pabal.message.compile import compile_source
from pabal.message.errors import HeaderInjection
from pabal.message.render import Renderer
from pabal.message.source import Limits

DATE = datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=9)))
WORD = re.compile(rb"=\?[^?]*\?[^?]*\?[^?]*\?=")
AT_MOST_ONE = (
    "Date From Sender Reply-To To Cc Bcc Message-ID Subject List-Id List-Unsubscribe"
    " List-Unsubscribe-Post Feedback-ID MIME-Version Content-Type"
).split()

one_line = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))
header_breakers = st.sampled_from(["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\x7f"])


def a_renderer(
    plan: CampaignPlan | None = None, *, subject: str = "{{ name }}", body: str = "<p>안녕</p>"
) -> Renderer:
    plan = plan or a_plan()
    compiled = compile_source(an_html_source(body, subject=subject), plan, limits=Limits())
    return Renderer(
        compiled, plan, links=some_links(), bounce_secret=BOUNCE_SECRET, limits=Limits()
    )


def the_wire(renderer: Renderer, name: str = "홍길동") -> bytes:
    recipient = a_recipient(attributes={"name": name})
    return b"".join(renderer.render(recipient, date=DATE).buffers)


def the_mail(renderer: Renderer, name: str = "홍길동") -> EmailMessage:
    parsed = email.message_from_bytes(the_wire(renderer, name), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def header_lines(wire: bytes) -> list[bytes]:
    return wire.partition(b"\r\n\r\n")[0].split(b"\r\n")


@settings(max_examples=200, deadline=None)
@given(name=one_line)
def test_each_header_occurs_as_often_as_the_table_allows(name: str) -> None:
    """S2, RFC 5322 3.6: one Date, one From, at most one of the others, whatever the data."""
    mail = the_mail(a_renderer(_NOTICE), name)
    counts = {field: len(mail.get_all(field, [])) for field in AT_MOST_ONE}
    assert counts == {
        **dict.fromkeys(AT_MOST_ONE, 1),
        "Sender": 0,
        "Reply-To": 0,
        "Cc": 0,
        "Bcc": 0,
    }


_NOTICE = a_plan(kind=Kind.NOTICE)


@settings(max_examples=200, deadline=None)
@given(name=one_line)
def test_a_subject_is_read_back_exactly_and_its_lines_are_short(name: str) -> None:
    """S1, S3, M1, RFC 2047: words of at most 75, lines of at most 76, whole characters."""
    wire = headers.text_field("Subject", name)
    assert wire.endswith(b"\r\n")
    value = wire.removeprefix(b"Subject: ").removesuffix(b"\r\n").decode("ascii")
    assert str(make_header(decode_header(value.replace("\r\n", "")))) == name
    for line in wire.split(b"\r\n"):
        words = WORD.findall(line)
        assert len(line) <= (76 if words else 78)
        for word in words:
            assert len(word) <= 75
            [(octets, charset)] = decode_header(word.decode())
            assert isinstance(octets, bytes)
            assert octets.decode(charset or "ascii")


@pytest.mark.parametrize("subject", ["", " ", "a" * 300, "=?utf-8?q?a?=", "Sale: 50 % off!", " a "])
def test_awkward_ascii_subjects_survive(subject: str) -> None:
    """S3: what could be mistaken for an encoded-word, or be trimmed, is encoded."""
    mail = the_mail(a_renderer(_NOTICE, subject="{{ name }}"), subject)
    assert mail["Subject"] == subject


@given(before=one_line, breaker=header_breakers, after=one_line)
@settings(max_examples=100, deadline=None)
def test_a_value_with_a_line_end_is_refused_in_the_subject(
    before: str, breaker: str, after: str
) -> None:
    """S2: nobody adds a header by way of a name."""
    with pytest.raises(HeaderInjection) as caught:
        the_wire(RENDERER, f"{before}{breaker}{after}")
    assert caught.value.details["header"] == "Subject"


RENDERER = a_renderer(body="<p>{{ name }}</p>", subject="{{ name }}")


def test_a_line_end_in_the_body_is_no_harm() -> None:
    mail = the_mail(a_renderer(body="{{ name }}", subject="x"), "a\r\nBcc: b@example.com")
    assert mail["Bcc"] is None
    assert "a\r\nBcc: b@example.com" in mail.get_body(("html",)).get_payload(decode=True).decode()


@pytest.mark.parametrize(
    "plan",
    [
        a_plan(sender=a_sender(name="파발\nBcc: a@example.com")),
        a_plan(sender=a_sender(address="news@shop.example\r\nX: y")),
        a_plan(sender=a_sender(reply_to="a@shop.example\nX: y")),
        a_plan(sender=a_sender(contact_email="a@shop.example>\nX: y")),
        a_plan(list_name="a\nb"),
        a_plan(list_id="a\nb"),
    ],
)
def test_a_campaign_with_a_line_end_in_a_header_is_refused(plan: CampaignPlan) -> None:
    with pytest.raises(HeaderInjection):
        a_renderer(plan)


def test_from_and_reply_to_name_the_sender() -> None:
    plan = a_plan(sender=a_sender(name='파발 "상점"', reply_to="reply@shop.example"))
    mail = the_mail(a_renderer(plan))
    assert mail["From"].addresses[0].display_name == '파발 "상점"'
    assert mail["From"].addresses[0].addr_spec == "news@shop.example"
    assert mail["Reply-To"] == "reply@shop.example"


@given(name=one_line.filter(lambda text: text.strip() == text and text != ""))
@settings(max_examples=150, deadline=None)
def test_a_display_name_is_read_back(name: str) -> None:
    """S3: as atoms, in quotes or as encoded-words."""
    wire = headers.mailbox_field("From", name, "news@shop.example")
    for line in wire.split(b"\r\n"):
        assert len(line) <= (76 if b"=?" in line else 78)
    value = wire.removeprefix(b"From: ").decode().replace("\r\n", "")
    phrase, _, address = value.rpartition(" ")
    assert address == "<news@shop.example>"
    if phrase.startswith('"'):
        read = re.sub(r"\\(.)", r"\1", phrase[1:-1])
    else:
        read = str(make_header(decode_header(phrase)))
    assert read == name


def test_the_date_is_the_given_one() -> None:
    """S2, RFC 5322 3.3."""
    mail = the_mail(a_renderer())
    assert mail["Date"] == "Tue, 24 Nov 2026 09:00:00 +0900"


@given(
    st.datetimes(
        min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
        timezones=st.integers(-14 * 60, 14 * 60).map(
            lambda minutes: timezone(timedelta(minutes=minutes))
        ),
    )
)
def test_every_date_is_read_back_and_has_one_length(date: datetime) -> None:
    """S2: preflight relies on the length."""
    line = headers.date_line(date)
    assert parsedate_to_datetime(line.removeprefix("Date: ")) == date.replace(microsecond=0)
    assert len(line) == len(headers.date_line(datetime(2000, 1, 1, tzinfo=UTC)))


def test_a_date_without_an_offset_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="offset"):
        headers.date_line(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@settings(max_examples=300)
@given(
    name=st.sampled_from(["Subject", "X"]),
    text=one_line | st.text("a=? 가👩", max_size=120) | st.sampled_from(["", "=?", " a", "a" * 70]),
)
def test_the_length_of_a_field_is_known_without_writing_it(name: str, text: str) -> None:
    """Preflight relies on it."""
    assert headers.text_field_size(name, text) == len(headers.text_field(name, text))


@given(value=st.text() | header_breakers)
def test_a_field_that_is_only_measured_refuses_the_same(value: str) -> None:
    try:
        size = len(headers.text_field("Subject", value))
    except HeaderInjection:
        with pytest.raises(HeaderInjection, match="Subject"):
            headers.text_field_size("Subject", value)
    else:
        assert headers.text_field_size("Subject", value) == size


def test_every_line_end_and_control_character_is_refused() -> None:
    """RFC 5322 2.2, and what Unicode breaks lines with; half a surrogate pair is no text."""
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF):
        with pytest.raises(HeaderInjection):
            headers.check_value("Subject", f"가{chr(code)}나")
    for allowed in (" ", "\xa0", "\u200d", "\ufeff", "👩‍👩‍👧", "\ue000"):
        assert headers.check_value("Subject", allowed) == allowed


@settings(max_examples=100, deadline=None)
@given(
    name=one_line,
    local=st.sampled_from(["a", "가", "a.b+c"]),
    base_url=st.sampled_from(["https://m.example", "https://메일.example"]),
    number=st.integers(1, 2**40),
)
def test_the_size_of_a_mail_counts_its_header_as_it_is_written(
    name: str, local: str, base_url: str, number: int
) -> None:
    """Octets, not characters; the delivery's id and the link are in it more than once."""
    plan = a_plan(kind=Kind.NOTICE)
    compiled = compile_source(an_html_source("x", subject="{{ name }}"), plan, limits=Limits())
    links = some_links(base_url=base_url)
    renderer = Renderer(compiled, plan, links=links, bounce_secret=BOUNCE_SECRET, limits=Limits())
    recipient = a_recipient(
        number=number, address=f"{local}@shop.example", attributes={"name": name}
    )
    mail = renderer.render(recipient, date=DATE)
    assert renderer.prove(recipient).size_bytes == sum(map(len, mail.buffers))


def test_the_message_id_is_the_delivery_and_the_senders_domain() -> None:
    """S2: stable over attempts, so a receiver can tell a second copy."""
    assert the_mail(a_renderer())["Message-ID"] == "<0abc1def-1@shop.example>"


def test_list_unsubscribe_has_one_https_and_one_mailto_address() -> None:
    """S7, S8: both parse, in one field; the URL verifies and names the delivery."""
    mail = the_mail(a_renderer())
    url, mailto = (part.strip().strip("<>") for part in mail["List-Unsubscribe"].split(","))
    assert urlsplit(url).scheme == "https"
    token = url.rpartition("/")[2]
    assert some_links().keys.verify(token, Purpose.UNSUBSCRIBE) == "0abc1def-1"
    assert mailto == "mailto:help@shop.example?subject=unsubscribe%200abc1def-1"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_mailto_address_is_our_own_where_we_read_what_comes_to_it() -> None:
    """S7, S26: sealed for one delivery, at the bounce domain; the size is known beforehand."""
    plan = a_plan()
    compiled = compile_source(an_html_source("x", subject="x"), plan, limits=Limits())
    renderer = Renderer(
        compiled,
        plan,
        links=some_links(),
        bounce_secret=BOUNCE_SECRET,
        limits=Limits(),
        reads_returns=True,
    )
    mail = the_mail(renderer)
    _, mailto = (part.strip().strip("<>") for part in mail["List-Unsubscribe"].split(","))
    local, _, rest = mailto.removeprefix("mailto:").partition("@")
    assert read_leaving(local, BOUNCE_SECRET) == "0abc1def-1"
    assert rest == "bounce.shop.example?subject=unsubscribe"
    recipient = a_recipient(number=2**40, attributes={"name": "x"})
    wire = b"".join(renderer.render(recipient, date=DATE).buffers)
    assert renderer.prove(recipient).size_bytes == len(wire)


def test_a_long_unsubscribe_url_is_neither_folded_nor_encoded() -> None:
    """S7, M1: the standard library would break one-click here."""
    plan = a_plan()
    compiled = compile_source(an_html_source("x", subject="x"), plan, limits=Limits())
    links = some_links(base_url="https://a-very-long-name.mail.shop.example/" + "path/" * 30)
    renderer = Renderer(compiled, plan, links=links, bounce_secret=BOUNCE_SECRET, limits=Limits())
    recipient = a_recipient()
    wire = b"".join(renderer.render(recipient, date=DATE).buffers)
    url = links.unsubscribe(recipient.delivery(plan.id)).encode()
    assert b"\r\nList-Unsubscribe: <" + url + b">,\r\n <mailto:" in wire
    assert max(map(len, header_lines(wire))) <= 998


def test_list_id_is_the_same_for_every_campaign_of_a_list() -> None:
    """S11."""
    one, two = (the_mail(a_renderer(a_plan(id=id))) for id in ("0abc1def", "0abc1deg"))
    assert one["List-Id"] == two["List-Id"] == "파발상점 고객 <customers.shop.example>"


@given(name=one_line)
@settings(max_examples=100, deadline=None)
def test_list_id_fits_255_octets(name: str) -> None:
    """S11, RFC 2919 3: the name gives way, never the identifier."""
    wire = headers.list_id_field("customers.shop.example", name * 5)
    assert len(wire.removeprefix(b"List-Id: ").removesuffix(b"\r\n")) <= 255
    assert wire.endswith(b"<customers.shop.example>\r\n")


def test_feedback_id_has_four_fields() -> None:
    """S14: campaign, list, kind, sender."""
    fields = the_mail(a_renderer())["Feedback-ID"].split(":")
    assert fields == ["0abc1def", "customers.shop.example", "advertising", "shop.example"]


def test_bulk_mail_says_so() -> None:
    """S13."""
    assert the_mail(a_renderer())["Precedence"] == "bulk"


def test_the_parts_are_text_then_html_in_utf8_and_never_8bit() -> None:
    """S6: no server needs 8BITMIME for it."""
    mail = the_mail(a_renderer())
    assert mail.get_content_type() == "multipart/alternative"
    parts = list(mail.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in parts} <= {"base64", "quoted-printable"}
    assert {part.get_content_charset() for part in parts} == {"utf-8"}


def test_every_line_of_the_headers_is_short_but_the_urls() -> None:
    """S1: at most 78 where it can be folded."""
    for line in header_lines(the_wire(a_renderer(), "가나다 " * 40)):
        assert len(line) <= 78 or line.startswith((b"List-Unsubscribe: <", b" <mailto:"))


def test_the_envelope_sender_is_one_for_each_delivery() -> None:
    """S26: VERP that verifies, under the bounce domain."""
    renderer = a_renderer()
    recipient = a_recipient(number=7, attributes={"name": "x"})
    mail = renderer.render(recipient, date=DATE)
    local, _, domain = mail.sender.partition("@")
    assert domain == "bounce.shop.example"
    assert read_verp(local, BOUNCE_SECRET) == "0abc1def-7"
    assert mail.recipient == "customer7@mail7.example"
    assert not mail.needs_smtputf8


def test_an_address_outside_ascii_needs_smtputf8() -> None:
    """S5: it is in the headers as it is, and the wire message says so."""
    recipient = a_recipient(address="민수@한국.kr", attributes={"name": "x"})
    mail = a_renderer().render(recipient, date=DATE)
    assert mail.needs_smtputf8
    assert "\r\nTo: 민수@xn--3e0b707e.kr\r\n".encode() in b"".join(mail.buffers)


@pytest.mark.parametrize(
    "written",
    [
        "새 소식",
        "(광고) 새 소식",
        "(광고)새 소식",
        " (광고) (광고) 새 소식",
        "{{ '새 소식' }}",
        "{%- if true %}새 소식{% endif %}",
        "  {{- '새 소식' }}",
    ],
)
def test_advertising_begins_with_the_word_that_the_law_wants_once(written: str) -> None:
    """K5: the decoded Subject starts with exactly “(광고)”."""
    subject = the_mail(a_renderer(subject=written))["Subject"]
    assert subject == "(광고) 새 소식"


def test_a_notice_has_no_advertising_word() -> None:
    """K5."""
    assert the_mail(a_renderer(_NOTICE, subject="주문 확인"))["Subject"] == "주문 확인"
