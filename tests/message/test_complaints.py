"""What is wrong with a template is said in short, so that it can be said in Korean too."""

import pytest

from builders.campaigns import a_plan, an_html_source
from pabal.domain.reasons import SENTENCES, spoken
from pabal.message.compile import compile_source
from pabal.message.errors import TemplateError
from pabal.message.source import Limits


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{{ name }", "unexpected “}”"),
        ("{% if name %}", "“if” is not closed"),
        ("{% for each in name %}{% if each %}", "“if” is not closed"),
        ("{% unknown %}", "there is no tag “unknown”"),
        ("{{ name name }}", "expected token “end of print statement”, got “name”"),
        ("{{ name | nothing }}", "there is no filter “nothing”"),
        ("{{ name is nothing }}", "there is no test “nothing”"),
        ("{% include 'x' %}", "“include” is not available in mails"),
    ],
)
def test_a_mistake_is_told_without_what_only_jinja_wants_to_know(written: str, said: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_source(an_html_source(f"<p>{written}</p>"), a_plan(), limits=Limits())

    assert caught.value.details["reason"] == said
    assert spoken(said, str.upper) == _upper(said), "it is among those that are translated"


def test_names_stay_as_they_are_and_so_do_unknown_reasons() -> None:
    assert spoken("“a{b}” is not closed", str) == "“a{b}” is not closed"
    assert spoken("whatever {a} server says", str.upper) == "whatever {a} server says"
    assert all(spoken(each.replace("{}", "x"), str) for each in SENTENCES)


def _upper(said: str) -> str:
    pieces = said.replace("”", "“").split("“")
    return "".join(
        f"“{piece}”" if index % 2 else piece.upper() for index, piece in enumerate(pieces)
    )
