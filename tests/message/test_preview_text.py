"""What the marketer writes to be seen behind the subject is in the mail, hidden and whole."""

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
from pabal.message.errors import TemplateError
from pabal.message.render import PlainMail, Renderer
from pabal.message.source import Limits, Source

PREVIEW = "{{ name }}님께 <b>20% & 쿠폰</b>"


def _mail(source: Source) -> PlainMail:
    compiled = compile_source(source, a_plan(), limits=Limits())
    renderer = Renderer(
        compiled, a_plan(), links=some_links(), bounce_secret=BOUNCE_SECRET, limits=Limits()
    )
    return renderer.plain(a_recipient())


def _sources() -> list[Source]:
    mjml = a_source()
    without = mjml.body.replace(
        "<mj-preview>{{ name }}님만을 위한 쿠폰이 도착했습니다</mj-preview>", ""
    )
    headless = "<mjml>" + without[without.index("<mj-body>") :]
    bodies = (mjml.body, without, headless)
    html = an_html_source("<p>{{ name }}</p>")
    return [
        *(Source(subject="s", body=body, preview=PREVIEW) for body in bodies),
        Source(subject="s", body=html.body, markup=html.markup, preview=PREVIEW),
    ]


@pytest.mark.parametrize("source", _sources(), ids=["in its place", "in the head", "new", "html"])
def test_it_is_at_the_head_with_values_filled_in_and_markup_as_text(source: Source) -> None:
    mail = _mail(source)

    assert "고객1님께 &lt;b&gt;20% &amp; 쿠폰&lt;/b&gt;" in mail.html
    assert "도착했습니다" not in mail.html
    assert mail.html.index("고객1님께") < mail.html.index("고객1", mail.html.index("고객1님께") + 5)
    assert "쿠폰</b>" not in mail.text


def test_the_lines_of_the_body_keep_their_numbers() -> None:
    body = a_source().body.replace("<mj-preview>{{", "<mj-preview>\n\n{{")
    wrong = body.replace("{{ coupon }}", "{{ coupon | nothing }}")
    line = wrong[: wrong.index("nothing")].count("\n") + 1

    with pytest.raises(TemplateError) as refused:
        _mail(Source(subject="s", body=wrong, preview="first\nsecond"))

    assert (refused.value.details["field"], refused.value.details["line"]) == ("body", line)


def test_a_mistake_in_it_is_told_of_it_and_not_of_the_body() -> None:
    with pytest.raises(TemplateError) as refused:
        _mail(Source(subject="s", body=a_source().body, preview="{{ name | nothing }}"))

    assert refused.value.details["field"] == "preview"
