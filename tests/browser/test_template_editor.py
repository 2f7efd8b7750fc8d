"""Whoever writes a template sees at once what comes of it, and loses nothing."""

from playwright.sync_api import Page

from browser.tabs import DESK, PHONE, Tabs, prefer, resize

_SHOWN = "[data-trouble]"
_MARKED = ".cm-lint-marker-error"


def test_what_is_typed_is_seen_and_what_is_wrong_is_marked_at_its_line(tabs: Tabs) -> None:
    page = _editor(tabs)
    _type_at_start(page, "{{ name | nothing }}\n")
    page.locator(_SHOWN).wait_for()
    page.locator(_MARKED).wait_for()
    line = page.locator(_SHOWN).get_attribute("data-trouble")
    assert line == "1"

    page.locator(".cm-content").press("Control+End")
    page.locator("[data-line]").click()
    page.keyboard.press("Shift+End")
    assert page.evaluate(_CHOSEN) == "{{ name | nothing }}"
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    page.locator(_MARKED).wait_for(state="detached")
    mail = page.frame_locator("iframe.mail")
    mail.get_by_text("한 주 잘 보내셨나요?").wait_for()

    page.locator("[data-insert]").first.evaluate("button => button.closest('details').open = true")
    inserted = page.locator("[data-insert]").first.get_attribute("data-insert") or ""
    page.locator("[data-insert]").first.click()
    assert (page.locator("#id_body").input_value()).startswith(inserted)


def test_what_was_typed_before_the_session_ended_comes_back(tabs: Tabs) -> None:
    page = _editor(tabs)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="pabal_session")
    _type_at_start(page, "<!-- mine -->")
    page.locator("#session-ended").wait_for()

    page.context.add_cookies(cookies)
    page.reload()
    page.locator("#restored").wait_for()
    assert page.locator(".cm-content").inner_text().startswith("<!-- mine -->")


def test_two_who_write_one_template_lose_nothing(tabs: Tabs) -> None:
    mine = _editor(tabs)
    theirs = mine.context.new_page()
    theirs.goto(mine.url)
    _type_at_start(theirs, "<!-- theirs -->")
    _save(theirs)
    theirs.get_by_text("버전 2", exact=True).wait_for()
    _type_at_start(mine, "<!-- mine -->")
    with mine.expect_response(lambda answer: answer.status == 409):
        _save(mine)

    mine.locator("details summary", has_text="내용").first.wait_for()
    assert "<!-- theirs -->" in mine.locator("textarea[readonly]").input_value()
    assert mine.locator(".cm-content").inner_text().startswith("<!-- mine -->")


def test_the_editor_is_left_by_tab_and_fits_a_phone(tabs: Tabs) -> None:
    page = _editor(tabs)
    resize(page, PHONE)
    page.locator(".cm-content").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "editor"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


_CHOSEN = "document.getElementById('editor').shadowRoot.getSelection?.().toString()"


def _editor(tabs: Tabs) -> Page:
    """The editor of a template that has just been taken from the gallery."""
    page = tabs.of_owner()
    prefer(page, "ko")
    resize(page, DESK)
    page.goto("/templates/")
    letter = page.locator(".gallery").last.locator("li", has_text="주간 편지")
    letter.get_by_role("button", name="내 템플릿으로 가져오기").click()
    page.locator(".cm-content").wait_for()
    return page


def _type_at_start(page: Page, text: str) -> None:
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(text)


def _save(page: Page) -> None:
    page.get_by_role("button", name="저장").first.click()
