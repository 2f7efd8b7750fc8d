"""MJML and CSS inlining run before Jinja, and the mail is the same as if they ran after."""

import re
from html.parser import HTMLParser

import css_inline
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

from builders.campaigns import (
    BOUNCE_SECRET,
    a_plan,
    a_recipient,
    a_source,
    an_html_source,
    some_links,
)
from pabal.message.compile import compile_source
from pabal.message.errors import MisplacedTag, TemplateError
from pabal.message.render import PlainMail, Renderer
from pabal.message.source import Limits, Source

CSS = """
<style>
  .red { color: red; }
  td.red { padding: 4px 8px; }
  a { text-decoration: none; color: #123456; }
  p { margin: 0 }
  #one { width: 100px }
  table .deep b { font-weight: 900; }
  @media (max-width: 480px) { .red { color: blue; } #one { width: 100% } }
</style>
"""

pieces = st.sampled_from(
    [
        "<p class='red'>안녕 {{ a }} &amp; &lt;</p>",
        "{% if b %}<p id='one'>{{ b }}</p>{% else %}<p>-</p>{% endif %}",
        "<table><tr class='red'><th>머리</th></tr>"
        "{% for x in ['하나', a, '셋'] %}<tr><td class='red'>{{ x }}</td></tr>{% endfor %}</table>",
        "<table class='deep'><thead><tr><td>h</td></tr></thead><tbody>"
        "{% for x in [1, 2] %}<tr>{% if loop.first %}<td class='red'>{{ x }}</td>{% endif %}"
        "<td><b>{{ a }}</b></td></tr>{% endfor %}</tbody></table>",
        "<table>{% if a > b %}<tr><td class='red'>{{ a }}</td></tr>{% else %}<tr><td>x</td></tr>"
        "{% endif %}</table>",
        "<a href='https://shop.example/?a={{ a | urlencode }}&amp;b={{ 1 + 1 }}' title=\"{{ a }}\">"
        "{{ b }}</a>",
        "<p style='color: {{ color }}; width: {{ 3 * 4 }}px' class='red'>{{ a }}</p>",
        "<td-less style='{% if b %}color: green;{% endif %} top: 0' class='red'>x</td-less>",
        "<p style='{{ style }}' class='red'>x</p>",
        "<p style='{% for c in [color, a] %}color: blue;{% endfor %}' class='red'>x</p>",
        "<p style='color: {% if b %}green{% else %}{{ color }}{% endif %}' class='red'>x</p>",
        "<p {% if b %}title='x'{% endif %} class='red'>x</p>",
        "<p class='red' {{ 'lang=ko' if b else 'lang=en' }}>x</p>",
        "<ul>{% for x in [a, b] %}<li class='red'>{{ x }}</li>{% endfor %}</ul>",
        "<!--[if mso]><table><tr><td>{{ a }}</td></tr></table><![endif]-->",
        "<img src='{{ color }}.png' alt='{{ a }}' class='red'>",
        "{% set c = a ~ '!' %}<p>{{ c }}</p>",
        "{% macro m(x) %}<b class='red'>{{ x }}</b>{% endmacro %}{{ m(a) }}",
        "{# a comment with <b> and {{ a }} #}",
        "<p>{{ 'a > b' if 2 > 1 else '<' }}</p>",
        "<p>5 {{ '<' }} 6 {{ a if a < b else b }}</p>",
        "{% raw %}<p>{{ raw }} {% raw %}</p>{% endraw %}",
    ]
)
values = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=12
)


def rendered(source: Source, **attributes: str) -> PlainMail:
    compiled = compile_source(source, a_plan(), limits=Limits())
    renderer = Renderer(
        compiled, a_plan(), links=some_links(), bounce_secret=BOUNCE_SECRET, limits=Limits()
    )
    recipient = a_recipient(attributes={"name": "홍길동", "coupon": "C-1", **attributes})
    renderer.prove(recipient)
    return renderer.plain(recipient)


def wrapped(body: str, head: str = CSS) -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


class Canonical(HTMLParser):
    """What a document says, whatever the spelling."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[object] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = {name: value or "" for name, value in attrs}
        if "style" in written:
            declarations = (part.partition(":") for part in written["style"].split(";"))
            last = {name.strip(): value.strip() for name, _, value in declarations if name.strip()}
            written["style"] = str(sorted(last.items()))
        self.events.append(("<", tag, tuple(sorted(written.items()))))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("/", tag))

    def handle_data(self, data: str) -> None:
        text = "".join(data.split())
        if text:
            self.events.append(text)

    def handle_comment(self, data: str) -> None:
        self.events.append(("!", "".join(data.split())))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=st.lists(pieces, min_size=1, max_size=6), a=values, b=values)
def test_inlining_before_rendering_gives_what_inlining_after_gives(
    parts: list[str], a: str, b: str
) -> None:
    body = wrapped("\n".join(parts))
    data = {"a": a, "b": b, "color": "green", "style": "top: 1px"}
    ours = rendered(an_html_source(body, subject="x"), **data).html
    jinja = Environment(autoescape=True, undefined=StrictUndefined)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    theirs = inliner.inline(jinja.from_string(body).render(data))
    assert Canonical(ours).events == Canonical(theirs).events


MJML = "<mjml><mj-head>{head}</mj-head><mj-body>{body}</mj-body></mjml>"
COLUMN = "<mj-section><mj-column>{}</mj-column></mj-section>"


def an_mjml(body: str, head: str = "", before: str = "") -> Source:
    return a_source(subject="x", body=before + MJML.format(head=head, body=body))


@pytest.mark.parametrize("yes", ["1", ""])
@pytest.mark.parametrize(
    "template",
    [
        "{% if b %}" + COLUMN.format("<mj-text>마법 {{ a }}</mj-text>") + "{% endif %}",
        "<mj-section>{% if b %}<mj-column><mj-text>마법 {{ a }}</mj-text></mj-column>{% endif %}"
        "<mj-column><mj-text>x</mj-text></mj-column></mj-section>",
        COLUMN.format("{% if b %}<mj-text>마법 {{ a }}</mj-text>{% endif %}<mj-text>x</mj-text>"),
        COLUMN.format("<mj-text>x {% if b %}<b>마법 {{ a }}</b>{% endif %}</mj-text>"),
        "<mj-wrapper>{% if b %}"
        + COLUMN.format("<mj-text>마법 {{ a }}</mj-text>")
        + "{% endif %}</mj-wrapper>",
        COLUMN.format(
            "<mj-table>{% for x in [a] if b %}<tr><td>마법 {{ x }}</td></tr>{% endfor %}</mj-table>"
        ),
        COLUMN.format("<mj-raw>{% if b %}<tr><td>마법 {{ a }}</td></tr>{% endif %}</mj-raw>"),
        COLUMN.format(
            "<mj-button href='https://x/{{ a }}'>{% if b %}마법 {{ a }}{% endif %}</mj-button>"
        ),
    ],
)
@pytest.mark.parametrize("head", ["", "<mj-style>.red { color: red } td { top: 0 }</mj-style>"])
def test_statements_in_mjml_keep_to_their_elements(template: str, yes: str, head: str) -> None:
    mail = rendered(an_mjml(template, head), a="<가>", b=yes)
    assert ("마법 &lt;가&gt;" in mail.html) == bool(yes)
    assert ("마법 <가>" in mail.text) == bool(yes)
    outline = Canonical(re.sub(r"<!--.*?-->", "", mail.html, flags=re.DOTALL))
    starts = sum(e[0] == "<" and e[1] == "table" for e in outline.events if isinstance(e, tuple))
    ends = sum(e == ("/", "table") for e in outline.events)
    assert starts == ends
    conditionals = re.findall(r"<!--\[if mso[^\]]*\]>(?!<!--)(.*?)<!\[endif\]-->", mail.html, re.S)
    assert "<!--" not in "".join(conditionals)
    assert "".join(conditionals).count("<table") == "".join(conditionals).count("</table")


def test_values_in_mjml_attributes_titles_and_styles_come_through() -> None:
    body = (
        "<mj-section background-url='https://x/{{ a }}.png' background-color='{{ color }}'>"
        "<mj-column><mj-image src='https://x/{{ a }}' alt='{{ a }}' />"
        "<mj-text css-class='red' color='{{ color }}'>{{ a }}</mj-text></mj-column></mj-section>"
    )
    head = (
        "<mj-title>{{ a }}</mj-title><mj-preview>{{ a }}</mj-preview>"
        "<mj-style>.red { top: 0 } @media print { .red { width: {{ width }}px } }</mj-style>"
    )
    html = rendered(an_mjml(body, head), a="값", color="#abcdef", width="7").html
    for expected in (
        "<title>값</title>",
        "https://x/값.png",
        'alt="값"',
        "color:#abcdef",
        "width: 7px",
        "top: 0",
    ):
        assert expected in html.replace("color: #", "color:#")
    assert "{{" not in html
    assert "jq0x" not in html


def test_macros_may_stand_in_front_of_the_document() -> None:
    source = an_mjml(
        COLUMN.format("<mj-text>{{ price('1234') }} {{ x }}</mj-text>"),
        before="{% macro price(n) %}<b>{{ n | won }}</b>{% endmacro %}\n{% set x = 'X' %}\n",
    )
    mail = rendered(source)
    assert "<b>1,234원</b> X" in mail.html
    assert mail.html.lstrip().startswith("<!doctype")
    assert "1,234원 X" in mail.text


def test_nothing_remote_is_linked_that_nobody_wrote() -> None:
    """MJML would link web fonts for font families that it knows."""
    html = rendered(an_mjml(COLUMN.format("<mj-text font-family='Roboto'>x</mj-text>"))).html
    assert not re.findall(r"https?://(?!www\.w3\.org)[^\"')]+", html)


def test_mjml_keeps_its_own_style_sheets_and_at_rules_stay() -> None:
    head = "<mj-style>.red { color: red } @media print { .red { color: black } }</mj-style>"
    html = rendered(an_mjml(COLUMN.format("<mj-text css-class='red'>x</mj-text>"), head)).html
    assert "#outlook a { padding: 0; }" in html
    assert ".mj-column-per-100 { width:100% !important" in html
    assert "@media print" in html
    assert re.search(r'class="red"[^>]* style="[^"]*color: red', html)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("<mj-section>\n<mj-column>\n<mj-text>a < b</mj-text></mj-column></mj-section>", 3),
        ("<mj-section>\n<mj-column>\n<mj-text>x</mj-text></mj-section>", 3),
        ("<mj-section>\n{{ a\n}}<mj-column>\n<mj-text><b>x</mj-text></mj-column></mj-section>", 4),
        ("<mj-section>\n<mj-column>\n<mj-txt>x</mj-txt></mj-column></mj-section>", 3),
        ("<mj-section>\n<mj-column>\n<mj-text color=red>x</mj-text></mj-column></mj-section>", 3),
        ("<mj-section>\n\n<mj-include path='x' /></mj-section>", 3),
        ("<mj-section>\n나는 사라진다<mj-column><mj-text>x</mj-text></mj-column></mj-section>", 2),
    ],
)
def test_errors_of_mjml_have_their_line(body: str, line: int) -> None:
    with pytest.raises(TemplateError, match="MJML") as caught:
        rendered(an_mjml(body), a="x")
    assert caught.value.details["field"] == "body"
    assert caught.value.details["line"] == line


def test_a_document_that_is_no_mjml_is_refused() -> None:
    for body in ("<div>x</div>", "", "안녕"):
        with pytest.raises(TemplateError, match="MJML"):
            rendered(a_source(subject="x", body=body))


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("<table>{% if a %}<div>x</div>{% endif %}<tr><td>y</td></tr></table>", "if a"),
        ("<table>{% if a %}text{% endif %}<tr><td>y</td></tr></table>", "if a"),
        ("{% if a %}<div class='x'>{% else %}<div>{% endif %}x</div>", "endif"),
        ("<p>{% if a %}<b>x{% endif %}</b></p>", "endif"),
        ("<{{ a }}>x</{{ a }}>", "a"),
        ("<style>{% if a %}p { color: red }{% endif %}</style><p>x</p>", "if a"),
        ("<style>.nobody { color: {{ a }} }</style><p>x</p>", "a"),
    ],
)
def test_tags_that_markup_would_tear_apart_are_refused_and_named(body: str, tag: str) -> None:
    with pytest.raises(MisplacedTag) as caught:
        rendered(an_html_source(wrapped(f"\n{body}"), subject="x"), a="1")
    assert tag in str(caught.value.details["tag"])
    assert caught.value.details["line"] == 12


def test_html_without_style_sheets_is_left_as_it_is() -> None:
    body = "<center><FONT color=red>{% if a %}<p>{% endif %}안녕</FONT>"
    assert rendered(an_html_source(f"<html>{body}", subject="x"), a="1").html == (
        "<html><center><FONT color=red><p>안녕</FONT>"
    )


def test_css_that_cannot_be_read_is_an_error_of_the_template() -> None:
    with pytest.raises(TemplateError, match="CSS"):
        rendered(an_html_source(wrapped("<p style='nonsense here' class='red'>x</p>"), subject="x"))
