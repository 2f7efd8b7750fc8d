"""Sizes and what the law wants to be readable in the mail itself."""

from collections.abc import Iterator
from html import unescape

from pabal.domain.campaign import CampaignPlan, Kind
from pabal.message.render import PlainMail
from pabal.preflight.checks.personalisation import Sizes
from pabal.preflight.finding import Finding, Severity

CLIPPED_ABOVE = 102_400  # bytes of HTML; Gmail hides what comes behind
_CLOSE_TO_IT = 92_160

_REFUSAL_WORDS = {"ko": ("수신거부", "수신 거부"), "en": ("unsubscribe",)}


def check_sizes(sizes: Sizes) -> Iterator[Finding]:
    if sizes.largest_html > CLIPPED_ABOVE:
        yield Finding(
            code="clipped",
            severity=Severity.WARNING,
            message="The HTML is {size} bytes; Gmail hides what lies behind {limit}.",
            remedy="Shorten the template, or put the sender and the unsubscribe link near its top.",
            rule="Gmail clipping",
            details={"size": sizes.largest_html, "limit": CLIPPED_ABOVE},
        )
    elif sizes.largest_html > _CLOSE_TO_IT:
        yield Finding(
            code="close-to-clipping",
            severity=Severity.NOTE,
            message="The HTML is {size} bytes, close to the {limit} at which Gmail clips.",
            remedy="Leave some room for longer names and values.",
            rule="Gmail clipping",
            details={"size": sizes.largest_html, "limit": CLIPPED_ABOVE},
        )


def check_law(plan: CampaignPlan, mail: PlainMail, unsubscribe_url: str) -> Iterator[Finding]:
    """Check one rendered mail for what every advertising mail must say.

    망법 50(4) and its Annex 6: the sender's name, e-mail, telephone and postal address,
    and how to refuse, in Korean and in English.
    """
    if plan.kind is not Kind.ADVERTISING:
        return
    for part, content in (("HTML", unescape(mail.html)), ("text", mail.text)):
        yield from _sender_block(plan, part, content)
        yield from _refusal_block(part, content, unsubscribe_url)


def _sender_block(plan: CampaignPlan, part: str, content: str) -> Iterator[Finding]:
    sender = plan.sender
    wanted = {
        "company": sender.company,
        "postal_address": sender.postal_address,
        "phone": sender.phone,
        "contact_email": sender.contact_email,
    }
    missing = [f"sender.{name}" for name, value in wanted.items() if value not in content]
    if missing:
        yield Finding(
            code="sender-not-named",
            severity=Severity.ERROR,
            message="The {part} part does not show {missing}.",
            remedy="Write them into the footer, for example {{{{ sender.phone }}}}.",
            rule="정보통신망법 50(4); docs/rules.md K6",
            details={"part": part, "missing": ", ".join(missing)},
        )


def _refusal_block(part: str, content: str, unsubscribe_url: str) -> Iterator[Finding]:
    lowered = content.lower()
    if unsubscribe_url not in content:
        yield Finding(
            code="no-unsubscribe-link",
            severity=Severity.ERROR,
            message="The {part} part has no unsubscribe link.",
            remedy="Put {{{{ unsubscribe_url }}}} into the footer.",
            rule="정보통신망법 50(4); docs/rules.md K7",
            details={"part": part},
        )
    for language, words in _REFUSAL_WORDS.items():
        if not any(word in lowered for word in words):
            yield Finding(
                code="no-refusal-wording",
                severity=Severity.ERROR,
                message="The {part} part does not say how to unsubscribe in {language}.",
                remedy="Say it in Korean (수신거부) and in English (unsubscribe).",
                rule="정보통신망법 50(4), Annex 6; docs/rules.md K7",
                details={"part": part, "language": language},
            )
