"""Forms of the import: the file, and what it means."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.attributes import label_of
from pabal.console.audience.importing import mapping
from pabal.console.audience.importing.bases import check_basis
from pabal.console.audience.importing.errors import BasisRefused, ColumnsRefused, NoTransactionEnd
from pabal.console.audience.importing.jobs import basis_of, overrides_of
from pabal.console.audience.importing.mapping import (
    LEAVE_OUT,
    ColumnMapping,
    attribute_name,
    map_columns,
)
from pabal.console.audience.models import ImportRun, List
from pabal.console.imports.looking import FirstLook
from pabal.domain.consent import Basis

LARGEST = 200 * 1000 * 1000  # bytes; a million customers are some 130 MB
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
NOBODY_AGREED = "none"

FIELDS: dict[str, Promise] = {
    mapping.EMAIL: _("E-mail address"),
    mapping.LANGUAGE: _("Language"),
    mapping.CONSENT: _("Consent: yes or no"),
    mapping.CONSENT_AT: _("When they agreed"),
    mapping.CONSENT_SOURCE: _("How they agreed"),
    mapping.TRANSACTION_ENDED_AT: _("When they last bought"),
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX. The first row names the columns; every further row is a person."),
        widget=forms.FileInput(attrs={"accept": ",".join(_SUFFIXES)}),
    )
    list = forms.ModelChoiceField(
        label=_("List"),
        queryset=List.objects.none(),
        error_messages={"required": _("Choose a list, or name a new one.")},
    )
    new_list = forms.CharField(label=_("Or a new list"), required=False, max_length=100)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        lists = List.objects.filter(archived_at=None).order_by("name")
        if lists.exists():
            self._offer(lists)
        else:
            self._ask_for_the_first()

    def _offer(self, lists: QuerySet[List]) -> None:
        choices = self.fields["list"]
        assert isinstance(choices, forms.ModelChoiceField)  # noqa: S101 made above
        choices.queryset = lists
        choices.required = not self.data.get("new_list", "").strip()

    def _ask_for_the_first(self) -> None:
        """A choice among nothing is no question, and a name is a hurdle: propose one."""
        del self.fields["list"]
        name = self.fields["new_list"]
        name.label, name.required = gettext("Name of the list"), True
        name.initial = gettext("All customers")

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(
                gettext("The file is larger than %(size)d MB. Split it, or use `pabal import`.")
                % {"size": LARGEST // 1_000_000}
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name = " ".join(str(cleaned.get("new_list", "")).split())
        if name and List.objects.filter(name__iexact=name).exists():
            self.add_error("new_list", gettext("There is one with this name already."))
        if self.errors and "file" not in self.errors:
            self.add_error("file", gettext("Choose the file again: browsers do not keep it."))
        cleaned["new_list"] = name
        return cleaned


class MappingForm(forms.Form):
    """A choice a column, why these people may be sent advertising, and what wins."""

    basis = forms.ChoiceField(
        label=_("Why may they be sent advertising?"),
        choices=[
            (Basis.CONSENT.value, _("They agreed to it")),
            (Basis.TRANSACTION.value, _("They bought the same kind of goods in the last 6 months")),
            (NOBODY_AGREED, _("Not at all: they get notices only")),
        ],
        widget=forms.RadioSelect,
        initial=Basis.CONSENT.value,
    )
    wording = forms.CharField(
        label=_("The text that they agreed to"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("As it stood on the form. It is kept with every consent."),
    )
    given_on = forms.DateField(
        label=_("When all of them agreed or last bought"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Only for files without a column for it."),
    )
    goods = forms.CharField(
        label=_("What they bought"),
        required=False,
        max_length=200,
        help_text=_("The kind of goods, as it is set for the list. For purchases only."),
    )
    keeps_known = forms.ChoiceField(
        label=_("People who are here already"),
        choices=[
            ("", _("are changed to what the file says")),
            ("1", _("stay as they are, and join the list")),
        ],
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )

    def __init__(
        self,
        *arguments: Any,
        look: FirstLook,
        run: ImportRun,
        chosen: Sequence[str],
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._look, self._run = look, run
        for index, (header, target) in enumerate(zip(look.header, chosen, strict=True)):
            self.fields[f"column{index}"] = forms.ChoiceField(
                label=header, choices=_choices(header, look.targets[index]), initial=target
            )

    @property
    def columns(self) -> Sequence[tuple[forms.BoundField, Sequence[str]]]:
        """The choices with what stands in their columns."""
        count = len(self._look.header)
        return [(self[f"column{i}"], self._look.examples(i)) for i in range(count)]

    @property
    def mapping(self) -> list[str]:
        return [self.cleaned_data[f"column{i}"] for i in range(len(self._look.header))]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if any(name.startswith("column") for name in self.errors):
            return cleaned
        has_agreed = cleaned.get("basis") == Basis.CONSENT.value
        if has_agreed and not cleaned.get("wording"):
            self.add_error("wording", gettext("A consent needs this, to be shown if asked for."))
        if cleaned.get("given_on") and cleaned["given_on"] > timezone.localdate():
            self.add_error("given_on", gettext("This day is still to come."))
        if not self.errors:
            self._check_together()
        return cleaned

    def fill(self, run: ImportRun) -> None:
        """Write what was said into a run."""
        said = self.cleaned_data
        is_nobody = said["basis"] == NOBODY_AGREED
        run.mapping = self.mapping
        run.basis = "" if is_nobody else said["basis"]
        run.wording = "" if is_nobody else said["wording"]
        run.given_on = None if is_nobody else said["given_on"]
        run.goods, run.keeps_known = said["goods"], bool(said["keeps_known"])

    def _check_together(self) -> None:
        self.fill(self._run)
        header = self._look.header
        try:
            columns = map_columns(header, overrides_of(header, self.mapping))
            check_basis(basis_of(self._run), columns, goods=self._run.list.goods)
        except ColumnsRefused as error:
            self.add_error(None, f"{error.explain(gettext)} {error.advise(gettext)}")
        except BasisRefused as error:
            field = "given_on" if isinstance(error, NoTransactionEnd) else "goods"
            self.add_error(field, error.explain(gettext))
        else:
            self._check_moment(columns)

    def _check_moment(self, columns: ColumnMapping) -> None:
        has_moment = columns.column(mapping.CONSENT_AT) or self._run.given_on
        if self._run.basis == Basis.CONSENT.value and not has_moment:
            self.add_error("given_on", gettext("No column says when they agreed: say it here."))


def initial_of(run: ImportRun) -> dict[str, Any]:
    """Return what a MappingForm shows of a run that was set up before."""
    if not run.mapping:
        return {}
    return {
        "basis": run.basis or NOBODY_AGREED,
        "wording": run.wording,
        "given_on": run.given_on,
        "goods": run.goods,
        "keeps_known": "1" if run.keeps_known else "",
    }


def _choices(header: str, guess: str) -> list[tuple[str, str | Promise]]:
    """The fields, the guess, the column's own name, and nothing."""
    own = {guess, attribute_name(header)} - set(FIELDS)
    attributes = [(name, _attribute(name)) for name in sorted(own)]
    usual = [
        (name, _attribute(name))
        for name in mapping.known_fields()
        if name not in FIELDS and name not in own
    ]
    return [*FIELDS.items(), *attributes, *usual, (LEAVE_OUT, _("Leave out"))]


def _attribute(name: str) -> str:
    """As people call it, with the name by which templates print it where that is another."""
    label = label_of(name)
    shown = name if label == name else f"{label} ({name})"
    return gettext("Attribute: %(name)s") % {"name": shown}
