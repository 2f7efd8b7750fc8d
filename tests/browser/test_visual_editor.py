"""A mail is written by pointing at it; its source, and what reads it, stay what they were."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from browser.tabs import DESK, PHONE, Tabs, resize, write_in_editor
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

    # The menu of the page puts its values there too.
    page.locator("details.insert summary").click()
    page.locator("details.insert").get_by_role("button", name="points").click()
    _until(page, "{{ grade | default('') }}{{ points | default(0) | comma }}")

    # The live preview follows, and undoing gives back what was there.
    page.frame_locator("iframe.mail").get_by_text("지금").wait_for()
    undo = page.get_by_role("button", name="실행 취소")
    page.locator(".box.chosen").wait_for()
    for _ in range(9):
        undo.evaluate("button => button.click()")
    page.wait_for_function(
        "before => document.getElementById('id_body').value === before", arg=before
    )
    expect(undo).to_be_disabled()
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


def test_an_image_is_uploaded_and_put_in_with_its_words(tabs: Tabs, tmp_path: Path) -> None:
    page = tabs.of_owner("ko")
    _copy(page, "restock_reminder")
    _enter(page)
    page.locator("[data-piece=image]").click()
    picker = page.get_by_role("dialog", name="이미지 고르기")
    coat = tmp_path / "coat.png"
    Image.new("RGB", (900, 300), "#446688").save(coat)
    picker.locator("[type=file]").set_input_files(coat)
    picker.get_by_label("이미지 설명").first.fill("파란 코트")
    picker.get_by_role("button", name="올리기", exact=True).click()
    picker.locator("[data-made]").wait_for()
    assert barriers(page) == []
    picker.locator("[data-chosen] button").click()

    _until(page, 'alt="파란 코트" width="600px"')
    shown = page.frame_locator("iframe.there").get_by_alt_text("파란 코트")
    shown.wait_for()
    assert shown.evaluate("image => image.naturalWidth") == 900

    # In the code editor it goes to where somebody is typing.
    page.get_by_role("button", name="코드 편집기").click()
    write_in_editor(page, page.get_by_role("textbox", name="소스"), "Control+End")
    page.get_by_role("link", name="이미지 고르기").click()
    picker.locator("[data-src]").first.click()
    picker.locator("[data-chosen] button").click()
    page.wait_for_function(
        "() => document.getElementById('id_body').value.trim().endsWith('width=\"600px\" />')"
    )


def test_what_it_cannot_hold_is_said_and_stays_code(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    _copy(page, "order_thanks")
    page.locator(".cm-content").first.wait_for()
    torn = "<mjml><mj-body>\n{% if a %}<mj-section>{% endif %}</mj-section></mj-body></mjml>"
    _put(page, torn)
    page.get_by_role("button", name="비주얼 편집기").click()
    page.get_by_text("2번째 줄").first.wait_for()
    expect(page.get_by_role("textbox", name="소스")).to_be_visible()
    assert _source(page) == torn
    page.get_by_label("HTML", exact=True).check()
    page.get_by_role("button", name="비주얼 편집기").click()
    page.get_by_text("비주얼 편집기는 MJML용입니다").wait_for()


def test_what_is_typed_is_saved_however_soon_and_what_is_wrong_is_kept(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    _copy(page, "event_invitation")
    _enter(page)
    _choose(page, "새로 문을 여는")
    words = page.get_by_role("textbox", name="내용")
    words.fill("{{ name")
    page.get_by_role("button", name="저장").click()
    page.get_by_text("이렇게 바꾸면 메일이 깨집니다").wait_for()
    page.locator("#visual-outline button").first.click()
    assert words.text_content() == "{{ name"

    words.fill("{{ name | default('고객') }}님, 서둘러요")
    page.get_by_role("button", name="저장").click()
    page.get_by_text("템플릿을 저장했습니다").wait_for()
    assert "{{ name | default('고객') }}님, 서둘러요</mj-text>" in _source(page)


def test_a_block_that_the_reader_does_not_get_is_found_in_the_list(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    _copy(page, "event_invitation")
    block = "{% if not email %}<mj-spacer height='9px' />{% endif %}"
    _put(page, _source(page).replace("<mj-divider", f"{block}<mj-divider"))
    _enter(page)
    page.locator("#visual-outline").get_by_role("button", name="여백").click()
    page.get_by_text("이 구독자의 메일에는 이 블록이 없습니다").wait_for()
    assert page.get_by_label("높이").input_value() == "9px"


def test_it_fits_and_keeps_nobody_out(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    page.goto(f"/campaigns/{tabs.shop.draft}/edit/")
    before = _source(page)
    page.locator("[data-mode=visual]").click()
    page.locator(".box").first.wait_for()
    by_key = page.locator("#visual-outline button").nth(3)
    by_key.press("Enter")
    page.locator(".visual-form").wait_for()
    assert by_key.evaluate("button => button === document.activeElement")
    assert barriers(page) == []
    assert overflow(page) == []

    resize(page, PHONE)
    page.locator("#visual-narrow").wait_for()
    page.locator(".cm-content").first.wait_for()
    assert overflow(page) == []
    resize(page, DESK)
    page.locator(".box").first.wait_for()
    assert _source(page) == before
