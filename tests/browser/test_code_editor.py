"""Source is written in an editor that knows where it is wrong; without it, in a form."""

from browser.tabs import Tabs, write_in_editor


def test_from_the_gallery_to_a_saved_template(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    page.goto("/templates/")
    shown = page.locator(".gallery li", has=page.get_by_role("heading", name="재입고 알림"))
    shown.get_by_role("button", name="내 템플릿으로 복사").click()
    mail = page.frame_locator("iframe.mail")
    mail.get_by_text("주식회사").first.wait_for()
    editor = page.get_by_role("textbox", name="소스")

    # A value of each reader is put where somebody was typing.
    write_in_editor(page, editor, "Control+End")
    page.locator("details.insert summary").click()
    page.get_by_role("button", name="name").first.click()
    assert page.locator("#id_body").input_value().rstrip().endswith("{{ name | default('고객') }}")
    editor.press("Control+z")

    # What is wrong is said, marked at its line, and led to.
    write_in_editor(page, editor, "Control+Home", "{% if %}")
    page.locator("#trouble .note").wait_for()
    page.locator(".cm-lint-marker-error").wait_for()
    page.get_by_role("button", name="1번째 줄 보기").click()
    assert page.evaluate("getSelection().toString()").startswith("{% if %}")

    editor.press("Home")
    for _ in "{% if %}":
        editor.press("Delete")
    page.locator("#trouble:not([data-is-bad])").wait_for(state="attached")
    page.get_by_role("textbox", name="제목").fill("다시 들어왔어요")
    page.get_by_role("button", name="저장").click()
    page.get_by_text("템플릿을 저장했습니다").wait_for()
    assert page.get_by_role("textbox", name="제목").input_value() == "다시 들어왔어요"


def test_the_mail_can_be_seen_in_the_dark(tabs: Tabs) -> None:
    page = tabs.of_owner("ko")
    page.goto("/templates/")
    shown = page.locator(".gallery li", has=page.get_by_role("heading", name="신상품"))
    shown.get_by_role("button", name="내 템플릿으로 복사").click()
    words = page.frame_locator("iframe.mail").get_by_text("님, 아침저녁으로")
    colour = "each => getComputedStyle(each).backgroundColor"
    ground = page.frame_locator("iframe.mail").locator(".ground").first
    words.wait_for()
    by_day = ground.evaluate(colour)
    page.get_by_label("다크 모드").check()
    page.wait_for_function("document.querySelectorAll('.htmx-request').length === 0")
    words.wait_for()
    page.wait_for_timeout(500)
    assert ground.evaluate(colour) != by_day


def test_it_is_written_without_javascript_too(tabs: Tabs) -> None:
    context = tabs.chromium.new_context(
        base_url=tabs.shop.url,
        java_script_enabled=False,
        extra_http_headers={"Accept-Language": "ko"},
    )
    context.add_cookies(
        [{"name": "pabal_session", "value": tabs.shop.session, "url": tabs.shop.url}]
    )
    page = context.new_page()
    page.goto("/templates/")
    page.get_by_role("button", name="새 템플릿").click()
    page.get_by_role("button", name="보기").click()
    page.frame_locator("iframe.mail").get_by_text("수신거부").first.wait_for()
    page.locator("#id_body").fill("<p>{{ unsubscribe_url }}</p>")
    page.get_by_role("button", name="저장").click()
    page.get_by_text("템플릿을 저장했습니다").wait_for()
    context.close()
