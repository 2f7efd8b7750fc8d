from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from builders.console import ACCEPTED, settled, started
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.hooks.views import _signatures
from pabal.domain.identity import DeliveryId
from servers.aws import TOPIC, Sns, running_sns

SECRET = "a secret of thirty-two characters"


@pytest.fixture(scope="session")
def shared_sns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sns]:
    with running_sns(tmp_path_factory.mktemp("sns")) as server:
        yield server


@pytest.fixture
def sns(shared_sns: Sns, settings: Settings) -> Sns:
    """SNS, whose topic may tell us events; its addresses lead to this machine."""
    settings.PABAL = settings.PABAL.model_copy(update={"sns_topics": (TOPIC,)})
    settings.HOOKS_FETCH = shared_sns.fetch
    _signatures.cache_clear()
    shared_sns.asked.clear()
    shared_sns.status = 200
    return shared_sns


@pytest.fixture
def secret(settings: Settings) -> str:
    """What a service shares with us."""
    settings.PABAL = settings.PABAL.model_copy(update={"webhook_secret": SECRET})
    return SECRET


@pytest.fixture
def delivery(campaign: Campaign, minji: Subscriber) -> DeliveryId:
    """A mail to Minji that was sent."""
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    return delivery


@pytest.fixture
def stranger() -> Client:
    """A program somewhere: no session, and a server that checks CSRF."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def database_out() -> Iterator[None]:
    def refuse(*_told: object) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def told(delivery: DeliveryId) -> Callable[[], list[tuple[str, str]]]:
    """What the ledger was told about the delivery."""
    from pabal.console.audience.suppressing import joined_ledger

    return lambda: [
        (each.kind.value, each.weight.value) for each in joined_ledger().events(delivery)
    ]
