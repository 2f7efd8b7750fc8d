"""A secret in the database opens with this installation's keys, in its own place, and unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.configuration.errors import SealBroken
from pabal.configuration.keyring import load_keyring, rotate_keyring
from pabal.configuration.sealing import seal, unseal


@pytest.fixture
def keyring(tmp_path):
    return load_keyring(tmp_path)


def sealed(keyring, secret=b"secret"):
    return seal(keyring, secret, purpose="p", place="here")


def test_what_is_sealed_opens(keyring):
    box = sealed(keyring)
    assert "secret" not in box
    assert unseal(keyring, box, purpose="p", place="here") == b"secret"


def test_no_two_boxes_are_alike(keyring):
    assert len({sealed(keyring) for _ in range(50)}) == 50


def test_it_opens_after_the_keyring_got_a_newer_key(tmp_path, keyring):
    box = sealed(keyring)
    newer = rotate_keyring(tmp_path)
    assert unseal(newer, box, purpose="p", place="here") == b"secret"
    assert sealed(newer).startswith("2:")


@pytest.mark.parametrize(("purpose", "place"), [("q", "here"), ("p", "there")])
def test_it_opens_nowhere_else(keyring, purpose, place):
    """Whoever may write to the database cannot give a domain the keys of another."""
    with pytest.raises(SealBroken):
        unseal(keyring, sealed(keyring), purpose=purpose, place=place)


def test_another_installation_cannot_open_it(tmp_path, keyring):
    with pytest.raises(SealBroken, match="here"):
        unseal(load_keyring(tmp_path / "other"), sealed(keyring), purpose="p", place="here")


@given(st.text(max_size=60))
def test_what_is_no_box_is_refused(tmp_path_factory, text):
    keyring = load_keyring(tmp_path_factory.getbasetemp() / "given")
    with pytest.raises(SealBroken):
        unseal(keyring, text, purpose="p", place="here")


def test_a_changed_box_is_refused(keyring):
    box = sealed(keyring)
    for at in range(2, len(box) - 1, 7):
        changed = box[:at] + ("A" if box[at] != "A" else "B") + box[at + 1 :]
        with pytest.raises(SealBroken):
            unseal(keyring, changed, purpose="p", place="here")
