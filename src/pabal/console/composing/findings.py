"""What a check has found, in words, with the step of the page that cures it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.campaigns.advice import advice
from pabal.console.campaigns.words import EXCLUSIONS, SEVERITY_TONES
from pabal.console.design.components import Tone
from pabal.pipeline.ports import Exclusion
from pabal.preflight.finding import Finding, Severity

_SEVERITIES: dict[Severity, Promise] = {
    Severity.ERROR: _("Has to be mended"),
    Severity.WARNING: _("Worth a look"),
    Severity.NOTE: _("Good to know"),
}
_STEPS: dict[str, Promise] = {
    "content": _("To the content"),
    "subject": _("To the subject"),
    "sender": _("To the sender"),
    "audience": _("To the audience"),
    "experiment": _("To the A/B test"),
    "schedule": _("To the time"),
}
_OF_STEP = {
    "subject": "label-of-its-own notice-with-label notice-that-advertises no-subject false-reply"
    " long-subject header-injection",
    "sender": "ses-sender-not-verified",
    "audience": "no-recipients needs-smtputf8 consent-grounds confirmation-owed left-out"
    " ses-recipients-not-verified",
    "schedule": "quota-too-small ses-quota-too-small longer-than-promised ses-rate-too-low"
    " no-time-zone",
    "experiment": "experiment-on-aws experiment-by-clocks experiment-blind experiment-same",
    "content": "template-error missing-value misplaced-tag template-limit message-too-large"
    " sender-not-named no-unsubscribe-link no-refusal-wording link-broken link-dead link-deceives"
    " link-not-checked link-not-https link-private link-shortened image-in-the-html"
    " image-without-words mostly-images vague-link no-language no-text-part text-part-differs"
    " clipped close-to-clipping too-large-for-the-server spam-score link-not-tracked"
    " clients-lose-content clients-show-plainer ways-not-read",
}
# What the operator mends, or nobody has to: there is no part of the page to lead to.
ELSEWHERE = frozenset(
    "links-not-https no-reverse-name reverse-name-not-confirmed "
    "spam-not-checked ses-paused ses-sandbox".split()
)
_STEP = {code: step for step, codes in _OF_STEP.items() for code in codes.split()}
_ABOUT_THE_DOMAIN = ("dkim-", "dmarc-", "spf-", "dns-", "bounces-", "domain-")
_LEFT_OUT: dict[str, Promise] = {
    "unsubscribed": EXCLUSIONS[Exclusion.UNSUBSCRIBED],
    "suppressed": EXCLUSIONS[Exclusion.SUPPRESSED],
    "no_consent": EXCLUSIONS[Exclusion.NO_CONSENT],
    "transaction_over": EXCLUSIONS[Exclusion.TRANSACTION_OVER],
    "resting": EXCLUSIONS[Exclusion.RESTING],
    "weekly": EXCLUSIONS[Exclusion.WEEKLY],
    "outside": EXCLUSIONS[Exclusion.NOT_IN_SEGMENT],
    "chosen": EXCLUSIONS[Exclusion.LEFT_OUT],
}
_FIELDS = {"subject": "subject", "preview": "subject"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFinding:
    """step, cure: where to mend it and how the link there is called; "" where not on the page.

    line: of the source, 0 where it concerns none. others: whom it concerns beside `rows`.
    variant: of an A/B test, B and later; "" where it concerns all of them.
    """

    label: str | Promise
    tone: Tone
    text: str
    advice: str
    rule: str
    href: str
    cure: str | Promise
    line: int
    rows: Sequence[str]
    others: int
    variant: str


def shown_finding(finding: Finding, *, domain: str) -> ShownFinding:
    """domain: of the sender, where the reader may open its page; else ""."""
    step, line = step_of(finding), finding.details.get("line", 0)
    has_page = bool(domain) and finding.code.startswith(_ABOUT_THE_DOMAIN)
    return ShownFinding(
        label=_SEVERITIES[finding.severity],
        tone=SEVERITY_TONES[finding.severity],
        text=_text(finding),
        advice=advice(finding),
        rule=finding.rule,
        href=reverse("organisation:domain", args=[domain]) if has_page else f"#{step}",
        cure=_("To the page of the domain") if has_page else _STEPS.get(step, ""),
        line=line if isinstance(line, int) and step == "content" else 0,
        rows=finding.rows,
        others=max(0, finding.count - len(finding.rows)),
        variant=str(finding.details.get("variant", "")),
    )


def step_of(finding: Finding) -> str:
    """Return the part of the page where it is mended; "" where that is elsewhere."""
    if "variant" in finding.details:
        return "experiment"
    field = finding.details.get("field")
    if isinstance(field, str) and field in _FIELDS:
        return _FIELDS[field]
    if finding.code.startswith(_ABOUT_THE_DOMAIN):
        return "sender"
    return _STEP.get(finding.code, "")


def _text(finding: Finding) -> str:
    """Of those who are left out, only the reasons that somebody has."""
    if finding.code != "left-out":
        return finding.explain(gettext)
    parts = [
        f"{words} {count}"
        for words, count in ((_LEFT_OUT[name], finding.details.get(name)) for name in _LEFT_OUT)
        if count
    ]
    said = gettext("%(count)s on the list are left out: %(reasons)s.")
    return said % {"count": finding.count, "reasons": ", ".join(parts)}
