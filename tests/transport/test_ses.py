"""SES gets each mail once, whatever becomes of the answer, and says what the account may do."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from pabal.domain.errors import MissingExtra
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome, Scope, Stage, Throttle, Verdict
from pabal.transport.errors import AccountNotRead, AwsLoginMissing, SesUnusable
from pabal.transport.port import Envelope
from pabal.transport.ses.account import read_account
from pabal.transport.ses.settings import SesSettings
from pabal.transport.ses.transport import SesTransport
from servers.ses import BROKEN, LOST_ANSWER, THROTTLED, Fault, Ses, an_account
from servers.ses_wire import aws_environment, running_ses

ALICE = "alice@customer.example"
MAIL = (b"From: Shop <news@shop.example>\r\n", b"Subject: x\r\n\r\n", b"hello\r\n")
DELIVERY = DeliveryId("0123456z-1")
IMPATIENT = SesSettings(read_timeout=0.3, connect_timeout=0.3, configuration_set="events")


@pytest.fixture
def ses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    account = an_account(tmp_path, in_sandbox=False, per_second=1000, per_day=1000)
    account.verify("shop.example")
    account.configuration_sets.add("events")
    with running_ses(account) as endpoint:
        set_environment(monkeypatch, aws_environment(sesv2=endpoint))
        yield account


def set_environment(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


async def submit(
    *mail: bytes, to: str = ALICE, settings: SesSettings = IMPATIENT, **envelope
) -> Outcome:
    transport = SesTransport(settings)
    try:
        return await transport.submit(
            Envelope(sender="b+x@bounce.shop.example", recipient=to, **envelope), mail or MAIL
        )
    finally:
        await transport.close()


async def test_a_mail_goes_with_its_tags_and_its_configuration_set(ses: Ses) -> None:
    events = []
    ses.publish = events.append
    outcome = await submit(delivery=DELIVERY)
    (mail,) = ses.mails
    assert mail.tags == {"campaign": "0123456z", "delivery": DELIVERY}
    assert mail.id in outcome.text
    assert [event["eventType"] for event in events] == ["Send", "Delivery"]
    assert {event["mail"]["messageId"] for event in events} == {mail.id}


async def test_the_feedback_id_is_set_by_tags(ses: Ses) -> None:
    """“SES: set the tags”: it writes a Feedback-ID of its own; two of its fields are ours (S14)."""
    ours = b"Feedback-ID: 0123456z:members.shop.example:advertising:shop.example\r\n"
    await submit(MAIL[0], ours, *MAIL[1:], b"Feedback-ID: a:b:c:d\r\n", delivery=DELIVERY)
    named = {name: value for name, value in ses.mails[0].tags.items() if name.startswith("ses:")}
    assert named == {
        "ses:feedback-id-a": "0123456z",
        "ses:feedback-id-b": "members-shop-example",
    }


async def test_the_from_header_stays_as_it_is(ses: Ses) -> None:
    """FromEmailAddress would replace it; so SES takes the sender from the mail."""
    await submit()
    assert ses.mails[0].source == "news@shop.example"
    assert ses.store.get(ses.store.page()[0].id).raw == b"".join(MAIL)


@pytest.mark.parametrize("takes", [True, False], ids=["taken", "not taken"])
async def test_a_late_answer_is_one_request_and_a_doubt(ses: Ses, takes: bool) -> None:
    """boto3 by itself would make three, and SES would send the mail as often."""
    ses.fail(ALICE, Fault(silent=0.6, takes=takes), always=True)
    outcome = await submit()
    assert outcome.verdict is Verdict.UNKNOWN
    assert ses.requests["SendEmail"] == 1
    assert len(ses.mails) == takes


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, LOST_ANSWER])
async def test_nothing_is_repeated_whatever_the_answer(ses: Ses, fault: Fault) -> None:
    ses.fail(ALICE, fault, always=True)
    await submit()
    assert ses.requests["SendEmail"] == 1


async def test_the_rate_of_the_account_is_a_throttle(ses: Ses) -> None:
    ses.per_second = 1
    transport = SesTransport(SesSettings(calls=4))
    outcomes = await asyncio.gather(
        *(transport.submit(Envelope(sender="", recipient=ALICE), MAIL) for _ in range(4))
    )
    await transport.close()
    assert [outcome.throttle for outcome in outcomes].count(Throttle.EVERYBODY) == 3
    assert len(ses.mails) == 1


async def test_a_quota_that_is_used_up_concerns_the_account(ses: Ses) -> None:
    ses.sent_before(1000)
    outcome = await submit()
    assert (outcome.verdict, outcome.scope) == (Verdict.PERMANENT, Scope.ACCOUNT)


async def test_a_paused_account_a_missing_set_and_an_unverified_sender_stop_all(ses: Ses) -> None:
    ses.is_paused = True
    paused = await submit()
    ses.is_paused = False
    unknown = await submit(settings=SesSettings(configuration_set="missing"))
    stranger = await submit(b"From: a@other.example\r\n\r\nx\r\n")
    assert [each.scope for each in (paused, unknown, stranger)] == [Scope.ACCOUNT] * 3
    assert ses.mails == []


async def test_the_sandbox_refuses_strangers_one_by_one(ses: Ses) -> None:
    ses.in_sandbox = True
    ses.verify(ALICE)
    assert (await submit()).verdict is Verdict.ACCEPTED
    refused = await submit(to="stranger@customer.example")
    assert (refused.verdict, refused.scope) == (Verdict.PERMANENT, Scope.ADDRESS)


async def test_a_server_that_is_not_there_has_got_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, aws_environment(sesv2="http://127.0.0.1:1"))
    outcome = await submit()
    assert (outcome.verdict, outcome.scope, outcome.stage) == (
        Verdict.TRANSIENT,
        Scope.ACCOUNT,
        Stage.CONNECT,
    )


async def test_an_address_that_ses_cannot_take_never_leaves(ses: Ses) -> None:
    """S5: SES does not support SMTPUTF8."""
    outcome = await submit(to="민수@customer.example", needs_smtputf8=True)
    assert (outcome.verdict, outcome.scope) == (Verdict.PERMANENT, Scope.ADDRESS)
    assert ses.requests["SendEmail"] == 0


async def test_who_has_no_credentials_is_told(ses: Ses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(AwsLoginMissing):
        await submit()


async def test_who_has_no_region_is_told(ses: Ses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(SesUnusable, match="region"):
        await submit()


async def test_calls_are_bounded(ses: Ses) -> None:
    """The fifth mail waits for one of four."""
    people = [f"r{n}@customer.example" for n in range(5)]
    for each in people:
        ses.fail(each, Fault(silent=0.5, takes=True))
    transport = SesTransport(SesSettings(calls=4, read_timeout=5))
    tasks = [
        asyncio.create_task(transport.submit(Envelope(sender="", recipient=each), MAIL))
        for each in people
    ]
    while ses.requests["SendEmail"] < 4:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert ses.requests["SendEmail"] == 4
    await asyncio.gather(*tasks)
    await transport.close()
    assert ses.requests["SendEmail"] == 5


def test_the_account_is_read_with_all_that_is_verified(ses: Ses) -> None:
    ses.in_sandbox, ses.per_day, ses.per_second = True, 200, 1
    ses.verify(*(f"r{n}@customer.example" for n in range(1_500)))
    ses.identities["pending@customer.example"] = False
    ses.sent_before(150)
    account = read_account(IMPATIENT)
    assert account.in_sandbox
    assert account.may_send
    assert (account.per_second, account.per_day, account.sent) == (1, 200, 150)
    assert len(account.verified) == 1_501
    assert account.is_verified("R7@customer.example")
    assert account.is_verified("anybody@mail.shop.example")
    assert not account.is_verified("pending@customer.example")


def test_an_account_without_a_quota_has_none(ses: Ses) -> None:
    """SESv2 API: Max24HourSend, "-1 signifies an unlimited quota"."""
    ses.per_day = -1
    assert read_account(IMPATIENT).quota is None


def test_an_account_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, aws_environment(sesv2="http://127.0.0.1:1"))
    with pytest.raises(AccountNotRead, match="does not say"):
        read_account(IMPATIENT)


def test_without_the_extra_the_error_names_it() -> None:
    script = (
        "import sys; sys.modules['boto3'] = None\n"
        "from pabal.transport.ses.settings import SesSettings, ses_client\n"
        "from pabal.domain.errors import MissingExtra\n"
        "try: ses_client(SesSettings(region='x'))\n"
        "except MissingExtra as error: print(error.advise())\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "pabal[aws]" in told.stdout, told.stderr
    assert MissingExtra.code == "missing-extra"
