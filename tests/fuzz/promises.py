"""What each parser promises, whatever it reads. What it documents to refuse is an answer too."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

from builders.campaigns import BOUNCE_SECRET, a_plan, a_recipient, some_links
from builders.returned import DELIVERY, FOUND_AT, LINKS, SEALS, SECRET
from pabal.authentication.dkim import read_tags
from pabal.authentication.dmarc import read_policy
from pabal.authentication.spf_terms import is_spf, parse_term, reached_terms
from pabal.console.audience.importing.bases import ConsentBasis
from pabal.console.audience.importing.cleaning import Cleaner
from pabal.console.audience.importing.errors import ColumnsRefused, FileRefused
from pabal.console.audience.importing.mapping import map_columns
from pabal.console.audience.importing.reading import open_table
from pabal.console.audience.importing.workbook import WorkbookLimits
from pabal.domain.address import AddressError, parse_address
from pabal.domain.identity import leaving_local_part, read_leaving, read_verp, verp_local_part
from pabal.domain.token import Purpose, TokenInvalid
from pabal.feedback import ses, sns, webhook
from pabal.feedback.errors import (
    EventUnreadable,
    MailRefused,
    MessageForged,
    MessageUnreadable,
)
from pabal.feedback.letter import Letter
from pabal.feedback.reading import read_letter
from pabal.message.compile import compile_source
from pabal.message.errors import HeaderInjection, MessageTooLarge, TemplateError
from pabal.message.render import Renderer
from pabal.message.source import Limits, Markup, Source
from pabal.preflight.page import read_page
from pabal.transport.smtp.extensions import parse_extensions
from pabal.transport.smtp.replies import ReplyReader, Unintelligible


def of_letter(raw: bytes) -> None:
    try:
        reading = read_letter(Letter(raw=raw, found_at=FOUND_AT), SEALS)
    except MailRefused:
        return
    assert len(reading.events) <= 100
    for event in reading.events:
        assert event.delivery in (None, DELIVERY) or event.proof.value == "named"
        assert event.at <= FOUND_AT


def of_ses_event(body: str) -> None:
    try:
        events = ses.read_event(body, SEALS, received_at=FOUND_AT)
    except EventUnreadable:
        return
    assert len(events) <= 100


def of_sns_message(body: str) -> None:
    try:
        message = sns.read_message(body)
    except MessageUnreadable:
        return
    assert not (sns.is_of_sns(message.certificate_url) and "@" in message.certificate_url)


def of_webhook_event(body: str) -> None:
    try:
        event = webhook.read_event(body, SEALS, received_at=FOUND_AT)
    except MessageUnreadable:
        return
    assert event.at <= FOUND_AT


def of_signature(header: str) -> None:
    try:
        webhook.check_signature(b"{}", header, secret="s" * 32, now=FOUND_AT)
    except MessageForged:
        return
    raise AssertionError("a signature that nobody made is taken")


def of_token(token: str) -> None:
    honest = LINKS.sign(Purpose.UNSUBSCRIBE, DELIVERY)
    try:
        assert LINKS.verify(token, Purpose.UNSUBSCRIBE) == DELIVERY
    except TokenInvalid:
        assert token != honest
        return
    assert token == honest


def of_bounce_address(local_part: str) -> None:
    for read, write in ((read_verp, verp_local_part), (read_leaving, leaving_local_part)):
        delivery = read(local_part, SECRET)
        assert (delivery is None) == (local_part.lower() != write(DELIVERY, SECRET))


def of_address(text: str) -> None:
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert parse_address(address.original).identity == address.identity


def of_record(text: str) -> None:
    read_tags(text)
    assert read_policy("shop.example", text) is not None
    if is_spf(text):
        reached_terms(text)
    for term in text.split()[:50]:
        written = parse_term(term, "shop.example")
        assert written is None or written.has_macros in (True, False)


def of_reply(data: bytes) -> None:
    reader = ReplyReader()
    reader.feed(data)
    try:
        while reply := reader.next():
            assert 200 <= reply.code <= 599
            assert reply.text.replace("\n", "").isprintable()
            parse_extensions(reply)
    except Unintelligible:
        return


def of_table(name: str) -> Callable[[bytes], None]:
    def read(raw: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="pabal-fuzz-") as directory:
            path = Path(directory) / name
            path.write_bytes(raw)
            _read_table(path)

    return read


def _read_table(path: Path) -> None:
    limits = WorkbookLimits(unpacked_bytes=20_000_000, cells=200_000)
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    try:
        with open_table(path, limits=limits) as table:
            mapping = map_columns(table.header)
            basis = ConsentBasis(wording="동의합니다")
            cleaner = Cleaner(mapping, basis=basis, zone=ZoneInfo("Asia/Seoul"), now=now)
            for row in table.rows:
                cleaner.clean(row)
    except (FileRefused, ColumnsRefused):
        return


def of_template(parts: tuple[str, str, Markup, str]) -> None:
    subject, body, markup, value = parts
    limits = Limits(seconds=1.0, output_bytes=1_000_000, mail_bytes=2_000_000)
    source = Source(subject=subject, body=body, markup=markup)
    plan = a_plan()
    try:
        compiled = compile_source(source, plan, limits=limits)
        renderer = Renderer(
            compiled, plan, links=some_links(), bounce_secret=BOUNCE_SECRET, limits=limits
        )
        recipient = a_recipient(attributes={"name": value, "coupon": value})
        mail = renderer.render(recipient, date=FOUND_AT)
        assert mail.size_bytes == renderer.prove(recipient).size_bytes
    except (TemplateError, HeaderInjection, MessageTooLarge):
        return
    assert message_from_bytes(b"".join(mail.buffers)).get_content_type() == "multipart/alternative"


def of_page(html: str) -> None:
    page = read_page(html)
    assert page.text == " ".join(page.text.split())
