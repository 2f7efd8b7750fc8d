"""The database finds exactly those whom the same question in Python finds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.console import (
    ACCEPTED,
    NO_MAILBOX,
    a_campaign,
    a_list,
    a_subscriber,
    settled,
    started,
)
from builders.console import NOW as USUAL_START
from console.segments.hits import keep_hits, some_hits
from console.segments.plainly import Person, fits
from pabal.console.audience.conditions import (
    TESTS,
    WITH_DAYS,
    About,
    Condition,
    Group,
    Kind,
    Match,
    Segmentation,
    Test,
    from_json,
    to_json,
)
from pabal.console.audience.models import List, Membership, Subscriber, Topic, TopicChoice
from pabal.console.campaigns.errors import HitsUnknown
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.console.segments.activity import activity
from pabal.console.segments.compiling import matching
from pabal.domain.engagement import Hits

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # the 25th in Seoul
ZONE = ZoneInfo(django_settings.TIME_ZONE)
TODAY = date(2026, 11, 25)

_NAMES = ("grade", "등급")
_LETTERS = st.text(st.sampled_from("aAzZ%_'\"\\*?[]^-.0 가ß"), max_size=3)
_NUMBERS = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.decimals(-99, 99, places=2).map(str),
    st.sampled_from(
        [
            "0.1",
            "0.30",
            "1.",
            ".5",
            "1e3",
            "--1",
            "-",
            "1.2.3",
            "٣",
            "9" * 16,
            "9" * 17,
            "12345678901234.5",
            "-0",
            "007",
        ]
    ),
)
_DAYS = st.dates(TODAY - timedelta(days=40), TODAY + timedelta(days=40)).map(date.isoformat)
_VALUES = st.one_of(
    _LETTERS,
    _NUMBERS,
    _DAYS,
    _DAYS.map(lambda day: f"{day}T09:00"),
    st.sampled_from(
        ["Y", "no", "예", "아니오", "2026-13-99", "2026-1-1", "0000-00-00", "9999-99-99x"]
    ),
)
_MOMENTS = st.datetimes(
    NOW.replace(tzinfo=None) - timedelta(days=40),
    NOW.replace(tzinfo=None) + timedelta(days=40),
    timezones=st.just(UTC),
)


@st.composite
def _conditions(draw: st.DrawFn) -> Condition:
    about = draw(st.sampled_from(About))
    kinds = {
        About.ATTRIBUTE: (Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.TRUTH),
        About.CONSENT: (Kind.DATE,),
        About.ADDED: (Kind.DATE,),
    }
    kind = draw(st.sampled_from(kinds.get(about) or (Kind(about.value),)))
    test = draw(st.sampled_from(TESTS[kind]))
    keys = {
        About.ATTRIBUTE: st.sampled_from((*_NAMES, "absent")),
        About.LIST: st.sampled_from(["1", "2", "99"]),
        About.TOPIC: st.sampled_from(["1", "99"]),
        About.CAMPAIGN: st.sampled_from(["00000001", "zzzzzzzz"]),
    }
    typed = {
        Kind.TEXT: _VALUES.filter(bool),
        Kind.NUMBER: st.one_of(st.integers(-1000, 1000), st.decimals(-99, 99, places=2)).map(str),
        Kind.DATE: st.integers(0, 50).map(str) if test in WITH_DAYS else _DAYS,
        Kind.LANGUAGE: st.sampled_from(["ko", "en"]),
        Kind.ACTIVITY: st.integers(0, 50).map(str),
    }
    values = typed.get(kind, st.just(""))
    return Condition(
        about=about,
        kind=kind,
        test=test,
        key=draw(keys.get(about, st.just(""))),
        value=draw(values),
        until=draw(values),
    )


_SEGMENTATIONS = st.builds(
    Segmentation,
    match=st.sampled_from(Match),
    groups=st.lists(
        st.builds(
            Group, match=st.sampled_from(Match), conditions=st.lists(_conditions(), max_size=3)
        ),
        max_size=3,
    ),
)
_MAILS = st.dictionaries(st.just("00000001"), st.sampled_from(["sent", "failed", "queued"]))


@st.composite
def _people(draw: st.DrawFn) -> Person:
    mails = draw(_MAILS)
    hits = {campaign: draw(some_hits(NOW, days=40)) for campaign in mails}
    return draw(_plain_people(mails, hits))


def _plain_people(
    mails: Mapping[str, str], hits: Mapping[str, Sequence[Hits]]
) -> st.SearchStrategy[Person]:
    return st.builds(
        Person,
        language=st.sampled_from(["ko", "en"]),
        attributes=st.dictionaries(st.sampled_from(_NAMES), _VALUES),
        added_at=_MOMENTS,
        lists=st.dictionaries(
            st.sampled_from([1, 2]), st.tuples(st.booleans(), st.none() | _MOMENTS), max_size=2
        ),
        unwanted=st.frozensets(st.just(1)),
        mails=st.just(mails),
        hits=st.just(hits),
        objects=st.booleans(),
    )


@pytest.fixture
def things(db: None) -> None:
    for number in (1, 2):
        List.objects.create(pk=number, name=f"l{number}", identifier=f"l{number}", created_at=NOW)
    Topic.objects.create(pk=1, name="t", identifier="t")


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(people=st.lists(_people(), min_size=1, max_size=4), asked=_SEGMENTATIONS)
def test_the_database_and_python_agree(
    things: None, people: list[Person], asked: Segmentation
) -> None:
    stored = _store(people)

    found = set(Subscriber.objects.filter(matching(asked, NOW)).values_list("pk", flat=True))
    wanted = {pk for pk, person in stored.items() if fits(person, asked, TODAY, ZONE)}
    assert found == wanted


@given(asked=_SEGMENTATIONS)
def test_what_is_stored_is_read_back(asked: Segmentation) -> None:
    read = from_json(to_json(asked))

    assert to_json(read) == to_json(asked)


def _store(people: list[Person]) -> Mapping[int, Person]:
    TopicChoice.objects.all().delete()
    Membership.objects.all().delete()
    Subscriber.objects.all().delete()
    _clear_ledger()
    stored: dict[int, Person] = {}
    for number, person in enumerate(people):
        row = a_subscriber(f"p{number}@x.kr", language=person.language)
        row.attributes, row.created_at = dict(person.attributes), person.added_at
        row.objected_at = NOW if person.objects else None
        row.save()
        for target, (is_on, agreed_at) in person.lists.items():
            Membership.objects.create(
                subscriber=row,
                list_id=target,
                status="subscribed" if is_on else "unsubscribed",
                consented_at=agreed_at,
                changed_at=NOW,
            )
        for topic in person.unwanted:
            TopicChoice.objects.create(subscriber=row, topic_id=topic, wanted=False, changed_at=NOW)
        for campaign, state in person.mails.items():
            _deliver(campaign, number, row.address, state)
            keep_hits(f"{campaign}-{number}", person.hits[campaign])
        stored[row.pk] = person
    return stored


def _clear_ledger() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("delete from ledger_delivery")
        cursor.execute("delete from ledger_hit")


def _deliver(campaign: str, number: int, address: str, state: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_delivery (id, campaign, position, address, state)"
            " values (%s, %s, %s, %s, %s)",
            [f"{campaign}-{number}", campaign, number, address, state],
        )


def test_what_became_of_a_real_campaign_is_asked_of_the_ledger(db: None) -> None:
    news = a_list()
    people = [a_subscriber(f"p{n}@x.kr") for n in range(3)]
    campaign: Campaign = a_campaign(news)
    first, second = started(campaign, people[:2])
    settled(campaign, {first: ACCEPTED, second: NO_MAILBOX})
    assert LedgerDelivery.objects.count() == 2

    def who(test: Test) -> list[str]:
        asked = Condition(about=About.CAMPAIGN, kind=Kind.CAMPAIGN, test=test, key=campaign.pk)
        group = Group(conditions=(asked,))
        fitting = Subscriber.objects.filter(matching(Segmentation(groups=(group,)), NOW))
        return sorted(fitting.values_list("email", flat=True))

    assert who(Test.SENT) == ["p0@x.kr", "p1@x.kr"]
    assert who(Test.GOT) == ["p0@x.kr"]
    assert who(Test.GOT_NOT) == ["p1@x.kr"]
    assert who(Test.NOT_SENT) == ["p2@x.kr"]


def test_what_was_not_recorded_is_asked_of_nobody(db: None) -> None:
    """“Did not open it” would be everybody, where opens were not recorded or are not kept."""
    campaign = a_campaign(a_list())
    started(campaign, [a_subscriber()])

    def asked(test: Test, *, tracked: str, later: timedelta = timedelta()) -> Q:
        Campaign.objects.filter(pk=campaign.pk).update(tracked=tracked)
        return activity(test, campaign.pk, USUAL_START + later)

    assert asked(Test.OPENED_NOT, tracked="opens")
    assert asked(Test.CLICKED_NOT, tracked="on", later=timedelta(days=400))
    for test, tracked, later in (
        (Test.OPENED_NOT, "off", timedelta()),
        (Test.OPENED, "clicks", timedelta()),
        (Test.CLICKED, "opens", timedelta()),
        (Test.CLICKED_NOT, "on", timedelta(days=401)),
    ):
        with pytest.raises(HitsUnknown):
            asked(test, tracked=tracked, later=later)
