"""What mail clients do not show is told once, with its place, and only where it is missed."""

import json
from importlib.resources import files

import pytest

from builders.campaigns import a_plan
from pabal.message.render import PlainMail
from pabal.preflight.checks.clients import check_clients
from pabal.preflight.checks.sample import take_sample
from pabal.preflight.clients.features import features_of
from pabal.preflight.clients.support import support
from pabal.preflight.finding import EXAMPLES, Severity


def findings(html):
    mail = PlainMail(subject="x", html=html, text="x")
    sample = take_sample(a_plan(), mail, "https://mail.shop.example/u/x")
    return {finding.code: finding for finding in check_clients(sample)}


def uses(html):
    return {use.feature: use.place for use in features_of(html)}


def test_what_gets_lost_is_a_warning_with_its_place_and_the_clients():
    html = '<p>쿠폰</p><div class="card" style="display: flex; gap: 8px">x</div>'
    finding = findings(html)["clients-lose-content"]
    assert finding.severity is Severity.WARNING
    flex, gap = finding.rows
    assert flex == 'display:flex, <div class="card">: Outlook (Windows)'
    assert gap.startswith('gap, column-gap, row-gap, <div class="card">: ')
    assert "Naver" in finding.advise(str)
    assert support().updated in finding.advise(str)


def test_what_only_adorns_is_a_note():
    finding = findings('<p style="box-shadow: 0 0 1px #000">x</p>')["clients-show-plainer"]
    assert finding.severity is Severity.NOTE


@pytest.mark.parametrize(
    "html",
    [
        '<table border="0"><tr><td style="padding:10px;color:#fff">x</td></tr></table>',
        '<a href="https://shop.example" target="_blank" style="border-radius:3px">x</a>',
        "<!--[if mso]><v:rect style='position:absolute'></v:rect><![endif]-->",
        "<style>/* display:flex */</style>",
        '<img src="https://shop.example/a.png?x=.webp" alt="">',
        '<div style="background:url(a;display:flex)">x</div>',
        "<p>display:flex; &lt;video&gt;</p>",
    ],
)
def test_what_everybody_shows_or_nobody_misses_is_not_told(html):
    assert findings(html) == {}


@pytest.mark.parametrize(
    ("html", "feature", "place"),
    [
        ("<video src='https://x/a.mp4'></video>", "element video", "video src="),
        ("<form action=x><input type=checkbox name=size></form>", "element input checkbox", "size"),
        ("<img alt='로고' src='https://x/logo.SVG'>", "image svg", "logo.SVG"),
        ("<p>안녕</p><td style='width:calc(100% - 1em)'>", "function calc", "behind “안녕”"),
        ("<style>.card::before{content:'x'}</style>", "pseudo before", ".card::before"),
        ("<style>@import url(x.css);</style>", "rule import", "@import url(x.css)"),
        ("<style>p{width:50vw}</style>", "unit vw", "p"),
        (
            "<style>@media (prefers-color-scheme:dark){p{color:red}}</style>",
            "media prefers-color-scheme",
            "@media",
        ),
        ("<p style='position:absolute !important'>", "property position", "<p>"),
        ("<p style='display:FLEX!important'>", "declaration display:flex", "<p>"),
    ],
)
def test_a_feature_is_found_where_it_is_written(html, feature, place):
    assert place in uses(html)[feature]


def test_a_mail_of_all_features_has_two_findings_with_few_rows():
    css = "".join(f"p{{{use.removeprefix('property ')}:1px}}" for use in support().by_use)
    html = f"<style>{css}</style>" + "".join(
        f"<{use.split()[1]}>" for use in support().by_use if use.startswith("element")
    )
    found = findings(html * 3)
    assert set(found) == {"clients-lose-content", "clients-show-plainer"}
    assert all(len(finding.rows) <= EXAMPLES for finding in found.values())


def test_each_named_feature_is_in_the_data():
    """A renewed file may call a feature otherwise."""
    from pabal.preflight.checks import clients

    slugs = {feature.slug for feature in support().by_use.values()}
    assert slugs >= clients._CARRIES
    assert slugs >= clients._ADORNS


def test_the_data_tell_where_they_are_from():
    place = files("pabal.preflight.clients")
    data = json.loads(place.joinpath("caniemail.json").read_text())
    assert data["licence"] == "MIT"
    assert "Permission is hereby granted" in place.joinpath("caniemail.licence").read_text()
