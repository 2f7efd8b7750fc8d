"""What arrives is what the template says, whatever the data: the promise of this room."""

import email
import email.policy
import re
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.campaigns import BOUNCE_SECRET, a_plan, a_recipient, an_html_source, some_links
from pabal.domain.tracking import Tracking
from pabal.message.compile import compile_source
from pabal.message.compiled import Compiled, TransferEncoding
from pabal.message.render import PlainMail, Renderer, WireMessage
from pabal.message.source import Limits

DATE = datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=9)))
LINE_END = re.compile(r"\r\n|\r|\n")

any_text = st.text(st.characters(exclude_categories=["Cs"]))
awkward = st.sampled_from(
    [
        "",
        ".",
        "\r",
        "\n",
        "\r\n.\r\n",
        "\n.hidden\n..\n",
        "가" * 10_000,
        "x" * 10_000,
        "trailing \t \nspace ",
        "👩‍👩‍👧‍👦한글🇰🇷",
        "--=_0abc1def--",
        "From here",
        "=3D=?utf-8?b?7ZWc?=",
        "<b>&\"'</b>{{ name }}{% if %}{# #}",
        "Bcc: a@example.com\r\n\r\nbody",
    ]
)
values = st.one_of(any_text, awkward)
one_line = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))

static = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<{}#%\r")),
    st.sampled_from(
        [
            "<p>안녕하세요 " * 30,
            "plain ascii text with = signs. " * 20,
            "x" * 200,
            "\n.\n",
            "a\n" * 100,
            ". ",
            "{% raw %}{{ not }} {% a tag %} {#{% endraw %}",
            "{ ",
            "{# a comment #}",
            '{{ "\\r" }}\n',
        ]
    ),
)
hole = st.sampled_from(
    [
        "{{ a }}",
        "{{ b }}",
        "{{- a -}}",
        "{{ a | upper }}",
        "{{ a ~ b }}",
        "{{ email }}",
        "{{ unsubscribe_url }}",
        "{{ sender.company }}",
    ]
)


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    wrappers = st.sampled_from(
        [
            "{%% if a %%}%s{%% else %%}-{%% endif %%}",
            "{%% for x in ['하나', b, 3] %%}{{ loop.index }}%s{{ x }}{%% endfor %%}",
            "{%% set s %%}%s{%% endset %%}{{ s }}{{ s }}",
            "{%% macro m(x) %%}[{{ x }}%s]{%% endmacro %%}{{ m(b) }}",
            "{%% with c = a %%}%s{{ c }}{%% endwith %%}",
            "{%% filter upper %%}%s{%% endfilter %%}",
        ]
    )
    return st.builds(lambda w, i: w % i, wrappers, inner)


templates = st.recursive(
    st.lists(st.one_of(static, hole), max_size=6).map("".join),
    lambda inner: st.lists(st.one_of(static, hole, _blocks(inner)), max_size=5).map("".join),
    max_leaves=6,
)
encodings = st.sampled_from(TransferEncoding)

generously = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


link = st.builds(
    "<a {0}href={1}{2}{1}>{3}</a>".format,
    st.sampled_from(["", 'class="{{ b }}" ', "{% if a %}hidden {% endif %}"]),
    st.sampled_from(["'", '"']),
    st.sampled_from(
        [
            "https://shop.example/autumn?a=1&amp;b=2",
            "https://shop.example/한글/{{ a }}",
            "http://shop.example/" + "x" * 150,
            "mailto:help@shop.example",
            "{{ unsubscribe_url }}",
            "#top",
        ]
    ),
    st.sampled_from(["보기", "shop.example", "{{ b }}", "<b>더 보기</b>"]),
)
linked = st.lists(st.one_of(static, hole, link, _blocks(link)), max_size=6).map("".join)
trackings = st.sampled_from(Tracking)


def _renderer(compiled: Compiled, tracking: Tracking = Tracking.OFF) -> Renderer:
    plan = a_plan(tracking=tracking)
    return Renderer(
        compiled, plan, links=some_links(), bounce_secret=BOUNCE_SECRET, limits=Limits()
    )


def _parsed(mail: WireMessage) -> EmailMessage:
    message = email.message_from_bytes(b"".join(mail.buffers), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _canonical(text: str) -> bytes:
    return LINE_END.sub("\r\n", text).encode()


def _assert_says(message: EmailMessage, plain: PlainMail) -> None:
    text, html = message.iter_parts()
    assert text.get_payload(decode=True) == _canonical(plain.text)
    assert html.get_payload(decode=True) == _canonical(plain.html)
    assert text.get_content_type(), html.get_content_type() == ("text/plain", "text/html")
    assert not message.defects
    assert not text.defects
    assert not html.defects


def _with_encoding(compiled: Compiled, encoding: TransferEncoding) -> Compiled:
    return Compiled(
        subject=compiled.subject,
        html=compiled.html,
        text=compiled.text,
        html_encoding=encoding,
        text_encoding=encoding,
        needs=compiled.needs,
        tracked=compiled.tracked,
    )


@generously
@given(template=templates, a=values, b=values, encoding=encodings)
def test_a_parsed_mail_is_the_plain_rendering(
    template: str, a: str, b: str, encoding: TransferEncoding
) -> None:
    """S1, S6: base64 or quoted-printable carries any text; every line end becomes CRLF."""
    _assert_wire_is_plain(template, a, b, encoding, Tracking.OFF)


@generously
@given(template=linked, a=values, b=values, encoding=encodings, tracking=trackings)
def test_a_parsed_tracked_mail_is_the_plain_rendering(
    template: str, a: str, b: str, encoding: TransferEncoding, tracking: Tracking
) -> None:
    """The same where links and an image are put in."""
    _assert_wire_is_plain(template, a, b, encoding, tracking)


def _assert_wire_is_plain(
    template: str, a: str, b: str, encoding: TransferEncoding, tracking: Tracking
) -> None:
    source = an_html_source(f"<html>{template}", subject="안녕하세요", text=template)
    plan = a_plan(tracking=tracking)
    compiled = _with_encoding(compile_source(source, plan, limits=Limits()), encoding)
    renderer = _renderer(compiled, tracking)
    recipient = a_recipient(attributes={"a": a, "b": b})
    mail = renderer.render(recipient, date=DATE)
    wire = b"".join(mail.buffers)

    _assert_says(_parsed(mail), renderer.plain(recipient))
    assert wire.endswith(b"\r\n")
    lines = wire.split(b"\r\n")
    body = lines[lines.index(b"") :]
    assert max(map(len, body)) <= 76
    assert not any(line.startswith(b".") for line in lines)
    assert not any(line.endswith((b" ", b"\t")) for line in body)
    assert wire.isascii()
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")

    assert mail.size_bytes == len(wire)
    proof = renderer.prove(recipient)
    assert proof.size_bytes == len(wire)
    assert proof.html_bytes == len(_canonical(renderer.plain(recipient).html))
    assert b"".join(renderer.render(recipient, date=DATE).buffers) == wire
    again = _renderer(Compiled.from_bytes(compiled.to_bytes()), tracking)
    assert b"".join(again.render(recipient, date=DATE).buffers) == wire
