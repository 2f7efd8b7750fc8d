from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client

from builders.console import a_campaign, a_list, a_member, a_user
from pabal.console.accounts.models import Role, User
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.transport.mailbox.store import MailboxStore


@pytest.fixture
def alice(db: None) -> User:
    """The owner."""
    return a_user("alice@shop.example", role=Role.OWNER)


@pytest.fixture
def bob(db: None) -> User:
    """A marketer."""
    return a_user("bob@shop.example", role=Role.MARKETER)


@pytest.fixture
def as_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def as_charlie(db: None) -> Client:
    """A stranger, with a browser that checks CSRF like any other."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def news(db: None) -> List:
    return a_list()


@pytest.fixture
def minji(news: List) -> Subscriber:
    """A subscriber of the list who has agreed to advertising."""
    return a_member(news, "minji@customer.example")


@pytest.fixture
def campaign(news: List) -> Campaign:
    return a_campaign(news)


@pytest.fixture
def mailbox(tmp_path: Path, settings: object) -> Iterator[MailboxStore]:
    """The built-in mailbox, empty."""
    django_settings.MAILBOX_DIRECTORY = tmp_path / "mailbox"
    yield MailboxStore(django_settings.MAILBOX_DIRECTORY)
