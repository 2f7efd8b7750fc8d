"""A second factor: turned on, asked for, and useless to whoever steals the database."""

import base64
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.test import Client

from pabal.console.accounts.models import User

SIGN_IN = {"login": "alice@shop.example", "password": "correct horse"}
PERIOD = 30  # seconds


@pytest.fixture(autouse=True)
def _next_code_is_taken(settings: Any) -> None:
    """A code works once; rather than wait for the next one, it is taken early."""
    settings.MFA_TOTP_TOLERANCE = 1


def _code(secret: str, *, after: int = 0) -> str:
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), PERIOD, enforce_key_length=False)
    return totp.generate(int(time.time()) + after).decode()


def _turned_on(client: Client) -> str:
    """Turn the authenticator app on, and return its secret."""
    client.post("/sign-in/", SIGN_IN)
    client.post("/account/again/", {"password": SIGN_IN["password"]})
    page = client.get("/account/factors/totp/activate/")
    secret = str(page.context["form"].secret)
    client.post("/account/factors/totp/activate/", {"code": _code(secret)})
    return secret


def test_it_is_asked_for_once_it_is_on(alice: User) -> None:
    secret = _turned_on(Client())

    client = Client()
    answer = client.post("/sign-in/", SIGN_IN)
    assert answer["Location"] == "/account/factors/authenticate/"
    assert client.get("/campaigns/").status_code == 302

    client.post("/account/factors/authenticate/", {"code": _code(secret, after=PERIOD)})
    assert client.get("/campaigns/").status_code == 200


def test_a_wrong_code_lets_nobody_in(alice: User) -> None:
    _turned_on(Client())
    client = Client()
    client.post("/sign-in/", SIGN_IN)

    client.post("/account/factors/authenticate/", {"code": "000000"})

    assert client.get("/campaigns/").status_code == 302


def test_its_secret_is_sealed_in_the_database(alice: User) -> None:
    secret = _turned_on(Client())

    kept = str(Authenticator.objects.get(type=Authenticator.Type.TOTP).data)

    assert secret not in kept


def test_the_password_is_asked_for_again_before_it_is_turned_on(alice: User) -> None:
    client = Client()
    client.post("/sign-in/", SIGN_IN)

    answer = client.get("/account/factors/totp/activate/")

    assert answer["Location"].startswith("/account/again/")


def test_the_image_to_scan_is_allowed_on_that_page_alone(alice: User) -> None:
    client = Client()
    client.post("/sign-in/", SIGN_IN)
    client.post("/account/again/", {"password": SIGN_IN["password"]})

    page = client.get("/account/factors/totp/activate/")
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    assert "data:" not in client.get("/account/factors/")["Content-Security-Policy"]
