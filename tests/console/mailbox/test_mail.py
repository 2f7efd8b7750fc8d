"""One mail of the mailbox; what is in it is not trusted."""

import pytest
from django.test import Client

from builders.console import ACCEPTED, settled, started
from builders.mails import a_raw_mail, keep
from pabal.console.accounts.models import User
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.transport.mailbox.store import MailboxStore

EVIL = (
    '<html><head><base href="https://evil.example/"></head><body>'
    "<script>parent.document.title = 'taken'</script>"
    '<img src="https://evil.example/pixel"><a href="/u/x">leave</a></body></html>'
)


def test_it_shows_subject_recipient_text_and_headers(
    as_alice: Client, mailbox: MailboxStore
) -> None:
    page = as_alice.get(f"/mailbox/{keep(mailbox)}/").content.decode()

    assert "(광고) 김민지님, 가을 신상품이 나왔습니다" in page
    assert "minji@customer.example" in page
    assert "파발상점 &lt;news@shop.example&gt;" in page


@pytest.mark.parametrize("part", ["", "html", "raw"])
def test_a_mail_to_a_member_is_its_own_and_the_owners(
    as_alice: Client, as_bob: Client, alice: User, bob: User, mailbox: MailboxStore, part: str
) -> None:
    """A link in it may let whoever opens it be that member."""
    of_owner = f"/mailbox/{keep(mailbox, to=alice.email)}/{part}"
    of_marketer = f"/mailbox/{keep(mailbox, to=bob.email.upper())}/{part}"

    assert as_alice.get(of_owner).status_code == as_alice.get(of_marketer).status_code == 200
    assert as_bob.get(of_owner).status_code == 403
    assert as_bob.get(of_marketer).status_code == 200


def test_the_html_is_in_a_frame_without_scripts(as_alice: Client, mailbox: MailboxStore) -> None:
    mail = keep(mailbox, html=EVIL)
    page = as_alice.get(f"/mailbox/{mail}/").content.decode()

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert f'src="/mailbox/{mail}/html"' in page
    assert "evil.example" not in page


def test_the_frame_runs_nothing_and_loads_nothing(as_alice: Client, mailbox: MailboxStore) -> None:
    answer = as_alice.get(f"/mailbox/{keep(mailbox, html=EVIL)}/html")
    policy = answer["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "img-src data: 'self'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


def test_links_open_outside_the_frame(as_alice: Client, mailbox: MailboxStore) -> None:
    """The unsubscribe link is clicked from here; in the frame it would go nowhere."""
    page = as_alice.get(f"/mailbox/{keep(mailbox)}/html").content.decode()

    assert '<head><base target="_blank">' in page


def test_html_without_a_head_has_its_links_open_outside_too(
    as_alice: Client, mailbox: MailboxStore
) -> None:
    page = as_alice.get(f"/mailbox/{keep(mailbox, html='<p>hello</p>')}/html").content.decode()

    assert page.startswith('<base target="_blank">')


def test_the_source_is_shown_byte_for_byte_as_plain_text(
    as_alice: Client, mailbox: MailboxStore
) -> None:
    raw = b"Subject: hi\r\nX: <script>alert(1)</script>\r\n\r\n\xff\x00 <b>body</b>\r\n"
    answer = as_alice.get(f"/mailbox/{mailbox.add(a_raw_mail(raw))}/raw")

    assert answer.content == raw
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_it_can_be_downloaded(as_alice: Client, mailbox: MailboxStore) -> None:
    mail = keep(mailbox)
    answer = as_alice.get(f"/mailbox/{mail}/raw?download")

    assert answer["Content-Disposition"] == f'attachment; filename="{mail}.eml"'


def test_it_leads_to_the_story_of_its_delivery(
    as_alice: Client, mailbox: MailboxStore, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    mail = keep(mailbox, message_id=f"<{delivery}@shop.example>")

    page = as_alice.get(f"/mailbox/{mail}/").content.decode()
    assert f"/campaigns/{campaign.pk}/deliveries/{delivery}/" in page


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: =?utf-8?b?%%%?=\r\n\r\n",
        b"Subject: =?no-such-charset?q?x?=\r\n\r\n",
        b"Content-Type: text/html; charset=no-such\r\n\r\n<p>\xff</p>",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
        b"Message-ID: <0abc1def->\r\nFrom: \xed\x95\x9c\r\n\r\n",
        b"\xff\xfe\x00" * 1000,
    ],
)
def test_a_broken_mail_is_shown_as_far_as_it_goes(
    as_alice: Client, mailbox: MailboxStore, raw: bytes
) -> None:
    mail = mailbox.add(a_raw_mail(raw))

    assert as_alice.get("/mailbox/").status_code == 200
    for page in ("", "html", "raw"):
        assert as_alice.get(f"/mailbox/{mail}/{page}").status_code == 200


@pytest.mark.parametrize("mail_id", ["nothing", "0" * 30, "..-index", "0" * 31])
def test_what_is_not_there_is_not_found(
    as_alice: Client, mailbox: MailboxStore, mail_id: str
) -> None:
    for page in ("", "html", "raw"):
        assert as_alice.get(f"/mailbox/{mail_id}/{page}").status_code == 404
