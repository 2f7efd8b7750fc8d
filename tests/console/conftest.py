from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from builders.console import a_campaign, a_list, a_member, a_user
from pabal.configuration.keyring import load_keyring
from pabal.console.accounts.models import Role, User
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.domain.links import PublicLinks
from pabal.transport.mailbox.store import MailboxStore


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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
def mailbox(tmp_path: Path, settings: Settings) -> MailboxStore:
    """The built-in mailbox, empty."""
    settings.MAILBOX_DIRECTORY = tmp_path / "mailbox"
    return MailboxStore(settings.MAILBOX_DIRECTORY)


@pytest.fixture
def links() -> PublicLinks:
    """The links of this installation's mails, without the host."""
    return PublicLinks(base_url="", keys=load_keyring(settings.PABAL.home).token_keys)


@pytest.fixture
def named_stack(settings: Settings) -> None:
    """The settings name a stack on AWS, which nothing here asks."""
    names = ("aws_table", "aws_bucket", "aws_state_machine", "aws_returns_queue")
    settings.PABAL = settings.PABAL.model_copy(update=dict.fromkeys(names, "nowhere"))
