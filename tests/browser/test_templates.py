"""A marketer finds a template by its looks, and keeps what became of it."""

from browser.tabs import DESK, Tabs, prefer, resize


def test_from_the_gallery_to_a_template_of_ones_own(tabs: Tabs) -> None:
    page = tabs.of_owner()
    prefer(page, "ko")
    resize(page, DESK)
    page.goto("/campaigns/new/")
    page.get_by_role("link", name="템플릿 모아 보기").click()
    shown = page.locator(".gallery li", has=page.get_by_role("heading", name="주간 편지"))
    letter = shown.frame_locator("iframe").get_by_text("한 주 잘 보내셨나요?")
    letter.wait_for()
    shown.get_by_role("link", name="이 템플릿으로 시작").click()
    assert page.get_by_role("radio", name="주간 편지").is_checked()

    page.get_by_role("textbox", name="이름").fill("첫 편지")
    page.get_by_role("button", name="계속").click()
    page.wait_for_url("**/edit/")
    assert "이번 주 편지" in page.get_by_role("textbox", name="제목").first.input_value()
    page.get_by_label("더 보기").click()
    page.get_by_role("link", name="템플릿으로 저장").click()
    page.get_by_role("textbox", name="템플릿 이름").fill("우리 가게 편지")
    page.get_by_role("button", name="저장").click()

    page.get_by_role("heading", name="우리 가게 편지").wait_for()
    page.frame_locator("iframe.mail").get_by_text("한 주 잘 보내셨나요?").wait_for()
    page.goto("/templates/")
    assert page.get_by_role("link", name="우리 가게 편지").is_visible()
