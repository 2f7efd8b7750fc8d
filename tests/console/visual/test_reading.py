"""Every mail that is there can be pointed at, and what cannot be held safely is refused."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.campaigns import a_plan
from pabal.console.mail_templates.gallery import GALLERY
from pabal.console.visual.errors import NotBlocks
from pabal.console.visual.marking import MARK, marked
from pabal.console.visual.reading import read
from pabal.console.visual.tree import Node
from pabal.message.compile import compile_source
from pabal.message.source import Limits, Markup, Source

_SOURCES = Path(__file__).parents[3] / "src" / "pabal"
_OTHERS = {
    "demo": _SOURCES / "cli" / "demo" / "promotion.mjml",
    "coupon": _SOURCES / "console" / "composing" / "samples" / "coupon.mjml",
}
MAILS = {each.name: each.source().body for each in GALLERY}
MAILS |= {name: path.read_text("utf-8") for name, path in _OTHERS.items()}
each_mail = pytest.mark.parametrize("body", MAILS.values(), ids=MAILS)


def _mail(inside: str) -> str:
    return f"<mjml><mj-body>\n{inside}\n</mj-body></mjml>"


def _names(node: Node) -> list[str]:
    return [each.name for each in node.walk()]


def _html(body: str) -> str:
    source = Source(subject="제목", body=body, markup=Markup.MJML)
    return compile_source(source, a_plan(), limits=Limits()).html.template


@each_mail
def test_a_mail_looks_the_same_with_its_blocks_marked(body: str) -> None:
    """But for the marks, the canvas shows what is sent."""
    made = _html(marked(body))

    assert len(re.findall(MARK, made)) >= 10
    assert _without_marks(made) == _without_marks(_html(body))


def _without_marks(html: str) -> str:
    """For Outlook, MJML makes the last class another one; with one, attributes are sorted anew."""
    html = re.sub(rf" ?{MARK}\d+|-outlook\b", "", html).replace(' class=""', "")
    attributes = re.compile(r'(?<=<td)(?: [\w-]+="[^"]*")+')
    return attributes.sub(
        lambda found: "".join(sorted(re.findall(r' [\w-]+="[^"]*"', found[0]))), html
    )


def test_an_image_that_is_not_chosen_yet_is_a_grey_one_to_point_at() -> None:
    mail = _mail('<mj-section><mj-column><mj-image src="" /></mj-column></mj-section>')
    assert 'src="data:image/svg+xml,' in _html(marked(mail))
    assert 'src="data:' not in marked(mail.replace('src=""', 'src="a.png"'))


def test_blocks_of_template_logic_are_blocks_with_branches() -> None:
    inside = (
        "{% if a %}<mj-section></mj-section>{% elif b %}{% set c = 1 %}{% else %}"
        "{% for d in e %}<mj-wrapper><mj-section /></mj-wrapper>{% endfor %}{% endif %}"
    )
    names = "mj-body logic branch mj-section branch branch logic branch mj-wrapper mj-section"
    assert _names(read(_mail(inside))) == names.split()


def test_what_looks_like_markup_in_tags_and_comments_is_none() -> None:
    inside = (
        "<!-- <mj-section> --><mj-section css-class=\"{{ '</mj-section>' }}\">"
        '<mj-column><mj-text align="{% if a > 1 %}left{% endif %}">{{ "<mj-raw>" }} > 1</mj-text>'
        "{# </mj-column> #}</mj-column></mj-section>"
    )
    assert _names(read(_mail(inside))) == ["mj-body", "mj-section", "mj-column", "mj-text"]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<mj-section>", "does not close what was opened last"),
        ("{% if a %}<mj-section>{% endif %}</mj-section>", "begins within template tags"),
        ("<mj-section>{% endif %}</mj-section>", "begins within template tags"),
        ("<mj-section></mj-column></mj-section>", "does not close what was opened last"),
        ("<mj-text>a</mj-text>", "<mj-text> cannot stand in <mj-body>"),
        ("<mj-section><mj-text>a</mj-text></mj-section>", "cannot stand in <mj-section>"),
        ("<div>a</div>", "<div> is no block"),
        ("1 < 2", "does not begin an element"),
        ("{% raw %}{% if %}{% endraw %}", "{% raw %} cannot stand"),
        ("{% if a %}" * 200 + "{% endif %}" * 200, "too many blocks"),
        ("{% macro a() %}{% endmacro %}", "{% macro %} cannot stand"),
        ("{% if a", "end of print statement|not closed|unexpected"),
        ("<!-- </mj-body>", "line 2|<!-- is not closed"),
        ("</mj-body", "does not begin an element"),
        ("<mj-body></mj-body>", "more than one"),
    ],
)
def test_what_cannot_be_held_safely_is_refused_with_its_line(inside: str, reason: str) -> None:
    with pytest.raises(NotBlocks, match=reason):
        read(_mail(inside))


def test_a_mail_without_an_end_is_refused() -> None:
    with pytest.raises(NotBlocks, match="Line 1: <mj-body> is not closed"):
        read("<mjml><mj-body>")


def test_html_is_refused() -> None:
    with pytest.raises(NotBlocks, match="no <mj-body>"):
        read("<p>{{ unsubscribe_url }}</p>")


@given(name=st.sampled_from(sorted(MAILS)), cut=st.tuples(st.integers(0, 7000), st.integers(1, 60)))
@settings(max_examples=60)
def test_a_mail_that_somebody_has_torn_is_read_or_refused(name: str, cut: tuple[int, int]) -> None:
    begin, length = cut
    torn = MAILS[name][:begin] + MAILS[name][begin + length :]
    with suppress(NotBlocks):
        body = read(torn)
        assert [each.number for each in body.walk()] == list(range(len(_names(body))))
        assert read(marked(torn)).walk()
