"""The console here and the sending on AWS: its pages and its worker's rounds, against the stack."""

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from builders.aws_stack import eventually
from builders.campaigns import a_recipient
from builders.console import a_campaign, a_list, a_member, a_user
from pabal.cli.cloud_looks import looks_at_stack
from pabal.configuration.errors import SettingsRefused, StackNotNamed
from pabal.configuration.settings import Settings
from pabal.console.adapters import OrmArchive, OrmCampaignSource
from pabal.console.audience.editing import stop_by_hand
from pabal.console.audience.exchange import StopNote
from pabal.console.audience.joining import return_to_list
from pabal.console.audience.objecting import object_to_tracking, stop_objecting
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.drafting import mark_started
from pabal.console.campaigns.models import Campaign
from pabal.console.cloud import OrmHandovers, OrmReturns, OrmStopChanges
from pabal.domain.delivery import Happening, State
from pabal.domain.errors import Explained
from pabal.domain.identity import CampaignId, split_delivery_id
from pabal.domain.outcome import Outcome, Reply, Verdict
from pabal.domain.retry import Decision
from pabal.domain.suppression import list_scope
from pabal.domain.tracking import Tracking
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import Settlement
from pabal.message.source import Limits
from pabal.package.s3 import open_s3_store
from pabal.package.store import DirectoryStore
from pabal.pipeline.aws.handing_over import hand_over_waiting
from pabal.pipeline.aws.hearing import Heard, hear
from pabal.pipeline.aws.mirroring import mirror
from pabal.pipeline.steps.prepare import prepare
from pabal.pipeline.steps.retention import Retention, apply_retention
from servers.ses import LOST_ANSWER

pytestmark = [pytest.mark.timeout(300), pytest.mark.django_db]


SHOP = "https://shop.example/autumn"
NAMES = ("aws_table", "aws_bucket", "aws_state_machine", "aws_returns_queue")


@dataclass
class Console:
    """What somebody does in the pages, and what the worker beside them does in a round."""

    stack: object
    client: Client

    def start(self, campaign: Campaign) -> None:
        prepared = prepare(
            campaign.campaign_id,
            source=OrmCampaignSource(),
            store=open_s3_store(self.stack.outputs["Bucket"]),
            limits=Limits(),
            now=timezone.now(),
        )
        assert mark_started(campaign, digest=prepared.manifest.digest, now=timezone.now())
        self.hand_over()

    def hand_over(self) -> int:
        return hand_over_waiting(OrmHandovers(), elsewhere.remote(), now=timezone.now())

    def listen(self) -> Heard:
        return hear(elsewhere.remote().returns(long_poll=0), OrmReturns(), now=timezone.now())

    def tell(self) -> int:
        ledger = elsewhere.remote().ledger
        return mirror(OrmStopChanges(), ledger, holder="worker-1", clock=timezone.now)

    def page(self, path: str) -> str:
        response = self.client.get(path)
        assert response.status_code == 200, response.content.decode()
        return response.content.decode()


@pytest.fixture
def console(stack, settings, db):
    names = {
        "pipeline": "aws",
        "transport": "ses",
        "aws_table": stack.outputs["Table"],
        "aws_bucket": stack.outputs["Bucket"],
        "aws_state_machine": stack.outputs["StateMachine"],
        "aws_returns_queue": stack.outputs["ReturnsQueue"],
    }
    settings.PABAL = settings.PABAL.model_copy(update=names)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    client = Client()
    client.force_login(a_user())
    stack.messages("ReturnsQueue")  # what other campaigns have left
    with stack.environment():
        yield Console(stack, client)


def unsubscribe_path(stack, campaign, subscriber):
    """Where the link in somebody's mail leads, on the host of the functions."""
    return urlsplit(stack.links.unsubscribe(f"{campaign.pk}-{subscriber.key}")).path


@pytest.fixture
def slow(stack):
    """The account may send three mails a second."""
    before, stack.ses.per_second = stack.ses.per_second, 3
    yield
    stack.ses.per_second = before


def leave_by_link(stack, campaign, subscriber):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = unsubscribe_path(stack, campaign, subscriber)
    answer = stack.ask("POST", path, b"List-Unsubscribe=One-Click", signed=False, headers=form)
    assert answer == (200, "unsubscribed\n")


def test_a_campaign_of_the_console_is_sent_on_aws_and_read_in_its_pages(console, stack, slow):
    """Paused in the middle: one leaves by a link while nobody listens here, one by telephone."""
    news = a_list()
    people = [a_member(news, f"p{n}@customer.example") for n in range(11)]
    campaign = a_campaign(news)
    home = f"/campaigns/{campaign.pk}/"
    console.start(campaign)
    assert eventually(lambda: stack.ses.mails)
    console.client.post(f"{home}pause/")
    assert 'id="resume"' in console.page(f"{home}live/")
    by_link, by_phone = those_who_wait(stack, campaign, people)[:2]

    leave_by_link(stack, campaign, by_link)
    asked = {"leave-list": news.pk, "leave-source": "전화"}
    console.client.post(f"/subscribers/{by_phone.pk}/leave/", asked)
    assert console.tell() == 1
    console.client.post(f"{home}resume/")
    page = console.page(f"{home}live/")
    assert "발송 중" in page
    assert "초당" in page
    assert by_link.memberships.get().status == "subscribed", "nobody has listened yet"
    stack.put("ReturnsQueue", '{"kind": "rumour"}')

    assert stack.end_of(campaign.pk)["status"] == "SUCCEEDED"
    assert not [one for one in (by_link, by_phone) if stack.ses.sent_to(one.email)]
    reader = next(one for one in people if stack.ses.sent_to(one.email))
    it_is_heard_who_left_and_what_ended(console, campaign, by_link)
    its_pages_say_what_became_of_it(console, campaign, by_link, reader)
    who_comes_back_is_let_in_there_too(console, news, by_link)


def those_who_wait(stack, campaign, people):
    waiting = stack.ledger.deliveries(campaign.pk, state=State.QUEUED)
    keys = {split_delivery_id(each.id)[1] for each in waiting}
    return [one for one in people if one.key in keys]


def it_is_heard_who_left_and_what_ended(console, campaign, leaver):
    heard = Heard()
    while heard.applied < 2:
        more = console.listen()
        heard.applied, heard.refused = heard.applied + more.applied, heard.refused + more.refused
    assert heard.refused == 1
    [dead] = console.stack.messages("DeadReturnsQueue")
    assert dead["Body"] == '{"kind": "rumour"}'
    assert "kind" in dead["MessageAttributes"]["reason"]["StringValue"]
    assert console.stack.count("ReturnsQueue") == 0
    last = leaver.consents.order_by("pk").last()
    assert (last.action, last.purpose, last.source) == (
        "withdrawn",
        list_scope(campaign.list_id),
        "one-click",
    )
    campaign.refresh_from_db()
    assert (campaign.status, campaign.explanation) == ("ended", "")


def its_pages_say_what_became_of_it(console, campaign, leaver, reader):
    home = f"/campaigns/{campaign.pk}/"
    assert "발송 완료" in console.page(home)
    assert "CloudWatch" in console.page(f"{home}spread/")
    rows = console.page(f"{home}deliveries/?state=skipped")
    assert leaver.email in rows
    assert reader.email not in rows
    assert reader.email in console.page(f"{home}deliveries/?q={reader.email}")
    assert "건너뜀" in console.page(f"{home}deliveries/{campaign.pk}-{leaver.key}/")
    assert len(console.client.get(f"{home}export/").getvalue().splitlines()) == 12
    profile = console.page(f"/subscribers/{reader.pk}/")
    assert campaign.name in profile
    assert f"{campaign.pk}-{reader.key}" in profile
    for page in ("/", "/campaigns/", f"/campaigns/compare/?id={campaign.pk}"):
        assert campaign.name in console.page(page)


def who_comes_back_is_let_in_there_too(console, news, leaver):
    ledger, scope = elsewhere.ledger(), list_scope(news.pk)
    console.tell()  # what was heard
    assert leaver.address in ledger.suppressions([leaver.address], [scope])
    return_to_list(leaver, news, source="preferences page", wording="동의", now=timezone.now())
    assert console.tell() == 1
    assert not ledger.suppressions([leaver.address], [scope])
    assert not StopNote.objects.exists()


def test_a_schedule_waits_there_and_can_be_taken_back(console, stack):
    news = a_list()
    a_member(news)
    campaign = a_campaign(news)
    campaign.scheduled_at = timezone.now() + timedelta(days=1)
    campaign.save()
    console.start(campaign)
    assert console.hand_over() == 0, "it is there already"
    assert execution(stack, campaign.pk)["status"] == "RUNNING"
    assert "예약" in console.page(f"/campaigns/{campaign.pk}/")

    console.client.post(f"/campaigns/{campaign.pk}/take-back/")
    assert execution(stack, campaign.pk)["status"] == "ABORTED"
    campaign.refresh_from_db()
    assert (campaign.status, campaign.is_on_aws) == ("draft", False)

    campaign.scheduled_at = None
    campaign.save()
    console.start(campaign)
    assert stack.end_of(campaign.pk, name=f"{campaign.pk}-2")["status"] == "SUCCEEDED"


def test_what_is_sent_again_by_hand_is_sent_there_though_the_campaign_had_ended(console, stack):
    news = a_list()
    person = a_member(news, "d0@customer.example")
    campaign = a_campaign(news)
    stack.ses.fail(person.email, LOST_ANSWER)
    console.start(campaign)
    assert stack.end_of(campaign.pk)["status"] == "SUCCEEDED"
    assert stack.ledger.counts(campaign.pk) == {State.DOUBTFUL: 1}
    name = f"{campaign.pk}-{person.key}"
    console.client.post(f"/campaigns/{campaign.pk}/deliveries/{name}/settle/", {"found": "again"})
    assert console.listen().applied == 1  # its first end, which is not so any more
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.STARTED
    assert console.hand_over() == 1
    assert stack.end_of(campaign.pk, name=f"{campaign.pk}-2")["status"] == "SUCCEEDED"
    assert console.listen().applied == 1
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.ENDED
    assert stack.ledger.counts(campaign.pk) == {State.SENT: 1}
    assert len(stack.ses.sent_to(person.email)) == 2


def test_what_is_cancelled_before_it_has_begun_sends_nothing(console, stack):
    """Cancelling is one write to the ledger there, and needs no answer of the state machine."""
    news = a_list()
    a_member(news, "q0@customer.example")
    campaign = a_campaign(news)
    console.start(campaign)
    console.client.post(f"/campaigns/{campaign.pk}/cancel/")
    assert stack.end_of(campaign.pk)["status"] == "SUCCEEDED"
    assert "q0@customer.example" in console.page(
        f"/campaigns/{campaign.pk}/deliveries/?state=cancelled"
    )
    assert not stack.ses.sent_to("q0@customer.example")


def test_where_aws_does_not_answer_pages_say_so_and_nothing_is_lost(console, settings, monkeypatch):
    news = a_list()
    person, campaign = a_member(news), a_campaign(news)
    settings.PABAL = settings.PABAL.model_copy(update={"aws_table": "out-of-reach"})
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    Campaign.objects.filter(pk=campaign.pk).update(is_on_aws=True, status="started")
    response = console.client.get(f"/campaigns/{campaign.pk}/")
    assert response.status_code == 503
    assert "127.0.0.1:9" in response.content.decode()
    for page in ("/", "/campaigns/", f"/subscribers/{person.pk}/"):
        assert "AWS에서 보낸 것은 여기에 표시되지 않습니다" in console.page(page)
    stop_by_hand(person, detail="asked by phone", now=timezone.now())
    with pytest.raises(LedgerUnavailable):
        console.tell()
    assert StopNote.objects.count() == 1


def test_what_cannot_be_handed_over_waits_and_its_page_says_why(console, settings):
    news = a_list()
    a_member(news)
    campaign, there = a_campaign(news), settings.PABAL
    nowhere = f"{there.aws_state_machine}-of-nobody"
    settings.PABAL = there.model_copy(update={"aws_state_machine": nowhere})
    console.start(campaign)
    page = console.page(f"/campaigns/{campaign.pk}/live/")
    assert "AWS에 아직 이 캠페인이 없습니다" in page
    assert "StateMachineDoesNotExist" in page
    settings.PABAL = there
    assert console.hand_over() == 1
    assert "AWS에 아직" not in console.page(f"/campaigns/{campaign.pk}/live/")


def test_a_campaign_is_not_started_where_nobody_says_where(console, settings):
    news = a_list()
    a_member(news)
    settings.PABAL = settings.PABAL.model_copy(update={"aws_bucket": ""})
    campaign = a_campaign(news)
    Campaign.objects.filter(pk=campaign.pk).update(prepared_digest="0" * 64)
    with pytest.raises(StackNotNamed) as refused:
        mark_started(campaign, digest="0" * 64, now=timezone.now())
    assert "PABAL_AWS_BUCKET" in refused.value.explain()
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def execution(stack, name):
    arn = stack.outputs["StateMachine"].replace(":stateMachine:", ":execution:")
    return stack.client("stepfunctions").describe_execution(executionArn=f"{arn}:{name}")


def test_what_readers_do_is_shown_with_machines_apart_until_they_object(
    console, stack, settings, tmp_path
):
    """Also where links lead to this console's own pages: it is recorded there."""
    stack.share_keys(tmp_path)
    settings.PABAL = settings.PABAL.model_copy(update={"tracking": Tracking.ON, "home": tmp_path})
    news = a_list()
    reader = a_member(news, "r0@customer.example")
    campaign = a_campaign(news)
    console.start(campaign)
    assert stack.end_of(campaign.pk)["status"] == "SUCCEEDED"
    link, image = tracked_paths(stack, reader)
    there = {"User-Agent": "Mozilla/5.0"}
    assert stack.ask("GET", image, signed=False, headers=there)[0] == 200
    assert console.client.get(link, headers=there)["Location"] == SHOP

    page = console.page(f"/campaigns/{campaign.pk}/")
    assert figures(page, "열람") == ["0", "0.00%", "0", "1"]
    assert figures(page, "클릭") == ["0", "0.00%", "0", "1"]
    assert figures(page, f'<span class="address">{SHOP}</span>') == ["0", "1"]
    name = f"{campaign.pk}-{reader.key}"
    assert SHOP in console.page(f"/campaigns/{campaign.pk}/deliveries/{name}/")

    object_to_tracking(reader, now=timezone.now())
    assert console.tell() == 1
    assert not elsewhere.hits(name)
    assert stack.ask("GET", image, signed=False, headers=there)[0] == 200
    assert console.client.get(link, headers=there)["Location"] == SHOP
    assert not elsewhere.hits(name)
    assert figures(console.page(f"/campaigns/{campaign.pk}/"), "열람")[-1] == "1", "counted apart"

    stop_objecting(reader)
    assert console.tell() == 1
    stack.ask("GET", image, signed=False, headers=there)
    assert elsewhere.hits(name)


def test_an_objection_made_on_a_page_there_is_heard_here(console, stack):
    reader = a_member(a_list())
    told = {"delivery": f"0c1earer-{reader.key}", "at": timezone.now().isoformat()}
    for _time in range(2):
        stack.put("ReturnsQueue", json.dumps({"kind": "objected", **told}))
    assert console.listen().applied == 2
    reader.refresh_from_db()
    assert reader.objected_at is not None


def test_what_was_said_long_ago_is_forgotten_there_too(console, stack, tmp_path):
    campaign = CampaignId("0f0rget0")
    long_ago = timezone.now() - timedelta(days=3)
    person = a_recipient(number=950, position=0)
    stack.open(stack.prepare([person], id=campaign), [person])
    refused(stack.ledger, campaign, "550 5.1.1 r950@customer.example is unknown", at=long_ago)
    assert "r950" in stack.ledger.delivery(person.delivery(campaign)).last
    forgotten = apply_retention(
        Retention(packages=None, mails=None, replies=timedelta(days=1)),
        archive=OrmArchive(),
        ledger=joined_ledger(),
        store=DirectoryStore(tmp_path),
        mailbox=None,
        there=elsewhere.ledger(),
        now=timezone.now(),
    )
    assert forgotten.replied_until == 0, "of the ledger here"
    assert "r950" not in stack.ledger.delivery(person.delivery(campaign)).last
    assert "r950" not in str(stack.ledger.history(person.delivery(campaign)))


def refused(ledger, campaign, text, *, at):
    ledger.heartbeat("earlier", until=at + timedelta(minutes=1))
    claimed = ledger.claim(campaign, worker="earlier", limit=1, now=at)
    [attempt] = ledger.begin([claimed[0].delivery], worker="earlier", now=at).attempts
    outcome = Outcome(
        verdict=Verdict.PERMANENT, reply=Reply(code=550, enhanced="5.1.1", text=text), text=text
    )
    ended = Decision(happening=Happening.REFUSED)
    ledger.settle([Settlement(attempt=attempt, outcome=outcome, decision=ended, at=at)])


def tracked_paths(stack, person):
    """The link and the image of somebody's mail, as paths."""
    [sent] = stack.ses.sent_to(person.email)
    raw = stack.ses.store.get(sent.id.removeprefix("0c00").removesuffix("-000000")).raw
    html = message_from_bytes(raw, policy=policy.default).get_body(["html"]).get_content()
    found = re.findall(r"https://mail\.shop\.example(/[co]/[^\"]+)", html)
    return sorted(set(found))


def figures(page, row):
    """The numbers in a row of a report's table, by the row's head."""
    [cells] = re.findall(rf'<th scope="row">{re.escape(row)}</th>(.*?)</tr>', page)
    return re.findall(r">([^<]+)</td>", cells)


# By commands


def test_commands_send_by_the_stack_and_read_its_ledger(stack, tmp_path):
    """`pabal worker` runs beside them and listens."""
    stack.messages("ReturnsQueue")
    there = stack.console(tmp_path / "home")
    campaign = there.with_campaign(3)
    with running(there, "worker", log=tmp_path / "worker.log"):
        there.run("campaign", "send", campaign)
        report = there.ask("campaign", "report", campaign)
        assert {state: n for state, n in report["counts"].items() if n} == {"sent": 3}
        why = there.run("why", "c1@example.com")
        assert campaign in why
        assert "accepted" in why
        assert eventually(lambda: not stack.count("ReturnsQueue"), between=1)
    [listed] = there.ask("campaign", "list")
    assert listed["state"] == "Ended", (tmp_path / "worker.log").read_text()


@contextmanager
def running(installation, *arguments, log):
    process = installation.start(*arguments, log=log)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()


# What the doctor says


def test_the_doctor_finds_each_part_or_says_which_is_not_there(console, settings):
    looks = dict(looks_at_stack(settings.PABAL))
    assert looks["DynamoDB"]() == settings.PABAL.aws_table
    assert looks["S3"]() == settings.PABAL.aws_bucket
    assert looks["Step Functions"]() in settings.PABAL.aws_state_machine
    assert looks["SQS"]() in settings.PABAL.aws_returns_queue
    assert looks["on their way to AWS"]() == "0 campaigns, 0 suppressions"
    nobody = {name: f"{getattr(settings.PABAL, name)}-of-nobody" for name in NAMES}
    settings.PABAL = settings.PABAL.model_copy(update=nobody)
    looks = dict(looks_at_stack(settings.PABAL))
    for part in ("DynamoDB", "S3", "Step Functions", "SQS"):
        with pytest.raises(Explained):
            looks[part]()


def test_the_doctor_names_what_is_not_set():
    named, look = next(iter(looks_at_stack(Settings(pipeline="aws", aws_table="table"))))
    assert named == "pipeline on AWS"
    with pytest.raises(StackNotNamed) as refused:
        look()
    names = "PABAL_AWS_BUCKET, PABAL_AWS_STATE_MACHINE, PABAL_AWS_RETURNS_QUEUE"
    assert names in refused.value.explain()


def test_aws_submits_by_ses_alone():
    there = dict.fromkeys(
        ("aws_table", "aws_bucket", "aws_state_machine", "aws_returns_queue"), "x"
    )
    assert Settings(pipeline="aws", transport="ses", **there).stack().table == "x"
    with pytest.raises(SettingsRefused, match="PABAL_TRANSPORT"):
        Settings(pipeline="aws", transport="smtp", **there).stack()


def states(there):
    return [{"state": each["state"]} for each in there.ask("campaign", "list")]
