"""What a marketer fills in. A draft may be unfinished; what is wrong stays with its field."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.attributes import known_attributes
from pabal.console.audience.models import List, Topic
from pabal.console.campaigns.bounds import NO_BOUNDS, Bounds
from pabal.console.campaigns.models import Campaign, SenderIdentity
from pabal.console.campaigns.scheduling import WALL, at_local_time, at_moment
from pabal.console.campaigns.words import ALLOWED
from pabal.console.composing.bound_choices import (
    BOUNDS,
    bound_choices,
    read_bounds,
    typed_bounds,
)
from pabal.console.composing.experiment_fields import (
    EXPERIMENT,
    ExperimentFields,
    read_setup,
    typed_setup,
)
from pabal.console.composing.lines import Line
from pabal.console.composing.starting_points import starting_points
from pabal.domain.address import Address, AddressError, parse_address
from pabal.domain.campaign import Kind
from pabal.domain.local_time import FIRST_CLOCK, first_anywhere

_TESTS_AT_ONCE = 5  # addresses
_ROWS = frozenset({"sender", "list", "topic"})  # fields that choose a row of a table
_TIME = frozenset({"when", "scheduled_at", "zone_attribute"})
_BESIDE_FIELDS = BOUNDS | _TIME | EXPERIMENT  # kept together, or not at all
_described = lazy(partial(format_html, "{} <small>{}</small>"), SafeString)


def _picks(label: Any) -> forms.MultipleChoiceField:
    """A field of rows to tick; which ones there are, the form says when it is made."""
    return forms.MultipleChoiceField(
        label=label, required=False, widget=forms.CheckboxSelectMultiple
    )


class NewCampaignForm(forms.Form):
    name = Line(label=_("Name"), help_text=_("Only your team sees it."))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (Campaign.Kind.ADVERTISING, _("Advertising: offers, coupons, new goods")),
            (Campaign.Kind.NOTICE, _("Notice: orders, terms, what customers have to know")),
        ],
        widget=forms.RadioSelect,
        initial=Campaign.Kind.ADVERTISING,
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        points = starting_points()
        notices = [each.name for each in points if each.kind is Kind.NOTICE]
        self.fields["start_from"] = forms.ChoiceField(
            label=_("Start from"),
            choices=[(each.name, _described(each.label, each.description)) for each in points],
            widget=forms.RadioSelect(attrs={"data-notices": " ".join(notices)}),
            initial=points[0].name,
        )


class TemplateNameForm(forms.Form):
    name = Line(
        label=_("Name of the template"),
        help_text=_("Under the name of another template, it becomes that one's next version."),
    )


class DraftForm(ExperimentFields):
    """Everything about a draft that is decided on its page.

    now: a time before it cannot be sent at. bounds: those that the draft has.
    """

    name = Line(label=_("Name"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Campaign.Kind.choices, widget=forms.RadioSelect
    )
    markup = forms.ChoiceField(
        label=_("Written in"), choices=Campaign.Markup.choices, widget=forms.RadioSelect
    )
    body = forms.CharField(
        label=_("Source"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 18, "spellcheck": "false", "class": "source", "data-code": ""}
        ),
    )
    text = forms.CharField(
        label=_("Plain-text part"),
        required=False,
        strip=False,
        help_text=_("Left empty, it is made from the source."),
        widget=forms.Textarea(attrs={"rows": 5, "class": "source"}),
    )
    subject = Line(label=_("Subject"), required=False)
    preview_text = Line(
        label=_("Preview text"),
        required=False,
        help_text=_("Mail programs show it behind the subject."),
    )
    sender = forms.ModelChoiceField(
        SenderIdentity.objects.order_by("name", "pk"),
        label=_("Sender identity"),
        empty_label=None,
    )
    list = forms.ModelChoiceField(
        List.objects.filter(archived_at=None).order_by("name", "pk"),
        label=_("List"),
        empty_label=None,
    )
    segments = _picks(_("Whoever fits one of these segments"))
    without_segments = _picks(_("Whoever fits a segment"))
    without_lists = _picks(_("Whoever is on another list"))
    without_campaigns = _picks(_("Whoever was sent a campaign"))
    topic = forms.ModelChoiceField(
        Topic.objects.order_by("name", "pk"),
        label=_("Topic"),
        required=False,
        empty_label=_("No topic"),
        help_text=_("Whoever does not want this topic is left out."),
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=[
            ("now", _("As soon as I start it")),
            ("later", _("At a time")),
            ("local", _("At a time by each subscriber's own clock")),
        ],
        widget=forms.RadioSelect,
    )
    scheduled_at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        input_formats=[WALL, f"{WALL}:%S"],
        widget=forms.DateTimeInput(format=WALL, attrs={"type": "datetime-local"}),
    )
    zone_attribute = forms.ChoiceField(
        label=_("Attribute with the time zone"), required=False, choices=()
    )
    on_doubt = forms.ChoiceField(
        label=_("If nobody knows whether a mail arrived"),
        choices=[
            (Campaign.OnDoubt.ASK, _("Ask me: nobody gets it twice")),
            (Campaign.OnDoubt.RESEND, _("Send it again: nobody misses it")),
        ],
    )

    tracking = forms.ChoiceField(
        label=_("What is recorded of readers"),
        required=False,
        choices=[("", _("As much as the installation allows")), *Campaign.Tracking.choices],
    )

    def __init__(
        self, *arguments: Any, now: datetime, bounds: Bounds = NO_BOUNDS, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._now = now
        self.fields["tracking"].help_text = str(ALLOWED[settings.PABAL.tracking])
        for name, choices in bound_choices(bounds, now).items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        names = [each.name for each in known_attributes()]
        self.fields["without_lists"].choices = self._other_lists()  # type: ignore[attr-defined]
        chosen = self["zone_attribute"].value() or ""
        kept = [chosen] if chosen and chosen not in names else []
        self.fields["zone_attribute"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose an attribute")),
            *((name, name) for name in [*kept, *names]),
        ]

    @classmethod
    def of(cls, draft: Campaign, *, now: datetime) -> "DraftForm":
        """Return the form as the draft stands."""
        bounds = draft.bounds
        known = "name kind markup body text subject preview_text on_doubt tracking".split()
        initial: dict[str, object] = {name: getattr(draft, name) for name in known}
        initial |= {"sender": draft.sender_id, "list": draft.list_id}
        initial |= {"topic": draft.topic_id}
        initial |= typed_bounds(bounds) | typed_setup(draft)
        initial |= {
            "when": _when(draft),
            "scheduled_at": draft.local_time or draft.scheduled_at,
            "zone_attribute": draft.zone_attribute,
        }
        return cls(initial=initial, now=now, bounds=bounds)

    def clean_body(self) -> str:
        return _with_unix_lines(self.cleaned_data["body"])

    def clean_text(self) -> str:
        return _with_unix_lines(self.cleaned_data["text"])

    def clean_without_lists(self) -> Sequence[str]:
        left_out: Sequence[str] = self.cleaned_data["without_lists"]
        goes_to = self.cleaned_data.get("list")
        if goes_to is not None and str(goes_to.pk) in left_out:
            raise forms.ValidationError(
                _("The mail goes to this list. Without it, nobody is left.")
            )
        return left_out

    def clean_scheduled_at(self) -> datetime | None:
        when = self.cleaned_data.get("when")
        if when not in ("later", "local"):
            return None
        moment: datetime | None = self.cleaned_data["scheduled_at"]
        if moment is None:
            raise forms.ValidationError(_("Choose a date and a time."))
        if moment <= self._now:
            raise forms.ValidationError(_("This time has passed."))
        if when == "local" and first_anywhere(_wall(moment)) <= self._now:
            raise forms.ValidationError(
                _("Somewhere it is later than that already. Choose a time from %(first)s on."),
                params={"first": _first_wall(self._now)},
            )
        return moment

    def clean_zone_attribute(self) -> str:
        chosen: str = self.cleaned_data["zone_attribute"]
        if self.cleaned_data.get("when") == "local" and not chosen:
            raise forms.ValidationError(_("Choose the attribute that names the time zone."))
        return chosen

    def _other_lists(self) -> Sequence[tuple[str, str]]:
        """The lists but the draft's own, unless it is ticked, which has to be said."""
        own, ticked = str(self["list"].value()), self["without_lists"].value() or ()
        everyone: Sequence[tuple[str, str]] = self.fields["without_lists"].choices  # type: ignore[attr-defined]
        return [each for each in everyone if each[0] != own or own in ticked]

    @property
    def leaves_out(self) -> bool:
        """Whether anybody is left out, so that the page shows whom."""
        return any(self[name].value() for name in BOUNDS if name.startswith("without"))

    def sound_values(self) -> Mapping[str, object]:
        """Return what can be kept: the fields that have nothing wrong with them."""
        self.is_valid()
        given = {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}
        if "tracking" not in self.data:  # a page from before the choice: "" would record more
            given.pop("tracking", None)
        values: dict[str, object] = {}
        if given.keys() >= BOUNDS:
            values["bounds"] = read_bounds({name: given.pop(name) for name in BOUNDS})
        if given.keys() >= _TIME:
            values |= _read_time({name: given.pop(name) for name in _TIME})
        if given.keys() >= EXPERIMENT and "share" in self.data:
            values["experiment"] = read_setup(given)
        for name, value in given.items():
            if name in _ROWS:
                values[f"{name}_id"] = value and value.pk
            elif name not in _BESIDE_FIELDS:
                values[name] = value
        return values


class TestMailForm(forms.Form):
    addresses = forms.CharField(label=_("Send a test to"))

    @classmethod
    def to(cls, address: str) -> "TestMailForm":
        """Return the form with an address filled in, if it is one that mails can go to."""
        try:
            return cls(initial={"addresses": parse_address(address).original})
        except AddressError:
            return cls()

    def clean_addresses(self) -> list[Address]:
        words = self.cleaned_data["addresses"].replace(",", " ").replace(";", " ").split()
        found: dict[str, Address] = {}
        for word in words:
            address = _address(word)
            found.setdefault(address.identity, address)
        if len(found) > _TESTS_AT_ONCE:
            raise forms.ValidationError(
                _("At most %(count)d addresses at once."), params={"count": _TESTS_AT_ONCE}
            )
        return [*found.values()]


def _address(word: str) -> Address:
    try:
        return parse_address(word)
    except AddressError:
        raise forms.ValidationError(
            _("“%(address)s” is not an e-mail address."), params={"address": word[:100]}
        ) from None


def _when(draft: Campaign) -> str:
    if draft.local_time:
        return "local"
    return "later" if draft.scheduled_at else "now"


def _read_time(given: Mapping[str, Any]) -> Mapping[str, object]:
    if given["when"] == "local":
        return at_local_time(_wall(given["scheduled_at"]), given["zone_attribute"])
    return at_moment(given["scheduled_at"])


def _wall(moment: datetime) -> datetime:
    """What was typed: the form takes it for the organisation's clock."""
    return timezone.localtime(moment).replace(tzinfo=None)


def _first_wall(now: datetime) -> str:
    """The next full hour that no clock has shown yet."""
    ahead = now.astimezone(FIRST_CLOCK) + timedelta(hours=1)
    return ahead.strftime("%Y-%m-%d %H:00")


def _with_unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n")
