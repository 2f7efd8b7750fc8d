"""A subscriber has their mail sent to another address, which confirms it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from builders.console import a_subscriber, started
from pabal.console.audience.leaving import leave_everything
from pabal.console.audience.models import AddressChange, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.domain.links import PublicLinks
from pabal.domain.suppression import Reason, Suppression

NEW = "minji@new.example"


@pytest.fixture
def page(links: PublicLinks, campaign: Campaign, minji: Subscriber) -> str:
    (delivery,) = started(campaign, [minji])
    return f"{links.preferences(delivery)}/address"


def _link(mail: Any) -> str:
    found = re.search(r"http://[^/]+(/a/\S+)", mail.body)
    assert found is not None
    return found[1]


def test_the_new_address_confirms_it(
    as_charlie: Client, page: str, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    as_charlie.post(page, {"email": NEW})
    assert mailoutbox[0].to == [NEW]
    link = _link(mailoutbox[0])
    as_charlie.get(link)
    minji.refresh_from_db()
    assert minji.email == "minji@customer.example"

    as_charlie.post(link)

    minji.refresh_from_db()
    assert (minji.email, minji.address) == (NEW, NEW)


def test_what_was_left_stays_left(
    as_charlie: Client, page: str, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    """정보통신망법 50(2): a refusal is the person's, not the address's."""
    leave_everything(minji, source="x", now=timezone.now())
    as_charlie.post(page, {"email": NEW})
    as_charlie.post(_link(mailoutbox[0]))

    stop = joined_ledger().suppressions([NEW], [])[NEW]
    assert stop.reason is Reason.UNSUBSCRIBED


def test_a_bounce_stays_with_the_old_address(
    as_charlie: Client, page: str, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    stop = Suppression(
        address=minji.address, scope="all", reason=Reason.BOUNCE, since=timezone.now()
    )
    joined_ledger().suppress(stop)
    as_charlie.post(page, {"email": NEW})
    as_charlie.post(_link(mailoutbox[0]))

    assert not joined_ledger().suppressions([NEW], [])


def test_a_link_is_used_once(
    as_charlie: Client, page: str, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    as_charlie.post(page, {"email": NEW})
    link = _link(mailoutbox[0])
    as_charlie.post(link)

    assert as_charlie.post(link).status_code == 410


def test_an_old_link_is_refused(as_charlie: Client, page: str, mailoutbox: list[Any]) -> None:
    as_charlie.post(page, {"email": NEW})
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(days=4))

    assert as_charlie.post(_link(mailoutbox[0])).status_code == 410


def test_somebody_elses_address_is_not_taken(
    as_charlie: Client, page: str, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    """And who asks is not told whether it is somebody's."""
    a_subscriber(NEW)
    answer = as_charlie.post(page, {"email": NEW})
    assert answer.status_code == 302

    assert as_charlie.post(_link(mailoutbox[0])).status_code == 410
    minji.refresh_from_db()
    assert minji.email == "minji@customer.example"


def test_nobody_is_flooded(as_charlie: Client, page: str, mailoutbox: list[Any]) -> None:
    for number in range(5):
        last = as_charlie.post(page, {"email": f"x{number}@new.example"})

    assert len(mailoutbox) == 3
    assert 'class="field-error"' in last.content.decode()


def test_an_address_that_is_none_is_refused_and_kept(
    as_charlie: Client, page: str, mailoutbox: list[Any]
) -> None:
    answer = as_charlie.post(page, {"email": "a@b@c"}).content.decode()

    assert 'value="a@b@c"' in answer
    assert not mailoutbox


def test_a_forged_link_is_refused(as_charlie: Client, db: None) -> None:
    assert as_charlie.post("/a/forged").status_code == 404
