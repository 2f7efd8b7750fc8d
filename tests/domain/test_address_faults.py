"""Whoever mistypes an address is told what is wrong with it, in a sentence of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain import address_faults
from pabal.domain.address import AddressError, parse_address
from pabal.domain.address_faults import AddressFault, fault_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("minji.example.com", "no @"),
        ("minji@@example.com", "more than one @"),
        ("minji@example.com, jisu@example.com", "more than one @"),
        ("@example.com", "before"),
        ("minji@", "behind"),
        ("min ji@example.com", "space"),
        ("minji..kim@example.com", "period stands where"),
        ("minji@example.com.", "period stands where"),
        ("minji@example", "no period"),
        ("min,ji@example.com", "sign"),
        ("minji@exa_!mple.com", "sign"),
        ("l" * 65 + "@example.com", "too long"),
        ("minji@-example.com", "written like one"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(AddressError, match=said):
        parse_address(text)


@given(st.text(max_size=30) | st.text("a.@-_ ,", max_size=12))
def test_for_whatever_is_typed_there_is_a_sentence_that_can_be_translated(text: str) -> None:
    known = [each for each in vars(address_faults).values() if isinstance(each, type)]
    sentences = {each.message for each in known if issubclass(each, AddressFault)}

    assert str(fault_of(text)) in sentences
