"""The pages of the audience, which several rooms have one each of."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.design.components import Choice

_PAGES: tuple[tuple[str, Promise], ...] = (
    ("subscribers:table", _("Subscribers")),
    ("lists:lists", _("Lists")),
    ("lists:topics", _("Topics")),
    ("segments:segments", _("Segments")),
    ("imports:imports", _("Imports")),
)


def audience_tabs(current: str) -> Sequence[Choice]:
    """Return the tabs above a page. current: the name of the page that is open."""
    return [
        Choice(label=str(label), href=reverse(name), is_current=name == current)
        for name, label in _PAGES
    ]
