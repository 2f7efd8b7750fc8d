"""A mail is written by pointing at it; its source, and what reads it, stay what they were."""

import pytest
from playwright.sync_api import Page

from browser.tabs import DESK, PHONE, Tabs, resize
from pabal.console.mail_templates.gallery import GALLERY
from servers.browser import barriers, overflow

_SOURCE = "#id_body"


def _copy(page: Page, name: str) -> None:
    page.goto("/templates/")
    page.locator(".gallery li", has=page.locator(f"[src*='/{name}/']")).get_by_role(
        "button"
    ).click()
    page.wait_for_url("**/edit/")


def _enter(page: Page) -> None:
    page.get_by_role("button", name="비주얼 편집기").click()
    page.locator(".box").first.wait_for()


def _choose(page: Page, words: str) -> None:
    """By the mail itself: whatever block shows these words."""
    label = page.locator("#visual-outline button", has_text=words).last
    number = label.get_attribute("data-select")
    page.locator(f".box[data-select='{number}']").click(position={"x": 5, "y": 5})
    page.locator(f".visual-form[data-block='{number}']").wait_for()


def _source(page: Page) -> str:
    return page.locator(_SOURCE).input_value()


def _until(page: Page, part: str) -> None:
    page.wait_for_function(
        "part => document.getElementById('id_body').value.includes(part)", arg=part
    )


def _put(page: Page, source: str) -> None:
    """Write into the field as another hand does: a draft that is put back."""
    page.evaluate(
        """text => { const area = document.getElementById('id_body'); area.value = text;
        for (const name of ['input', 'change'])
          area.dispatchEvent(new Event(name, {bubbles: true})) }""",
        source,
    )


def test_a_mail_that_is_opened_and_saved_is_the_same(tabs: Tabs) -> None:
    """Every mail of the gallery, with each of its blocks looked at."""
    page = tabs.of_owner("ko")
    _copy(page, "order_thanks")
    _enter(page)
    for template in GALLERY:
        body = template.source().body
        _put(page, body)
        title = body.split("<mj-title>")[1].split("</mj-title>")[0]
        page.wait_for_function(
            """title => {
              const frame = document.querySelector('iframe.there')
              return frame?.contentDocument?.title === title &&
                document.querySelectorAll('.canvas iframe').length === 1 }""",
            arg=title,
        )
        page.locator("#visual-outline button").last.click()
        page.locator(".box.chosen").wait_for()
        assert page.locator(".box").count() >= 15
        assert _source(page) == body
    page.get_by_role("button", name="저장").click()
    page.get_by_text("템플릿을 저장했습니다").wait_for()
    assert _source(page) == GALLERY[-1].source().body


def test_words_are_written_with_a_value_of_each_reader(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    _copy(page, "season_sale")
    _enter(page)
    _choose(page, "name님")
    words = page.get_by_role("textbox", name="내용")
    assert words.locator(".chip").first.text_content() == "name"
    before = _source(page)

    words.press("Control+End")
    words.press_sequentially(" 지금 ")
    words.press("Shift+ArrowLeft")
    page.locator("[data-insert-value]").select_option(label="grade")
    _until(page, "지금{{ grade | default('') }}")
    assert words.locator(".chip").last.text_content() == "grade"
    page.frame_locator("iframe.there").get_by_text("지금").wait_for()

    # The live preview follows, and undoing gives back what was there.
    page.frame_locator("iframe.mail").get_by_text("지금").wait_for()
    undo = page.get_by_role("button", name="실행 취소")
    while undo.is_enabled():
        undo.click()
        page.wait_for_timeout(100)
    assert _source(page) == before
    page.get_by_role("button", name="다시 실행").click()
    _until(page, "지금")


def test_blocks_are_put_in_dragged_and_deleted(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    page.set_viewport_size({"width": DESK, "height": 2400})
    _copy(page, "weekly_letter")
    _enter(page)
    before = _source(page)
    lead = page.locator("#visual-outline button", has_text="한 주 잘 보내셨나요").last
    number = lead.get_attribute("data-select")

    box = page.locator(f".box[data-select='{number}']")
    page.locator("[data-piece=divider]").drag_to(box, target_position={"x": 60, "y": 3})
    _until(page, '<mj-divider border-width="1px"')
    divider = _source(page).index("<mj-divider border-width")
    assert divider < _source(page).index("한 주 잘 보내셨나요")

    chosen = page.locator(".box.chosen")
    chosen.wait_for()
    below = page.locator(f".box[data-select='{int(number or 0) + 1}']")
    bounds = below.bounding_box()
    assert bounds is not None
    chosen.drag_to(below, target_position={"x": 60, "y": bounds["height"] - 4})
    page.wait_for_function(
        "() => { const all = document.getElementById('id_body').value;"
        " return all.indexOf('<mj-divider border-width') > all.indexOf('한 주 잘 보내셨나요'); }"
    )
    page.get_by_role("button", name="삭제").click()
    page.wait_for_function(
        "before => document.getElementById('id_body').value === before", arg=before
    )


def test_what_it_cannot_hold_is_said_and_stays_code(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    _copy(page, "order_thanks")
    page.locator(".cm-content").wait_for()
    torn = "<mjml><mj-body>\n{% if a %}<mj-section>{% endif %}</mj-section></mj-body></mjml>"
    _put(page, torn)
    page.get_by_role("button", name="비주얼 편집기").click()
    page.get_by_text("2번째 줄").first.wait_for()
    assert page.get_by_role("textbox", name="소스").is_visible()
    assert _source(page) == torn
    page.get_by_label("HTML", exact=True).check()
    page.get_by_role("button", name="비주얼 편집기").click()
    page.get_by_text("비주얼 편집기는 MJML용입니다").wait_for()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_it_fits_and_keeps_nobody_out(tabs: Tabs, language: str) -> None:
    page = tabs.of_owner(language)
    page.goto(f"/campaigns/{tabs.shop.draft}/edit/")
    before = _source(page)
    page.locator("[data-mode=visual]").click()
    page.locator(".box").first.wait_for()
    page.locator("#visual-outline button").nth(3).click()
    page.locator(".visual-form").wait_for()
    if language == "ko":
        assert barriers(page) == []
    assert overflow(page) == []

    resize(page, PHONE)
    page.locator("#visual-narrow").wait_for()
    page.locator(".cm-content").wait_for()
    assert overflow(page) == []
    resize(page, DESK)
    page.locator(".box").first.wait_for()
    assert _source(page) == before
