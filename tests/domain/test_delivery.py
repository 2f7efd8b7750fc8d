"""A delivery changes only by the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.delivery import FINAL, TRANSITIONS, Happening, IllegalTransition, State, after

STATES = [None, *State]


@given(st.sampled_from(STATES), st.sampled_from(Happening))
def test_after_follows_the_table_or_refuses(state: State | None, happening: Happening) -> None:
    if (state, happening) in TRANSITIONS:
        assert after(state, happening) is TRANSITIONS[state, happening]
    else:
        with pytest.raises(IllegalTransition):
            after(state, happening)


@pytest.mark.parametrize("state", sorted(FINAL, key=lambda state: state.value))
@pytest.mark.parametrize("happening", Happening)
def test_nothing_leaves_a_final_state(state: State, happening: Happening) -> None:
    with pytest.raises(IllegalTransition):
        after(state, happening)


def test_every_state_can_be_reached_from_nothing() -> None:
    reached: set[State | None] = {None}
    while more := {to for (start, _), to in TRANSITIONS.items() if start in reached} - reached:
        reached |= more
    assert reached == {None, *State}


def test_every_open_state_has_a_way_to_an_end() -> None:
    ends: set[State | None] = set(FINAL)
    while more := {start for (start, _), to in TRANSITIONS.items() if to in ends} - ends:
        ends |= more
    assert ends >= set(State)


def test_every_happening_happens() -> None:
    assert {happening for _, happening in TRANSITIONS} == set(Happening)


def test_only_what_is_begun_can_be_accepted() -> None:
    """The intent is durable before the wire is used, so nothing is sent from the queue."""
    assert {start for start, happening in TRANSITIONS if happening is Happening.ACCEPTED} == {
        State.SENDING,
        State.DOUBTFUL,
    }
    assert {start for start, to in TRANSITIONS.items() if to is State.SENDING} == {
        (State.QUEUED, Happening.BEGUN)
    }


def test_a_late_answer_means_for_a_doubt_what_it_means_on_the_wire() -> None:
    sending = {what: to for (start, what), to in TRANSITIONS.items() if start is State.SENDING}
    doubtful = {what: to for (start, what), to in TRANSITIONS.items() if start is State.DOUBTFUL}
    assert sending.items() <= doubtful.items()
    assert set(doubtful) - set(sending) == {Happening.FOUND_SENT, Happening.RESENT}


def test_a_refused_transition_names_both_sides() -> None:
    with pytest.raises(IllegalTransition, match="is sent cannot become begun"):
        after(State.SENT, Happening.BEGUN)
    with pytest.raises(IllegalTransition, match="is new cannot become begun"):
        after(None, Happening.BEGUN)
