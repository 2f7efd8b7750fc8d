"""Replies into outcomes. Every row quotes the line of the rules from which it follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.classify import classify, network_failure
from pabal.domain.outcome import Outcome, Reply, Scope, Stage, Throttle, Verdict

A, T, P = Verdict.ACCEPTED, Verdict.TRANSIENT, Verdict.PERMANENT
ADDRESS, MESSAGE, ACCOUNT = Scope.ADDRESS, Scope.MESSAGE, Scope.ACCOUNT
CONNECT, AUTH, MAIL, RCPT, DATA, CONTENT = Stage

RULES = [
    # "mailbox does not exist", perm, suppress "yes at once"
    ("550 5.1.1 no such user", RCPT, P, ADDRESS, True),
    ("550 5.1.1 no such user", CONTENT, P, ADDRESS, True),
    # "destination system doesn't exist", suppress "after 2 tries over >= 24 h"
    ("550 5.1.2 host unknown", RCPT, P, ADDRESS, False),
    # "bad address syntax", "moved / null MX", "mailbox disabled": yes
    ("553 5.1.3 malformed", RCPT, P, ADDRESS, True),
    ("550 5.1.6 moved", RCPT, P, ADDRESS, True),
    ("556 5.1.10 null MX", RCPT, P, ADDRESS, True),
    ("550 5.2.1 disabled", RCPT, P, ADDRESS, True),
    # "mailbox full (Gmail: 452 4.2.2)": "treat as soft even with 5", suppress no
    ("452 4.2.2 full", RCPT, T, ADDRESS, False),
    ("552 5.2.2 full", RCPT, T, ADDRESS, False),
    ("552 5.2.2 full", CONTENT, T, ADDRESS, False),
    # S23, of RCPT: "452 (treat 552 there as temporary)"
    ("452 4.5.3 too many recipients", RCPT, T, MESSAGE, False),
    ("552 too much", RCPT, T, ADDRESS, False),
    # "message too large": perm for this mail, content problem
    ("552 5.2.3 too large", CONTENT, P, MESSAGE, False),
    ("552 5.3.4 too large", CONTENT, P, MESSAGE, False),
    ("552 5.3.4 too large", MAIL, P, MESSAGE, False),
    ("552 too large", MAIL, P, MESSAGE, False),
    ("552 too large", CONTENT, P, MESSAGE, False),
    # "system/network": soft
    ("451 4.3.0 try again", RCPT, T, MESSAGE, False),
    ("451 4.4.1 no answer", CONTENT, T, MESSAGE, False),
    # "no answer / no route": perm, suppress "only if repeated"
    ("550 5.4.1 no answer", RCPT, P, ADDRESS, False),
    ("550 5.4.4 no route", RCPT, P, ADDRESS, False),
    # "protocol error": our bug, no suppression, alarm
    ("501 5.5.2 syntax", RCPT, P, MESSAGE, False),
    ("555 5.5.4 unknown parameter", MAIL, P, ACCOUNT, False),
    # "content/charset": our mail
    ("554 5.6.0 bad content", CONTENT, P, MESSAGE, False),
    # "policy, rate, greylist": soft
    ("450 4.7.1 greylisted", RCPT, T, MESSAGE, False),
    ("421 4.3.2 Your IP is filtered", RCPT, T, MESSAGE, False),
    # "policy/auth/reputation": no suppression, stop and alarm
    ("550 5.7.1 rejected", CONTENT, P, ACCOUNT, False),
    ("550 5.7.26 unauthenticated", CONTENT, P, ACCOUNT, False),
    ("550 5.7.26 unauthenticated", RCPT, P, ACCOUNT, False),
    ("550 5.7.515 Access denied", CONTENT, P, ACCOUNT, False),
    # at RCPT it may be the recipient's own policy
    ("550 5.7.1 you may not write to me", RCPT, P, MESSAGE, False),
    # "no enhanced code, 550": "only if text matches known no such user set"
    ("550 No such user here", RCPT, P, ADDRESS, True),
    ("550 User unknown", CONTENT, P, ADDRESS, True),
    ("550 mailbox <a@b.example> does not exist", RCPT, P, ADDRESS, True),
    ("550 존재하지 않는 사용자입니다", RCPT, P, ADDRESS, True),
    ("550 no", RCPT, P, ADDRESS, False),
    ("554 no", CONTENT, P, MESSAGE, False),
    # "a refused sender never burns through 500 recipients"
    ("550 5.7.1 sender refused", MAIL, P, ACCOUNT, False),
    ("553 not your address", MAIL, P, ACCOUNT, False),
    ("550 5.1.8 sender's domain not found", RCPT, P, ACCOUNT, False),
    ("501 5.1.7 bad sender", RCPT, P, ACCOUNT, False),
    ("550 5.7.1 relay access denied", RCPT, P, ACCOUNT, False),
    ("530 5.5.1 authentication required", MAIL, P, ACCOUNT, False),
    ("530 5.7.0 authentication required", RCPT, P, ACCOUNT, False),
    ("554 Message rejected: Email address is not verified", CONTENT, P, ACCOUNT, False),
    ("554 Sending paused for this account", CONTENT, P, ACCOUNT, False),
    # the server or the login, before any mail
    ("554 5.7.1 go away", CONNECT, P, ACCOUNT, False),
    ("421 4.3.2 too busy", CONNECT, T, ACCOUNT, False),
    ("535 5.7.8 wrong password", AUTH, P, ACCOUNT, False),
    ("454 4.7.0 not now", AUTH, T, ACCOUNT, False),
    # SES: 454 is the rate, which passes, or the day's quota, which does not
    ("454 Throttling failure: Maximum sending rate exceeded", CONTENT, T, MESSAGE, False),
    ("454 Throttling failure: Daily message quota exceeded", CONTENT, P, ACCOUNT, False),
    ("250 2.0.0 kept", CONTENT, A, MESSAGE, False),
]


def a_reply(text: str) -> Reply:
    code, _, rest = text.partition(" ")
    first, _, others = rest.partition(" ")
    if first.count(".") == 2 and first[0] in "245":
        return Reply(code=int(code), enhanced=first, text=others)
    return Reply(code=int(code), text=rest)


@pytest.mark.parametrize(("reply", "stage", "verdict", "scope", "suppress"), RULES)
def test_a_reply_means_what_the_rules_say(
    reply: str, stage: Stage, verdict: Verdict, scope: Scope, suppress: bool
) -> None:
    outcome = classify(a_reply(reply), stage=stage)
    assert (outcome.verdict, outcome.scope, outcome.suppress) == (verdict, scope, suppress)
    assert outcome.reply == a_reply(reply)
    assert outcome.stage is stage
    assert outcome.text == a_reply(reply).text


EVERYBODY, DOMAIN = Throttle


@pytest.mark.parametrize(
    ("reply", "stage", "throttle"),
    [
        # SES: the rate. Microsoft 365: more than three connections
        ("454 Throttling failure: Maximum sending rate exceeded", CONTENT, EVERYBODY),
        ("432 4.3.2 concurrent connections limit exceeded", RCPT, EVERYBODY),
        # nobody is named yet
        ("421 4.7.0 too many connections", CONNECT, EVERYBODY),
        ("454 4.7.0 not now", AUTH, EVERYBODY),
        ("450 4.7.1 Error: too much mail from 192.0.2.1", MAIL, EVERYBODY),
        ("450 4.7.1 not now", MAIL, EVERYBODY),
        # Gmail, Yahoo, Outlook, Naver, Daum
        ("421 4.7.28 unusual rate of mail from your IP", RCPT, DOMAIN),
        ("421 4.7.0 [TSS04] messages temporarily deferred", DATA, DOMAIN),
        ("451 4.7.650 rate limited due to IP reputation", CONTENT, DOMAIN),
        ("421 4.3.2 Your IP is filtered", RCPT, DOMAIN),
        ("421 4.4.5 CCRT Server is busy", RCPT, DOMAIN),
        ("450 4.7.1 Error: too many recipients from 192.0.2.1", RCPT, DOMAIN),
        ("451 4.7.1 Rate limit exceeded", RCPT, DOMAIN),
        # greylisting: postgrey, Exim, rspamd, Plesk
        ("450 4.2.0 <a@b.example>: Greylisted, see postgrey.example", RCPT, None),
        ("451 greylisting in action, please come back later", DATA, None),
        ("451 4.7.1 Try again later", CONTENT, None),
        ("451 4.7.1 Service unavailable - try again later", DATA, None),
        ("451 4.7.0 Graylisted", RCPT, None),
        ("421 4.7.1 greylisted", RCPT, DOMAIN),
        # nothing of the kind
        ("451 4.3.0 later", RCPT, None),
        ("450 4.2.1 receiving mail at a rate that prevents more", RCPT, None),
        ("452 4.2.2 mailbox full", RCPT, None),
        ("550 5.7.1 blocked", RCPT, None),
        ("250 2.0.0 kept", CONTENT, None),
    ],
)
def test_a_reply_tells_who_is_to_wait_longer(
    reply: str, stage: Stage, throttle: Throttle | None
) -> None:
    assert classify(a_reply(reply), stage=stage).throttle is throttle


replies = st.builds(
    Reply,
    code=st.integers(200, 599),
    enhanced=st.one_of(st.just(""), st.from_regex(r"[245]\.[0-7]\.[0-9]{1,3}", fullmatch=True)),
    text=st.text(max_size=50),
)


@given(replies, st.sampled_from(Stage))
def test_only_a_2_behind_the_content_is_an_acceptance(reply: Reply, stage: Stage) -> None:
    outcome = classify(reply, stage=stage)
    accepted = reply.code < 300 and stage is CONTENT
    assert (outcome.verdict is A) == accepted


@given(replies, st.sampled_from(Stage))
def test_a_4_is_never_final_for_a_recipient(reply: Reply, stage: Stage) -> None:
    """RFC 5321 4.2.1: the same command may succeed later."""
    outcome = classify(reply, stage=stage)
    if 400 <= reply.code < 500:
        assert outcome.verdict is T or outcome.scope is ACCOUNT
        assert not outcome.suppress


@given(replies, st.sampled_from(Stage))
def test_a_throttled_mail_may_go_later(reply: Reply, stage: Stage) -> None:
    outcome = classify(reply, stage=stage)
    assert outcome.throttle is None or outcome.verdict is T


@given(replies, st.sampled_from([CONNECT, AUTH, MAIL]))
def test_what_is_said_before_the_recipient_is_known_concerns_no_domain(
    reply: Reply, stage: Stage
) -> None:
    assert classify(reply, stage=stage).throttle in (None, EVERYBODY)


@given(replies, st.sampled_from(Stage))
def test_a_server_that_speaks_leaves_no_doubt(reply: Reply, stage: Stage) -> None:
    assert classify(reply, stage=stage).verdict is not Verdict.UNKNOWN


@given(replies, st.sampled_from(Stage))
def test_an_address_is_suppressed_only_by_a_permanent_refusal_of_it(
    reply: Reply, stage: Stage
) -> None:
    """Suppressing on a policy refusal would burn good addresses (docs/rules.md 1a, the trap)."""
    outcome = classify(reply, stage=stage)
    if outcome.suppress:
        assert (outcome.verdict, outcome.scope) == (P, ADDRESS)
        assert not reply.enhanced.startswith(("5.7.", "5.5.", "5.6.", "4."))


# Without a reply


@pytest.mark.parametrize("stage", Stage)
def test_a_lost_connection_is_unknown_only_when_the_last_byte_had_left(stage: Stage) -> None:
    """RFC 1047."""
    assert network_failure("lost", stage=stage, last_byte_left=True).verdict is Verdict.UNKNOWN
    assert network_failure("lost", stage=stage, last_byte_left=False).verdict is T


@pytest.mark.parametrize(
    ("stage", "scope"),
    [
        (CONNECT, ACCOUNT),
        (AUTH, ACCOUNT),
        (MAIL, MESSAGE),
        (RCPT, MESSAGE),
        (DATA, MESSAGE),
        (CONTENT, MESSAGE),
    ],
)
def test_a_server_that_is_not_reached_is_no_mails_fault(stage: Stage, scope: Scope) -> None:
    outcome: Outcome = network_failure("lost", stage=stage, last_byte_left=False)
    assert (outcome.scope, outcome.text) == (scope, "lost")
