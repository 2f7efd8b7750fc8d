"""When too much comes back. Limits quote the providers, as docs/rules.md does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.bouncing import Weight
from pabal.domain.event import EventKind
from pabal.domain.reputation import Harm, Limits, Regard, Toll, regard

LIMITS = Limits()
counts = st.integers(0, 10_000)
tolls = st.builds(Toll, sent=counts, bounces=counts, complaints=counts)


@pytest.mark.parametrize(
    ("sent", "bounces", "complaints", "harm"),
    [
        # of bounces SES says: 5 % review, 10 % may pause
        (1000, 49, 0, None),
        (1000, 50, 0, Harm.BOUNCES),
        # of complaints: 0.1 % review, 0.5 % may pause; Gmail says: never 0.30 % or higher
        (10_000, 0, 29, None),
        (10_000, 0, 30, Harm.COMPLAINTS),
        (1000, 50, 3, Harm.COMPLAINTS),
        # few mails, or few people, say nothing
        (3, 1, 1, None),
        (99, 99, 99, None),
        (200, 0, 2, None),
        (200, 0, 3, Harm.COMPLAINTS),
    ],
)
def test_a_campaign_is_stopped_before_its_account_is(sent, bounces, complaints, harm):
    assert LIMITS.passed(Toll(sent=sent, bounces=bounces, complaints=complaints)) is harm


def test_a_limit_of_nought_is_none():
    toll = Toll(sent=1000, bounces=1000, complaints=1000)
    assert Limits(bounces=0, complaints=0).passed(toll) is None
    assert Limits(complaints=0).passed(toll) is Harm.BOUNCES


def test_only_what_is_for_good_or_was_reported_is_harm():
    returned = {
        (EventKind.BOUNCED, Weight.HARD): 2,
        (EventKind.BOUNCED, Weight.NO_HOST): 3,
        (EventKind.BOUNCED, Weight.SOFT): 100,
        (EventKind.BOUNCED, Weight.ABOUT_US): 100,
        (EventKind.COMPLAINED, Weight.COMPLAINT): 7,
        (EventKind.COMPLAINED, Weight.NOTHING): 100,
        (EventKind.UNSUBSCRIBED, Weight.LEFT): 100,
        (EventKind.DELIVERED, Weight.REACHED): 100,
    }
    assert Toll.of(500, returned) == Toll(sent=500, bounces=5, complaints=7)


@given(tolls, tolls)
def test_what_has_come_since_is_what_was_added(earlier, later):
    assert (earlier + later) - earlier == later


@given(tolls)
def test_what_was_pardoned_stops_nothing_again(toll):
    assert LIMITS.passed(toll - toll) is None


@given(tolls, st.integers(0, 100))
def test_more_harm_never_looks_better(toll, more):
    worse = toll + Toll(bounces=more, complaints=more)
    if LIMITS.passed(toll):
        assert LIMITS.passed(worse)
    order = [Regard.UNKNOWN, Regard.GOOD, Regard.WATCHED, Regard.ENDANGERED]
    assert order.index(regard(worse, least=100)) >= order.index(regard(toll, least=100))


@pytest.mark.parametrize(
    ("bounces", "complaints", "expected"),
    [
        (499, 9, Regard.GOOD),
        (500, 0, Regard.WATCHED),
        (0, 10, Regard.WATCHED),
        (1000, 0, Regard.ENDANGERED),
        (0, 30, Regard.ENDANGERED),
    ],
)
def test_providers_watch_before_they_act(bounces, complaints, expected):
    toll = Toll(sent=10_000, bounces=bounces, complaints=complaints)
    assert regard(toll, least=100) is expected
    assert regard(toll, least=10_001) is Regard.UNKNOWN
