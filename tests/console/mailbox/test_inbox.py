"""The list of what the built-in mailbox has received."""

from datetime import timedelta

from django.test import Client

from builders.console import ACCEPTED, settled, started
from builders.mails import NOW, a_raw_mail, keep
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.mailbox.finding import PAGE
from pabal.transport.mailbox.store import MailboxStore


def test_an_empty_mailbox_says_so(as_alice: Client, mailbox: MailboxStore) -> None:
    assert "아직 메일이 없습니다" in as_alice.get("/mailbox/").content.decode()


def test_the_newest_mail_comes_first(as_alice: Client, mailbox: MailboxStore) -> None:
    keep(mailbox, subject="먼저", received_at=NOW)
    keep(mailbox, subject="나중", received_at=NOW + timedelta(seconds=1))

    page = as_alice.get("/mailbox/").content.decode()
    assert 0 < page.index("나중") < page.index("먼저")


def test_it_finds_by_a_part_of_the_recipient(as_alice: Client, mailbox: MailboxStore) -> None:
    keep(mailbox, to="minji@customer.example", subject="민지에게")
    keep(mailbox, to="john@customer.example", subject="존에게")

    page = as_alice.get("/mailbox/", {"q": "MINJI"}).content.decode()
    assert "민지에게" in page
    assert "존에게" not in page


def test_finding_nothing_is_said(as_alice: Client, mailbox: MailboxStore) -> None:
    keep(mailbox)

    assert "그런 주소로 간 메일이 없습니다" in as_alice.get("/mailbox/?q=nobody").content.decode()


def test_pages_lead_to_all_mails(as_alice: Client, mailbox: MailboxStore) -> None:
    for number in range(PAGE + 1):
        keep(mailbox, subject=f"mail {number}", received_at=NOW + timedelta(seconds=number))

    first = as_alice.get("/mailbox/").content.decode()
    second = as_alice.get("/mailbox/", {"offset": PAGE}).content.decode()

    assert f"?offset={PAGE}" in first
    assert ">mail 0<" not in first
    assert ">mail 0<" in second
    assert second.count("<tr>") == 2


def test_nonsense_in_the_address_is_passed_over(as_alice: Client, mailbox: MailboxStore) -> None:
    assert as_alice.get("/mailbox/?offset=-5").status_code == 200
    assert as_alice.get("/mailbox/?offset=x").status_code == 200


def test_markup_in_a_subject_stays_text(as_alice: Client, mailbox: MailboxStore) -> None:
    keep(mailbox, subject="<script>alert(1)</script>")

    assert "<script>alert" not in as_alice.get("/mailbox/").content.decode()


def test_a_mail_without_any_header_is_shown(as_alice: Client, mailbox: MailboxStore) -> None:
    mailbox.add(a_raw_mail(b"\r\nbody only\r\n"))

    assert "(제목 없음)" in as_alice.get("/mailbox/").content.decode()


def test_the_mail_of_a_delivery_is_found(
    as_alice: Client, mailbox: MailboxStore, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    mail = keep(mailbox, message_id=f"<{delivery}@shop.example>")
    keep(mailbox)

    assert as_alice.get(f"/mailbox/of/{delivery}/")["Location"] == f"/mailbox/{mail}/"


def test_a_mail_that_is_not_there_is_said_to_be_gone(
    as_alice: Client, mailbox: MailboxStore
) -> None:
    answer = as_alice.get("/mailbox/of/0abc1def-1/")

    assert answer.status_code == 404
    assert "메일함에 없는 메일입니다" in answer.content.decode()
