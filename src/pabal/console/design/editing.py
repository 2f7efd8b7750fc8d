"""What the code editor says, in the reader's language."""

from collections.abc import Mapping

from django.utils.translation import gettext as _


def editor_phrases() -> Mapping[str, str]:
    """Return CodeMirror's own words with ours for them."""
    return {
        "Find": _("Find"),
        "Replace": _("Replace with"),
        "next": _("next"),
        "previous": _("previous"),
        "all": _("all"),
        "match case": _("match case"),
        "by word": _("whole words"),
        "regexp": _("pattern"),
        "replace": _("replace"),
        "replace all": _("replace all"),
        "close": _("close"),
        "Fold line": _("Fold"),
        "Unfold line": _("Unfold"),
        "current match": _("current match"),
        "replaced match on line $": _("replaced in line $"),
        "replaced $ matches": _("$ replaced"),
    }
