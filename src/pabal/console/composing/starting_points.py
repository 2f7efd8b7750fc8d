"""What a campaign's content may begin as."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.mail_templates.gallery import GALLERY, GalleryTemplate
from pabal.console.mail_templates.keeping import last_versions
from pabal.console.mail_templates.models import TemplateVersion
from pabal.domain.campaign import Kind
from pabal.message.source import Markup, Source

_SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingPoint:
    """name: of its file among the samples. kind: that its words are of; None for either."""

    name: str
    label: str | Promise
    description: str | Promise = ""
    subject: str = ""
    preview: str = ""
    kind: Kind | None = None

    def source(self) -> Source:
        body = (_SAMPLES / f"{self.name}.mjml").read_text(encoding="utf-8")
        return Source(subject=self.subject, preview=self.preview, body=body, markup=Markup.MJML)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTemplate:
    """A template that the organisation has kept, as its last version has it."""

    version: TemplateVersion
    description: str = ""
    kind: Kind | None = None

    @property
    def name(self) -> str:
        return f"own-{self.version.template_id}"

    @property
    def label(self) -> str:
        return self.version.template.name

    def source(self) -> Source:
        return self.version.as_source()


_GIVEN: tuple[StartingPoint | GalleryTemplate, ...] = (
    StartingPoint(
        name="coupon",
        label=_("A coupon for every customer"),
        description=_("One offer and one button."),
        subject="{{ name | default('고객') }}님께 드리는 이번 주 쿠폰",
        preview="일요일까지 쓸 수 있습니다.",
    ),
    *GALLERY,
    StartingPoint(name="letter", label=_("A short letter")),
    StartingPoint(name="empty", label=_("Nothing but the footer that the law wants")),
)


def starting_points() -> Sequence[StartingPoint | GalleryTemplate | OwnTemplate]:
    return [*_GIVEN, *(OwnTemplate(version=each) for each in last_versions())]


def starting_point(name: str) -> StartingPoint | GalleryTemplate | OwnTemplate:
    return next(each for each in starting_points() if each.name == name)
