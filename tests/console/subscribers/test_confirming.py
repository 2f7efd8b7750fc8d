"""Old consents that an import brings wait for a decision, which the start page asks for."""

from datetime import timedelta

import pytest
from django.test import Client

from builders.console import NOW, a_member
from pabal.console.accounts.models import AuditEntry
from pabal.console.audience.models import ConsentNotice, List


@pytest.fixture
def old_consent(news: List) -> None:
    a_member(news, consented_at=NOW - timedelta(days=800))


@pytest.mark.usefixtures("old_consent")
@pytest.mark.parametrize(("does", "campaign"), [("tell", ""), ("settle", "outside")])
def test_the_start_page_leads_to_the_question_until_it_is_answered(
    as_bob: Client, does: str, campaign: str
) -> None:
    assert "/subscribers/confirmations/" in as_bob.get("/").content.decode()
    assert "1명" in as_bob.get("/subscribers/confirmations/").content.decode()

    as_bob.post("/subscribers/confirmations/", {"do": does})

    assert ConsentNotice.objects.get().campaign == campaign
    assert AuditEntry.objects.latest("pk").subject == "1"
    assert "/subscribers/confirmations/" not in as_bob.get("/").content.decode()


def test_where_nothing_is_due_the_page_says_so(as_bob: Client) -> None:
    assert "사람이 없습니다" in as_bob.get("/subscribers/confirmations/").content.decode()
