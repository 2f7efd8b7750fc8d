"""Images, the text part, and what a reader with a screen reader gets."""

import re
from collections.abc import Iterator

from pabal.preflight.checks.sample import Sample
from pabal.preflight.finding import Finding, Severity

_LITTLE_TEXT = 100  # characters beside the images
_ALIKE = 0.3  # share of the text part's words that the HTML has too
_WORD = re.compile(r"\w{2,}")
_VAGUE = frozenset("여기 클릭 보기 here click more link".split()) | {"click here", "여기 클릭"}


def check_images(sample: Sample) -> Iterator[Finding]:
    images = sample.page.images
    yield from Finding(
        code="image-without-words",
        severity=Severity.WARNING,
        message="{count} images have no alternative text.",
        remedy='Write alt="…" for what the image says, alt="" for decoration: many see no images.',
        rule="WCAG 2.2 1.1.1",
    ).of([image.source for image in images if image.alternative is None])
    yield from Finding(
        code="image-in-the-html",
        severity=Severity.WARNING,
        message="{count} images are in the HTML as data; Gmail and Outlook do not show them.",
        remedy="Link the image instead.",
    ).of([image.source[:40] for image in images if image.source.lower().startswith("data:")])
    if images and len(sample.page.text) < _LITTLE_TEXT:
        yield Finding(
            code="mostly-images",
            severity=Severity.WARNING,
            message="The mail is images with hardly any text.",
            remedy="Write what it says as text: filters distrust it, and images are often blocked.",
        )


def check_text_part(sample: Sample) -> Iterator[Finding]:
    words = set(_WORD.findall(sample.mail.text.lower()))
    seen = set(_WORD.findall(sample.page.text.lower()))
    seen |= {word for link in sample.page.links for word in _WORD.findall(link.target.lower())}
    seen |= {
        word
        for image in sample.page.images
        for word in _WORD.findall((image.alternative or "").lower())
    }
    if not words:
        yield Finding(
            code="no-text-part",
            severity=Severity.WARNING,
            message="The text part says nothing.",
            remedy="Give the template text, or write a text part.",
        )
    elif len(words & seen) < _ALIKE * len(words):
        yield Finding(
            code="text-part-differs",
            severity=Severity.WARNING,
            message="The text part says something else than the HTML.",
            remedy="Let both say the same, or leave it out: it is then made of the HTML.",
        )


def check_accessibility(sample: Sample) -> Iterator[Finding]:
    if not sample.page.language:
        yield Finding(
            code="no-language",
            severity=Severity.NOTE,
            message="The HTML does not say which language it is in.",
            remedy='Write <html lang="ko"> or <mjml lang="ko">: screen readers speak by it.',
            rule="WCAG 2.2 3.1.1",
        )
    yield from Finding(
        code="vague-link",
        severity=Severity.NOTE,
        message="{count} links say nothing by themselves.",
        remedy="Let the link say where it leads.",
        rule="WCAG 2.2 2.4.4",
    ).of([link.text for link in sample.page.links if link.text.strip().lower() in _VAGUE])
