"""Whoever is signed in sees on which devices, in words that they know them by."""

import pytest
from django.test import Client
from django.utils import timezone

from pabal.console.accounts.devices import named
from pabal.console.accounts.models import User
from pabal.console.accounts.signing_in import sign_in_link

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (f"{_WINDOWS}Chrome/143.0.0.0 Safari/537.36", "Chrome · Windows"),
        (f"{_WINDOWS}Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0", "Edge · Windows"),
        (f"{_WINDOWS}Chrome/143.0.0.0 Whale/4.30 Safari/537.36", "Whale · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26) Version/26.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) SamsungBrowser/29.0", "Samsung Internet · Android"),
        ("curl/8.14.1", "curl/8.14.1"),
        ("", ""),
    ],
)
def test_a_device_is_named_by_browser_and_system(user_agent: str, said: str) -> None:
    assert named(user_agent) == said


def test_a_session_that_a_link_began_is_on_the_list(alice: User) -> None:
    browser = Client(headers={"user-agent": f"{_WINDOWS}Chrome/143.0.0.0 Safari/537.36"})
    browser.get(sign_in_link(alice, timezone.now()))

    page = browser.get("/account/sessions/").content.decode()

    assert "Chrome · Windows" in page
    assert "이 기기" in page


def test_the_words_of_the_library_are_ours_where_its_own_are_none(as_alice: Client) -> None:
    """And ours are not those of another page: “Confirm” once asked to confirm a subscription."""
    as_alice.logout()
    assert "다시 정하는 링크" in as_alice.get("/forgotten/").content.decode()


def test_whoever_was_invited_is_led_on_to_the_pages(as_charlie: Client) -> None:
    page = as_charlie.get("/forgotten/done/").content.decode()

    assert 'href="/sign-in/"' in page.partition("<main")[2].partition("</main>")[0]


def test_whoever_has_to_show_again_who_they_are_is_asked_to_confirm(alice: User) -> None:
    browser = Client()
    browser.get(sign_in_link(alice, timezone.now()))

    page = browser.get("/account/factors/totp/activate/", follow=True).content.decode()

    assert "본인 확인" in page
    assert "구독" not in page.partition("<main")[2].partition("</main>")[0]
