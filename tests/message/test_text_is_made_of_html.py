"""Whoever reads plain text gets the same mail, readable."""

import pytest

from builders.campaigns import BOUNCE_SECRET, a_plan, a_recipient, an_html_source, some_links
from pabal.message.compile import compile_source
from pabal.message.render import Renderer
from pabal.message.source import Limits


def text_of(body: str, *, text: str = "", **attributes: str) -> str:
    source = an_html_source(body, subject="x", text=text)
    compiled = compile_source(source, a_plan(), limits=Limits())
    renderer = Renderer(
        compiled, a_plan(), links=some_links(), bounce_secret=BOUNCE_SECRET, limits=Limits()
    )
    return renderer.plain(a_recipient(attributes={"name": "홍길동", **attributes})).text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>제목</h1><p>첫째\n  줄</p><p>둘째</p>", "제목\n\n첫째 줄\n\n둘째\n"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>하나</li><li>둘</li></ul>", "- 하나\n- 둘\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc\n"),
        (
            '<a href="https://shop.example/?a=1&amp;b=2">여기</a>.',
            "여기 (https://shop.example/?a=1&b=2).",
        ),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example"),
        ('<a href="mailto:a@b.example">편지</a>', "편지"),
        ('<a href="https://a.example"><img src="x" alt="로고"></a>', "로고 (https://a.example)"),
        ('<a href="https://a.example"><img src="x"></a>', "https://a.example"),
        ('<div style="display: none">미리보기 {{ name }}</div>본문', "본문"),
        ("<style>p { top: 0 }</style><script>x</script><p>본문</p>", "본문\n"),
        ("&lt;b&gt; &amp; &copy;&nbsp;2026", "<b> & © 2026"),
        ("<!-- a comment --><!--[if mso]>Outlook<![endif]-->x", "x"),
        ("<b>굵게</b> <i>기울임</i>", "굵게 기울임"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
    ],
)
def test_elements_become_lines(html: str, text: str) -> None:
    assert text_of(html) == text


def test_values_are_not_escaped_in_text() -> None:
    assert text_of("<p>{{ name }}</p>", name='<홍> & "길"') == '<홍> & "길"\n'


def test_loops_and_conditions_go_around_whole_lines() -> None:
    html = (
        "<table>{% for x in ['가', '나'] %}<tr><td>{{ x }}</td><td>{{ loop.index }}</td></tr>"
        "{% endfor %}</table>{% if name %}<p>{{ name }}님</p>{% else %}<p>손님</p>{% endif %}"
    )
    assert text_of(html) == "가 | 1\n나 | 2\n\n홍길동님\n"
    assert text_of(html, name="") == "가 | 1\n나 | 2\n\n손님\n"


def test_statements_in_attributes_comments_and_hidden_text_do_not_unbalance_it() -> None:
    html = (
        '<p {% if name %}class="x"{% endif %}>a</p><!--[if mso]>{% if name %}<![endif]-->b'
        "<!--[if mso]>{% endif %}<![endif]-->"
        "<div hidden>{% for x in name %}{{ x }}{% endfor %}</div>"
    )
    assert text_of(html) == "a\n\nb"
    assert "b" not in text_of(html, name="")


def test_a_link_may_be_a_value() -> None:
    html = '<a href="{{ unsubscribe_url }}">수신거부</a>'
    assert text_of(html).startswith("수신거부 (https://mail.shop.example/u/")


def test_written_text_wins_and_lines_of_statements_vanish() -> None:
    text = "안녕하세요\n{% if name %}\n  {{ name }}님 <b>\n{% endif %}\n끝\n"
    assert text_of("<p>무시</p>", text=text) == "안녕하세요\n  홍길동님 <b>\n끝\n"
