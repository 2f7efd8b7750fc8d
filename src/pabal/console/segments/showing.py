"""A draft as the form's template shows it: every field with its name, value and choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext

from pabal.console.accounts.models import Language
from pabal.console.audience.attributes import KnownAttribute, known_attributes
from pabal.console.audience.conditions import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    ON_HITS,
    WITH_DAYS,
    WITH_TWO_VALUES,
    About,
    Condition,
    Kind,
    Match,
    Segmentation,
    Test,
    takes_value,
)
from pabal.console.audience.models import List, Topic
from pabal.console.campaigns.models import Campaign
from pabal.console.segments.activity import hits_are_here, knows_hits
from pabal.console.segments.draft import Draft, Row
from pabal.console.segments.words import ABOUTS, IN_WORDS, MATCHES, TEST_WORDS

_CAMPAIGNS = 100  # the newest

Option = tuple[str, str | Promise, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What there is to choose from.

    unknown: by test, campaigns of which it is not known whom it holds for.
    """

    attributes: Sequence[KnownAttribute]
    keys: Mapping[About, Sequence[tuple[str, str]]]
    unknown: Mapping[Test, frozenset[str]]
    abouts: Sequence[About]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """number: from 1, for a screen reader. prefix: of the fields' names.

    input: of what type the fields for values are; "" where there is none. is_on_hits: it is about
    opens and clicks, which needs saying what those are.
    """

    number: int
    prefix: str
    place: str
    row: Row
    subjects: Sequence[tuple[str | Promise, Sequence[Option]]]
    tests: Sequence[Option]
    keys: Sequence[Option]
    values: Sequence[Option]
    examples: Sequence[str]
    input: str
    has_until: bool
    is_on_hits: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGroup:
    number: int
    index: int
    matches: Sequence[Option]
    rows: Sequence[ShownRow]
    may_grow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDraft:
    matches: Sequence[Option]
    groups: Sequence[ShownGroup]
    may_grow: bool


def choices(now: datetime) -> Choices:
    """Return what conditions can be about, in six statements."""
    campaigns = Campaign.objects.filter(
        started_at__isnull=False, is_automatic=False, is_on_aws=False
    )
    shown = campaigns.only("name", "started_at", "tracked")
    newest = list(shown.order_by("-started_at")[:_CAMPAIGNS])
    elsewhere = frozenset[About]() if hits_are_here() else frozenset({About.ACTIVITY})
    return Choices(
        attributes=known_attributes(),
        keys={
            About.LIST: [(str(pk), name) for pk, name in _named(List)],
            About.TOPIC: [(str(pk), name) for pk, name in _named(Topic)],
            About.CAMPAIGN: [(each.pk, each.name) for each in newest],
        },
        unknown={
            test: frozenset(each.pk for each in newest if not knows_hits(each, test, now))
            for test in ON_HITS
        },
        abouts=[about for about in ABOUTS if about not in elsewhere],
    )


def shown(draft: Draft, known: Choices) -> ShownDraft:
    return ShownDraft(
        matches=_matches(draft.match),
        groups=[
            ShownGroup(
                number=g + 1,
                index=g,
                matches=_matches(group.match),
                rows=[_row(row, g, c, known) for c, row in enumerate(group.rows)],
                may_grow=len(group.rows) < MOST_CONDITIONS,
            )
            for g, group in enumerate(draft.groups)
        ],
        may_grow=len(draft.groups) < MOST_GROUPS,
    )


def sentences(segmentation: Segmentation, known: Choices) -> Sequence[str]:
    """Say a segment's groups in words, a line each."""
    between = {Match.ALL: gettext(" and "), Match.ANY: gettext(" or ")}
    return [
        between[group.match].join(_sentence(each, known) for each in group.conditions)
        for group in segmentation.groups
    ]


def _sentence(condition: Condition, known: Choices) -> str:
    names = dict(known.keys.get(condition.about, ()))
    subject = str(ABOUTS[condition.about])
    if condition.about is About.ATTRIBUTE:
        subject = condition.key
    elif condition.key:
        subject = f"{subject} “{names.get(condition.key, condition.key)}”"
    value = str(dict(Language.choices).get(condition.value, condition.value))
    words = str(IN_WORDS[condition.test])
    return words.format(subject=subject, value=value, until=condition.until)


def _row(row: Row, g: int, c: int, known: Choices) -> ShownRow:
    test, kind = row.chosen_test, row.kind
    keys = _keys(row, known)
    is_language = kind is Kind.LANGUAGE
    has_value = kind is not None and test is not None and takes_value(kind, test)
    return ShownRow(
        number=c + 1,
        prefix=f"g{g}-c{c}-",
        place=f"{g}:{c}",
        row=row,
        subjects=_subjects(row, known),
        tests=[(each.value, TEST_WORDS[each], each is test) for each in row.tests],
        keys=[(key, name, key == row.key) for key, name in keys],
        values=[(k, v, k == row.value) for k, v in Language.choices] if is_language else (),
        examples=_examples(row, known) if kind is Kind.TEXT else (),
        input=_input(row) if has_value and not is_language else "",
        has_until=test in WITH_TWO_VALUES,
        is_on_hits=test in ON_HITS,
        error=row.error.explain(gettext) if row.error else "",
    )


def _subjects(row: Row, known: Choices) -> Sequence[tuple[str | Promise, Sequence[Option]]]:
    attributes = [
        (f"attribute:{each.type.value}:{each.name}", each.name) for each in known.attributes
    ]
    if row.about is About.ATTRIBUTE and row.subject not in dict(attributes):
        attributes.append((row.subject, row.subject.split(":", 2)[-1]))
    others = [about for about in known.abouts if about is not About.ATTRIBUTE]
    return [
        (gettext("What is known of them"), _options(attributes, row.subject)),
        (
            gettext("Lists, consent and mails"),
            _options([(each.value, ABOUTS[each]) for each in others], row.subject),
        ),
    ]


def _keys(row: Row, known: Choices) -> Sequence[tuple[str, str]]:
    unknown = known.unknown.get(row.chosen_test, ()) if row.chosen_test else ()
    keys = known.keys.get(row.about, ()) if row.about else ()
    return [(key, name) for key, name in keys if key not in unknown]


def _options(pairs: Sequence[tuple[str, str | Promise]], chosen: str) -> Sequence[Option]:
    return [(value, label, value == chosen) for value, label in pairs]


def _matches(chosen: Match) -> Sequence[Option]:
    return [(each.value, MATCHES[each], each is chosen) for each in Match]


def _examples(row: Row, known: Choices) -> Sequence[str]:
    name = row.subject.split(":", 2)[-1]
    return next((each.examples for each in known.attributes if each.name == name), ())


def _input(row: Row) -> str:
    if row.chosen_test in WITH_DAYS:
        return "number"
    return {Kind.NUMBER: "decimal", Kind.DATE: "date"}.get(row.kind or Kind.TEXT, "text")


def _named(model: type[List] | type[Topic]) -> Sequence[tuple[int, str]]:
    return list(model.objects.filter(archived_at=None).order_by("name").values_list("pk", "name"))
