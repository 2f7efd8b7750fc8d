"""What is behind the links of a mail on AWS: pages for leaving, tracked links and images."""

import json
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from builders.aws_stack import eventually
from builders.campaigns import a_recipient
from pabal.domain.delivery import Happening
from pabal.domain.engagement import ANY_LINK, Actor, Sign
from pabal.domain.event import EventKind
from pabal.domain.outcome import Outcome, Verdict
from pabal.domain.retry import Decision
from pabal.domain.suppression import EVERYTHING
from pabal.domain.token import Purpose
from pabal.domain.tracking import Tracking
from pabal.ledger.port import Settlement
from pabal.pipeline.aws import public, tracked
from pabal.pipeline.aws.wiring import workshop_of
from servers import ses_events
from servers.ses_events import SentMail

pytestmark = pytest.mark.timeout(300)

SHOP = "https://shop.example/autumn"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18 Safari/605.1"
APPLE = "Mozilla/5.0"
OPEN, CLICK = EventKind.OPENED, EventKind.CLICKED
PEOPLE = [a_recipient(number=700 + n, position=n) for n in range(8)]
READER, MACHINE, ASKER, OBJECTOR, ERASED, LEAVER, CHOOSER, SES_READER = PEOPLE
CAMPAIGN, CLICKS_ALONE = "0seen000", "0c11cks0"


@pytest.fixture(scope="module", autouse=True)
def sent(stack):
    """Mails that were sent an hour ago: what comes sooner is no person's."""
    for campaign, tracking in ((CAMPAIGN, Tracking.ON), (CLICKS_ALONE, Tracking.CLICKS)):
        manifest = stack.prepare(PEOPLE, id=campaign, scopes=("all", "list:7"), tracking=tracking)
        prepared(stack, manifest)
        stack.open(manifest, PEOPLE)
        accepted(stack.ledger, campaign, at=datetime.now(UTC) - timedelta(hours=1))


def prepared(stack, manifest):
    """The step that opens a campaign, alone."""
    functions = stack.client("lambda")
    names = (each["FunctionName"] for each in functions.list_functions()["Functions"])
    [name] = [each for each in names if "PrepareFunction" in each]
    start = {"campaign": manifest.plan.id, "digest": manifest.digest}
    told = functions.invoke(FunctionName=name, Payload=json.dumps(start).encode())
    assert json.loads(told["Payload"].read())["verdict"] == "go"


def accepted(ledger, campaign, *, at):
    worker = f"earlier-{campaign}"
    ledger.heartbeat(worker, until=at + timedelta(minutes=1))
    claimed = ledger.claim(campaign, worker=worker, limit=100, now=at)
    begun = ledger.begin([each.delivery for each in claimed], worker=worker, now=at)
    ledger.settle(
        [
            Settlement(
                attempt=attempt,
                outcome=Outcome(verdict=Verdict.ACCEPTED, text="ok"),
                decision=Decision(happening=Happening.ACCEPTED),
                at=at,
            )
            for attempt in begun.attempts
        ]
    )


def visit(stack, path, *, method="GET", agent=SAFARI, form=None, language="ko"):
    """Ask the HTTP API as a browser does; no redirect is followed."""
    place = urlsplit(stack.emulator.endpoint)
    connection = HTTPConnection(place.hostname, place.port, timeout=30)
    headers = {
        "Host": urlsplit(stack.outputs["Api"]).netloc,
        "User-Agent": agent,
        "Accept-Language": language,
        **({"Content-Type": "application/x-www-form-urlencoded"} if form else {}),
    }
    connection.request(method, path, body=urlencode(form) if form else None, headers=headers)
    answer = connection.getresponse()
    told = answer.status, answer.headers, answer.read()
    connection.close()
    return told


def path_of(stack, purpose, person, campaign=CAMPAIGN):
    return f"/{purpose.value.decode()}/{stack.links.keys.sign(purpose, person.delivery(campaign))}"


def link_of(stack, person, number=1, campaign=CAMPAIGN):
    return f"/c/{stack.links.seal(person.delivery(campaign))}/{number}"


def image_of(stack, person, campaign=CAMPAIGN):
    return f"/o/{stack.links.seal(person.delivery(campaign))}"


def hits_of(stack, person, campaign=CAMPAIGN):
    found = stack.ledger.hits(person.delivery(campaign))
    return [(each.kind, each.link, each.sign, each.times) for each in found]


# Opens and clicks


def test_a_click_leads_on_and_is_kept_as_a_persons(stack):
    for _time in range(2):
        status, headers, _body = visit(stack, link_of(stack, READER))
        assert (status, headers["Location"]) == (302, SHOP)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert hits_of(stack, READER) == [(CLICK, 1, Sign.BROWSER, 2)]


def test_an_image_that_a_machine_fetched_is_counted_apart(stack):
    status, headers, body = visit(stack, image_of(stack, MACHINE), agent=APPLE)
    assert (status, headers["Content-Type"]) == (200, "image/gif")
    assert body.startswith(b"GIF89a")
    assert hits_of(stack, MACHINE) == [(OPEN, ANY_LINK, Sign.APPLE, 1)]
    counts = stack.ledger.hit_counts(CAMPAIGN)
    assert counts[OPEN, ANY_LINK, Actor.MACHINE] == 1
    assert (OPEN, ANY_LINK, Actor.PERSON) not in counts


def test_asking_without_fetching_is_answered_and_does_not_count(stack):
    status, headers, _ = visit(stack, link_of(stack, ASKER), method="HEAD")
    assert (status, headers["Location"]) == (302, SHOP)
    assert visit(stack, image_of(stack, ASKER), method="HEAD")[0] == 200
    assert visit(stack, link_of(stack, ASKER), method="POST")[0] == 405
    assert {sign for _, _, sign, _ in hits_of(stack, ASKER)} == {Sign.HEAD}


def test_what_we_did_not_make_leads_nowhere(stack):
    """No link holds where it leads, so nobody can exchange that."""
    good = link_of(stack, LEAVER)
    leaving = path_of(stack, Purpose.UNSUBSCRIBE, LEAVER).removeprefix("/u/")
    gone = stack.links.seal("0n0where-1")
    for path in (
        f"{good[:-4]}{good[-2:]}",
        f"{good[:-1]}2",
        f"{good[:-1]}0",
        f"{good[:-1]}-1",
        f"{good[:-1]}{'9' * 30}",
        f"/c/{'A' * 3000}/1",
        "/c/https:%2F%2Fevil.example/1",
        f"/c/{leaving}/1",
        f"/c/{gone}/1",
    ):
        status, headers, body = visit(stack, path)
        assert (status, "Location" in headers) == (404, False), path
        assert LEAVER.address.identity.encode() not in body
    assert visit(stack, f"/u/{stack.links.seal(LEAVER.delivery(CAMPAIGN))}")[0] == 404
    real, forged = visit(stack, image_of(stack, ASKER), agent=APPLE), visit(stack, "/o/forged")
    assert (forged[0], forged[2]) == (real[0], real[2])
    assert not hits_of(stack, LEAVER)


def test_what_the_campaign_did_not_track_is_not_recorded(stack):
    """Whoever knows one address of a mail can make up the other."""
    assert visit(stack, image_of(stack, READER, CLICKS_ALONE))[0] == 200
    assert not hits_of(stack, READER, CLICKS_ALONE)


@pytest.mark.parametrize("allowed", ["", "opens"])
def test_where_the_installation_records_none_links_lead_on(stack, allowed):
    seal = stack.links.seal(READER.delivery(CLICKS_ALONE))
    event = {"pathParameters": {"token": seal, "number": "1"}, "headers": {"user-agent": SAFARI}}
    with stack.environment():
        parts = workshop_of(surroundings(stack, PABAL_TRACKING=allowed))
        answer = tracked.click(event, "GET", parts)
    assert answer["headers"]["Location"] == SHOP
    assert not hits_of(stack, READER, CLICKS_ALONE)


def surroundings(stack, **more):
    names = {"TABLE": "Table", "BUCKET": "Bucket", "KEYS_SECRET": "Keys"}
    told = {f"PABAL_AWS_{name}": stack.outputs[output] for name, output in names.items()}
    return {**told, "PABAL_BASE_URL": "https://unused.invalid", **more}


def test_links_of_somebody_who_was_erased_lead_on_unseen(stack):
    now = datetime.now(UTC)
    stack.ledger.erase(ERASED.address.identity, "erased:701", now=now)
    assert visit(stack, link_of(stack, ERASED))[1]["Location"] == SHOP
    visit(stack, image_of(stack, ERASED))
    assert not hits_of(stack, ERASED)


def test_what_ses_itself_tells_of_readers_is_kept_where_they_allow_it(stack):
    """Only for a configuration set whose owner asked SES for it; the template does not."""
    before = stack.ledger.hit_counts(CAMPAIGN).get((OPEN, ANY_LINK, Actor.MACHINE), 0)
    for person in (SES_READER, ERASED):
        told = {"timestamp": ses_events.stamp(), "userAgent": APPLE, "ipAddress": "192.0.2.77"}
        stack.tell(ses_events.an_event("Open", a_mail_to(person), told))
    eventually(lambda: stack.ledger.events(SES_READER.delivery(CAMPAIGN)))
    eventually(lambda: stack.ledger.events(ERASED.delivery(CAMPAIGN)))
    assert hits_of(stack, SES_READER) == [(OPEN, ANY_LINK, Sign.APPLE, 1)]
    assert stack.ledger.hit_counts(CAMPAIGN)[OPEN, ANY_LINK, Actor.MACHINE] == before + 1
    assert not hits_of(stack, ERASED)
    [event] = stack.ledger.events(ERASED.delivery(CAMPAIGN))
    assert event.kind is EventKind.DELIVERED
    assert "192.0.2.77" not in str(items_of(stack, SES_READER))


def a_mail_to(person):
    return SentMail(
        id=f"0c00{person.key}-000000",
        source="news@shop.example",
        recipients=(person.address.wire,),
        tags={"delivery": person.delivery(CAMPAIGN)},
        configuration_set="pabal-mails",
        at=datetime.now(UTC),
    )


def items_of(stack, person):
    key = {":pk": {"S": f"D#{person.delivery(CAMPAIGN)}"}}
    found = stack.client("dynamodb").query(
        TableName=stack.outputs["Table"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues=key,
    )
    return found["Items"]


# Pages


def test_a_mail_is_shown_as_a_page_to_whom_it_went(stack):
    status, headers, body = visit(stack, path_of(stack, Purpose.WEB_VIEW, READER))
    assert status == 200
    assert "sandbox" in headers["Content-Security-Policy"]
    page = body.decode()
    assert "고객700님, 가을 신상품이 나왔습니다." in page
    assert link_of(stack, READER) in page, "as it was sent"
    assert stack.links.unsubscribe(READER.delivery(CAMPAIGN)) in page
    other = stack.links.seal(READER.delivery(CAMPAIGN))
    assert visit(stack, f"/w/{other}")[0] == 404
    assert visit(stack, path_of(stack, Purpose.WEB_VIEW, ERASED))[0] == 404


def test_a_mail_whose_package_is_not_kept_any_more_is_gone(stack):
    [person] = people = [a_recipient(number=790, position=0)]
    manifest = stack.prepare(people, id="0g0ne000")
    prepared(stack, manifest)
    stack.open(manifest, people)
    home = f"packages/0g0ne000/{manifest.digest}/manifest.json"
    stack.client("s3").delete_object(Bucket=stack.outputs["Bucket"], Key=home)
    status, _, body = visit(stack, path_of(stack, Purpose.WEB_VIEW, person, "0g0ne000"))
    assert (status, "보관되어 있지 않습니다" in body.decode()) == (410, True), body.decode()


def test_the_page_for_leaving_names_the_list_and_who_sends(stack):
    path = path_of(stack, Purpose.UNSUBSCRIBE, LEAVER)
    for _looked in range(2):
        status, headers, body = visit(stack, path)
    page = body.decode()
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    for said in (
        "파발상점 고객",
        LEAVER.address.identity,
        "수신 거부 (Unsubscribe)",
        "02-1234-5678",
    ):
        assert said in page
    assert "no more mail from “파발상점 고객”" in visit(stack, path, language="en")[2].decode()
    assert not stack.ledger.suppressions([LEAVER.address.identity], ["list:7"]), "it was looked at"
    status, _, body = visit(stack, path, form={"action": "leave"}, method="POST")
    assert (status, "파발상점 고객" in body.decode()) == (200, True)
    stop = stack.ledger.suppressions([LEAVER.address.identity], ["list:7"])[LEAVER.address.identity]
    assert (stop.scope, stop.detail) == ("list:7", "confirm page")
    assert "수신 거부" in visit(stack, path)[2].decode()


def test_leaving_does_not_wait_for_a_name(stack):
    """What the page names is in S3; who leaves is written to the ledger."""
    path = path_of(stack, Purpose.UNSUBSCRIBE, MACHINE)
    event = {
        "rawPath": path,
        "pathParameters": {"token": path.removeprefix("/u/")},
        "requestContext": {"http": {"method": "POST"}},
        "body": "List-Unsubscribe=One-Click",
    }
    told = {"BUCKET": "out-of-reach", "RETURNS_QUEUE": stack.outputs["ReturnsQueue"]}
    with stack.environment():
        more = {f"PABAL_AWS_{name}": value for name, value in told.items()}
        answer = public.answer(event, "ko", workshop_of(surroundings(stack, **more)))
    assert answer["statusCode"] == 200
    assert stack.ledger.suppressions([MACHINE.address.identity], ["list:7"])


def test_the_preferences_page_offers_the_list_everything_and_not_to_be_recorded(stack):
    path = path_of(stack, Purpose.PREFERENCES, CHOOSER)
    page = visit(stack, path)[2].decode()
    assert "‘파발상점 고객’ 메일 그만 받기" in page
    assert "무엇을 클릭했는지 기록하지 마세요" in page
    assert visit(stack, path, form={"action": "nothing"}, method="POST")[0] == 400
    visit(stack, path, form={"action": "leave"}, method="POST")
    page = visit(stack, path)[2].decode()
    assert "메일 그만 받기" not in page
    assert "leave everything" in page
    visit(stack, path, form={"action": "leave everything"}, method="POST")
    stop = stack.ledger.suppressions([CHOOSER.address.identity], [EVERYTHING])
    assert stop[CHOOSER.address.identity].scope == EVERYTHING
    assert "object" not in visit(stack, path)[2].decode()


def test_who_objects_is_forgotten_and_goes_on_unseen(stack):
    stack.messages("ReturnsQueue")
    visit(stack, link_of(stack, OBJECTOR))
    assert hits_of(stack, OBJECTOR)
    path = path_of(stack, Purpose.PREFERENCES, OBJECTOR)
    visit(stack, path, form={"action": "object"}, method="POST")
    assert not hits_of(stack, OBJECTOR)
    assert visit(stack, link_of(stack, OBJECTOR))[1]["Location"] == SHOP
    assert not hits_of(stack, OBJECTOR)
    page = visit(stack, path)[2].decode()
    assert 'value="object"' not in page
    assert 'value="leave"' in page, "mails come as before"
    told = [json.loads(each["Body"]) for each in stack.messages("ReturnsQueue")]
    assert [(each["kind"], each["delivery"]) for each in told] == [
        ("objected", OBJECTOR.delivery(CAMPAIGN))
    ]


def test_a_link_for_leaving_lets_nobody_object(stack):
    """It is forwarded and shown around; what it can do is what its reader expects of it."""
    path = path_of(stack, Purpose.UNSUBSCRIBE, READER)
    assert visit(stack, path, form={"action": "object"}, method="POST")[0] == 400
    assert hits_of(stack, READER)
