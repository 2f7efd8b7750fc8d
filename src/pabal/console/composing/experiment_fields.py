"""A draft's A/B test as fields of its form. One that is unfinished is kept, and does not go out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from pabal.console.campaigns.experiments import Setup, Variant
from pabal.console.campaigns.models import Campaign
from pabal.console.composing.lines import Line
from pabal.console.composing.starting_points import starting_point, starting_points
from pabal.domain.experiment import LETTERS, Measure
from pabal.domain.tracking import Tracking

SUBJECTS = ("subject_b", "subject_c", "subject_d")
EXPERIMENT = frozenset(SUBJECTS) | frozenset(
    "ab preview_b content_b markup_b body_b take_b share measure decide hours".split()
)
_SHARES = (10, 20, 30, 40, 50, 100)
_HOURS = (1, 2, 4, 8, 12, 24, 48)
_SHARE, _AFTER = 20, 4
_BLIND = _(
    "This is not recorded of readers, so you decide. To have it recorded, see “More choices” below;"
    " whoever runs Pabal allows it with PABAL_TRACKING."
)


class ExperimentFields(forms.Form):
    ab = forms.BooleanField(
        label=_("Try a second mail on some of the audience first"), required=False
    )
    preview_b = Line(label=_("Preview text of B"), required=False)
    content_b = forms.ChoiceField(
        label=_("Content of B"),
        required=False,
        choices=[("same", _("the same as A")), ("own", _("its own"))],
        widget=forms.RadioSelect,
    )
    markup_b = forms.ChoiceField(
        label=_("Written in"),
        required=False,
        choices=Campaign.Markup.choices,
        widget=forms.RadioSelect,
    )
    body_b = forms.CharField(
        label=_("Source of B"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 14, "spellcheck": "false", "class": "source", "data-code": ""}
        ),
    )
    take_b = forms.ChoiceField(label=_("Put a template in its place"), required=False, choices=())
    share = forms.ChoiceField(
        label=_("Share of the audience that tests"),
        required=False,
        choices=[
            (each, _("Everybody: nobody waits") if each == 100 else f"{each} %") for each in _SHARES
        ],
    )
    measure = forms.ChoiceField(
        label=_("The better one is"),
        required=False,
        choices=[
            (Measure.CLICKS.value, _("the one in which more people click")),
            (Measure.OPENS.value, _("the one that more people open; this is less certain")),
        ],
    )
    decide = forms.ChoiceField(
        label=_("Who decides what the rest gets"),
        required=False,
        choices=[("hours", _("Pabal, after some hours")), ("hand", _("I do, on the report"))],
        widget=forms.RadioSelect,
    )
    hours = forms.ChoiceField(
        label=_("Hours to wait after the last mail of the test"),
        required=False,
        choices=[(each, str(each)) for each in _HOURS],
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        points = [(each.name, each.label) for each in starting_points()]
        self.fields["take_b"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a template")),
            *points,
        ]
        for name, letter in zip(SUBJECTS, LETTERS[1:], strict=True):
            label = _("Subject of %(letter)s") % {"letter": letter}
            self.fields[name] = Line(label=label, required=False)

    @property
    def further_subjects(self) -> list[forms.BoundField]:
        return [self[name] for name in SUBJECTS[1:]]

    @property
    def takes_template(self) -> bool:
        """Whether the page has to be loaded anew, since B has another source than is shown."""
        taken = self.cleaned_data.get("take_b") and self.cleaned_data.get("content_b") == "own"
        return bool(taken) and self.is_valid()

    @property
    def tries_more(self) -> bool:
        return any(field.value() for field in self.further_subjects)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("ab"):
            return given
        if settings.PABAL.sends_on_aws:
            self.add_error("ab", _("Campaigns that AWS sends have no A/B test."))
        if given.get("when") == "local":
            self.add_error(
                "ab", _("It does not go together with a time by each subscriber's own clock.")
            )
        measure = Measure(given.get("measure") or Measure.CLICKS.value)
        is_by_itself = given.get("decide") == "hours" and given.get("share") != "100"
        if is_by_itself and not measure.is_seen(_tracked(given)):
            self.add_error("decide", _BLIND)
        return given


def typed_setup(draft: Campaign) -> dict[str, object]:
    """Return a draft's A/B test as values of the fields; without one, what is usual."""
    setup = draft.experiment
    usual: dict[str, object] = {
        "ab": setup is not None,
        "content_b": "same",
        "body_b": draft.body,
        "markup_b": draft.markup,
        "share": _SHARE,
        "measure": Measure.CLICKS.value,
        "decide": "hours" if Measure.CLICKS.is_seen(settings.PABAL.tracking) else "hand",
        "hours": _AFTER,
    }
    if setup is None:
        return usual
    kept = {
        "share": setup.share,
        "measure": setup.measure.value,
        "decide": "hand" if setup.hours is None else "hours",
        "hours": setup.hours or _AFTER,
    }
    kept |= {name: each.subject for name, each in zip(SUBJECTS, setup.others, strict=False)}
    second = setup.others[0]
    kept |= {"preview_b": second.preview_text}
    if second.body:
        kept |= {"content_b": "own", "body_b": second.body, "markup_b": second.markup}
    return usual | kept


def read_setup(given: Mapping[str, Any]) -> Setup | None:
    """Return the A/B test that was filled in; None where it is off."""
    if not given["ab"]:
        return None
    others = [_second(given), *(Variant(subject=given[name]) for name in SUBJECTS[1:])]
    return Setup(
        share=int(given["share"] or _SHARE),
        measure=Measure(given["measure"] or Measure.CLICKS.value),
        hours=int(given["hours"] or _AFTER) if given["decide"] == "hours" else None,
        others=(others[0], *(each for each in others[1:] if each.subject)),
    )


def _second(given: Mapping[str, Any]) -> Variant:
    """What differs in B; a template that was chosen takes the place of what its editor shows."""
    second = Variant(subject=given["subject_b"], preview_text=given["preview_b"])
    if given["content_b"] != "own":
        return second
    if given["take_b"]:
        taken = starting_point(given["take_b"]).source()
        return replace(second, body=taken.body, markup=taken.markup.value)
    body = given["body_b"].replace("\r\n", "\n")
    markup = (given["markup_b"] or Campaign.Markup.MJML.value) if body else ""
    return replace(second, body=body, markup=markup)


def _tracked(given: Mapping[str, Any]) -> Tracking:
    asked = given.get("tracking") or Tracking.ON.value
    return Tracking(asked).within(settings.PABAL.tracking)
