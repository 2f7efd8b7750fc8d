"""The steps of a draft's page, and which of them are done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.starting import Readiness
from pabal.console.composing.previewing import Preview
from pabal.console.design.components import Tone

_SAYS: dict[Tone, Promise] = {
    Tone.GOOD: _("done"),
    Tone.PLAIN: _("to do"),
    Tone.BAD: _("to be mended"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """anchor: of its part of the page."""

    anchor: str
    label: str | Promise
    tone: Tone

    @property
    def says(self) -> Promise:
        return _SAYS[self.tone]


def steps(draft: Campaign, seen: Preview, ready: Readiness) -> Sequence[Step]:
    return [
        Step(anchor="content", label=_("Content"), tone=_content(draft, seen)),
        Step(anchor="subject", label=_("Subject"), tone=_done(bool(draft.subject.strip()))),
        Step(anchor="sender", label=_("Sender"), tone=Tone.GOOD),
        Step(anchor="audience", label=_("Audience"), tone=_done(seen.reader is not None)),
        Step(anchor="schedule", label=_("Time"), tone=Tone.BAD if ready.has_come else Tone.GOOD),
        Step(anchor="check", label=_("Check"), tone=_check(ready)),
        Step(anchor="start", label=_("Send"), tone=Tone.PLAIN),
    ]


def _content(draft: Campaign, seen: Preview) -> Tone:
    if not draft.body.strip():
        return Tone.PLAIN
    return Tone.BAD if seen.trouble else Tone.GOOD


def _check(ready: Readiness) -> Tone:
    if ready.result is None:
        return Tone.PLAIN
    return Tone.GOOD if ready.result.passed else Tone.BAD


def _done(is_done: bool) -> Tone:
    return Tone.GOOD if is_done else Tone.PLAIN
