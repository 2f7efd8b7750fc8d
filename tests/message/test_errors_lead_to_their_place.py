"""An error says where in the marketer's own text it is, whatever was made of that since."""

from dataclasses import replace

import pytest

from builders.campaigns import (
    BOUNCE_SECRET,
    a_plan,
    a_recipient,
    a_source,
    an_html_source,
    some_links,
)
from pabal.message.compile import compile_source
from pabal.message.compiled import Compiled
from pabal.message.errors import MissingValue, TemplateError
from pabal.message.render import Renderer
from pabal.message.source import Limits, Source

DEEP_IN_MJML = """<mjml>
<mj-head><mj-style>
  .a { color: red }
</mj-style></mj-head>
<mj-body>{# a comment
over two lines #}
<mj-section><mj-column>
<mj-text>안녕 {{ name }} {%- if name -%}

  {{ name }} <b class="a">{{ TAG
  }}</b>
{% endif %}</mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


def prove(source: Source) -> None:
    compiled = compile_source(source, a_plan(), limits=Limits())
    compiled = Compiled.from_bytes(compiled.to_bytes())
    Renderer(
        compiled, a_plan(), links=some_links(), bounce_secret=BOUNCE_SECRET, limits=Limits()
    ).prove(a_recipient())


def fail(source: Source) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        prove(source)
    return caught.value


def place(error: TemplateError) -> tuple[object, object, object]:
    return error.details["field"], error.details["line"], error.details["column"]


@pytest.mark.parametrize("tag", ["grade", "grade | upper", "1 / 0", "name | comma", "name.x"])
def test_when_rendering_deep_in_mjml(tag: str) -> None:
    error = fail(a_source(body=DEEP_IN_MJML.replace("TAG", tag)))
    assert place(error) == ("body", 10, 27)


@pytest.mark.parametrize("tag", ["1 +", "name | nothing", "varargs", "name is odder"])
def test_when_compiling_deep_in_mjml(tag: str) -> None:
    error = fail(a_source(body=DEEP_IN_MJML.replace("TAG", tag)))
    assert error.details["field"] == "body"
    assert error.details["line"] in (10, 11)


def test_a_missing_value_has_its_name() -> None:
    error = fail(a_source(body=DEEP_IN_MJML.replace("TAG", "grade")))
    assert isinstance(error, MissingValue)
    assert error.details["name"] == "grade"
    assert "grade" in error.advise()


def test_windows_line_ends_count_once() -> None:
    body = DEEP_IN_MJML.replace("TAG", "grade").replace("\n", "\r\n")
    assert place(fail(a_source(body=body))) == ("body", 10, 27)


def test_in_the_subject() -> None:
    assert place(fail(a_source(subject="{{ name }}님 {{ grade }}"))) == ("subject", 1, 13)
    assert place(fail(a_source(subject="{{ name"))) == ("subject", 1, 1)
    assert place(fail(a_source(subject="두\n줄")))[:2] == ("subject", 2)


def test_in_the_text() -> None:
    source = an_html_source("x", text="안녕\n\n{% if name %}\n  {{ grade }}\n{% endif %}")
    assert place(fail(source)) == ("text", 4, 3)


def test_inside_of_a_macro_and_a_loop() -> None:
    body = "{% macro m(x) %}\n{{ x.y }}{% endmacro %}\n{% for i in [1] %}\n{{ m(i) }}{% endfor %}"
    assert place(fail(an_html_source(f"<html>{body}"))) == ("body", 2, 1)


def test_a_block_that_does_not_end() -> None:
    error = fail(an_html_source("<html>\n{% for x in name %}"))
    assert error.details["field"] == "body"
    assert error.details["line"] == 2


@pytest.mark.parametrize("field", ["subject", "body", "text"])
def test_half_a_character_is_found_where_it_is_written(field: str) -> None:
    """JSON can carry half of a surrogate pair, which no mail can."""
    wrong = {"body": "<html>\n ab\ud800", "subject": "ab\udfff", "text": "\nab\ud800"}[field]
    source = replace(an_html_source("<p>x</p>"), **{field: wrong})
    error = fail(source)
    assert place(error)[0] == field
    assert place(error)[1:] == {"body": (2, 4), "subject": (1, 3), "text": (2, 3)}[field]
    assert "U+D" in error.explain()


@pytest.mark.parametrize("tag", ["{{ 1NUMBER }}", "{% if 1NUMBER %}x{% endif %}"])
def test_a_number_without_end_is_refused(tag: str) -> None:
    error = fail(an_html_source(f"<p>{tag}</p>".replace("NUMBER", "1" * 5_000)))
    assert error.details["field"] == "body"
    assert "too long" in error.explain()
