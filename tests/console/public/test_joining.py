"""Anybody may ask to be on a list that is open; the link in a mail puts them on it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone

from pabal.console.audience.erasing import erase, erased_among, installed_aliases
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import Consent, List, Membership, SignUp, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.suppression import Reason, Suppression

PAGE = "/join/news/"


@pytest.fixture(autouse=True)
def _open(news: List) -> None:
    List.objects.filter(pk=news.pk).update(takes_sign_ups=True)


def _filled(**answers: str) -> dict[str, str]:
    then = timezone.now().timestamp() - 10
    shown = TimestampSigner(salt="sign-up").sign(f"{then:.0f}|")
    usual = {"email": "dana@customer.example", "name": "다나", "privacy": "on", "shown": shown}
    return usual | answers


def _link(mail: Any) -> str:
    found = re.search(r"http://[^/]+(/j/\S+)", mail.body)
    assert found is not None
    return found[1]


def test_nothing_is_ticked_and_the_consents_are_apart(as_charlie: Client) -> None:
    """망법 50(1), KISA guide (K3): not bundled, not ticked, and named by the law's word."""
    page = as_charlie.get(PAGE).content.decode()

    assert " checked" not in page
    assert page.count('type="checkbox"') == 2
    assert "광고성 정보 수신동의" in page


def test_the_link_in_the_mail_puts_them_on_the_list(
    as_charlie: Client, news: List, mailoutbox: list[Any]
) -> None:
    as_charlie.post(PAGE, _filled(advertising="on"))
    link = _link(mailoutbox[0])
    as_charlie.get(link)
    assert not Subscriber.objects.exists()

    as_charlie.post(link)

    dana = Subscriber.objects.get()
    assert (dana.email, dana.attributes) == ("dana@customer.example", {"name": "다나"})
    membership = Membership.objects.get(list=news, subscriber=dana)
    assert membership.consented_at is not None
    consent = Consent.objects.get()
    assert consent.source == "sign-up form"
    assert "광고성 정보 수신동의" in consent.wording
    assert consent.origin == "127.0.0.1"


def test_without_the_second_tick_they_are_on_it_without_consent(
    as_charlie: Client, news: List, mailoutbox: list[Any]
) -> None:
    """개인정보 보호법 22(5): who agrees to no advertising is not turned away."""
    as_charlie.post(PAGE, _filled())
    as_charlie.post(_link(mailoutbox[0]))

    assert Membership.objects.get(list=news).consented_at is None
    assert not Consent.objects.exists()


def test_confirming_twice_changes_nothing(as_charlie: Client, mailoutbox: list[Any]) -> None:
    as_charlie.post(PAGE, _filled(advertising="on"))
    for _time in range(2):
        assert as_charlie.post(_link(mailoutbox[0])).status_code == 200

    assert Consent.objects.count() == 1


def test_whoever_had_left_comes_back(
    as_charlie: Client, news: List, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    leave_list(minji, news, source="x", now=timezone.now())

    as_charlie.post(PAGE, _filled(email=minji.email, advertising="on"))
    as_charlie.post(_link(mailoutbox[0]))

    assert Membership.objects.get(list=news).status == Membership.Status.SUBSCRIBED
    assert not joined_ledger().suppressions([minji.address], [f"list:{news.pk}"])


def test_a_mailbox_that_is_gone_stays_suppressed(
    as_charlie: Client, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    stop = Suppression(
        address=minji.address, scope="all", reason=Reason.BOUNCE, since=timezone.now()
    )
    joined_ledger().suppress(stop)

    as_charlie.post(PAGE, _filled(email=minji.email, advertising="on"))
    as_charlie.post(_link(mailoutbox[0]))

    assert joined_ledger().suppressions([minji.address], [])


def test_the_privacy_box_has_to_be_ticked(as_charlie: Client, mailoutbox: list[Any]) -> None:
    page = as_charlie.post(PAGE, _filled(privacy="")).content.decode()

    assert page.count('class="field-error"') == 1
    assert 'value="dana@customer.example"' in page
    assert not mailoutbox


def test_a_robot_is_thanked_and_forgotten(as_charlie: Client, mailoutbox: list[Any]) -> None:
    answer = as_charlie.post(PAGE, _filled(website="https://spam.example"))

    assert answer.status_code == 200
    assert not mailoutbox
    assert not SignUp.objects.exists()


@pytest.mark.parametrize("shown", ["", "forged", "1|:x:y"])
def test_a_form_of_elsewhere_leads_to_ours_with_nothing_ticked(
    as_charlie: Client, mailoutbox: list[Any], shown: str
) -> None:
    page = as_charlie.post(PAGE, _filled(shown=shown, advertising="on")).content.decode()

    assert 'value="dana@customer.example"' in page
    assert " checked" not in page
    assert "거의 다 되었습니다" in page, "it says why it asks again"
    assert not mailoutbox


def test_an_answer_within_a_blink_is_asked_for_again(
    as_charlie: Client, mailoutbox: list[Any]
) -> None:
    now = timezone.now().timestamp()
    as_charlie.post(PAGE, _filled(shown=TimestampSigner(salt="sign-up").sign(f"{now:.0f}|")))

    assert not mailoutbox


def test_nobody_is_flooded(as_charlie: Client, mailoutbox: list[Any]) -> None:
    pages = {as_charlie.post(PAGE, _filled()).content for _time in range(6)}

    assert len(mailoutbox) == 3
    assert len(pages) == 1


def test_one_network_cannot_write_to_everybody(as_charlie: Client, mailoutbox: list[Any]) -> None:
    answers = [
        as_charlie.post(PAGE, _filled(email=f"person{number}@customer.example"))
        for number in range(21)
    ]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert len(mailoutbox) == 20


def test_an_address_that_is_none_is_refused_at_its_field(
    as_charlie: Client, mailoutbox: list[Any]
) -> None:
    page = as_charlie.post(PAGE, _filled(email="a@b\r\nBcc: eve@x.example")).content.decode()

    assert page.count('class="field-error"') == 1
    assert not mailoutbox


def test_a_link_is_good_for_three_days(as_charlie: Client, mailoutbox: list[Any]) -> None:
    as_charlie.post(PAGE, _filled())
    SignUp.objects.update(asked_at=timezone.now() - timedelta(days=3, seconds=1))

    assert as_charlie.post(_link(mailoutbox[0])).status_code == 410
    assert not Subscriber.objects.exists()


def test_a_closed_list_has_no_page(as_charlie: Client, news: List, mailoutbox: list[Any]) -> None:
    as_charlie.post(PAGE, _filled())
    List.objects.filter(pk=news.pk).update(takes_sign_ups=False)

    assert as_charlie.get(PAGE).status_code == 404
    assert as_charlie.post(_link(mailoutbox[0])).status_code == 410


def test_a_forged_link_is_refused(as_charlie: Client) -> None:
    assert as_charlie.post("/j/forged").status_code == 404


def test_a_server_that_is_off_is_said_and_what_was_typed_is_kept(
    as_charlie: Client, settings: Any, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port

    page = as_charlie.post(PAGE, _filled()).content.decode()

    assert 'role="alert"' in page
    assert 'value="dana@customer.example"' in page


def test_whoever_was_erased_may_come_back_by_their_own_link(
    as_charlie: Client, news: List, minji: Subscriber, mailoutbox: list[Any]
) -> None:
    """No file brings them back; they do themselves, as somebody who is new."""
    address = minji.address
    erase(address, installed_aliases(), now=timezone.now())

    as_charlie.post(PAGE, _filled(email=address, advertising="on"))
    as_charlie.post(_link(mailoutbox[0]))

    assert not erased_among([address], installed_aliases())
    back = Subscriber.objects.get(address=address)
    assert back.pk != minji.pk
    assert Membership.objects.get(subscriber=back, list=news).consented_at is not None


def test_erasing_takes_what_was_asked_for_too(as_charlie: Client, mailoutbox: list[Any]) -> None:
    as_charlie.post(PAGE, _filled())

    erase("dana@customer.example", installed_aliases(), now=timezone.now())

    assert not SignUp.objects.exists()
