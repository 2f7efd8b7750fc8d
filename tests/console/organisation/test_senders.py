"""Senders and the records of their domains."""

import re
from typing import Any

from django.test import Client

from pabal.console.accounts.models import Organisation
from pabal.console.campaigns.models import SenderIdentity
from pabal.console.domains.models import DkimKey, SendingDomain

SENDER = {
    "name": "파발상점",
    "address": "news@shop.example",
    "reply_to": "",
    "company": "파발상점",
    "postal_address": "서울특별시 종로구 세종대로 1",
    "phone": "02-123-4567",
    "contact_email": "help@shop.example",
}


def test_a_sender_is_added_and_leads_to_its_domain(as_bob: Client) -> None:
    answer = as_bob.post("/settings/senders/new/", SENDER)

    assert answer["Location"] == "/settings/domains/shop.example/"
    assert SenderIdentity.objects.get().bounce_domain == "shop.example"


def test_the_organisations_contact_is_already_there(as_bob: Client) -> None:
    Organisation.objects.create(pk=1, name="파발상점", phone="02-123-4567")

    page = as_bob.get("/settings/senders/new/").content.decode()

    assert 'value="02-123-4567"' in page


def test_a_sender_is_changed(as_bob: Client) -> None:
    as_bob.post("/settings/senders/new/", SENDER)
    sender = SenderIdentity.objects.get()

    as_bob.post(f"/settings/senders/{sender.pk}/", SENDER | {"phone": "1588-0000"})

    sender.refresh_from_db()
    assert sender.phone == "1588-0000"


def test_an_address_that_is_none_is_refused_at_its_field(as_bob: Client) -> None:
    page = as_bob.post("/settings/senders/new/", SENDER | {"address": "a@b@c"}).content.decode()

    assert 'value="a@b@c"' in page
    assert page.count('class="field-error"') == 1


def test_a_header_cannot_be_smuggled_in_by_a_name(as_bob: Client) -> None:
    as_bob.post("/settings/senders/new/", SENDER | {"name": "a\r\nBcc: eve@x.example"})

    assert not SenderIdentity.objects.filter(name__contains="\n").exists()


def test_keys_are_made_and_the_records_shown(as_bob: Client) -> None:
    as_bob.post("/settings/domains/shop.example/", {"transport": "smtp", "spf": "ip4:192.0.2.1"})

    assert DkimKey.objects.filter(domain__name="shop.example").count() == 2
    page = as_bob.get("/settings/domains/shop.example/").content.decode()
    assert "_domainkey.shop.example" in page
    assert "v=DMARC1" in page
    assert "PRIVATE KEY" not in page


def test_terms_that_are_none_are_refused_in_words(as_bob: Client) -> None:
    asked = {"transport": "smtp", "spf": "ip4:999.1.1.1"}
    page = as_bob.post("/settings/domains/shop.example/", asked).content.decode()

    assert 'role="alert"' in page
    assert not SendingDomain.objects.exists()


def test_what_a_domain_lacks_is_said_at_its_field_and_without_options_of_a_command(
    as_bob: Client,
) -> None:
    page = as_bob.post("/settings/domains/shop.example/", {"transport": "smtp", "spf": ""})

    (said,) = re.findall(
        r'class="field has-error">.*?id="id_spf".*?</div>', page.content.decode(), re.S
    )
    assert "어느 서버가 보내는지 알 수 없습니다" in said
    assert "--spf" not in said


def test_a_name_that_is_no_domain_is_looked_up_by_nobody(as_bob: Client) -> None:
    page = as_bob.get("/settings/domains/nothing/look/")

    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()


def test_a_test_mail_is_handed_over(as_alice: Client, mailoutbox: list[Any]) -> None:
    as_alice.post("/settings/sending/", {"to": "alice@shop.example"})

    assert mailoutbox[0].to == ["alice@shop.example"]
    assert mailoutbox[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_server_that_is_off_is_named_at_the_field(
    as_alice: Client, settings: Any, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port

    page = as_alice.post("/settings/sending/", {"to": "alice@shop.example"}).content.decode()

    assert page.count('class="field-error"') == 1
    assert 'value="alice@shop.example"' in page
