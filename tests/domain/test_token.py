"""Public links are short, cannot be forged, and outlive a change of keys."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.identity import campaign_id, delivery_id, subscriber_key
from pabal.domain.links import PublicLinks
from pabal.domain.token import Purpose, TokenInvalid, TokenKeys

OLD, NEW = b"o" * 32, b"n" * 32
KEYS = TokenKeys(current=1, secrets={0: OLD, 1: NEW})

subjects = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)
purposes = st.sampled_from(Purpose)


@given(purposes, subjects)
def test_a_token_says_what_was_signed(purpose: Purpose, subject: str) -> None:
    token = KEYS.sign(purpose, subject)
    assert KEYS.verify(token, purpose) == subject
    assert token == KEYS.sign(purpose, subject)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)


def test_a_link_that_is_in_the_world_stays_valid() -> None:
    """Mails are kept for years, and their links open a later version."""
    token = "AXVhYmNkZWZnaC0xKodX7bwywvBJ5dPu"
    assert KEYS.sign(Purpose.UNSUBSCRIBE, "abcdefgh-1") == token
    assert KEYS.verify(token, Purpose.UNSUBSCRIBE) == "abcdefgh-1"


@given(purposes, purposes, subjects)
def test_a_token_serves_one_purpose(signed: Purpose, asked: Purpose, subject: str) -> None:
    token = KEYS.sign(signed, subject)
    if signed is not asked:
        with pytest.raises(TokenInvalid):
            KEYS.verify(token, asked)


@given(purposes, subjects, st.data())
def test_a_changed_token_is_refused(purpose: Purpose, subject: str, data: st.DataObject) -> None:
    token = KEYS.sign(purpose, subject)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(max_codepoint=0x3000, exclude_characters=token[place]))
    with pytest.raises(TokenInvalid):
        KEYS.verify(token[:place] + other + token[place + 1 :], purpose)


@given(purposes, subjects, st.data())
def test_a_cut_or_padded_token_is_refused(
    purpose: Purpose, subject: str, data: st.DataObject
) -> None:
    token = KEYS.sign(purpose, subject)
    length = data.draw(st.integers(0, len(token) - 1))
    padding = data.draw(st.sampled_from(["=", "==", "A", "AAAA", "\n", " "]))
    for changed in (token[:length], token + padding):
        with pytest.raises(TokenInvalid):
            KEYS.verify(changed, purpose)


@given(st.text(max_size=80), purposes)
def test_any_text_is_refused_and_nothing_worse(text: str, purpose: Purpose) -> None:
    with pytest.raises(TokenInvalid):
        KEYS.verify(text, purpose)


def test_links_outlive_a_change_of_keys_until_the_old_one_is_dropped() -> None:
    before = TokenKeys(current=0, secrets={0: OLD})
    token = before.sign(Purpose.UNSUBSCRIBE, "abcdefgh-1")
    assert KEYS.verify(token, Purpose.UNSUBSCRIBE) == "abcdefgh-1"
    with pytest.raises(TokenInvalid):
        TokenKeys(current=1, secrets={1: NEW}).verify(token, Purpose.UNSUBSCRIBE)


def test_keys_are_not_shown() -> None:
    assert "nnn" not in repr(KEYS)


@given(st.binary(min_size=5, max_size=5), st.integers(1, 10**9))
def test_an_unsubscribe_link_fits_on_a_header_line(dice: bytes, number: int) -> None:
    """Under 70 characters behind the host, so that folding cannot hurt it."""
    delivery = delivery_id(campaign_id(dice), subscriber_key(number))
    links = PublicLinks(base_url="https://mail.shop.example", keys=KEYS)
    assert len(links.unsubscribe(delivery).removeprefix(links.base_url)) < 70
    assert links.unsubscribe(delivery).startswith("https://mail.shop.example/u/")
    assert links.preferences(delivery).startswith("https://mail.shop.example/p/")
