"""The dialogue by itself: no socket, any cut of the bytes, no turn out of place."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.outcome import Reply, Stage
from pabal.transport.port import Envelope
from pabal.transport.smtp.dialogue import (
    Agreed,
    Answered,
    Closing,
    Declined,
    Dialogue,
    Event,
    Garbled,
    GoAhead,
    OutOfTurn,
    State,
    Step,
)

ENVELOPE = Envelope(sender="a@shop.example", recipient="b@customer.example")
MAIL = [b"Subject: x\r\n\r\n", b"body\r\n"]
HELLO = b"250-mx.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"


def said(dialogue: Dialogue) -> bytes:
    return b"".join(dialogue.take_output())


def ready(offers: bytes = HELLO) -> Dialogue:
    """A dialogue behind EHLO."""
    dialogue = Dialogue("us.example")
    dialogue.receive(b"220 mx.example\r\n")
    dialogue.say_hello()
    dialogue.receive(offers)
    said(dialogue)
    return dialogue


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


def test_nothing_is_said_before_the_greeting() -> None:
    with pytest.raises(OutOfTurn):
        Dialogue("us.example").say_hello()


def test_ehlo_names_us_and_learns_what_is_offered() -> None:
    dialogue = Dialogue("us.example")
    assert kinds(dialogue.receive(b"220 mx.example\r\n")) == [Agreed]
    dialogue.say_hello()
    assert said(dialogue) == b"EHLO us.example\r\n"
    dialogue.receive(
        b"250-mx.example\r\n250-size 1000\r\n250-AUTH PLAIN LOGIN\r\n250-LIMITS MAILMAX=5\r\n"
        b"250-Pipelining\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
    )
    offered = dialogue.extensions
    assert offered.pipelining
    assert offered.smtputf8
    assert offered.size_limit_bytes == 1000
    assert offered.login_mechanisms == {"PLAIN", "LOGIN"}
    assert offered.mails_per_connection == 5
    assert not offered.starttls


@pytest.mark.parametrize("line", [b"SIZE", b"SIZE 0", b"SIZE x"])
def test_a_size_without_a_number_is_no_limit(line: bytes) -> None:
    """RFC 1870 4: 0 stands for no fixed limit."""
    dialogue = ready(b"250-mx.example\r\n250 " + line + b"\r\n")
    assert dialogue.extensions.size
    assert dialogue.extensions.size_limit_bytes is None


def test_smtputf8_without_8bitmime_is_not_used() -> None:
    """RFC 6531 3.1 asks for both."""
    assert not ready(b"250-mx.example\r\n250 SMTPUTF8\r\n").extensions.smtputf8


def test_starttls_forgets_what_was_offered_and_what_was_put_in_behind_it() -> None:
    dialogue = ready()
    dialogue.start_tls()
    assert kinds(dialogue.receive(b"220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n")) == [Agreed]
    assert dialogue.state is State.SECURING
    dialogue.secured()
    assert not dialogue.extensions.keywords
    dialogue.say_hello()
    assert dialogue.receive(b"250 mx.example\r\n") == [
        Agreed(step=Step.EHLO, reply=Reply(code=250, text="mx.example"))
    ]


def test_tls_cannot_begin_where_it_was_not_agreed() -> None:
    with pytest.raises(OutOfTurn):
        ready().secured()


def test_an_envelope_is_one_group_where_groups_are_offered() -> None:
    dialogue = ready()
    dialogue.offer(ENVELOPE, size_bytes=20)
    assert said(dialogue) == (
        b"MAIL FROM:<a@shop.example>\r\nRCPT TO:<b@customer.example>\r\nDATA\r\n"
    )


def test_an_envelope_is_three_turns_where_they_are_not() -> None:
    dialogue = ready(b"250 mx.example\r\n")
    dialogue.offer(ENVELOPE, size_bytes=20)
    assert said(dialogue) == b"MAIL FROM:<a@shop.example>\r\n"
    assert dialogue.receive(b"250 ok\r\n") == []
    assert said(dialogue) == b"RCPT TO:<b@customer.example>\r\n"
    assert dialogue.receive(b"250 ok\r\n") == []
    assert said(dialogue) == b"DATA\r\n"
    assert dialogue.receive(b"354 go\r\n") == [GoAhead()]


def test_the_content_may_begin_the_next_group() -> None:
    """RFC 2920 3.1."""
    dialogue = ready()
    dialogue.offer(ENVELOPE, size_bytes=20)
    dialogue.receive(b"250 a\r\n250 b\r\n354 c\r\n")
    said(dialogue)
    dialogue.give(MAIL)
    dialogue.offer(ENVELOPE, size_bytes=20)
    assert said(dialogue).startswith(b"Subject: x\r\n\r\nbody\r\n.\r\nMAIL FROM")
    events = dialogue.receive(b"250 kept\r\n250 a\r\n250 b\r\n354 c\r\n")
    assert events == [
        Answered(stage=Stage.CONTENT, reply=Reply(code=250, text="kept")),
        GoAhead(),
    ]


def test_without_groups_nothing_follows_the_content_before_its_answer() -> None:
    dialogue = ready(b"250 mx.example\r\n")
    dialogue.offer(ENVELOPE, size_bytes=20)
    for reply in (b"250 a\r\n", b"250 b\r\n", b"354 c\r\n"):
        dialogue.receive(reply)
    dialogue.give(MAIL)
    with pytest.raises(OutOfTurn):
        dialogue.offer(ENVELOPE, size_bytes=20)
    dialogue.receive(b"250 kept\r\n")
    dialogue.offer(ENVELOPE, size_bytes=20)


def test_the_content_is_not_given_before_the_go_ahead() -> None:
    dialogue = ready()
    dialogue.offer(ENVELOPE, size_bytes=20)
    with pytest.raises(OutOfTurn):
        dialogue.give(MAIL)


def test_the_first_refusal_of_a_group_is_the_answer() -> None:
    dialogue = ready()
    dialogue.offer(ENVELOPE, size_bytes=20)
    assert dialogue.receive(b"550 5.7.1 sender\r\n503 no mail\r\n") == []
    assert dialogue.receive(b"503 no recipient\r\n") == [
        Answered(stage=Stage.MAIL, reply=Reply(code=550, enhanced="5.7.1", text="sender"))
    ]


def test_an_unasked_421_is_a_goodbye() -> None:
    [event] = ready().receive(b"421 4.4.2 idle for too long\r\n")
    assert isinstance(event, Closing)


def test_an_unasked_reply_otherwise_is_nonsense() -> None:
    dialogue = ready()
    [event] = dialogue.receive(b"250 by the way\r\n")
    assert isinstance(event, Garbled)
    assert dialogue.state is State.OVER


def test_nothing_is_heard_behind_the_end() -> None:
    dialogue = ready()
    dialogue.receive(b"421 bye\r\n")
    assert dialogue.receive(b"250 not quite\r\n") == []


@pytest.mark.parametrize(
    "nonsense",
    [
        b"hello\r\n",
        b"\r\n",
        b"25\r\n",
        b"250_ok\r\n",
        b"999 what\r\n",
        b"100 continue\r\n",
        b"\xff\xfe\x00\r\n",
        b"x" * 5000,
        b"250-a\r\n550 b\r\n",
        b"250-more\r\n" * 200,
    ],
)
def test_what_is_not_smtp_is_said_to_be_so(nonsense: bytes) -> None:
    dialogue = Dialogue("us.example")
    [event] = dialogue.receive(nonsense)
    assert isinstance(event, Garbled)
    assert "does not speak SMTP" in event.reason


def test_a_greeting_that_refuses_leaves_only_quit() -> None:
    dialogue = Dialogue("us.example")
    assert kinds(dialogue.receive(b"554 no\r\n")) == [Declined]
    with pytest.raises(OutOfTurn):
        dialogue.say_hello()
    dialogue.quit()
    assert said(dialogue) == b"QUIT\r\n"


def test_control_characters_in_replies_reach_no_terminal() -> None:
    dialogue = Dialogue("us.example")
    [event] = dialogue.receive(b"554 \x1b[31mred\x07\r\n")
    assert isinstance(event, Declined)
    assert event.reply.text == "·[31mred·"


def converse(pieces: list[bytes]) -> tuple[list[Event], bytes]:
    """Play the client's part in TURNS, whatever pieces they come in."""
    dialogue = Dialogue("us.example")
    events: list[Event] = []
    output = b""
    for piece in pieces:
        fresh = dialogue.receive(piece)
        for event in fresh:
            _react(dialogue, event)
        events += fresh
        output += said(dialogue)
    return events, output


def _react(dialogue: Dialogue, event: Event) -> None:
    match event:
        case Agreed(step=Step.GREETING):
            dialogue.say_hello()
        case Agreed(step=Step.EHLO):
            dialogue.offer(ENVELOPE, size_bytes=20)
        case GoAhead():
            dialogue.give(MAIL)
        case Answered(stage=Stage.RCPT):
            dialogue.offer(ENVELOPE, size_bytes=20)
        case Answered(stage=Stage.CONTENT):
            dialogue.quit()


# Envelopes that are taken back


PLAIN = b"250 mx.example\r\n"
TRIAL = [
    b"MAIL FROM:<a@shop.example>\r\n",
    b"RCPT TO:<b@customer.example>\r\n",
    b"RSET\r\n",
]


def answers(dialogue: Dialogue, *replies: bytes) -> tuple[list[Event], bytes]:
    """Give the replies one by one; return the events and all that was said meanwhile."""
    events: list[Event] = []
    output = said(dialogue)
    for reply in replies:
        events += dialogue.receive(reply + b"\r\n")
        output += said(dialogue)
    return events, output


@pytest.mark.parametrize("offers", [b"", b"250-DSN\r\n"])
def test_no_report_is_asked_for_even_where_a_server_offers_to(offers: bytes) -> None:
    """S19: “VERP works without”; a server reports failures unasked (RFC 3461 4.1)."""
    dialogue = ready(b"250-mx.example\r\n" + offers + b"250 HELP\r\n")
    dialogue.offer(ENVELOPE, size_bytes=20)
    _, output = answers(dialogue, b"250 ok", b"250 ok", b"354 go on")
    commands = output.splitlines()
    assert commands[:2] == [f"MAIL FROM:<{ENVELOPE.sender}>".encode(),
                            f"RCPT TO:<{ENVELOPE.recipient}>".encode()]  # fmt: skip


@pytest.mark.parametrize("offers", [HELLO, PLAIN], ids=["pipelined", "one by one"])
def test_a_trial_envelope_is_taken_back_and_a_mail_may_follow(offers: bytes) -> None:
    dialogue = ready(offers)
    dialogue.try_envelope(ENVELOPE, size_bytes=20)
    events, output = answers(dialogue, b"250 ok", b"250 ok", b"250 2.0.0 reset")
    assert events == [Agreed(step=Step.RSET, reply=Reply(code=250, enhanced="2.0.0", text="reset"))]
    assert output == b"".join(TRIAL)
    dialogue.offer(ENVELOPE, size_bytes=20)
    events, output = answers(dialogue, b"250 ok", b"250 ok", b"354 go on")
    assert kinds(events) == [GoAhead]
    assert b"RSET" not in output


@pytest.mark.parametrize("offers", [HELLO, PLAIN], ids=["pipelined", "one by one"])
def test_a_trial_envelope_without_a_recipient_names_the_sender_alone(offers: bytes) -> None:
    dialogue = ready(offers)
    dialogue.try_envelope(Envelope(sender="a@shop.example", recipient=""), size_bytes=20)
    events, output = answers(dialogue, b"250 ok", b"250 ok")
    assert kinds(events) == [Agreed]
    assert output == TRIAL[0] + TRIAL[2]


@pytest.mark.parametrize(
    ("replies", "stage"),
    [
        ([b"550 5.7.1 no", b"503 first MAIL", b"250 reset"], Stage.MAIL),
        ([b"250 ok", b"550 5.1.1 nobody", b"250 reset"], Stage.RCPT),
    ],
)
@pytest.mark.parametrize("offers", [HELLO, PLAIN], ids=["pipelined", "one by one"])
def test_a_trial_envelope_that_is_refused_says_so_once(offers, replies, stage) -> None:
    """Within a group it is reset at once, and one by one before the next envelope."""
    dialogue = ready(offers)
    dialogue.try_envelope(ENVELOPE, size_bytes=20)
    refused_at = 1 if stage is Stage.MAIL else 2
    events, _ = answers(dialogue, *(replies if offers is HELLO else replies[:refused_at]))
    (event,) = events
    assert isinstance(event, Answered)
    assert (event.stage, event.reply.code) == (stage, 550)
    dialogue.try_envelope(ENVELOPE, size_bytes=20)
    first = [] if offers is HELLO else [TRIAL[2]]
    events, output = answers(dialogue, *[b"250 ok"] * (3 + len(first)))
    assert kinds(events) == [Agreed]
    assert output == b"".join(first + TRIAL)


def test_a_goodbye_within_a_trial_envelope_ends_it() -> None:
    dialogue = ready()
    dialogue.try_envelope(ENVELOPE, size_bytes=20)
    events, _ = answers(dialogue, b"250 ok", b"421 4.3.2 bye")
    assert kinds(events) == [Answered, Closing]
    assert dialogue.state is State.OVER


# A server does not answer before it is asked, so cuts are free only within these turns.
TURNS = [
    b"220-mx.example\r\n220 ESMTP\r\n",
    b"250-mx.example\r\n250-PIPELINING\r\n250 SIZE 100\r\n",
    b"250 2.1.0 ok\r\n550-5.1.1 no\r\n550 5.1.1 such user\r\n503 5.5.1 no recipient\r\n",
    b"250 2.0.0 reset\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n",
    b"250 2.0.0 kept\r\n",
    b"221 2.0.0 bye\r\n",
]


@given(st.lists(st.lists(st.integers(0, 100), max_size=8), min_size=6, max_size=6))
def test_the_cut_of_the_bytes_changes_nothing(cuts: list[list[int]]) -> None:
    pieces: list[bytes] = []
    for turn, places in zip(TURNS, cuts, strict=True):
        edges = sorted({0, len(turn), *(place % len(turn) for place in places)})
        pieces += [turn[a:b] for a, b in pairwise(edges)]
    assert converse(pieces) == converse(TURNS)


def test_the_same_one_byte_at_a_time() -> None:
    pieces = [bytes([byte]) for turn in TURNS for byte in turn]
    events, output = converse(pieces)
    assert kinds(events) == [Agreed, Agreed, Answered, GoAhead, Answered, Agreed]
    assert output.count(b"RSET\r\n") == 1
    assert output.endswith(b"body\r\n.\r\nQUIT\r\n")


@pytest.mark.parametrize("limit", [b"", b" MAILMAX", b" MAILMAX=x", b" MAILMAX=0", b" RCPTMAX=7"])
def test_a_limit_that_cannot_be_read_is_none(limit: bytes) -> None:
    """RFC 9422."""
    dialogue = ready(b"250-mx.example\r\n250 LIMITS" + limit + b"\r\n")
    assert dialogue.extensions.mails_per_connection is None


@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_the_dialogue(data: bytes) -> None:
    """Only events come out, and nothing is promised to be sent."""
    dialogue = ready()
    dialogue.offer(ENVELOPE, size_bytes=20)
    said(dialogue)
    events = dialogue.receive(data)
    assert not any(isinstance(e, Answered) and e.reply.code < 400 for e in events)
