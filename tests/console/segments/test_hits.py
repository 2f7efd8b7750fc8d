"""Who made a hit, the database says as `told_apart` does, and quickly."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builders.console import NOW
from console.segments.hits import clicks, keep_hits, some_hits
from pabal.console.campaigns.ledger_tables import LedgerHit, LedgerUse
from pabal.domain.engagement import ANY_LINK, RULES, Actor, Hits, Sign, actors, told_apart
from pabal.domain.event import EventKind

pytestmark = pytest.mark.django_db


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(mails=[clicks(0, 5_000_000, 10_000_000)])
@example(mails=[clicks(0, 5_000_000, 10_000_001)])
@given(mails=st.lists(some_hits(NOW, days=1), min_size=1, max_size=3))
def test_people_and_machines_are_told_apart_alike(mails: list[Sequence[Hits]]) -> None:
    """Whatever was clicked when; another mail's hits change nothing."""
    with connection.cursor() as cursor:
        cursor.execute("delete from ledger_hit")
    for number, hits in enumerate(mails):
        keep_hits(f"00000001-{number}", hits)

    found = {
        (row.delivery, row.kind, row.link, row.sign): row.actor for row in LedgerHit.objects.all()
    }
    assert found == {
        (f"00000001-{number}", each.kind.value, each.link, each.sign.value): actor.value
        for number, hits in enumerate(mails)
        for each, actor in told_apart(hits)
    }


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(mails=st.lists(some_hits(NOW, days=1), min_size=1, max_size=2))
def test_the_nearest_to_a_person_has_used_a_mail(mails: list[Sequence[Hits]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from ledger_hit")
    for number, hits in enumerate(mails):
        keep_hits(f"00000001-{number}", hits)

    found = {(row.delivery_id, row.kind): (row.actor, row.at) for row in LedgerUse.objects.all()}
    assert found == {
        (f"00000001-{number}", kind.value): (actor.value, _first(hits, kind, actor))
        for number, hits in enumerate(mails)
        for (kind, link), actor in actors(hits).items()
        if link == ANY_LINK
    }


def _first(hits: Sequence[Hits], kind: EventKind, actor: Actor) -> datetime:
    """When the nearest to a person first did; who asks without fetching does nothing."""
    return min(
        each.first_at
        for each, by in told_apart(hits)
        if each.kind is kind and by is actor and each.sign is not Sign.HEAD
    )


def test_every_sign_has_a_rule_that_the_view_knows() -> None:
    """A sign that is added to the rules has to be added to the view."""
    people = {sign for sign in Sign if RULES[sign].actor is Actor.PERSON}
    proxies = {sign for sign in Sign if RULES[sign].actor is Actor.PROXY}
    assert (people, proxies) == ({Sign.BROWSER}, {Sign.GMAIL, Sign.YAHOO})
