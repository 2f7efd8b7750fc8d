"""Programs that ask at once are answered as if they had asked one after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from builders.console import NOW, a_campaign, a_list, a_user
from console.api.calling import Caller, refused, told
from pabal.console.accounts.models import AuditEntry, Role
from pabal.console.api.keys import make_key
from pabal.console.audience.models import Consent, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Check

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]

PROGRAMS = 4
DIGEST = "ab" * 32
JISU = "subscribers/jisu@customer.example"


@pytest.fixture
def program() -> Caller:
    owner = a_user()
    return Caller(key=make_key("web shop", Role.MARKETER, by=owner, now=NOW)[1])


def test_somebody_who_is_put_at_once_is_added_once_with_all_that_was_said(
    program: Caller,
) -> None:
    news = a_list()

    def put(number: int) -> Any:
        consent = {"wording": "동의", "at": "2026-11-20T00:00:00Z", "source": "order"}
        asked = {"attributes": {f"said_{number}": "yes"}, "list": "news", "consent": consent}
        return program.ask("PUT", JISU, asked)

    for answer in _at_once(put):
        told(answer)

    jisu = Subscriber.objects.get()
    assert jisu.attributes == {f"said_{number}": "yes" for number in range(PROGRAMS)}
    assert news.memberships.count() == Consent.objects.count() == 1
    assert AuditEntry.objects.filter(act="subscriber added").count() == 1


def test_a_start_that_is_asked_for_at_once_is_done_and_noted_once(program: Caller) -> None:
    draft = a_campaign(a_list())
    Campaign.objects.update(prepared_digest=DIGEST)
    Check.objects.create(
        campaign=draft,
        state=Check.State.DONE,
        asked_at=NOW,
        finished_at=NOW,
        version=draft.version,
        digest=DIGEST,
        passed=True,
        findings=[],
        figures={},
    )

    def start(number: int) -> Any:
        path = f"campaigns/{draft.pk}/start"
        return program.ask("POST", path, {"digest": DIGEST if number else "cd" * 32})

    other, *same = _at_once(start)

    assert refused(other, 409) in ("not-ready", "not-a-draft")
    assert {told(answer)["status"] for answer in same} == {"preparing"}
    assert AuditEntry.objects.filter(act="campaign started").count() == 1


def _at_once(ask: Callable[[int], Any]) -> list[Any]:
    def asked(number: int) -> Any:
        try:
            return ask(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(PROGRAMS) as pool:
        return list(pool.map(asked, range(PROGRAMS)))
