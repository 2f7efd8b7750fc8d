"""A marketer brings customers in, finds one, and asks for those whom a mail concerns."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.shop import Shop, open_shop
from browser.tabs import DESK, PHONE, open_tabs

DATA = Path(__file__).parents[1] / "data"
WORDING = "광고성 정보 수신에 동의합니다"


@contextmanager
def _working(shop: Shop) -> Generator[subprocess.Popen[str]]:
    """Run a worker beside the shop's pages."""
    log = shop.installation.home.parent / "worker.log"
    worker = shop.installation.start("worker", log=log)
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(timeout=30)


@pytest.mark.parametrize(
    ("language", "width", "words"),
    [
        (
            "ko",
            DESK,
            ("파일 가져오기", "다음", "파일 확인하기", "가져오기", "세그먼트 추가", "저장"),
        ),
        (
            "en",
            PHONE,
            ("Import a file", "Go on", "Check the file", "Import ", "Add a segment", "Save"),
        ),
    ],
)
def test_from_a_file_to_a_segment(
    tmp_path: Path, chromium: Browser, language: str, width: int, words: tuple[str, ...]
) -> None:
    upload, go_on, check, do_import, new_segment, save = words
    with open_shop(tmp_path) as shop, _working(shop), open_tabs(chromium, shop) as tabs:
        page = tabs.of_owner(language, width=width)
        page.goto("/subscribers/")
        page.get_by_role("link", name=upload).click()
        page.locator("[type=file]").set_input_files(DATA / "customers-messy-cp949.csv")
        page.locator("#id_list").select_option(label="고객")
        page.get_by_role("button", name=go_on).click()

        page.locator("#id_wording").fill(WORDING)
        page.get_by_role("button", name=check).click()
        page.get_by_role("button", name=do_import).click(timeout=30_000)
        page.get_by_role("link", name="CSV").wait_for(timeout=30_000)
        expect(page.locator(".badge-good").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert "refused" in download.value.path().read_text("utf-8-sig")

        _find_one(page)
        _ask_for_gold(page, new_segment, save)


def _find_one(page: Page) -> None:
    page.goto("/subscribers/")
    page.locator("[name=q]").fill("이지호")
    page.locator("[name=q]").press("Enter")
    page.get_by_role("link", name="customer001@example.net").click()
    expect(page.get_by_text(WORDING).first).to_be_visible()


def _ask_for_gold(page: Page, new_segment: str, save: str) -> None:
    """Every choice shows at once who fits."""
    page.goto("/segments/")
    page.get_by_role("link", name=new_segment).click()
    fitting = page.locator("aside .figure-line strong")
    expect(fitting).to_have_text("32")  # all, before anything is chosen
    page.locator("#g0-c0-subject").select_option("attribute:text:grade")
    page.locator("#g0-c0-value").fill("gold")
    page.locator("#name").fill("골드 고객")
    page.locator("#name").blur()
    expect(fitting).not_to_have_text("32")
    expect(fitting).not_to_have_text("0")
    page.locator("form#segment .toolbar").get_by_role("button", name=save).click()
    page.get_by_role("link", name="골드 고객", exact=True).wait_for()
