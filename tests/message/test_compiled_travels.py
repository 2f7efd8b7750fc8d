"""What is compiled goes into the package and comes out the same."""

import json
import subprocess
import sys

import pytest

from builders.campaigns import a_plan, a_source, an_html_source
from pabal.message.compile import compile_source
from pabal.message.compiled import Compiled, TransferEncoding
from pabal.message.errors import CompiledUnreadable
from pabal.message.source import Limits


def test_it_is_read_back_equal_and_written_the_same() -> None:
    compiled = compile_source(a_source(), a_plan(), limits=Limits())
    data = compiled.to_bytes()
    again = Compiled.from_bytes(data)
    assert again == compiled
    assert again.to_bytes() == data


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b'{"format": 1}'])
def test_what_is_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(CompiledUnreadable):
        Compiled.from_bytes(data)


def test_another_format_is_refused() -> None:
    values = json.loads(compile_source(a_source(), a_plan(), limits=Limits()).to_bytes())
    values["format"] += 1
    with pytest.raises(CompiledUnreadable):
        Compiled.from_bytes(json.dumps(values).encode())


def test_it_names_the_columns_that_the_templates_mention() -> None:
    source = an_html_source(
        "{% set a = b %}{{ a }}{{ sender.name }}{{ email }}{{ c | default('') }}"
        "{% for d in range(3) %}{{ d }}{% endfor %}",
        subject="{{ name }}",
        text="{{ e }}",
    )
    compiled = compile_source(source, a_plan(), limits=Limits())
    assert compiled.needs == ("b", "c", "e", "name")


def test_hangul_goes_as_base64_and_markup_as_quoted_printable() -> None:
    hangul = compile_source(an_html_source("가나다라" * 500), a_plan(), limits=Limits())
    markup = compile_source(an_html_source("<p>plain text</p>" * 500), a_plan(), limits=Limits())
    assert hangul.html_encoding is TransferEncoding.BASE64
    assert markup.html_encoding is TransferEncoding.QUOTED_PRINTABLE


def test_rendering_needs_neither_mjml_nor_css() -> None:
    """A worker that only sends does not load what only compiling needs."""
    code = (
        "import sys, pabal.message.render, pabal.message.compiled\n"
        "loaded = {'mrml', 'css_inline', 'pabal.message.compile', 'html.parser', 'email'}\n"
        "print(sorted(loaded & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
