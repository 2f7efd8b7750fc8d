"""A report is printed whole: every figure is on paper, and nothing runs off it."""

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, PdfMargins

from browser.shop import Shop
from browser.tabs import Tabs, prefer

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
MARGIN = 34.0  # points: the 12 mm that are left white; a table that is too wide runs into it
ON_SCREEN = {
    "ko": ["로그아웃", "CSV로 내려받기", "어디를 클릭했는지 보기"],
    "en": ["Sign out", "Download as CSV", "Show where people clicked"],
}
_WORD = re.compile(r'<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">(.*)</word>')
_PAGE = re.compile(r'<page width="(\S+)" height="(\S+)">')
# What is to be read on paper: all that is on the page but its menus and buttons.
_TEXTS = """() => {
  const texts = []
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  while (walker.nextNode())
    if (walker.currentNode.parentElement.checkVisibility({visibilityProperty: true})
        && !walker.currentNode.parentElement.closest('title, .unseen'))
      texts.push(walker.currentNode.data)
  return texts
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A printed page. words: with the box of each: left, top, right and bottom, in points."""

    width: float
    height: float
    words: Sequence[tuple[float, float, float, float, str]]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_report_is_on_paper_as_it_is_on_the_screen(shop: Shop, tabs: Tabs, language: str) -> None:
    """With all its texts, within the margins, and without menus and buttons."""
    page = tabs.of_owner()
    prefer(page, language)
    page.goto(f"/campaigns/{shop.promotion}/")
    for part in ("#spread h2", "#use h2"):
        page.locator(part).first.wait_for()
    papers = _printed(page, PICTURES / f"report-{language}.pdf")

    assert 2 <= len(papers) <= 6
    assert all(paper.words for paper in papers), "no sheet is empty"
    printed = _letters(word[-1] for paper in papers for word in paper.words)
    page.emulate_media(media="print")
    texts = " ".join(page.evaluate(_TEXTS)).split()
    assert [text for text in texts if _letters([text]) not in printed] == []
    assert [text for text in ON_SCREEN[language] if _letters([text]) in printed] == []
    for paper in papers:
        outside = [word for word in paper.words if not _is_on(paper, word)]
        assert outside == []


def test_no_chart_and_no_row_is_cut_by_the_end_of_a_sheet(shop: Shop, tabs: Tabs) -> None:
    """Browsers keep whole what may not be broken, if it says so and fits a sheet."""
    page = tabs.of_owner()
    page.goto(f"/campaigns/{shop.promotion}/")
    page.locator("#use h2").first.wait_for()
    page.emulate_media(media="print")

    broken = page.evaluate(
        """() => [...document.querySelectorAll('.chart, tr, .stat')]
          .filter(e => getComputedStyle(e).breakInside !== 'avoid').map(e => e.outerHTML)"""
    )
    assert broken == []


def _printed(page: Page, path: Path) -> Sequence[Paper]:
    """Print a page on A4 and read the sheets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    white = "12mm"
    page.pdf(
        path=path,
        format="A4",
        margin=PdfMargins(top=white, right=white, bottom=white, left=white),
        print_background=False,
    )
    run = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True
    )
    sheets = re.split(r"(?=<page )", run.stdout)[1:]
    return [_paper(sheet) for sheet in sheets]


def _paper(sheet: str) -> Paper:
    size = _PAGE.search(sheet)
    assert size is not None
    words = [
        (float(left), float(top), float(right), float(bottom), text)
        for left, top, right, bottom, text in _WORD.findall(sheet)
    ]
    return Paper(width=float(size[1]), height=float(size[2]), words=words)


def _is_on(paper: Paper, word: tuple[float, float, float, float, str]) -> bool:
    left, top, right, bottom, _ = word
    return left >= MARGIN and right <= paper.width - MARGIN and top >= 0 and bottom <= paper.height


def _letters(texts: Iterable[str]) -> str:
    """In one case, since style sheets begin some words large, and without the ends of lines."""
    return unescape("".join(texts)).replace(" ", "").casefold()
