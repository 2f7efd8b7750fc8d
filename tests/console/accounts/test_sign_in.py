"""Signing in with a password, signing out, and the language."""

from django.test import Client

from pabal.console.accounts.models import AuditEntry, User

RIGHT = {"login": "alice@shop.example", "password": "correct horse"}


def test_a_password_signs_in(alice: User) -> None:
    answer = Client().post("/sign-in/", RIGHT, follow=True)

    assert answer.context["request"].user == alice


def test_a_wrong_password_is_answered_at_the_form_and_the_address_kept(alice: User) -> None:
    answer = Client().post("/sign-in/", RIGHT | {"password": "wrong"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'role="alert"' in page
    assert 'value="alice@shop.example"' in page


def test_an_unknown_address_is_answered_like_a_wrong_password(alice: User) -> None:
    wrong = Client().post("/sign-in/", RIGHT | {"password": "wrong"})
    unknown = Client().post("/sign-in/", RIGHT | {"login": "nobody@shop.example"})

    def alert(page: str) -> str:
        return page.partition('role="alert">')[2].partition("<")[0]

    assert alert(wrong.content.decode()) == alert(unknown.content.decode()) != ""


def test_it_asks_for_a_csrf_token(as_charlie: Client, alice: User) -> None:
    assert as_charlie.post("/sign-in/", RIGHT).status_code == 403


def test_it_leads_to_the_page_that_was_asked_for(alice: User) -> None:
    asked = Client().get("/mailbox/")
    assert asked.headers["Location"] == "/sign-in/?next=/mailbox/"

    assert Client().post("/sign-in/", RIGHT | {"next": "/mailbox/"})["Location"] == "/mailbox/"


def test_it_does_not_lead_away_from_pabal(alice: User) -> None:
    answer = Client().post("/sign-in/", RIGHT | {"next": "https://evil.example/"})

    assert answer["Location"] == "/"


def test_signing_out_needs_a_post(as_alice: Client) -> None:
    as_alice.get("/sign-out/")
    assert as_alice.get("/campaigns/").status_code == 200

    as_alice.post("/sign-out/")
    assert as_alice.get("/").status_code == 302


def test_the_language_is_remembered(as_alice: Client, alice: User) -> None:
    answer = as_alice.post("/language/", {"language": "en", "next": "/mailbox/"})

    assert answer["Location"] == "/mailbox/"
    assert '<html lang="en">' in as_alice.get("/campaigns/").content.decode()


def test_a_language_that_does_not_exist_changes_nothing(as_alice: Client, alice: User) -> None:
    as_alice.post("/language/", {"language": "xx", "next": "https://evil.example/"})

    alice.refresh_from_db()
    assert alice.language == ""


def test_the_language_cannot_be_changed_by_a_get(as_alice: Client) -> None:
    assert as_alice.get("/language/").status_code == 405


def test_pages_are_korean_unless_the_browser_says_otherwise(db: None) -> None:
    korean = Client().get("/sign-in/").content.decode()
    english = Client().get("/sign-in/", headers={"Accept-Language": "en"}).content.decode()

    assert '<html lang="ko">' in korean
    assert '<html lang="en">' in english


def test_whoever_guesses_is_locked_out_for_a_while(alice: User) -> None:
    """Even the right password is not looked at any more, and the answer says why."""
    for number in range(6):
        Client().post("/sign-in/", RIGHT | {"password": f"guess {number}"})

    answer = Client().post("/sign-in/", RIGHT)

    assert "여러 번 실패해 잠시 막았습니다" in answer.content.decode()
    assert Client().get("/campaigns/").status_code == 302


def test_nobody_joins_by_themselves(db: None) -> None:
    form = {"email": "eve@shop.example", "password1": "correct horse", "password2": "correct horse"}
    Client().post("/sign-up/", form)

    assert not User.objects.exists()


def test_a_sign_in_is_noted(alice: User) -> None:
    Client().post("/sign-in/", RIGHT)

    assert [entry.act for entry in AuditEntry.objects.all()] == ["signed in"]
