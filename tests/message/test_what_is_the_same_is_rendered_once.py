"""What all recipients share is made once; what one of them brings never reaches another."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.campaigns import (
    BOUNCE_SECRET,
    a_plan,
    a_recipient,
    a_sender,
    an_html_source,
    some_links,
)
from pabal.domain.campaign import CampaignPlan
from pabal.message.compile import compile_source
from pabal.message.compiled import Compiled, Field, TransferEncoding
from pabal.message.errors import TemplateError
from pabal.message.meter import Meter
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.message.statics import StaticText
from pabal.message.template import LiveTemplate

DATE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KNOWN = {"sender": a_sender(), "campaign": "가을 <안내>"}


def pieces(template: str, *, autoescape: bool = True, **values: str) -> list[str]:
    field = Field(name="body", template=template)
    live = LiveTemplate(field, Meter(Limits()), autoescape=autoescape, known=KNOWN)
    return live.run({**live.functions, **values, **KNOWN})


def a_renderer(
    template: str,
    *,
    plan: CampaignPlan | None = None,
    encoding: TransferEncoding = TransferEncoding.BASE64,
) -> Renderer:
    plan, limits = plan or a_plan(), Limits()
    source = an_html_source(f"<html>{template}", text=template, subject="x")
    compiled = compile_source(source, plan, limits=limits)
    return Renderer(
        Compiled(
            subject=compiled.subject,
            html=compiled.html,
            text=compiled.text,
            html_encoding=encoding,
            text_encoding=encoding,
            needs=compiled.needs,
        ),
        plan,
        links=some_links(),
        bounce_secret=BOUNCE_SECRET,
        limits=limits,
    )


@pytest.mark.parametrize("autoescape", [True, False])
def test_what_the_campaign_knows_is_static(autoescape: bool) -> None:
    template = "<p>{{ sender.company }} {{ sender.domain }}</p>{{ campaign }}"
    (piece,) = pieces(template, autoescape=autoescape)
    assert type(piece) is StaticText
    name = "가을 &lt;안내&gt;" if autoescape else "가을 <안내>"
    assert piece == f"<p>파발상점 주식회사 shop.example</p>{name}"


def test_what_varies_is_not() -> None:
    kinds = [
        type(piece) is StaticText for piece in pieces("a{{ name }}b{{ campaign ~ name }}", name="x")
    ]
    assert kinds == [True, False, True, False]


@pytest.mark.parametrize(
    "template",
    [
        "{% set campaign = 'mine' %}{{ campaign }}",
        "{{ campaign | replace(campaign, '') }}{% set campaign = 'mine' %}{{ campaign }}",
        "{% with campaign = 'mine' %}{{ campaign }}{% endwith %}",
        "{% for campaign in ['mine'] %}{{ campaign }}{% endfor %}",
        "{% for n, campaign in [(1, 'mine')] %}{{ campaign }}{% endfor %}",
        "{% macro m(campaign) %}{{ campaign }}{% endmacro %}{{ m('mine') }}",
        "{% macro campaign() %}mine{% endmacro %}{{ campaign() }}",
        "{% set campaign %}mine{% endset %}{{ campaign }}",
        "{% set sender = {'company': 'mine'} %}{{ sender.company }}",
    ],
)
def test_a_name_that_the_template_gives_away_is_its_own(template: str) -> None:
    assert "".join(pieces(template)) == "mine"


@pytest.mark.parametrize(
    "template", ["{{ sender.nothing }}", "{{ sender }}", "{{ campaign.upper }}"]
)
def test_what_cannot_be_printed_still_fails_for_a_recipient(template: str) -> None:
    renderer = a_renderer(f"\n{template}")
    with pytest.raises(TemplateError) as caught:
        renderer.prove(a_recipient())
    assert caught.value.details["line"] == 2


@settings(max_examples=100, deadline=None)
@given(
    company=st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
    | st.sampled_from(["가" * 60, "a\r\nb", "\r", "x" * 150]),
    around=st.sampled_from(["", " ", "가" * 40, "plain text. " * 12]),
    encoding=st.sampled_from(TransferEncoding),
)
def test_a_mail_is_the_same_as_if_the_recipient_had_brought_the_value(
    company: str, around: str, encoding: TransferEncoding
) -> None:
    plan = a_plan(sender=a_sender(company=company))
    recipient = a_recipient(attributes={"name": "김", "brought": company})
    template = f"{around}{{{{ name }}}}{around}{{{{ %s }}}}{around}"
    mails = [
        a_renderer(template % name, plan=plan, encoding=encoding).render(recipient, date=DATE)
        for name in ("sender.company", "brought")
    ]
    assert b"".join(mails[0].buffers) == b"".join(mails[1].buffers)


def test_nothing_that_a_template_sets_outlives_its_recipient() -> None:
    renderer = a_renderer(
        "{% macro m() %}{{ x | default('nothing') }}{% endmacro %}"
        "{% if name == 'first' %}{% set x = name %}{% endif %}{{ m() }}"
    )
    said = [renderer.plain(a_recipient(attributes={"name": name})).text for name in ("first", "2")]
    assert said == ["first", "nothing"]


def test_a_recipient_whose_mail_fails_disturbs_nobody() -> None:
    renderer = a_renderer("{% set x = name %}{{ x }}{{ coupon }}")
    whole = a_recipient()
    before = renderer.render(whole, date=DATE)
    with pytest.raises(TemplateError):
        renderer.prove(a_recipient(attributes={"name": "x"}))
    assert renderer.render(whole, date=DATE) == before


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ {'name': 'x'}.name }}", "x"),
        ("{{ {'items': 'x'}['items'] }}", "x"),
        ("{% for k, v in {'items': 'x'}.items() %}{{ k }}{{ v }}{% endfor %}", "itemsx"),
        ("{{ {'a': 'x'}.b | default('-') }}", "-"),
        ("{{ {'__class__': 'x'}.__class__ | default('-') }}", "-"),
    ],
)
def test_a_dictionary_has_its_methods_first_and_then_its_keys(template: str, said: str) -> None:
    assert "".join(pieces(template)) == said


@pytest.mark.parametrize("value", ["12", "a b", "<", "&amp;", "", "가-나", "x" * 150, "<" * 150])
def test_every_value_is_escaped_in_html_and_nowhere_else(value: str) -> None:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;")
    assert pieces("{{ v }}", v=value) == [escaped]
    assert pieces("{{ v }}", autoescape=False, v=value) == [value]
    assert pieces("{{ v | length }}", v=value) == [str(len(value))]
