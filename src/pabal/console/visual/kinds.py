"""The kinds of blocks: what people call them, and what they fill in."""

import enum
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.visual.tree import BODY, BRANCH, LOGIC

CONTENT = "content"  # the field for what stands between the tags of an element


class Input(enum.Enum):
    """How a field is filled in."""

    WORDS = "words"
    SOURCE = "source"
    LINE = "line"
    ADDRESS = "address"
    IMAGE = "image"
    COLOUR = "colour"
    SIZE = "size"
    ALIGNMENT = "alignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """name: of the attribute, or CONTENT. default: what MJML takes where nothing is said."""

    name: str
    label: str | Promise
    input: Input
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    label: str | Promise
    fields: tuple[Field, ...] = ()

    @property
    def is_rich(self) -> bool:
        return any(each.input is Input.WORDS for each in self.fields)


def kind_of(name: str) -> Kind:
    """Return the kind of an element, or of a block of template logic."""
    return _KINDS.get(name) or Kind(label=name)


_WORDS = Field(name=CONTENT, label=_("Words"), input=Input.WORDS)
_SOURCE = Field(name=CONTENT, label=_("Source"), input=Input.SOURCE)
_HREF = Field(name="href", label=_("Leads to"), input=Input.ADDRESS)
_PADDING = Field(name="padding", label=_("Space around"), input=Input.SIZE, default="10px 25px")


def _background(default: str = "") -> Field:
    return Field(
        name="background-color", label=_("Background"), input=Input.COLOUR, default=default
    )


def _size(name: str, label: Promise | str, default: str = "") -> Field:
    return Field(name=name, label=label, input=Input.SIZE, default=default)


def _colour(name: str, label: Promise | str, default: str = "") -> Field:
    return Field(name=name, label=label, input=Input.COLOUR, default=default)


def _align(default: str) -> Field:
    return Field(name="align", label=_("Alignment"), input=Input.ALIGNMENT, default=default)


_SECTION = Kind(
    label=_("Section"),
    fields=(_background(), _size("padding", _("Space around"), "20px 0")),
)
_KINDS = {
    BODY: Kind(label=_("Mail"), fields=(_background(), _size("width", _("Width"), "600px"))),
    "mj-section": _SECTION,
    "mj-wrapper": Kind(label=_("Frame around sections"), fields=_SECTION.fields),
    "mj-hero": Kind(label=_("Big picture"), fields=_SECTION.fields),
    "mj-group": Kind(label=_("Columns that stay side by side"), fields=(_background(),)),
    "mj-column": Kind(
        label=_("Column"),
        fields=(_size("width", _("Width")), _background(), _size("padding", _("Space around"))),
    ),
    "mj-text": Kind(
        label=_("Text"),
        fields=(
            _WORDS,
            _align("left"),
            _size("font-size", _("Size of letters"), "13px"),
            _colour("color", _("Colour"), "#000000"),
            _PADDING,
        ),
    ),
    "mj-image": Kind(
        label=_("Picture"),
        fields=(
            Field(name="src", label=_("Address of the image"), input=Input.IMAGE),
            Field(name="alt", label=_("What it shows"), input=Input.LINE),
            _HREF,
            _size("width", _("Width")),
            _align("center"),
            _PADDING,
        ),
    ),
    "mj-button": Kind(
        label=_("Button"),
        fields=(
            _WORDS,
            _HREF,
            _background("#414141"),
            _colour("color", _("Colour"), "#ffffff"),
            _align("center"),
            _size("border-radius", _("Round corners"), "3px"),
            _PADDING,
        ),
    ),
    "mj-divider": Kind(
        label=_("Divider"),
        fields=(
            _colour("border-color", _("Colour"), "#000000"),
            _size("border-width", _("Thickness"), "4px"),
            _PADDING,
        ),
    ),
    "mj-spacer": Kind(label=_("Gap"), fields=(_size("height", _("Height"), "20px"),)),
    "mj-table": Kind(label=_("Table"), fields=(_SOURCE,)),
    "mj-raw": Kind(label="HTML", fields=(_SOURCE,)),
    "mj-social": Kind(label=_("Social media")),
    "mj-navbar": Kind(label=_("Menu")),
    "mj-accordion": Kind(label=_("Accordion")),
    "mj-carousel": Kind(label=_("Carousel")),
    LOGIC: Kind(label=_("On a condition, or repeated")),
    BRANCH: Kind(label=_("Only if")),
}
