"""A key is shown once, kept hashed, and opens nothing once it is revoked."""

import re
from datetime import datetime, time, timedelta
from hashlib import sha256

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from builders.console import NOW
from console.api.calling import Caller, refused, told
from pabal.console.accounts.models import AuditEntry, Role, User
from pabal.console.api.errors import KeyMissing, KeyUnknown, TooOften
from pabal.console.api.keys import MOST_A_MINUTE, make_key, recognise, revoke
from pabal.console.api.models import ApiKey

KEYS = "/settings/keys/"
_TEXT = re.compile(r"pabal_[0-9a-f]{8}_[\w-]{43}")


def test_an_owner_makes_a_key_and_sees_it_once(as_alice: Client) -> None:
    answer = as_alice.post(KEYS, {"name": "쇼핑몰", "role": "marketer"})

    found = _TEXT.search(answer.content.decode())
    assert found is not None
    assert "no-store" in answer["Cache-Control"]
    told(Caller(key=found[0]).ask("GET", "campaigns"))
    again = as_alice.get(KEYS).content.decode()
    assert "쇼핑몰" in again
    assert _TEXT.search(again) is None


def test_nothing_that_is_kept_opens_anything(as_alice: Client) -> None:
    """Whoever reads the database, the sessions in it too, has no key."""
    page = as_alice.post(KEYS, {"name": "쇼핑몰", "role": "viewer"}).content.decode()
    text = _TEXT.search(page)
    assert text is not None

    key = ApiKey.objects.get()
    assert key.digest == sha256(text[0].encode()).hexdigest()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert text[0] not in repr(cursor.fetchall()), table


@pytest.mark.parametrize("role", [Role.OWNER, Role.APPROVER])
def test_no_key_owns_or_approves(as_alice: Client, role: Role) -> None:
    as_alice.post(KEYS, {"name": "쇼핑몰", "role": role.value})

    assert not ApiKey.objects.exists()


def test_a_revoked_key_opens_nothing_from_the_next_request_on(
    as_alice: Client, shop: Caller
) -> None:
    told(shop.ask("GET", "campaigns"))
    as_alice.post(f"{KEYS}{ApiKey.objects.get().pk}/revoke/")

    assert refused(shop.ask("GET", "campaigns"), 401) == "key-unknown"


def test_making_and_revoking_is_noted_once_with_the_keys_name(
    alice: User, as_alice: Client, shop: Caller
) -> None:
    key = ApiKey.objects.get()
    for _ in range(2):
        as_alice.post(f"{KEYS}{key.pk}/revoke/")

    noted = list(AuditEntry.objects.order_by("pk").values_list("who", "act", "subject"))
    assert noted[-2:] == [
        (alice.pk, "key made", f"web shop ({key.prefix}): marketer"),
        (alice.pk, "key revoked", f"web shop ({key.prefix})"),
    ]


def test_what_a_program_does_is_noted_as_the_programs(
    as_alice: Client, news: object, shop: Caller
) -> None:
    told(shop.ask("PUT", "subscribers/minji@customer.example", {}))

    assert f"web shop ({ApiKey.objects.get().prefix})" in (
        as_alice.get("/settings/activity/").content.decode()
    )


def test_the_last_use_is_known_to_the_minute(alice: User) -> None:
    made, text = make_key("web shop", Role.VIEWER, by=alice, now=NOW)
    for seconds, noted, asked in ((0, 0, 1), (59, 0, 2), (61, 60, 1), (100, 60, 2)):
        recognise(f"Bearer {text}", now=NOW + timedelta(seconds=seconds))
        made.refresh_from_db()
        assert made.last_used_at == NOW + timedelta(seconds=noted)
        assert made.asked == asked


def test_a_key_asks_no_more_than_it_may_in_a_minute(alice: User) -> None:
    _made, text = make_key("web shop", Role.VIEWER, by=alice, now=NOW)
    recognise(f"Bearer {text}", now=NOW)
    ApiKey.objects.update(asked=MOST_A_MINUTE - 1)

    recognise(f"Bearer {text}", now=NOW + timedelta(seconds=1))
    with pytest.raises(TooOften, match="600 times"):
        recognise(f"Bearer {text}", now=NOW + timedelta(seconds=59))
    recognise(f"Bearer {text}", now=NOW + timedelta(seconds=60))


def test_whoever_asks_too_often_is_told_when_to_come_back(shop: Caller) -> None:
    this_minute = timezone.now().replace(second=0, microsecond=0)
    ApiKey.objects.update(last_used_at=this_minute, asked=MOST_A_MINUTE)

    answer = shop.ask("GET", "campaigns")
    if answer.status_code == 200:  # the minute has just ended
        ApiKey.objects.update(asked=MOST_A_MINUTE)
        answer = shop.ask("GET", "campaigns")

    assert refused(answer, 429) == "too-often"
    assert 1 <= int(answer["Retry-After"]) <= 60


def test_a_key_opens_nothing_behind_its_last_day(as_alice: Client) -> None:
    form = {"name": "쇼핑몰", "role": "viewer", "expires_on": "2026-01-31"}
    page = as_alice.post(KEYS, form).content.decode()
    assert "이미 지난 날짜입니다" in page
    assert not ApiKey.objects.exists()

    today = timezone.localdate()
    page = as_alice.post(KEYS, form | {"expires_on": today.isoformat()}).content.decode()
    text = _TEXT.search(page)
    assert text is not None
    told(Caller(key=text[0]).ask("GET", "campaigns"))
    end = ApiKey.objects.get().expires_at
    assert end == timezone.make_aware(datetime.combine(today, time.min)) + timedelta(days=1)
    with pytest.raises(KeyUnknown):
        recognise(f"Bearer {text[0]}", now=end)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Bearer "])
def test_without_a_key_nobody_is_asked_which(db: None, header: str) -> None:
    with pytest.raises(KeyMissing):
        recognise(header, now=NOW)


class TestGuesses(TestCase):
    """Whatever is sent in a key's place, it is no key."""

    @classmethod
    def setUpTestData(cls) -> None:
        owner = User.objects.create_user(email="alice@shop.example", role=Role.OWNER)
        cls.key, cls.text = make_key("web shop", Role.MARKETER, by=owner, now=NOW)
        gone, cls.gone = make_key("old shop", Role.MARKETER, by=owner, now=NOW)
        revoke(gone, by=owner, now=NOW)

    @given(st.data())
    def test_no_other_text_opens_anything(self, data: st.DataObject) -> None:
        """Also not one that differs in one letter, is cut off, or has something behind it."""
        place = data.draw(st.integers(0, len(self.text)))
        put = data.draw(st.text(min_size=1, max_size=3))
        near = self.text[:place] + put + self.text[place + data.draw(st.integers(0, 1)) :]
        cut = self.text[: data.draw(st.integers(1, len(self.text) - 1))]
        for guess in (near, cut, put, self.gone):
            if guess.strip() and guess.strip() != self.text:
                with pytest.raises(KeyUnknown):
                    recognise(f"Bearer {guess}", now=NOW)
