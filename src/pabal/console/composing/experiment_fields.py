"""A draft's A/B test as fields of its form. One that is unfinished is kept, and does not go out."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from pabal.console.campaigns.experiments import Setup, Variant
from pabal.domain.experiment import Measure
from pabal.domain.tracking import Tracking

EXPERIMENT = frozenset({"ab", "subject_b", "share", "measure", "decide", "hours"})
_SHARES = (10, 20, 30, 40, 50, 100)
_HOURS = (1, 2, 4, 8, 12, 24, 48)
_SHARE, _AFTER = 20, 4


class ExperimentFields(forms.Form):
    ab = forms.BooleanField(
        label=_("Try a second mail on some of the audience first"), required=False
    )
    subject_b = forms.CharField(
        label=_("Subject of B"),
        required=False,
        max_length=200,
        help_text=_("Left empty, it is the subject above, which is A."),
    )
    share = forms.ChoiceField(
        label=_("How many of the audience test"),
        required=False,
        choices=[
            (each, _("Everybody: each gets A or B") if each == 100 else f"{each} %")
            for each in _SHARES
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
        label=_("Hours behind the last mail of the test"),
        required=False,
        choices=[(each, str(each)) for each in _HOURS],
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("ab"):
            return given
        if settings.PABAL.sends_on_aws:
            self.add_error("ab", _("Campaigns that AWS sends have no A/B test."))
        if given.get("when") == "local":
            self.add_error(
                "ab",
                _("It does not go together with a time by each subscriber's own clock."),
            )
        measure = Measure(given.get("measure") or Measure.CLICKS.value)
        if given.get("decide") == "hours" and not measure.is_seen(_tracked(given)):
            self.add_error("decide", _BLIND)
        return given


_BLIND = _(
    "This is not recorded of readers, so you decide. To have it recorded, see “More choices” below;"
    " whoever runs Pabal allows it with PABAL_TRACKING."
)


def typed_setup(setup: Setup | None) -> dict[str, object]:
    """Return an A/B test as values of the fields; without one, what is usual."""
    is_seen = Measure.CLICKS.is_seen(settings.PABAL.tracking)
    if setup is None:
        return {
            "ab": False,
            "share": _SHARE,
            "measure": Measure.CLICKS.value,
            "decide": "hours" if is_seen else "hand",
            "hours": _AFTER,
        }
    other = setup.others[0]
    return {
        "ab": True,
        "subject_b": other.subject,
        "share": setup.share,
        "measure": setup.measure.value,
        "decide": "hand" if setup.hours is None else "hours",
        "hours": setup.hours or _AFTER,
    }


def read_setup(given: Mapping[str, Any]) -> Setup | None:
    if not given["ab"]:
        return None
    return Setup(
        share=int(given["share"] or _SHARE),
        measure=Measure(given["measure"] or Measure.CLICKS.value),
        hours=int(given["hours"] or _AFTER) if given["decide"] == "hours" else None,
        others=(Variant(subject=given["subject_b"]),),
    )


def _tracked(given: Mapping[str, Any]) -> Tracking:
    asked = given.get("tracking") or Tracking.ON.value
    return Tracking(asked).within(settings.PABAL.tracking)
