"""A page is read as its reader gets it: what is hidden is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.preflight.page import Image, Link, read_page


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">{}</div>',
        '<div style="DISPLAY: NONE !important">{}</div>',
        '<div style="visibility: hidden">{}</div>',
        '<span style="font-size:0">{}</span>',
        '<span style="font-size:0px;line-height:0">{}</span>',
        '<span style="opacity:0">{}</span>',
        '<p style="mso-hide:all">{}</p>',
        "<p hidden>{}</p>",
        '<td bgcolor="#FFFFFF"><font style="color:#fff">{}</font></td>',
        '<div style="background:#0D6E5F"><i style="color: #0d6e5f">{}</i></div>',
        '<p style="color:white">{}</p>',
        "<!-- {} -->",
        "<style>{}</style>",
        "<head><title>{}</title></head>",
        '<div style="display:none"><p style="display:block">{}</p></div>',
    ],
)
def test_what_cannot_be_seen_is_not_read(hidden):
    page = read_page(f"<html><body>보이는 글 {hidden.format('숨은 글')}</body></html>")
    assert page.text == "보이는 글"


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="font-size:0px"><p style="font-size:14px">글</p></div>',  # as MJML writes it
        '<p style="opacity:0.9">글</p>',
        '<p style="font-size:0.9em">글</p>',
        '<div style="background:#000;color:#fff">글</div>',
        '<td bgcolor="#fff"><p style="background:#123456;color:#ffffff">글</p></td>',
        "<p>글",
        "<p>글</b></p></div></table>",
    ],
)
def test_what_can_be_seen_is_read(shown):
    assert read_page(shown).text == "글"


def test_links_have_their_target_and_what_is_shown_of_them():
    page = read_page(
        '<a href=" https://shop.example/a?b=1&amp;c=2 ">보러 <b>가기</b></a> <a name="x">닻</a>'
        '<a href="https://shop.example/p"><img src="https://shop.example/p.png" alt="코트"></a>'
        '<a style="display:none" href="https://shop.example/hidden">x</a>'
    )
    assert page.links == (
        Link(target="https://shop.example/a?b=1&c=2", text="보러 가기"),
        Link(target="https://shop.example/p", text="코트"),
    )


def test_an_image_without_the_attribute_differs_from_a_decoration():
    page = read_page('<img src="a.png"><img src="b.png" alt=""><img src="c.png" alt="모자"/>')
    assert page.images == (
        Image(source="a.png", alternative=None),
        Image(source="b.png", alternative=""),
        Image(source="c.png", alternative="모자"),
    )


def test_language_and_title_are_read():
    page = read_page('<html lang="ko"><head><title> 가을\n신상품 </title></head></html>')
    assert (page.language, page.title, page.text) == ("ko", "가을 신상품", "")


@given(st.text() | st.text(alphabet="<>/=\"'! -ab&;#x"))
def test_any_text_can_be_read(html):
    """A template may be anything; reading it neither fails nor hangs."""
    read_page(html)
