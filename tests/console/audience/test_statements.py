"""Our own statements write what the models would have written, and read what they wrote."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.console import NOW, a_list, a_member, a_subscriber
from pabal.console.audience.memberships import Standing, lock_standings, write_standings
from pabal.console.audience.models import List, Membership, Subscriber
from pabal.console.audience.subscribers import Profile, add_subscribers, known_subscribers
from pabal.domain.address import Address, parse_address

pytestmark = pytest.mark.django_db

zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 Hypothesis adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=zones,
)
oddities = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("\\\t\n'%"),
    max_size=20,
)


def newcomer(email: str, **attributes: str) -> tuple[Address, Profile]:
    return parse_address(email), Profile(language="", attributes=attributes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.none() | moments, moments)
def test_an_instant_is_found_by_the_models_to_the_microsecond(
    consented_at: datetime | None, changed_at: datetime
) -> None:
    """SQLite compares text, so there is only one way to write it."""
    target = List.objects.first() or a_list()
    minji = Subscriber.objects.first() or a_subscriber()
    standing = Standing(status="subscribed", consented_at=consented_at, changed_at=changed_at)
    known = lock_standings(target, [minji.pk])

    written = {minji.pk: standing}
    write_standings(target, added={} if known else written, changed=written if known else {})

    assert Membership.objects.get(consented_at=consented_at, changed_at=changed_at)
    assert lock_standings(target, [minji.pk]) == written


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "이름"]), oddities))
def test_any_text_comes_back_as_it_was(attributes: dict[str, str]) -> None:
    Subscriber.objects.all().delete()
    target = List.objects.first() or a_list()

    numbers = add_subscribers([newcomer("minji@customer.example", **attributes)], now=NOW)

    minji = Subscriber.objects.get(created_at=NOW, updated_at=NOW)
    assert numbers == {"minji@customer.example": minji.pk}
    assert (minji.attributes, minji.language) == (attributes, "ko")
    known = known_subscribers(["minji@customer.example"], target)
    assert known["minji@customer.example"].profile == Profile(language="ko", attributes=attributes)


def test_who_is_there_already_is_not_added_and_stays_as_they_are() -> None:
    minji = a_subscriber(attributes={"name": "김민지"})
    people = [newcomer("Minji@customer.example", name="박하준"), newcomer("john@customer.example")]

    added = add_subscribers(people, now=NOW)

    assert list(added) == ["john@customer.example"]
    minji.refresh_from_db()
    assert (minji.email, minji.attributes) == ("minji@customer.example", {"name": "김민지"})


def test_how_somebody_stands_to_one_list_says_nothing_about_another() -> None:
    news, offers = a_list(), a_list("행사", identifier="offers")
    minji = a_member(news)
    before = lock_standings(news, [minji.pk])
    left = Standing(status="unsubscribed", consented_at=None, changed_at=NOW)

    [known] = known_subscribers([minji.address], offers).values()
    assert (known.number, known.standing) == (minji.pk, None)
    for change in ("added", "changed"):
        write_standings(offers, **{"added": {}, "changed": {}} | {change: {minji.pk: left}})

    [known] = known_subscribers([minji.address], offers).values()
    assert known.standing == left
    assert lock_standings(news, [minji.pk]) == before
