"""Whom a suppression keeps out of what."""

import pytest

from pabal.domain.suppression import EVERYTHING, OWED, Reason, list_scope, stops, topic_scope

NEWS, SALES = list_scope(1), list_scope(2)


@pytest.mark.parametrize("reason", Reason)
def test_a_suppression_stops_its_scope_and_no_other(reason: Reason) -> None:
    scopes = frozenset({EVERYTHING, NEWS, topic_scope(1)})
    assert stops(NEWS, reason, scopes)
    assert stops(topic_scope(1), reason, scopes)
    assert stops(EVERYTHING, reason, scopes)
    assert not stops(SALES, reason, scopes)


@pytest.mark.parametrize("reason", Reason)
def test_what_stops_everything_stops_what_has_no_scope_at_all(reason: Reason) -> None:
    assert stops(EVERYTHING, reason, frozenset())


@pytest.mark.parametrize("scope", [EVERYTHING, NEWS])
def test_leaving_does_not_stop_what_the_law_wants_told(scope: str) -> None:
    """K10: the result of a refusal goes to whoever has refused."""
    assert not stops(scope, Reason.UNSUBSCRIBED, frozenset({OWED}))


@pytest.mark.parametrize(
    "reason", [reason for reason in Reason if reason is not Reason.UNSUBSCRIBED]
)
def test_a_mailbox_that_is_gone_or_complained_is_not_mailed_even_then(reason: Reason) -> None:
    assert stops(EVERYTHING, reason, frozenset({OWED}))
