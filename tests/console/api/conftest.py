from pathlib import Path

import pytest

from builders.console import NOW
from console.api.calling import Caller, Prove
from console.composing.checking import checker
from pabal.console.accounts.models import Role, User
from pabal.console.api.keys import make_key
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns import checking
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Check


@pytest.fixture
def shop(alice: User) -> Caller:
    """A program with a marketer's key."""
    return Caller(key=make_key("web shop", Role.MARKETER, by=alice, now=NOW)[1])


@pytest.fixture
def viewer(alice: User) -> Caller:
    """A program with a viewer's key."""
    return Caller(key=make_key("dashboard", Role.VIEWER, by=alice, now=NOW)[1])


@pytest.fixture
def prove(tmp_path: Path, alice: User, minji: Subscriber) -> Prove:
    """Has a draft checked by a worker, and returns the digest of what passed."""

    def proved(draft: Campaign) -> str:
        checking.ask(draft, alice, now=NOW)
        with checker(tmp_path) as worker:
            assert worker.check_next()
        check = Check.objects.get(pk=draft.pk)
        assert check.passed
        draft.refresh_from_db()
        return check.digest

    return proved
