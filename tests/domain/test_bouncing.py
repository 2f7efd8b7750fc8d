"""What comes back, weighed. Every table quotes the line of the rules from which it follows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.bouncing import BouncePolicy, Failure, Weight, weigh, weigh_for
from pabal.domain.classify import concern
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Concern, Reply
from pabal.domain.suppression import Reason

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MAILED = "minsu@naver.example"


def an_event(kind=EventKind.BOUNCED, reply="", *, label="", address="", proof=Proof.SEALED):
    return FeedbackEvent(
        id="e",
        kind=kind,
        at=NOON,
        source=Source.DSN,
        delivery=DeliveryId("abcdefgh-1"),
        proof=proof,
        address=address,
        reply=as_reply(reply),
        label=label,
    )


def as_reply(text):
    code, _, rest = text.partition(" ")
    first, _, words = rest.partition(" ")
    enhanced = first if first.count(".") == 2 else ""
    return Reply(code=int(code or 0), enhanced=enhanced, text=words if enhanced else rest)


RULES = [
    # 1a "mailbox does not exist", "bad address syntax", "moved / null MX", "mailbox
    # disabled": suppress "yes at once"
    ("550 5.1.1 no such user", Weight.HARD),
    ("553 5.1.3 bad address", Weight.HARD),
    ("551 5.1.6 moved", Weight.HARD),
    ("556 5.1.10 null MX", Weight.HARD),
    ("550 5.2.1 disabled", Weight.HARD),
    # "destination system doesn't exist": "yes (after 2 tries over >= 24 h ...)"
    ("550 5.1.2 unknown host", Weight.NO_HOST),
    # "mailbox full": "treat as soft even with 5 ... after N soft bounces over >= M days: pause"
    ("452 4.2.2 full", Weight.SOFT),
    ("552 5.2.2 full", Weight.SOFT),
    # "message too large": "no - content problem"
    ("552 5.2.3 too large", Weight.ABOUT_MAIL),
    ("552 5.3.4 too large", Weight.ABOUT_MAIL),
    # "system/network": soft; "no answer / no route": "only if repeated"
    ("451 4.3.0 system", Weight.SOFT),
    ("451 4.4.1 network", Weight.SOFT),
    ("550 5.4.1 access denied", Weight.SOFT),
    ("550 5.4.4 no route", Weight.SOFT),
    # "protocol error: our bug", "content/charset: our mail": no
    ("501 5.5.2 syntax", Weight.ABOUT_MAIL),
    ("554 5.6.0 content", Weight.ABOUT_MAIL),
    # "policy, rate, greylist"; "policy/auth/reputation": "no - stop the domain, alarm"
    ("450 4.7.1 greylisted", Weight.ABOUT_US),
    ("550 5.7.1 refused", Weight.ABOUT_US),
    ("550 5.7.26 unauthenticated", Weight.ABOUT_US),
    ("550 5.7.515 access denied", Weight.ABOUT_US),
    # "no enhanced code, 550": "only if text matches known no-such-user set, else soft count"
    ("550 No such user here", Weight.HARD),
    ("550 sorry, no mailbox here by that name", Weight.HARD),
    ("554 delivery error: This user doesn't have a mail.example account", Weight.HARD),
    ("550 존재하지 않는 사용자입니다", Weight.HARD),
    ("550 존재하지 않는 도메인입니다", Weight.SOFT),
    ("550 mailbox unavailable", Weight.SOFT),
    ("550 no", Weight.SOFT),
    ("", Weight.SOFT),
    # an enhanced code that says "other" is none (RFC 3463 3.1)
    ("550 5.0.0 User unknown", Weight.HARD),
    ("550 5.1.0 Address rejected.", Weight.SOFT),
    # a refusal that may pass convicts nobody, whatever its words
    ("450 unknown user", Weight.SOFT),
]


@pytest.mark.parametrize(("reply", "weight"), RULES)
def test_a_bounce_weighs_what_its_code_says(reply, weight):
    assert weigh(an_event(reply=reply)) is weight


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.2.1 The user is receiving mail at a rate that prevents additional messages",
        "550 5.1.1 Message blocked: listed at a DNSBL",
        "550 5.1.1 rejected as spam",
        "550 5.1.1 <shop@example.com>: sender address unknown",
        "550 5.2.1 mailbox temporarily disabled",
        "550 5.1.1 메일함 용량 초과",
        "550 Sender address does not exist",
    ],
)
def test_words_may_acquit_an_address(reply):
    """Some servers have one code for everything."""
    assert weigh(an_event(reply=reply)) is not Weight.HARD


@given(code=st.integers(200, 599), enhanced=st.from_regex(r"[245]\.\d\.\d{1,3}", fullmatch=True))
def test_words_never_convict_beside_a_code_that_does_not(code, enhanced):
    bare = concern(Reply(code=code, enhanced=enhanced))
    worded = concern(Reply(code=code, enhanced=enhanced, text="No such user"))
    says_other = enhanced[2] in "0123" and enhanced.endswith(".0") and enhanced.count(".") == 2
    assert worded is bare or (says_other and code // 100 != 4)


SES = [
    # 4.1: suppress on "Permanent General/NoEmail(+Suppressed); never on Transient"
    ("Permanent/General", "", Weight.HARD),
    ("Permanent/NoEmail", "550 5.1.1 no such user", Weight.HARD),
    ("Permanent/Suppressed", "", Weight.HARD),
    ("Permanent/OnAccountSuppressionList", "", Weight.SOFT),
    ("Transient/General", "", Weight.SOFT),
    ("Transient/General", "550 5.1.1 no such user", Weight.SOFT),
    ("Transient/MailboxFull", "", Weight.SOFT),
    ("Transient/MessageTooLarge", "", Weight.ABOUT_MAIL),
    ("Transient/ContentRejected", "", Weight.ABOUT_MAIL),
    ("Transient/AttachmentRejected", "", Weight.ABOUT_MAIL),
    ("Undetermined/Undetermined", "", Weight.SOFT),
    # 1a, 5.7.x: "Suppress address? no", also where SES calls it permanent
    ("Permanent/General", "550 5.7.1 refused", Weight.ABOUT_US),
    # a type that SES may add is decided by the server's own reply
    ("Permanent/Novelty", "550 5.1.1 no such user", Weight.HARD),
    ("Permanent/Novelty", "", Weight.SOFT),
]


@pytest.mark.parametrize(("label", "reply", "weight"), SES)
def test_ses_has_decided(label, reply, weight):
    assert weigh(an_event(reply=reply, label=label)) is weight


@pytest.mark.parametrize(
    ("label", "weight"),
    [
        # S21 "complaint -> suppress"; 4.1 "don't suppress on not-spam"
        ("abuse", Weight.COMPLAINT),
        ("fraud", Weight.COMPLAINT),
        ("other", Weight.COMPLAINT),
        ("", Weight.COMPLAINT),
        ("not-spam", Weight.NOTHING),
        ("auth-failure", Weight.ABOUT_US),
        ("virus", Weight.ABOUT_US),
    ],
)
def test_a_complaint_is_a_wish_to_be_left_alone_unless_it_is_none(label, weight):
    assert weigh(an_event(EventKind.COMPLAINED, label=label)) is weight


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_a_weight(kind):
    assert weigh(an_event(kind)) in Weight


@pytest.mark.parametrize("proof", [Proof.NAMED, Proof.NONE])
@pytest.mark.parametrize("kind", EventKind)
def test_what_anybody_could_have_made_up_means_nothing(kind, proof):
    """S26: "forged token ignored"."""
    forged = an_event(kind, "550 5.1.1 no such user", proof=proof)
    assert weigh_for(forged, MAILED) is Weight.NOTHING


def test_a_complaint_that_names_both_the_mail_and_the_address_counts():
    """S21: "find the recipient by VERP / Feedback-ID / token in Message-ID"."""
    report = an_event(EventKind.COMPLAINED, address=MAILED, proof=Proof.NAMED)
    assert weigh_for(report, MAILED) is Weight.COMPLAINT


def test_a_mailbox_that_is_gone_behind_a_forwarding_is_only_counted():
    """The address that was mailed exists: it forwards."""
    behind = an_event(reply="550 5.1.1 no such user", address="old@elsewhere.example")
    assert weigh_for(behind, MAILED) is Weight.SOFT
    assert weigh_for(an_event(reply="550 5.1.1 no such user", address=MAILED), MAILED) is (
        Weight.HARD
    )


def failures(*moments, weight=Weight.SOFT):
    return [
        Failure(delivery=DeliveryId(f"abcdefgh-{n}"), weight=weight, at=NOON + timedelta(days=days))
        for n, days in enumerate(moments, 1)
    ]


POLICY = BouncePolicy(soft=3, soft_span=timedelta(days=7))


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ((0, 3), None),
        ((0, 1, 2), None),
        ((0, 3, 7), Reason.PAUSED),
        ((0, 3, 6.99), None),
        ((7, 0, 3), Reason.PAUSED),
    ],
)
def test_soft_bounces_pause_after_enough_of_them_over_enough_days(days, reason):
    assert POLICY.stop(Weight.SOFT, failures(*days)) is reason


@pytest.mark.parametrize(
    ("days", "reason"), [((0,), None), ((0, 0.5), None), ((0, 1), Reason.BOUNCE)]
)
def test_a_missing_host_is_believed_the_second_time_a_day_later(days, reason):
    hostless = failures(*days, weight=Weight.NO_HOST)
    assert POLICY.stop(Weight.NO_HOST, hostless) is reason


def test_one_delivery_counts_once():
    """Somebody who gets hold of one bounce address cannot pause anybody with it."""
    again = [
        Failure(delivery=DeliveryId("abcdefgh-1"), weight=Weight.SOFT, at=NOON + timedelta(days=n))
        for n in range(40)
    ]
    assert POLICY.stop(Weight.SOFT, again) is None


@given(st.sampled_from(Weight), st.lists(st.floats(0, 400), max_size=12))
def test_only_hard_and_complaint_stop_at_once(weight, days):
    reason = POLICY.stop(weight, failures(*days))
    if weight is Weight.HARD:
        assert reason is Reason.BOUNCE
    elif weight is Weight.COMPLAINT:
        assert reason is Reason.COMPLAINT
    elif weight not in (Weight.SOFT, Weight.NO_HOST) or len(days) < POLICY.soft:
        assert reason is None


def test_an_events_name_depends_on_everything_that_makes_it_itself():
    ids = {
        event_id(Source.DSN, "a", "b"),
        event_id(Source.DSN, "ab", ""),
        event_id(Source.ARF, "a", "b"),
        event_id(Source.DSN, "a", "b", ""),
    }
    assert len(ids) == 4
    assert event_id(Source.DSN, "a", "\udcff") == event_id(Source.DSN, "a", "\udcff")


def test_a_concern_is_said_for_every_reply_there_can_be():
    assert concern(Reply(code=0)) is Concern.UNKNOWN
