"""The first person answers once, and everything that a mailing needs is there."""

from django.test import Client

from pabal.console.accounts.models import AuditEntry, User, organisation
from pabal.console.campaigns.models import SenderIdentity

ANSWERS = {
    "owner_name": "김민지",
    "owner_email": "Minji@Shop.example",
    "password": "seven horses run",
    "name": "파발상점",
    "postal_address": "서울특별시 종로구 세종대로 1",
    "phone": "02-123-4567",
    "email": "help@shop.example",
    "sender_name": "파발상점",
    "sender_address": "news@shop.example",
}


def test_the_answers_make_an_account_an_organisation_and_a_sender(
    as_alice: Client, alice: User
) -> None:
    answer = as_alice.post("/set-up/", ANSWERS)

    assert answer["Location"] == "/settings/sending/"
    alice.refresh_from_db()
    assert (alice.name, alice.email) == ("김민지", "minji@shop.example")
    assert organisation().is_named
    sender = SenderIdentity.objects.get()
    assert (sender.address, sender.company) == ("news@shop.example", "파발상점")
    assert sender.contact_email == "help@shop.example"
    assert [entry.act for entry in AuditEntry.objects.all()] == ["signed in", "set up"]


def test_whoever_answered_stays_signed_in_and_signs_in_with_the_password(as_alice: Client) -> None:
    as_alice.post("/set-up/", ANSWERS)

    assert as_alice.get("/settings/sending/").status_code == 200
    elsewhere = Client().post(
        "/sign-in/", {"login": "minji@shop.example", "password": "seven horses run"}
    )
    assert elsewhere["Location"] == "/"


def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(as_alice: Client) -> None:
    wrong = ANSWERS | {"password": "1234567890", "sender_address": "news at shop", "phone": ""}

    page = as_alice.post("/set-up/", wrong).content.decode()

    assert page.count('class="field-error"') == 3
    assert 'value="news at shop"' in page
    assert "1234567890" not in page
    assert not SenderIdentity.objects.exists()
    assert not organisation().name


def test_somebody_elses_address_is_not_taken_over(as_alice: Client, bob: User) -> None:
    page = as_alice.post("/set-up/", ANSWERS | {"owner_email": bob.email}).content.decode()

    assert page.count('class="field-error"') == 1
    assert User.objects.filter(email=bob.email).count() == 1


def test_it_is_asked_once(as_alice: Client) -> None:
    as_alice.post("/set-up/", ANSWERS)

    assert as_alice.get("/set-up/")["Location"] == "/settings/organisation/"


def test_the_start_page_counts_what_is_missing(as_alice: Client) -> None:
    before = as_alice.get("/").content.decode()
    as_alice.post("/set-up/", ANSWERS)
    after = as_alice.get("/").content.decode()

    assert before.count('<li class="done">') == 0
    assert after.count('<li class="done">') == 2
    assert "/set-up/" in before
    assert "/set-up/" not in after
