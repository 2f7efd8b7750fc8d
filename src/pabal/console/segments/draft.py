"""A segment while it is being made in a form: what was typed, whether it makes sense or not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pabal.console.audience.conditions import (
    KINDS,
    LONGEST_VALUE,
    MOST_CONDITIONS,
    MOST_GROUPS,
    TESTS,
    About,
    Condition,
    ConditionRefused,
    Group,
    Kind,
    Match,
    Segmentation,
    Test,
)

_ACT = re.compile(r"(add-group|add|remove)(?::(\d{1,2}))?(?::(\d{1,2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the form.

    subject: what it is about, with its kind and the attribute's name: “attribute:text:grade”.
    key: of a list, topic or campaign. error: what is wrong, once it was to be saved.
    error_at: the field of Condition that is at fault.
    """

    subject: str = ""
    test: str = ""
    key: str = ""
    value: str = ""
    until: str = ""
    error: ConditionRefused | None = None

    @property
    def about(self) -> About | None:
        name = self.subject.partition(":")[0]
        return About(name) if name in {each.value for each in About} else None

    @property
    def kind(self) -> Kind | None:
        """The kind that the subject says, or the only one that it has."""
        if self.about is None:
            return None
        said = self.subject.split(":")[1:2]
        kinds = KINDS[self.about]
        return next((kind for kind in kinds if [kind.value] == said), kinds[0])

    @property
    def tests(self) -> Sequence[Test]:
        return TESTS[self.kind] if self.kind else ()

    @property
    def chosen_test(self) -> Test | None:
        """The test that was chosen, or the first where that does not fit the subject."""
        return next((each for each in self.tests if each.value == self.test), None) or next(
            iter(self.tests), None
        )

    def condition(self) -> Condition:
        """Raises ConditionRefused: something is missing or wrong."""
        if self.about is None or self.kind is None or self.chosen_test is None:
            raise ConditionRefused("subject", "nothing is chosen.")
        is_attribute = self.about is About.ATTRIBUTE
        key = self.subject.split(":", 2)[-1] if is_attribute else self.key
        return Condition(
            about=self.about,
            kind=self.kind,
            test=self.chosen_test,
            key=key,
            value=self.value.strip(),
            until=self.until.strip(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGroup:
    match: Match = Match.ALL
    rows: Sequence[Row] = field(default_factory=lambda: (Row(),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    match: Match = Match.ALL
    groups: Sequence[DraftGroup] = field(default_factory=lambda: (DraftGroup(),))

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> "Draft":
        """Read the fields of the form; what is not among them is empty."""
        groups: list[DraftGroup] = []
        for g in range(MOST_GROUPS):
            rows = [
                _row(typed, f"g{g}-c{c}-")
                for c in range(MOST_CONDITIONS)
                if f"g{g}-c{c}-subject" in typed
            ]
            if rows:
                groups.append(DraftGroup(match=_match(typed.get(f"g{g}-match", "")), rows=rows))
        match = _match(typed.get("match", ""))
        return cls(match=match, groups=groups) if groups else cls(match=match)

    @classmethod
    def of(cls, segmentation: Segmentation) -> "Draft":
        """Show what was saved."""
        groups = [
            DraftGroup(match=group.match, rows=[_row_of(each) for each in group.conditions])
            for group in segmentation.groups
        ]
        return cls(match=segmentation.match, groups=groups or (DraftGroup(),))

    def after(self, act: str) -> "Draft":
        """Return it with a line or a group more, or less: “add:0”, “remove:0:1”, “add-group”."""
        found = _ACT.fullmatch(act)
        if found is None:
            return self
        groups = list(self.groups)
        name, g, c = found[1], int(found[2] or 0), int(found[3] or 0)
        if name == "add-group":
            return replace(self, groups=(*groups, DraftGroup())[:MOST_GROUPS])
        if g >= len(groups):
            return self
        rows = list(groups[g].rows)
        rows = [*rows, Row()][:MOST_CONDITIONS] if name == "add" else [*rows[:c], *rows[c + 1 :]]
        groups[g] = replace(groups[g], rows=rows)
        return replace(self, groups=[each for each in groups if each.rows] or (DraftGroup(),))

    def segmentation(self, *, leniently: bool = False) -> Segmentation:
        """Return what it says. Raises ConditionRefused.

        leniently: without the lines that are not finished, for a count while one types.
        """
        groups = [
            Group(match=group.match, conditions=_conditions(group.rows, leniently))
            for group in self.groups
        ]
        kept = [group for group in groups if group.conditions]
        return Segmentation(match=self.match, groups=tuple(kept))

    def with_errors(self) -> "Draft":
        """Return it with what is wrong at its lines."""
        return replace(
            self,
            groups=[
                replace(group, rows=[_with_error(row) for row in group.rows])
                for group in self.groups
            ],
        )


def _conditions(rows: Sequence[Row], leniently: bool) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for row in rows:
        try:
            conditions.append(row.condition())
        except ConditionRefused:
            if not leniently:
                raise
    return tuple(conditions)


def _with_error(row: Row) -> Row:
    try:
        row.condition()
    except ConditionRefused as error:
        return replace(row, error=error)
    return row


def _row(typed: Mapping[str, str], prefix: str) -> Row:
    def text(name: str) -> str:
        return typed.get(prefix + name, "").replace("\0", "")[:LONGEST_VALUE]

    return Row(
        subject=text("subject"),
        test=text("test"),
        key=text("key"),
        value=text("value"),
        until=text("until"),
    )


def _row_of(condition: Condition) -> Row:
    subject = condition.about.value
    if condition.about is About.ATTRIBUTE:
        subject = f"{subject}:{condition.kind.value}:{condition.key}"
    return Row(
        subject=subject,
        test=condition.test.value,
        key=condition.key,
        value=condition.value,
        until=condition.until,
    )


def _match(text: str) -> Match:
    return Match.ANY if text == Match.ANY.value else Match.ALL
