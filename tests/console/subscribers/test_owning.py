"""A person's own data is given to them, and erased, from their profile."""

import json

import pytest
from django.test import Client

from builders.console import a_member
from pabal.console.accounts.models import AuditEntry
from pabal.console.audience.models import List, Subscriber


def test_all_that_is_known_is_one_file(as_bob: Client, minji: Subscriber) -> None:
    answer = as_bob.get(f"/subscribers/{minji.pk}/data.json")

    assert answer["Content-Disposition"].startswith("attachment")
    known = json.loads(answer.content)
    assert known["address"] == minji.address
    assert known["consent"]


def test_erasing_asks_first(as_bob: Client, minji: Subscriber) -> None:
    page = as_bob.get(f"/subscribers/{minji.pk}/erase/").content.decode()

    assert minji.email in page
    assert Subscriber.objects.get(pk=minji.pk).erased_at is None


def test_whoever_was_erased_is_nowhere_to_be_seen(
    as_bob: Client, news: List, minji: Subscriber
) -> None:
    other = a_member(news, "other@customer.example")
    email = minji.email

    as_bob.post(f"/subscribers/{minji.pk}/erase/")

    table = as_bob.get("/subscribers/").content.decode()
    assert other.email in table
    assert email not in table
    assert "erased subscriber" not in table
    assert as_bob.get(f"/subscribers/{minji.pk}/").status_code == 404
    assert as_bob.get(f"/subscribers/{minji.pk}/data.json").status_code == 404


def test_who_erased_is_noted_and_who_was_erased_is_not_named(
    as_bob: Client, minji: Subscriber
) -> None:
    email = minji.email

    as_bob.post(f"/subscribers/{minji.pk}/erase/")

    entry = AuditEntry.objects.latest("pk")
    assert entry.act == "subscriber erased"
    assert email not in entry.subject


@pytest.mark.parametrize("page", ["", "edit/", "join/", "leave/", "stop/", "lift/"])
def test_no_page_of_theirs_is_left(as_bob: Client, minji: Subscriber, page: str) -> None:
    as_bob.post(f"/subscribers/{minji.pk}/erase/")
    where = f"/subscribers/{minji.pk}/{page}"
    ask = as_bob.get if page in ("", "edit/") else as_bob.post
    assert ask(where).status_code == 404


def test_nobody_adds_them_again_by_hand(as_bob: Client, news: List, minji: Subscriber) -> None:
    """By a form as little as by a file: only they themselves come back."""
    other = a_member(news, "other@customer.example")
    email = minji.email
    as_bob.post(f"/subscribers/{minji.pk}/erase/")

    for path in ("/subscribers/add/", f"/subscribers/{other.pk}/edit/"):
        page = as_bob.post(path, {"email": email, "language": "ko"}).content.decode()
        assert "삭제를 요청한" in page
    assert not Subscriber.people.filter(address=email).exists()
