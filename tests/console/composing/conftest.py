from collections.abc import Generator
from pathlib import Path

import pytest
from django.test import Client

from console.composing.checking import checker
from pabal.console.campaigns.models import Campaign
from pabal.pipeline.local.checking import Checking


@pytest.fixture
def filled(campaign: Campaign) -> dict[str, str]:
    """What the browser sends of the draft's page, as it stands."""
    return {
        "version": str(campaign.version),
        "name": campaign.name,
        "kind": campaign.kind,
        "markup": campaign.markup,
        "body": campaign.body,
        "text": "",
        "subject": campaign.subject,
        "preview_text": "",
        "sender": str(campaign.sender_id),
        "list": str(campaign.list_id),
        "topic": "",
        "when": "now",
        "scheduled_at": "",
        "on_doubt": campaign.on_doubt,
        "tracking": campaign.tracking,
    }


@pytest.fixture
def as_typing(as_bob: Client) -> Client:
    """The marketer's browser, in which htmx asks."""
    as_bob.defaults["HTTP_HX_REQUEST"] = "true"
    return as_bob


@pytest.fixture
def worker(tmp_path: Path) -> Generator[Checking]:
    with checker(tmp_path) as checking:
        yield checking
