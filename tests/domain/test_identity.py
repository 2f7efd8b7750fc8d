"""Names are stable, short, and survive servers that fold case."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.identity import (
    ALPHABET,
    LOCAL_PART_LIMIT,
    CampaignId,
    DeliveryId,
    campaign_id,
    delivery_id,
    is_campaign_id,
    leaving_local_part,
    message_id,
    read_leaving,
    read_verp,
    split_delivery_id,
    subscriber_key,
    subscriber_number,
    verp_local_part,
)

SECRET = b"s" * 32

dice = st.binary(min_size=5, max_size=8)
numbers = st.integers(1, 2**63 - 1)
deliveries = st.builds(
    lambda dice, number: delivery_id(campaign_id(dice), subscriber_key(number)), dice, numbers
)


@given(dice)
def test_a_campaign_id_is_eight_characters_and_known_as_one(dice: bytes) -> None:
    campaign = campaign_id(dice)
    assert len(campaign) == 8
    assert set(campaign) <= set(ALPHABET)
    assert is_campaign_id(campaign)


@given(st.binary(min_size=5, max_size=5), st.binary(min_size=5, max_size=5))
def test_different_dice_make_different_campaigns(one: bytes, other: bytes) -> None:
    assert (campaign_id(one) == campaign_id(other)) == (one == other)


@pytest.mark.parametrize("dice", [b"", b"1234"])
def test_too_few_dice_are_refused(dice: bytes) -> None:
    with pytest.raises(ValueError, match="5"):
        campaign_id(dice)


@pytest.mark.parametrize("text", ["", "abc", "ABCDEFGH", "abcdefgi", "abcdefgh\n", "../../etc"])
def test_other_text_is_no_campaign_id(text: str) -> None:
    assert not is_campaign_id(text)


@given(numbers)
def test_a_subscribers_number_comes_back(number: int) -> None:
    assert subscriber_number(subscriber_key(number)) == number


@given(numbers)
def test_a_key_is_the_number_in_base_32(number: int) -> None:
    digits = [ALPHABET[number >> shift & 31] for shift in range(60, -1, -5)]
    assert subscriber_key(number) == "".join(digits).lstrip("0")


@pytest.mark.parametrize("key", ["", "I", "a-b", "ab\n", "01"])
def test_a_key_that_was_not_written_here_is_refused(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        subscriber_number(key)


@given(dice, numbers)
def test_a_delivery_id_can_be_taken_apart(dice: bytes, number: int) -> None:
    campaign, key = campaign_id(dice), subscriber_key(number)
    assert split_delivery_id(delivery_id(campaign, key)) == (campaign, key)


@pytest.mark.parametrize(
    "text", ["", "abcdefgh", "abcdefgh-", "-1", "abc-1", "abcdefgh-1-2", "x@y"]
)
def test_what_is_no_delivery_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a delivery id"):
        split_delivery_id(text)


@given(deliveries)
def test_a_message_id_is_the_same_every_time_and_legal(delivery: DeliveryId) -> None:
    name = message_id(delivery, "shop.example")
    assert name == message_id(delivery, "shop.example")
    assert re.fullmatch(r"<[a-z0-9-]+@shop\.example>", name)


@given(deliveries)
def test_a_bounce_address_fits_and_comes_back_in_any_case(delivery: DeliveryId) -> None:
    """RFC 5321 4.5.3.1.1: 64 octets; some servers fold the case of local parts."""
    local_part = verp_local_part(delivery, SECRET)
    assert len(local_part.encode()) <= LOCAL_PART_LIMIT
    assert read_verp(local_part, SECRET) == delivery
    assert read_verp(local_part.upper(), SECRET) == delivery


def test_a_bounce_address_that_is_in_the_world_stays_ours() -> None:
    """Mails come back for weeks, perhaps to a later version."""
    delivery = delivery_id(CampaignId("abcdefgh"), "1")
    assert verp_local_part(delivery, SECRET) == "b+abcdefgh-1-07mrfgkaxzvp"


@given(deliveries, st.data())
def test_a_changed_bounce_address_is_nobodys(delivery: DeliveryId, data: st.DataObject) -> None:
    local_part = verp_local_part(delivery, SECRET)
    place = data.draw(st.integers(0, len(local_part) - 1))
    other = data.draw(st.sampled_from(ALPHABET + "+-@ "))
    changed = local_part[:place] + other + local_part[place + 1 :]
    if changed != local_part:
        assert read_verp(changed, SECRET) is None


@given(st.text())
def test_any_other_local_part_is_nobodys(text: str) -> None:
    assert read_verp(text, SECRET) is None


def test_another_secret_does_not_open_it() -> None:
    delivery = delivery_id(CampaignId("abcdefgh"), "1")
    assert read_verp(verp_local_part(delivery, SECRET), b"t" * 32) is None
    assert read_leaving(leaving_local_part(delivery, SECRET), b"t" * 32) is None


@given(deliveries)
def test_the_address_that_unsubscribes_fits_and_is_no_bounce_address(delivery: DeliveryId) -> None:
    """Nobody who knows one of the two can make the other of it."""
    local_part = leaving_local_part(delivery, SECRET)
    assert len(local_part.encode()) <= LOCAL_PART_LIMIT
    assert read_leaving(local_part.upper(), SECRET) == delivery
    assert (
        read_verp(local_part, SECRET) is read_verp(local_part.replace("+u-", "+"), SECRET) is None
    )
    bounce = verp_local_part(delivery, SECRET)
    assert read_leaving(bounce, SECRET) is read_leaving(f"b+u-{bounce[2:]}", SECRET) is None


def test_an_address_that_unsubscribes_stays_ours() -> None:
    """The mail lies in somebody's mailbox for years."""
    delivery = delivery_id(CampaignId("abcdefgh"), "1")
    assert leaving_local_part(delivery, SECRET) == "b+u-abcdefgh-1-0e6ayrtxa6vy"
