"""Any service that shares a secret with us may tell events."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from pabal.domain.identity import DeliveryId
from pabal.feedback.webhook import signature_of

Told = Callable[[], list[tuple[str, str]]]


def an_event(delivery: str, **changed: object) -> dict[str, Any]:
    return {
        "id": "evt-1",
        "event": "bounced",
        "delivery": delivery,
        "code": 550,
        "enhanced": "5.1.1",
        "text": "no such user",
        **changed,
    }


def post(
    client: Client, told: object, secret: str, *, minutes: float = 0, path: str = "/hooks/events"
) -> HttpResponse:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    signed_at = timezone.now() + timedelta(minutes=minutes)
    header = signature_of(body, secret=secret, at=signed_at)
    return client.post(path, body, content_type="application/json", HTTP_PABAL_SIGNATURE=header)


def test_a_signed_event_is_applied_once(
    stranger: Client, secret: str, delivery: DeliveryId, told: Told
) -> None:
    for minutes in (0, -3):
        answer = post(stranger, an_event(delivery), secret, minutes=minutes)
        assert answer.status_code == 200
        assert b"1 applied" in answer.content
    assert told() == [("bounced", "hard")]


def test_whoever_does_not_know_the_secret_tells_nothing(
    stranger: Client, secret: str, delivery: DeliveryId, told: Told
) -> None:
    assert post(stranger, an_event(delivery), secret + "2").status_code == 403
    assert post(stranger, an_event(delivery), secret, minutes=-6).status_code == 403
    unsigned = stranger.post("/hooks/events", an_event(delivery), content_type="application/json")
    assert unsigned.status_code == 403
    assert told() == []


def test_what_is_about_nothing_of_ours_is_passed_over(
    stranger: Client, secret: str, db: None
) -> None:
    answer = post(stranger, an_event("zzzzzzzz-1"), secret)
    assert (answer.status_code, b"0 applied, 1 about" in answer.content) == (200, True)


@pytest.mark.parametrize("body", [b"[]", b"{" * 100_000, b"\xff", b'{"id": "a"}'])
def test_garbage_is_unreadable_whoever_signs_it(stranger: Client, secret: str, body: bytes) -> None:
    assert post(stranger, body, secret).status_code == 400


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "가" * 10_000, "\r\n.\r\n"])
def test_any_words_are_kept_somehow(
    stranger: Client, secret: str, delivery: DeliveryId, told: Told, text: str
) -> None:
    event = an_event(delivery, text=text, label=text, address=text)
    assert post(stranger, event, secret).status_code == 200
    assert told() == [("bounced", "hard")]


def test_a_body_without_end_is_not_read(stranger: Client, secret: str) -> None:
    assert post(stranger, b"x" * 20_000_000, secret).status_code == 413


def test_a_body_must_say_its_length(stranger: Client, secret: str) -> None:
    """Nobody would find out why a signature does not fit that is right."""
    assert post(stranger, b"", secret).status_code == 411


def test_where_no_secret_is_set_nothing_is_there(stranger: Client) -> None:
    assert post(stranger, an_event("x"), "").status_code == 404


def test_a_database_that_is_out_is_to_be_told_again(
    stranger: Client, secret: str, delivery: DeliveryId, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("database_out")
    assert post(stranger, an_event(delivery), secret).status_code == 503
