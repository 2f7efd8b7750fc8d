"""Keeping templates: each save is a version, and none is ever lost."""

import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from pabal.console.accounts.models import User
from pabal.console.mail_templates.errors import TemplateChanged
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.message.source import Source

_ROOM = 190  # characters of a name, before a number


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """kind: "added", "gone", "same", or "place" for where in the source the next ones are."""

    kind: str
    text: str


@transaction.atomic
def keep(name: str, source: Source, *, by: User, now: datetime) -> TemplateVersion:
    """Keep a source as the next version of the template of this name, or as its first.

    Where the last version says the same, that one is returned: safe to repeat.
    """
    MailTemplate.objects.get_or_create(name=name, defaults={"created_at": now})
    template = MailTemplate.objects.select_for_update().get(name=name)
    return _next(template, template.versions.first(), source, by=by, now=now)


@transaction.atomic
def keep_next(
    template: MailTemplate, source: Source, *, after: int, by: User, now: datetime
) -> TemplateVersion:
    """Keep a source as the version behind `after`, the one that its writer began from.

    Raises TemplateChanged: somebody has kept another version since. Nothing is kept then.
    """
    template = MailTemplate.objects.select_for_update().get(pk=template.pk)
    last = template.versions.first()
    if last and last.number != after and last.as_source() != source:
        raise TemplateChanged
    return _next(template, last, source, by=by, now=now)


def free_name(wanted: str) -> str:
    """Return the name, with a number behind it where templates already have it."""
    taken = set(MailTemplate.objects.values_list("name", flat=True))
    numbered = (f"{wanted[:_ROOM]} {number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([wanted], numbered) if name not in taken)


def last_versions() -> Sequence[TemplateVersion]:
    """Return what each template says, by name."""
    of_template = TemplateVersion.objects.filter(template=OuterRef("template"))
    last = of_template.order_by("-number").values("number")[:1]
    rows = TemplateVersion.objects.filter(number=Subquery(last)).select_related("template")
    return list(rows.order_by("template__name"))


def changes(older: TemplateVersion, newer: TemplateVersion) -> Sequence[DiffLine]:
    """Return the lines that differ, with three around them; none where nothing does."""
    return source_changes(older.as_source(), newer.as_source())


def source_changes(older: Source, newer: Source) -> Sequence[DiffLine]:
    lines = difflib.unified_diff(_lines(older), _lines(newer), lineterm="")
    return [_line(line) for line in list(lines)[2:]]


def _next(
    template: MailTemplate,
    last: TemplateVersion | None,
    source: Source,
    *,
    by: User,
    now: datetime,
) -> TemplateVersion:
    if last and last.as_source() == source:
        return last
    return template.versions.create(
        number=last.number + 1 if last else 1,
        subject=source.subject,
        preview_text=source.preview,
        markup=source.markup.value,
        body=source.body,
        text=source.text,
        made_by=by,
        made_at=now,
    )


_KINDS = {"+": "added", "-": "gone", "@": "place"}


def _line(line: str) -> DiffLine:
    return DiffLine(kind=_KINDS.get(line[0], "same"), text=line)


def _lines(source: Source) -> list[str]:
    head = [source.subject, source.preview]
    return [*head, *source.body.splitlines(), *source.text.splitlines()]
