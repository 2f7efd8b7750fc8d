"""A template ends within its limits and cannot reach what it was not given."""

import time
import tracemalloc

import pytest

from builders.campaigns import BOUNCE_SECRET, a_plan, a_recipient, an_html_source, some_links
from pabal.message.compile import compile_source
from pabal.message.errors import MessageTooLarge, MissingValue, TemplateError, TemplateLimit
from pabal.message.render import PlainMail, Renderer
from pabal.message.source import Limits

BIG = "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}"

ENDLESS = [
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) if false %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ [1] * 10**9 }}",
    "{{ 9**9**9 }}",
    "{{ (2**200)**200 }}",
    BIG + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    BIG + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    BIG + "{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
    BIG.replace("'aaaaaaaa'", "[1]") + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    BIG.replace("'aaaaaaaa'", "3") + "{% set ns.x = ns.x * ns.x %}{% endfor %}",
    "{% set b = 'a' * 900000 %}{% for i in range(9999) %}{{ b }}{% endfor %}",
    "{% set b = 'a' * 900000 %}{% set ns = namespace(l=[]) %}"
    "{% for i in range(9999) %}{% set ns.l = ns.l + [b[i:]] %}{% endfor %}",
    "{{ ('a' * 1000) | replace('a', 'b' * 1000) | replace('b', 'c' * 1000) }}",
    "{{ (['b' * 1000] * 1000) | join('a' * 100000) }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% set b = '&' * 900000 %}{{ b }}",
]

FORBIDDEN = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ sender.__class__ }}",
    "{{ sender.__dataclass_fields__ }}",
    "{{ name.__init__.__globals__ }}",
    "{{ dict.__subclasses__() }}",
    "{{ namespace.__init__ }}",
    "{{ range.__self__ }}",
    "{{ self }}",
    "{{ '{0.__class__}'.format(name) }}",
    "{{ ''['format'] }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ 'a'.center(10**9) }}",
    "{{ 'a' | center(10**9) }}",
    "{{ 'a'.ljust(10**9) }}",
    "{{ 'a'.rjust(10**9) }}",
    "{{ 'a'.zfill(10**9) }}",
    "{{ 'a'.expandtabs(10**9) }}",
    "{{ 'a'.replace('a', 'b') }}",
    "{{ 'a'.join('bc') }}",
    "{{ 'a'.translate(name) }}",
    "{{ 'a'.encode() }}",
    "{{ 'a' | indent(10**9) }}",
    "{{ [1] | batch(10**9, 'x') | list }}",
    "{{ (1).to_bytes(10**9, 'big') }}",
    "{{ name | safe }}",
    "{{ name | tojson }}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% block a %}{% endblock %}",
    "{{ lipsum() }}",
    "{{ cycler(1) }}",
    "{{ joiner() }}",
    "{% set ns = namespace(x=[1]) %}{% set y = [ns.x, ns.x] %}",
    "{% set ns = namespace(x=1) %}{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1) }}",
    "{{ dict(a=[1]) }}",
    "{% set d = {name: 1} %}",
    "{{ [1, 2] }}",
    "{{ none }}",
    "{{ namespace }}",
]


def a_renderer(template: str, limits: Limits) -> Renderer:
    source = an_html_source(f"<p>x</p>\n{template}", subject="x")
    compiled = compile_source(source, a_plan(), limits=limits)
    return Renderer(
        compiled, a_plan(), links=some_links(), bounce_secret=BOUNCE_SECRET, limits=limits
    )


def rendered(template: str, limits: Limits | None = None, **attributes: str) -> PlainMail:
    values = {"name": "홍길동", **attributes}
    return a_renderer(template, limits or Limits()).plain(a_recipient(attributes=values))


@pytest.mark.parametrize("template", ENDLESS)
def test_an_endless_or_huge_template_ends_soon_in_little_memory(template: str) -> None:
    """With field and line, in time, and without the memory it asked for."""
    limits = Limits(seconds=2, output_bytes=1_000_000)
    tracemalloc.start()
    began = time.perf_counter()
    try:
        with pytest.raises(TemplateLimit) as caught:
            rendered(template, limits)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - began < 20  # tracing is slow; without it, under a second
    assert peak < 100 * limits.output_bytes
    assert caught.value.details["field"] == "body"
    assert caught.value.details["line"] in (1, 3)


def test_work_that_is_not_counted_is_stopped_by_the_clock() -> None:
    template = (
        "{% set b = 'a' * 900000 %}{% for i in range(9999) %}{% if 'ab' in b %}{% endif %}"
        "{% endfor %}"
    )
    with pytest.raises(TemplateLimit, match=r"0\.1 seconds"):
        rendered(template, Limits(seconds=0.1))


@pytest.mark.parametrize("template", FORBIDDEN)
def test_what_mails_have_no_use_for_is_refused_with_its_line(template: str) -> None:
    with pytest.raises(TemplateError) as caught:
        rendered(template)
    assert not isinstance(caught.value, TemplateLimit)
    assert caught.value.details["line"] == 3


def test_ordinary_templates_work() -> None:
    template = (
        "{% set total = 3 * 4 + 2 ** 3 %}{{ total }} "
        "{% for n in 'a,b,c'.split(',') %}{{ loop.index }}{{ n | upper }}"
        "{{ ', ' if not loop.last }}{%- endfor %}"
        " {{ name[:2] ~ '*' }} {{ ['b', 'a'] | sort | join('/') }}"
        "{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %} {{ bold(name) }} {{ '5' | int + 1 }}"
        "{% set ns = namespace(n=0) %}{% for i in range(10) %}{% set ns.n = ns.n + i %}{% endfor %}"
        " {{ ns.n }} {{ {'a': 1}.a }} {{ name | length }} {{ missing | default('-') }}"
        " {{ 'no' if missing is not defined }}"
        " {{ name | replace('길', '<') }} {{ 7 // 2 }}{{ 7 % 4 }}"
    )
    html = rendered(template, **{"name": "홍길동"}).html
    assert "20 1A, 2B, 3C 홍길* a/b <b>홍길동</b> 6 45 1 3 - no 홍&lt;동 33" in html


def test_our_names_win_over_columns_of_the_file() -> None:
    template = "{{ sender.company }} {{ email }} {{ list_name }} {{ campaign }} {{ language }}"
    stolen = dict.fromkeys(("sender", "email", "list_name", "campaign", "language"), "stolen")
    html = rendered(template, **stolen).html
    assert "stolen" not in html
    assert "파발상점 주식회사 customer1@mail1.example 파발상점 고객 가을 신상품 안내 ko" in html


def test_a_column_may_have_the_name_of_a_function() -> None:
    assert "mountain" in rendered("{{ range }}", range="mountain").html


def test_html_in_data_is_text() -> None:
    html = rendered("<p title='{{ x }}'>{{ x }}</p>", x="<b onclick='x'>\"&").html
    assert "<b " not in html
    assert "&lt;b onclick=&#39;x&#39;&gt;&#34;&amp;" in html


def test_a_missing_value_is_named_with_its_place() -> None:
    with pytest.raises(MissingValue) as caught:
        rendered("<p>\n{{ grade }}</p>")
    details = caught.value.details
    assert (details["name"], details["field"], details["line"]) == ("grade", "body", 4)


def test_a_mail_over_the_limit_is_refused() -> None:
    with pytest.raises(MessageTooLarge) as caught:
        a_renderer("x" * 20_000, Limits(mail_bytes=10_000)).prove(
            a_recipient(attributes={"name": "x"})
        )
    assert caught.value.details["limit"] == 10_000


def test_half_a_surrogate_pair_is_explained() -> None:
    renderer = a_renderer("{{ name }}", Limits())
    with pytest.raises(TemplateError, match=r"U\+D800"):
        renderer.prove(a_recipient(attributes={"name": "\ud800"}))


def test_limits_are_for_each_recipient_anew() -> None:
    renderer = a_renderer("{% for i in range(4000) %}{% endfor %}", Limits(output_bytes=100_000))
    for number in range(1, 20):
        renderer.prove(a_recipient(number=number))
