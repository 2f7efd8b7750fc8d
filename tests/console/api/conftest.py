import pytest

from builders.console import NOW
from console.api.calling import Caller
from pabal.console.accounts.models import Role, User
from pabal.console.api.keys import make_key


@pytest.fixture
def shop(alice: User) -> Caller:
    """A program with a marketer's key."""
    return Caller(key=make_key("web shop", Role.MARKETER, by=alice, now=NOW)[1])


@pytest.fixture
def viewer(alice: User) -> Caller:
    """A program with a viewer's key."""
    return Caller(key=make_key("dashboard", Role.VIEWER, by=alice, now=NOW)[1])
