"""What is kept of an erased address tells nobody which it was."""

from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.address import parse_address
from pabal.domain.erasure import Aliases, is_alias
from pabal.domain.errors import InputError

secrets = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=4, unique=True)


@given(secrets, st.emails())
def test_an_address_is_known_by_every_key_and_kept_under_the_newest(
    keys: list[bytes], address: str
) -> None:
    aliases = Aliases(tuple(keys))
    assert aliases.of(address)[0] == aliases.newest(address)
    assert len(set(aliases.of(address))) == len(keys)
    assert aliases.newest(address) == Aliases((keys[0],)).newest(address)


@given(secrets, st.emails())
def test_an_alias_holds_nothing_of_the_address_and_is_none(keys: list[bytes], address: str) -> None:
    alias = Aliases(tuple(keys)).newest(address)
    assert is_alias(alias)
    assert not is_alias(address)
    assert address not in alias
    try:
        parse_address(alias)
    except InputError:
        return
    raise AssertionError("somebody could import it")
