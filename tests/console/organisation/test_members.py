"""Members are invited by mail, given roles, and shut out at once."""

import re
from typing import Any

import pytest
from django.test import Client

from pabal.console.accounts.models import AuditEntry, Role, User

MEMBERS = "/settings/members/"
NEW = {"email": "dana@shop.example", "name": "다나", "role": "viewer"}


def test_an_invitation_is_a_link_at_which_a_password_is_chosen(
    as_alice: Client, mailoutbox: list[Any]
) -> None:
    as_alice.post(MEMBERS, NEW)

    (mail,) = mailoutbox
    assert mail.to == ["dana@shop.example"]
    assert mail.subject.endswith("파발 초대")
    assert "초대했습니다" in mail.body, "it speaks of no password that was forgotten"
    link = re.search(r"http://[^/]+(/forgotten/\S+)", mail.body)
    assert link is not None
    dana = Client()
    form = dana.get(link[1], follow=True)
    chosen = {"password1": "a relay of horses", "password2": "a relay of horses"}
    dana.post(form.redirect_chain[-1][0], chosen)
    signed_in = dana.post("/sign-in/", {"login": NEW["email"], "password": "a relay of horses"})
    assert signed_in["Location"] == "/"
    assert dana.get("/settings/members/").status_code == 403


def test_a_link_of_an_invitation_works_once(as_alice: Client, mailoutbox: list[Any]) -> None:
    as_alice.post(MEMBERS, NEW)
    link = re.search(r"http://[^/]+(/forgotten/\S+)", mailoutbox[0].body)
    assert link is not None
    chosen = {"password1": "a relay of horses", "password2": "a relay of horses"}
    first = Client()
    first.post(first.get(link[1], follow=True).redirect_chain[-1][0], chosen)

    second = Client().get(link[1], follow=True)

    assert "password1" not in second.content.decode()


def test_nobody_is_invited_twice(as_alice: Client, bob: User, mailoutbox: list[Any]) -> None:
    page = as_alice.post(MEMBERS, NEW | {"email": bob.email}).content.decode()

    assert page.count('class="field-error"') == 1
    assert not mailoutbox


def test_an_invitation_that_cannot_be_sent_says_so(
    as_alice: Client, settings: Any, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port

    page = as_alice.post(MEMBERS, NEW, follow=True).content.decode()

    assert 'class="note bad"' in page
    assert "연결이 거부되었습니다" in page
    assert User.objects.filter(email="dana@shop.example").exists()


def test_a_role_is_given(as_alice: Client, bob: User) -> None:
    as_alice.post(f"{MEMBERS}{bob.pk}/", {"act": "role", f"{bob.pk}-role": "viewer"})

    bob.refresh_from_db()
    assert bob.role == Role.VIEWER
    assert AuditEntry.objects.latest("pk").subject == "bob@shop.example: viewer"


def test_a_role_that_there_is_not_changes_nothing(as_alice: Client, bob: User) -> None:
    as_alice.post(f"{MEMBERS}{bob.pk}/", {"act": "role", f"{bob.pk}-role": "king"})

    bob.refresh_from_db()
    assert bob.role == Role.MARKETER


@pytest.mark.parametrize("act", ["role", "shut out"])
def test_an_owner_cannot_lock_themselves_out(as_alice: Client, alice: User, act: str) -> None:
    as_alice.post(f"{MEMBERS}{alice.pk}/", {"act": act, f"{alice.pk}-role": "viewer"})

    alice.refresh_from_db()
    assert (alice.role, alice.is_active) == (Role.OWNER, True)


def test_whoever_is_shut_out_is_out_at_once_and_can_be_let_in_again(
    as_alice: Client, bob: User
) -> None:
    of_bob = Client()
    of_bob.post("/sign-in/", {"login": bob.email, "password": "correct horse"})
    assert of_bob.get("/campaigns/").status_code == 200

    as_alice.post(f"{MEMBERS}{bob.pk}/", {"act": "shut out"})
    assert of_bob.get("/campaigns/").status_code == 302
    wanted = Client().post("/sign-in/", {"login": bob.email, "password": "correct horse"})
    assert wanted.get("Location", "") != "/"

    as_alice.post(f"{MEMBERS}{bob.pk}/", {"act": "let in"})
    again = Client().post("/sign-in/", {"login": bob.email, "password": "correct horse"})
    assert again["Location"] == "/"
