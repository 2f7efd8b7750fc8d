"""One table over all operations: who may, who may not, and how a refusal looks."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from builders.console import NOW
from console.api.calling import BASE, Caller, refused, told
from pabal.console.accounts.access import ALLOWED, Act
from pabal.console.accounts.models import Role, User
from pabal.console.api.answering import MOST_BYTES
from pabal.console.api.calling import Operation
from pabal.console.api.keys import make_key, revoke
from pabal.console.api.models import ApiKey
from pabal.console.api.operations import OPERATIONS
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign

READING = {"list_campaigns", "show_campaign", "show_subscriber"}
_NAMES = [operation.name for operation in OPERATIONS]

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=_NAMES)


@pytest.fixture
def path(campaign: Campaign, minji: Subscriber, operation: Operation) -> str:
    return operation.path.format(id=campaign.pk, address=minji.email)


def _untouched(minji: Subscriber, campaign: Campaign) -> bool:
    campaign.refresh_from_db()
    minji.refresh_from_db()
    is_on_list = minji.memberships.filter(status="subscribed").exists()
    return campaign.status == "draft" and minji.erased_at is None and is_on_list


@every_operation
def test_without_a_key_nothing_is_done(
    operation: Operation, path: str, minji: Subscriber, campaign: Campaign
) -> None:
    answer = Caller().ask(operation.method, path, {})

    assert refused(answer, 401) == "key-missing"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert _untouched(minji, campaign)


@every_operation
def test_a_revoked_key_does_nothing(
    operation: Operation, path: str, alice: User, minji: Subscriber, campaign: Campaign
) -> None:
    key, text = make_key("old shop", Role.MARKETER, by=alice, now=NOW)
    revoke(key, by=alice, now=NOW)

    assert refused(Caller(key=text).ask(operation.method, path, {}), 401) == "key-unknown"
    assert _untouched(minji, campaign)


@every_operation
def test_a_viewers_key_reads(
    operation: Operation, path: str, viewer: Caller, minji: Subscriber, campaign: Campaign
) -> None:
    answer = viewer.ask(operation.method, path, None if operation.method == "GET" else {})

    if operation.name in READING:
        told(answer)
    else:
        assert refused(answer, 403) == "key-forbids"
    assert _untouched(minji, campaign)


@every_operation
def test_a_marketers_key_is_let_through(operation: Operation, path: str, shop: Caller) -> None:
    answer = shop.ask(operation.method, path, None if operation.method == "GET" else {})

    assert answer.status_code in (200, 204, 409, 422), answer.content
    assert operation.act in ALLOWED[Role.MARKETER]


def test_no_operation_is_an_owners_or_an_approvers() -> None:
    assert not {Act.MANAGE, Act.APPROVE_CAMPAIGNS} & {each.act for each in OPERATIONS}


@every_operation
def test_a_browser_that_is_signed_in_is_a_stranger(
    operation: Operation, path: str, as_alice: Client, minji: Subscriber, campaign: Campaign
) -> None:
    """A page of another site could send its cookies along."""
    answer = as_alice.generic(operation.method, BASE + path, b"{}", "application/json")

    assert refused(answer, 401) == "key-missing"
    assert _untouched(minji, campaign)


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "HEAD", "DELETE"])
def test_another_method_is_told_which_there_are(
    campaign: Campaign, shop: Caller, method: str
) -> None:
    answer = shop.ask(method, f"campaigns/{campaign.pk}")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET"


@pytest.mark.parametrize("path", ["nothing", "campaigns/", "", "campaigns/x/y/z"])
def test_an_address_that_there_is_not_is_a_problem_too(shop: Caller, path: str) -> None:
    assert refused(shop.ask("GET", path), 404) == "path-unknown"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"\xff", b'{"list": "\\ud800"}', b'{"unknown": 1}', b"1" * 5000]
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_body_that_is_none_of_ours_is_said_to_be_wrong(
    minji: Subscriber, shop: Caller, method: str, body: bytes
) -> None:
    path = f"subscribers/{minji.email}" + ("/unsubscribe" if method == "POST" else "")
    answer = shop.ask(method, path, body)

    assert refused(answer, 422) == "request-invalid"
    assert json.loads(answer.content)["errors"]


def test_a_body_of_more_than_100_kb_is_not_read(minji: Subscriber, shop: Caller) -> None:
    body = b'{"attributes": {' + b" " * MOST_BYTES + b"}}"

    assert refused(shop.ask("PUT", f"subscribers/{minji.email}", body), 413) == "request-too-large"


def test_an_error_speaks_the_callers_language_and_its_code_does_not(
    shop: Caller, settings: Settings
) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"language": "auto"})
    said = set()
    for language in ("ko", "en"):
        answer = Client().get(BASE + "campaigns", headers={"Accept-Language": language})
        assert refused(answer, 401) == "key-missing"
        said.add(json.loads(answer.content)["detail"])
    assert len(said) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"unknown": 1}',
        b'{"language": "xx"}',
        b'{"list": ""}',
        b'{"list": 1}',
        b'{"list": "\\u0000"}',
        b'{"attributes": 1}',
        b'{"attributes": {"for": "x"}}',
        b'{"consent": {"wording": "x", "at": "2026-01-31T09:30:00", "source": "y"}}',
        b'{"consent": {"wording": "x", "at": "then", "source": "y"}}',
        b'{"consent": {"wording": "x", "at": "2026-01-31T09:30:00Z", "source": "y"}}',
        b'{"consent": {"at": "2026-01-31T09:30:00Z"}}',
    ],
)
def test_what_is_wrong_with_a_value_is_said_in_the_callers_language(
    shop: Caller, body: bytes
) -> None:
    answer = shop.ask("PUT", "subscribers/dana@customer.example", body)

    faults = json.loads(answer.content)["errors"]
    assert faults
    assert all(re.search("[가-힣]", fault["detail"]) for fault in faults), faults


def test_a_mistake_of_ours_is_a_problem_too(shop: Caller) -> None:
    """And not a page, which no program reads."""
    ApiKey.objects.update(role="nobody that there is")

    assert refused(shop.ask("GET", "campaigns"), 500) == "unforeseen"


def test_where_the_database_fails_the_program_is_to_repeat_it(shop: Caller) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE api_apikey RENAME TO out_of_reach")

    answer = shop.ask("GET", "campaigns")

    assert refused(answer, 503) == "database-away"
    assert int(answer["Retry-After"]) > 0
