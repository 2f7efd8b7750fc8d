"""What Korean law wants of an advertising mail: its label, its sender, the way out.

정보통신망법 50 and Annex 6 of its Decree; docs/rules.md K3 and K5 to K7. The label itself is
put in front by the compiler and cannot be edited away; what is looked for here is what
somebody wrote instead of it or beside it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import partial

from pabal.domain.campaign import Kind
from pabal.message.compile import ADVERTISING_PREFIX
from pabal.preflight.checks.sample import Sample
from pabal.preflight.finding import Finding, Severity
from pabal.preflight.page import collapsed

_REFUSAL_WORDS = {"ko": ("수신거부", "수신 거부"), "en": ("unsubscribe",)}
_LABELS = re.compile(r"\w*(?:광고|廣告|広告)|adv?|advert(?:isement)?", re.IGNORECASE)
# Without one of these there is nothing that could be, or become by NFKC, a bracket.
_UNUSUAL = re.compile(r"[^\w\s.,!?%~+&:/;-]")
_INVISIBLE = frozenset({"Cf", "Mn", "Cc"})
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters of Hangul that nobody sees
_BETWEEN = 10  # characters of a label, at most
_OFFERS = re.compile(
    r"할인|쿠폰|세일|특가|이벤트|증정|사은품|무료\s?배송|프로모션|1\+1|\bsale\b|\bcoupon|discount"
    r"|% off",
    re.IGNORECASE,
)


def check_label(sample: Sample) -> Iterator[Finding]:
    """K5: “(광고)” exactly so, and nothing that only looks like it."""
    written = label_written(sample.mail.subject, sample.plan.kind)
    if not written:
        return
    if sample.plan.kind is Kind.ADVERTISING:
        yield Finding(
            code="label-of-its-own",
            severity=Severity.ERROR,
            message="The subject says “{written}” of its own beside “(광고)”.",
            remedy="Leave it out: “(광고)” is put in front by itself, as the law writes it.",
            rule="정보통신망법 50(4), Annex 6; docs/rules.md K5",
            details={"written": written},
        )
    else:
        yield Finding(
            code="notice-with-label",
            severity=Severity.ERROR,
            message="The subject of a notice says “{written}”.",
            remedy="Make the campaign advertising, or take the label out.",
            rule="정보통신망법 50(4), Annex 6; docs/rules.md K5",
            details={"written": written},
        )


def label_written(subject: str, kind: Kind) -> str:
    """What somebody wrote for a label, or beside the one of an advertisement; "" for nothing."""
    if kind is Kind.ADVERTISING:
        subject = subject.removeprefix(ADVERTISING_PREFIX)
    return _label_in(subject) if _UNUSUAL.search(subject) else ""


def _label_in(subject: str) -> str:
    plain = unicodedata.normalize("NFKC", "".join(c for c in subject if c not in _FILLERS))
    plain = "".join(c for c in plain if unicodedata.category(c) not in _INVISIBLE)
    for start in filter(partial(_opens, plain), range(len(plain))):
        for end in range(start + 2, min(start + 2 + _BETWEEN, len(plain))):
            letters = "".join(filter(str.isalnum, plain[start:end]))
            if _LABELS.fullmatch(letters) and _closes(plain, end):
                return plain[start : end + 1]
    return ""


def _opens(text: str, place: int) -> bool:
    """Whether something begins there that is set apart by brackets, quotes, stars or the like."""
    character = text[place]
    if character == "<" or unicodedata.category(character) == "Ps":
        return True
    return _is_mark(character) and not text[place + 1 : place + 2].isspace()


def _closes(text: str, place: int) -> bool:
    character = text[place]
    if character == ">" or unicodedata.category(character) == "Pe":
        return True
    return _is_mark(character) and not text[place - 1].isspace()


def _is_mark(character: str) -> bool:
    is_bracket = character in "<>" or unicodedata.category(character) in ("Ps", "Pe")
    return not is_bracket and _UNUSUAL.match(character) is not None


def check_kind(sample: Sample) -> Iterator[Finding]:
    """K3: a mail that informs and advertises is advertising as a whole."""
    if sample.plan.kind is not Kind.NOTICE:
        return
    found = _OFFERS.findall(f"{sample.mail.subject} {sample.page.text}")
    if found:
        yield Finding(
            code="notice-that-advertises",
            severity=Severity.WARNING,
            message="A notice that speaks of {offers} may be advertising before the law.",
            remedy="Make the campaign advertising unless this is what the customer asked for.",
            rule="정보통신망법 50; docs/rules.md K3",
            details={"offers": ", ".join(dict.fromkeys(map(str.lower, found)))},
        )


def check_sender_and_refusal(sample: Sample) -> Iterator[Finding]:
    """K6, K7: who sends and how to refuse, to be seen in both parts."""
    if sample.plan.kind is not Kind.ADVERTISING:
        return
    targets = {link.target for link in sample.page.links}
    yield from _sender_block(sample, "HTML", sample.page.text)
    yield from _refusal_block("HTML", sample.page.text, sample.unsubscribe in targets)
    text = collapsed(sample.mail.text)
    yield from _sender_block(sample, "text", text)
    yield from _refusal_block("text", text, sample.unsubscribe in text)


def _sender_block(sample: Sample, part: str, shown: str) -> Iterator[Finding]:
    sender = sample.plan.sender
    wanted = {
        "company": sender.company,
        "postal_address": sender.postal_address,
        "phone": sender.phone,
        "contact_email": sender.contact_email,
    }
    missing = [f"sender.{name}" for name, value in wanted.items() if collapsed(value) not in shown]
    if missing:
        yield Finding(
            code="sender-not-named",
            severity=Severity.ERROR,
            message="The {part} part does not show {missing}.",
            remedy="Write them visibly into the footer, for example {{{{ sender.phone }}}}.",
            rule="정보통신망법 50(4); docs/rules.md K6",
            details={"part": part, "missing": ", ".join(missing)},
        )


def _refusal_block(part: str, shown: str, has_link: bool) -> Iterator[Finding]:
    if not has_link:
        yield Finding(
            code="no-unsubscribe-link",
            severity=Severity.ERROR,
            message="The {part} part has no unsubscribe link.",
            remedy="Put {{{{ unsubscribe_url }}}} into the footer.",
            rule="정보통신망법 50(4); docs/rules.md K7",
            details={"part": part},
        )
    for language, words in _REFUSAL_WORDS.items():
        if not any(word in shown.lower() for word in words):
            yield Finding(
                code="no-refusal-wording",
                severity=Severity.ERROR,
                message="The {part} part does not say how to unsubscribe in {language}.",
                remedy="Say it in Korean (수신거부) and in English (unsubscribe).",
                rule="정보통신망법 50(4), Annex 6; docs/rules.md K7",
                details={"part": part, "language": language},
            )
