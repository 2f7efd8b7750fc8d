"""Keeping templates: each save is a version, and none is ever lost."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from pabal.console.accounts.models import User
from pabal.console.mail_templates.errors import NameTaken, TemplateChanged
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.message.source import Source


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
    return _add(template, source, by=by, now=now)


@transaction.atomic
def keep_edited(
    template: MailTemplate, name: str, source: Source, *, based_on: int, by: User, now: datetime
) -> TemplateVersion:
    """Keep what somebody made of a version as the next one, and the template's name.

    Raises TemplateChanged: `based_on` is not the last version any more. NameTaken.
    """
    template = MailTemplate.objects.select_for_update().get(pk=template.pk)
    last = template.versions.first()
    if last and last.number != based_on:
        raise TemplateChanged(who=str(last.made_by or "?"), number=last.number)
    if MailTemplate.objects.filter(name=name).exclude(pk=template.pk).exists():
        raise NameTaken
    MailTemplate.objects.filter(pk=template.pk).update(name=name)
    return _add(template, source, by=by, now=now)


def _add(template: MailTemplate, source: Source, *, by: User, now: datetime) -> TemplateVersion:
    last = template.versions.first()
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


def last_versions() -> Sequence[TemplateVersion]:
    """Return what each template says, by name."""
    of_template = TemplateVersion.objects.filter(template=OuterRef("template"))
    last = of_template.order_by("-number").values("number")[:1]
    rows = TemplateVersion.objects.filter(number=Subquery(last)).select_related("template")
    return list(rows.order_by("template__name"))


def changes(older: TemplateVersion, newer: TemplateVersion) -> Sequence[DiffLine]:
    """Return the lines that differ, with three around them; none where nothing does."""
    lines = difflib.unified_diff(_lines(older), _lines(newer), lineterm="")
    return [_line(line) for line in list(lines)[2:]]


_KINDS = {"+": "added", "-": "gone", "@": "place"}


def _line(line: str) -> DiffLine:
    return DiffLine(kind=_KINDS.get(line[0], "same"), text=line)


def _lines(version: TemplateVersion) -> list[str]:
    head = [version.subject, version.preview_text]
    return [*head, *version.body.splitlines(), *version.text.splitlines()]
