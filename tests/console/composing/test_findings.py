"""Whatever a check finds, its reader in the browser is led to where it is mended."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from pabal import preflight
from pabal.console.composing.findings import ELSEWHERE, shown_finding, step_of
from pabal.preflight.checks.consent import check_left_out
from pabal.preflight.finding import Finding, Severity

_DETAILS = dict.fromkeys(
    "bounce_domain count days domain expected helo kind keys limit lookups name names needed "
    "records rules server split updated".split(),
    "…",
)


def _findings() -> Iterator[tuple[str, str]]:
    """Every code that a check can give, as the checks' source names it, with its remedy."""
    for path in sorted(Path(preflight.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                given = {word.arg: word.value for word in node.keywords}
                code, remedy = given.get("code"), given.get("remedy")
                if isinstance(code, ast.Constant):
                    known = isinstance(remedy, ast.Constant)
                    yield str(code.value), str(remedy.value) if known else ""


FINDINGS = dict(_findings())


def _shown(code: str):
    remedy = FINDINGS[code] if "{" not in FINDINGS[code] else ""
    finding = Finding(
        code=code, severity=Severity.WARNING, message="", remedy=remedy, details=_DETAILS
    )
    return shown_finding(finding, domain="shop.example")


def test_the_source_names_them() -> None:
    assert len(FINDINGS) > 70


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_each_leads_to_its_cure(code: str) -> None:
    finding = Finding(code=code, severity=Severity.NOTE, message="", remedy="")
    assert bool(step_of(finding)) != (code in ELSEWHERE)
    assert bool(_shown(code).cure) != (code in ELSEWHERE)


@pytest.mark.parametrize("code", sorted(set(FINDINGS) - ELSEWHERE))
def test_none_advises_a_marketer_to_use_a_command(code: str) -> None:
    """But for what only whoever runs Pabal can do."""
    with translation.override("en"):
        advice = _shown(code).advice
    assert "`pabal" not in advice or advice.startswith("Whoever runs Pabal")


def test_what_concerns_the_domain_leads_to_its_page() -> None:
    assert _shown("dkim-missing").href == "/settings/domains/shop.example/"
    without = Finding(code="dkim-missing", severity=Severity.ERROR, message="", remedy="")
    assert shown_finding(without, domain="").href == "#sender"


def test_of_the_reasons_for_leaving_people_out_only_those_that_somebody_has_are_told() -> None:
    (finding,) = check_left_out({"no consent": 2, "resting": 1})

    with translation.override("ko"):
        text = shown_finding(finding, domain="").text
    assert text == "목록에서 3명을 제외했습니다: 광고 수신 동의 없음 2, 잠시 쉬기를 신청함 1."
