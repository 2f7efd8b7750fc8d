"""SpamAssassin's opinion, explained."""

from datetime import UTC, datetime

import pytest

from builders.campaigns import BOUNCE_SECRET, a_plan, a_recipient, a_source, some_links
from pabal.message.compile import compile_source
from pabal.message.render import Renderer
from pabal.message.source import Limits, Markup, Source
from pabal.preflight.finding import Severity
from pabal.preflight.spam import check_spam, is_installed, read_report, weigh

_SPAM = """<html lang="en"><body><h1>V1AGRA!!! CHEAP VIAGRA CIALIS ONLINE PHARMACY</h1>
<p>100% GUARANTEED! Act now, dear friend, make money fast, no prescription needed.</p>
<p>You have WON $1,000,000 US dollars. Click below. This is not spam.</p></body></html>"""

_REPORT = """\
X-Spam: x
Content analysis details:   (6.3 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
 2.5 DRUG_ED_CAPS           BODY: Mentions an E.D. drug
-1.0 MAILING_LIST_MULTI     Multiple indicators imply a widely-seen list
                            manager
 0.0 HTML_MESSAGE           BODY: HTML included in message
"""


@pytest.fixture(autouse=True)
def _has_it():
    if not is_installed():
        pytest.skip("SpamAssassin is missing: sh requirements/system.sh")


def a_mail(source: Source) -> bytes:
    plan, limits = a_plan(), Limits()
    renderer = Renderer(
        compile_source(source, plan, limits=limits),
        plan,
        links=some_links(),
        bounce_secret=BOUNCE_SECRET,
        limits=limits,
    )
    return b"".join(renderer.render(a_recipient(), date=datetime.now(UTC)).buffers)


def test_a_sound_mail_is_far_from_spam():
    verdict = weigh(a_mail(a_source()))
    assert verdict is not None
    assert verdict.score < 2.0
    assert list(check_spam(a_mail(a_source()))) == []


def test_spam_is_refused_with_the_rules_that_say_so():
    mail = a_mail(Source(subject="VIAGRA 100% FREE!!!", body=_SPAM, markup=Markup.HTML))
    (finding,) = check_spam(mail)
    assert finding.code == "spam-score"
    assert finding.severity in (Severity.WARNING, Severity.ERROR)
    assert "DRUG_ED_CAPS" in str(finding.rows)


def test_the_report_is_read_with_its_continued_lines():
    verdict = read_report(_REPORT)
    assert verdict is not None
    assert (verdict.score, verdict.required) == (6.3, 5.0)
    assert verdict.rules[0] == (2.5, "DRUG_ED_CAPS", "BODY: Mentions an E.D. drug")
    assert verdict.rules[-1][2] == "Multiple indicators imply a widely-seen list manager"


def test_no_answer_is_said():
    """Output without a report, as of a SpamAssassin without its rules."""
    assert read_report("") is None
