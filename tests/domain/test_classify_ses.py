"""What SES answers means the right thing: docs/rules.md 4.1 and its retry table."""

import botocore.session
import pytest

from pabal.domain.classify_ses import _MEANINGS, accepted_by_ses, classify_ses
from pabal.domain.outcome import Scope, Stage, Throttle, Verdict

WHO = "minsu@naver.example"
TOO_FAST = "Maximum sending rate exceeded."
USED_UP = "Daily message quota exceeded."
FAILED = (
    "Email address is not verified. The following identities failed the check in region "
    "AP-NORTHEAST-2: "
)


def outcome(name, text="", status=400):
    return classify_ses(name, text, status=status, recipient=WHO)


def meaning(name, text="", status=400):
    found = outcome(name, text, status)
    return found.verdict, found.scope


def test_an_accepted_mail_keeps_what_ses_calls_it():
    accepted = accepted_by_ses("0c0c01-000000")
    assert accepted.verdict is Verdict.ACCEPTED
    assert "0c0c01-000000" in accepted.text


STOPS = (Verdict.PERMANENT, Scope.ACCOUNT)
THIS_ONE = (Verdict.PERMANENT, Scope.MESSAGE)
LONG = "Message length is more than 41943040 bytes long."


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("TooManyRequestsException", TOO_FAST, (Verdict.TRANSIENT, Scope.MESSAGE)),
        ("TooManyRequestsException", USED_UP, STOPS),
        ("LimitExceededException", "", STOPS),
        ("AccountSuspendedException", "", STOPS),
        ("SendingPausedException", "", STOPS),
        ("MailFromDomainNotVerifiedException", "", STOPS),
        ("NotFoundException", "Configuration set <x> does not exist.", STOPS),
        ("MessageRejected", LONG, THIS_ONE),
        ("BadRequestException", "Invalid tag.", THIS_ONE),
        (
            "BadRequestException",
            "Domain contains illegal character",
            (Verdict.PERMANENT, Scope.ADDRESS),
        ),
        ("ExpiredTokenException", "", STOPS),
    ],
)
def test_each_refusal_concerns_whom_it_concerns(name, text, expected):
    """4.1: "stop and alarm", "per-recipient failure, no retry", "retry with back-off"."""
    assert meaning(name, text) == expected


def test_only_the_rate_asks_for_fewer_mails():
    assert outcome("TooManyRequestsException", TOO_FAST).throttle is Throttle.EVERYBODY
    assert outcome("TooManyRequestsException", USED_UP).throttle is None


@pytest.mark.parametrize(
    ("who", "scope"),
    [
        (WHO, Scope.ADDRESS),
        (WHO.upper(), Scope.ADDRESS),
        ("news@shop.example", Scope.ACCOUNT),
        (f"news@shop.example, {WHO}", Scope.ACCOUNT),
        ("", Scope.ACCOUNT),
    ],
)
def test_an_unverified_recipient_stops_nobody_else_and_an_unverified_sender_everybody(who, scope):
    assert meaning("MessageRejected", FAILED + who) == (Verdict.PERMANENT, scope)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, Verdict.PERMANENT),
        (413, Verdict.PERMANENT),
        (429, Verdict.TRANSIENT),
        (500, Verdict.TRANSIENT),
        (503, Verdict.TRANSIENT),
        (502, Verdict.UNKNOWN),
        (504, Verdict.UNKNOWN),
    ],
)
def test_what_has_no_name_is_judged_by_its_status(status, verdict):
    assert outcome("Novelty", status=status).verdict is verdict
    assert outcome(str(status), status=status).verdict is verdict


def test_who_is_not_let_in_was_refused_before_the_mail():
    assert outcome("UnrecognizedClientException", status=403).stage is Stage.AUTH


def test_no_refusal_suppresses_an_address():
    """SES looks at no mailbox while it takes a mail."""
    assert not any(outcome(name).suppress for name in _MEANINGS)


def test_every_error_that_sendemail_has_stands_in_the_table():
    model = botocore.session.get_session().get_service_model("sesv2")
    errors = {shape.name for shape in model.operation_model("SendEmail").error_shapes}
    assert errors <= _MEANINGS.keys()
