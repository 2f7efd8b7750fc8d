"""What of the mail some of the mail clients do not show: Gmail, Outlook, Apple Mail, Samsung.

Source: caniemail.com. Only what its reader would miss is told; most of what a client leaves out
nobody sees, such as a cursor, or is what compilers of MJML write for the others.
"""

from collections.abc import Iterator, Mapping

from pabal.preflight.checks.sample import Sample
from pabal.preflight.clients.features import features_of
from pabal.preflight.clients.support import Feature, support
from pabal.preflight.finding import Finding, Severity

# Without these, content is gone, stands elsewhere or cannot be used.
_CARRIES = frozenset(
    f"css-{name}"
    for name in (
        "at-import aspect-ratio clip-path column-count display-flex display-grid flex-direction "
        "flex-wrap function-clamp function-max function-min gap grid-template inset "
        "left-right-top-bottom mask-image modern-color object-fit position "
        "pseudo-element-after pseudo-element-before transform unit-calc unit-ch unit-rem unit-vh "
        "unit-vmax unit-vmin unit-vw variables visibility writing-mode"
    ).split()
) | frozenset(
    (
        "html-audio html-button-submit html-dialog html-form html-hidden html-input-checkbox "
        "html-input-radio html-input-submit html-input-text html-link html-object html-picture "
        "html-popover html-select html-svg html-textarea html-video "
        "image-avif image-heif image-ico image-mp4 image-svg image-tiff image-webp"
    ).split()
)
# Without these, it is plainer. Square corners are not worth a word: MJML's buttons have round ones.
_ADORNS = frozenset(
    f"css-{name}"
    for name in (
        "animation at-font-face at-keyframes backdrop-filter background-blend-mode "
        "background-image background-size border-image box-shadow conic-gradient "
        "filter linear-gradient mix-blend-mode pseudo-class-hover radial-gradient text-emphasis "
        "text-shadow transition"
    ).split()
)


def check_clients(sample: Sample) -> Iterator[Finding]:
    """Two findings at most; each feature is named once, where it comes first."""
    used: dict[str, tuple[Feature, str]] = {}
    known = support()
    for use in features_of(sample.mail.html):
        feature = known.by_use.get(use.feature)
        if feature is not None:
            used.setdefault(feature.slug, (feature, use.place))
    details = {"updated": known.updated}
    yield from Finding(
        code="clients-lose-content",
        severity=Severity.WARNING,
        message="Some mail programs lose {count} things that this mail is made with.",
        remedy="Look at the mail there, and see that it can be read without them. What Naver and"
        " Daum show is not in the data (caniemail.com, {updated}): look there too.",
        rule="caniemail.com",
        details=details,
    ).of(_rows(used, _CARRIES))
    yield from Finding(
        code="clients-show-plainer",
        severity=Severity.NOTE,
        message="Some mail programs leave out {count} adornments of this mail.",
        remedy="Nothing need be done where it is as good without. Naver and Daum are not in the"
        " data (caniemail.com, {updated}).",
        rule="caniemail.com",
        details=details,
    ).of(_rows(used, _ADORNS))


def _rows(used: Mapping[str, tuple[Feature, str]], slugs: frozenset[str]) -> list[str]:
    return [
        f"{feature.title}, {place}: {_clients(feature)}"
        for slug, (feature, place) in used.items()
        if slug in slugs and feature.missing_in
    ]


def _clients(feature: Feature) -> str:
    return "; ".join(
        f"{family} ({', '.join(platforms)})" for family, platforms in feature.missing_in.items()
    )
