"""Signing in by the link that the terminal prints."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pabal.console.accounts.models import SpentLink, User
from pabal.console.accounts.signing_in import LinkSpent, redeem, sign_in_link


def test_it_signs_in(as_charlie: Client, alice: User) -> None:
    answer = as_charlie.get(sign_in_link(alice, timezone.now()), follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assert answer.context["request"].user == alice


def test_it_signs_in_once(alice: User) -> None:
    path = sign_in_link(alice, timezone.now())

    assert Client().get(path).status_code == 302
    second = Client().get(path)

    assert second.status_code == 403
    assert "pabal_session" not in second.cookies


def test_it_is_valid_for_ten_minutes(alice: User) -> None:
    now = timezone.now()
    token = sign_in_link(alice, now).rpartition("/")[2]

    with pytest.raises(LinkSpent):
        redeem(token, now + timedelta(minutes=10, seconds=2))
    assert redeem(token, now + timedelta(minutes=9, seconds=58)) == alice


def test_a_forged_link_signs_nobody_in(as_charlie: Client, alice: User) -> None:
    path = sign_in_link(alice, timezone.now())
    forged = path[:-12] + path[-12:].swapcase()

    assert as_charlie.get(forged).status_code == 403
    assert not SpentLink.objects.exists()


def test_whoever_was_shut_out_is_not_signed_in(as_charlie: Client, alice: User) -> None:
    path = sign_in_link(alice, timezone.now())
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert as_charlie.get(path).status_code == 403


def test_it_cannot_be_posted(alice: User) -> None:
    assert Client().post(sign_in_link(alice, timezone.now())).status_code == 405


def test_used_links_are_forgotten_when_they_would_have_run_out(alice: User) -> None:
    now = timezone.now()
    redeem(sign_in_link(alice, now).rpartition("/")[2], now)
    later = now + timedelta(hours=1)
    redeem(sign_in_link(alice, later).rpartition("/")[2], later)

    assert SpentLink.objects.count() == 1
