"""A change changes what was asked for, and not a byte beside it."""

import html
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.visual.test_reading import MAILS, each_mail
from pabal.console.visual.arranging import Side, delete, duplicate, insert, move, step
from pabal.console.visual.errors import BreaksTheMail, CannotStand
from pabal.console.visual.filling import fill_in
from pabal.console.visual.kinds import CONTENT
from pabal.console.visual.reading import read
from pabal.console.visual.showing import shown_fields
from pabal.console.visual.tree import Node

MAIL = """<mjml><mj-body>
  <mj-section padding='4px'>
    <mj-column>
      <mj-text font-size="13px">안녕 <b>{{ name | default("고객") }}</b>님</mj-text>
      {% if coupon is defined %}
      <mj-button href="https://shop.example/?a=1&amp;b={{ coupon }}">받기</mj-button>
      {% endif %}
      <mj-image src="a.png" />
    </mj-column>
    <mj-column></mj-column>
  </mj-section>
</mj-body></mjml>"""
TEXT = 3


def _number(source: str, name: str, nth: int = 0) -> int:
    return [each.number for each in read(source).walk() if each.name == name][nth]


def _node(source: str, number: int) -> Node:
    return read(source).path_to(number)[-1]


def _inner(source: str, number: int) -> str:
    return _node(source, number).inner.of(source)


@each_mail
def test_saving_what_the_editor_shows_changes_nothing(body: str) -> None:
    """Whoever looks at every block and saves each form as it is has the mail as it was."""
    for node in read(body).walk():
        shown = {each.field.name: each.value for each in shown_fields(body, node)}
        assert fill_in(body, node.number, shown).source == body


@pytest.mark.parametrize("body", [MAILS["coupon"], MAILS["new_arrivals"]])
def test_moving_doubling_and_undoing_leave_the_mail_as_it_was(body: str) -> None:
    for node in read(body).walk():
        with suppress(CannotStand):
            doubled = duplicate(body, node.number)
            assert doubled.selected is not None
            assert delete(doubled.source, doubled.selected).source == body
            for up in (True, False):
                moved = step(body, node.number, up=up)
                assert moved.selected is not None
                if moved.source != body:
                    assert step(moved.source, moved.selected, up=not up).source == body


@settings(max_examples=40)
@given(data=st.data(), name=st.sampled_from(sorted(MAILS)))
def test_wherever_a_block_is_dragged_nothing_is_lost(data: st.DataObject, name: str) -> None:
    body = MAILS[name]
    numbers = st.integers(0, sum(1 for _ in read(body).walk()) - 1)
    number, side = data.draw(numbers), data.draw(st.sampled_from(Side))
    with suppress(CannotStand):
        moved = move(body, number, data.draw(numbers), side)
        assert moved.selected is not None
        assert _pieces(moved.source) == _pieces(body)
        piece, taken = _node(body, number), _node(moved.source, moved.selected)
        assert taken.span.of(moved.source) == piece.span.of(body)


def _pieces(source: str) -> list[str]:
    return sorted(each.head.of(source) + _own(source, each) for each in read(source).walk())


def _own(source: str, node: Node) -> str:
    return "" if node.children else node.inner.of(source).strip()


@given(typed=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_what_is_typed_is_what_is_read(typed: str) -> None:
    """Also where it looks like markup; only template tags are template tags."""
    with suppress(BreaksTheMail):
        made = fill_in(MAIL, TEXT, {CONTENT: html.escape(typed), "align": typed}).source
        words = [
            each for each in shown_fields(made, _node(made, TEXT)) if each.field.name == "align"
        ]
        assert html.unescape(_inner(made, TEXT)).strip() == typed.strip() or "{" in typed
        assert words[0].value == typed.strip()
        assert made.endswith(MAIL[-200:])


def test_a_field_is_added_changed_and_taken_away() -> None:
    larger = fill_in(MAIL, TEXT, {"font-size": "20px", "color": "#123456"}).source
    assert '<mj-text font-size="20px" color="#123456">안녕' in larger
    assert fill_in(larger, TEXT, {"font-size": "13px", "color": ""}).source == MAIL
    single = fill_in(MAIL, 1, {"padding": "it's"}).source
    assert "padding='it&#39;s'" in single
    image = _number(MAIL, "mj-image")
    assert '<mj-image src="a.png" alt="A &quot;b&quot;" />' in (
        fill_in(MAIL, image, {"alt": 'A "b"'}).source
    )


def test_a_template_tag_is_a_chip_and_comes_back_as_it_was() -> None:
    shown = next(
        each for each in shown_fields(MAIL, _node(MAIL, TEXT)) if each.field.name == CONTENT
    )
    assert 'contenteditable="false"' in shown.value
    assert "{{" not in html.unescape(shown.value).replace(html.unescape("{{"), "", 2)[:20]
    typed = shown.value.replace("안녕", "반가워요 &lt;3") + "<div>둘째 줄</div><script>x</script>"
    made = fill_in(MAIL, TEXT, {CONTENT: typed}).source
    written = '반가워요 &lt;3 <b>{{ name | default("고객") }}</b>님<br />둘째 줄x'
    assert _inner(made, TEXT) == written


def test_a_link_is_made_in_words_and_an_old_one_keeps_its_looks() -> None:
    old = MAIL.replace("안녕", '<a href="{{ unsubscribe_url }}" style="color:red">나가기</a>')
    shown = next(each for each in shown_fields(old, _node(old, TEXT)) if each.field.name == CONTENT)
    assert "style" not in shown.value.replace(html.escape('style="color:red"'), "")
    typed = (
        shown.value.replace("나가기", "그만") + '<a href="https://x.example/?a=1&amp;b=2">가기</a>'
    )
    inner = _inner(fill_in(old, TEXT, {CONTENT: typed}).source, TEXT)
    assert inner.startswith('<a href="{{ unsubscribe_url }}" style="color:red">그만</a>')
    assert inner.endswith('<a href="https://x.example/?a=1&amp;b=2">가기</a>')


@pytest.mark.parametrize("typed", ["{{ name", "{% if %}", "{% if a %}"])
def test_a_tag_that_is_wrong_is_refused(typed: str) -> None:
    with pytest.raises(BreaksTheMail):
        fill_in(MAIL, TEXT, {CONTENT: typed})


@pytest.mark.parametrize("typed", ["</mj-raw><mj-text>a</mj-text><mj-raw>", "</mj-raw>", "<!--"])
def test_source_that_would_become_other_blocks_is_refused(typed: str) -> None:
    mail = MAIL.replace('<mj-image src="a.png" />', "<mj-raw><hr></mj-raw>")
    with pytest.raises(BreaksTheMail):
        fill_in(mail, _number(mail, "mj-raw"), {CONTENT: typed})


@pytest.mark.parametrize(
    ("name", "target", "side", "before"),
    [
        ("mj-divider", ("mj-text", 0), Side.BEFORE, "<mj-text"),
        ("mj-divider", ("mj-text", 0), Side.AFTER, "{% if"),
        ("mj-divider", ("mj-button", 0), Side.AFTER, "{% endif"),
        ("mj-divider", ("mj-column", 1), Side.AFTER, "</mj-column>"),
        ("mj-divider", ("mj-section", 0), Side.BEFORE, "<mj-text"),
        ("mj-divider", ("mj-section", 0), Side.AFTER, "</mj-column>"),
        ("mj-divider", None, Side.AFTER, "</mj-column>"),
        ("mj-column", ("mj-text", 0), Side.AFTER, "<mj-column>"),
        ("mj-section", ("mj-button", 0), Side.BEFORE, "<mj-section"),
        ("mj-section", None, Side.AFTER, "</mj-body>"),
    ],
)
def test_a_new_block_goes_where_it_may_stand(
    name: str, target: tuple[str, int] | None, side: Side, before: str
) -> None:
    number = _number(MAIL, *target) if target else None
    made = insert(MAIL, f"<{name}></{name}>", (name,), number, side)
    assert made.selected == _number(made.source, name, -1 if name != "mj-column" else 1) or (
        _node(made.source, made.selected or 0).name == name
    )
    behind = made.source[_node(made.source, made.selected or 0).span.end :]
    assert behind.lstrip().startswith(before)


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(CannotStand):
        insert("<mj-body></mj-body>", "<mj-text></mj-text>", ("mj-text",), None, Side.AFTER)
    with pytest.raises(CannotStand):
        delete(MAIL, 0)
    with pytest.raises(CannotStand):
        step(MAIL, 99, up=True)
