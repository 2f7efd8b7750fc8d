"""The components that every page is built of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from pabal.console.design.components import Choice, Segment, Stat, Tone

register = template.Library()


@register.simple_tag
def badge(label: str | Promise, tone: Tone) -> SafeString:
    """A word in a coloured pill; the colour says nothing that the word does not."""
    return format_html('<span class="badge badge-{}">{}</span>', tone.value, label)


@register.simple_tag
def stat_cards(stats: Sequence[Stat]) -> SafeString:
    """Figures side by side, each with what it counts."""
    cards = format_html_join(
        "\n",
        '<div class="stat stat-{}"><dt>{}</dt><dd>{}</dd></div>',
        ((stat.tone.value, stat.label, _figure(stat)) for stat in stats),
    )
    return format_html('<dl class="stats">{}</dl>', cards)


@register.simple_tag
def share(part: float) -> str:
    """A part of a whole, from 0 to 1, in percent."""
    return f"{part:.2%}"


@register.inclusion_tag("design/bar.html")
def stacked_bar(segments: Sequence[Segment], label: str) -> dict[str, Any]:
    """A bar of all parts of a whole. SVG, because the page allows no inline styles."""
    total = sum(segment.count for segment in segments)
    parts: list[dict[str, Any]] = []
    offset = 0.0
    for segment in segments:
        width = 100 * segment.count / total if total else 0.0
        parts.append({"segment": segment, "x": f"{offset:.3f}%", "width": f"{width:.3f}%"})
        offset += width
    return {"parts": [part for part in parts if part["segment"].count], "label": label}


@register.inclusion_tag("design/choices.html")
def filter_links(choices: Sequence[Choice], label: str) -> dict[str, Any]:
    """Links of which one is the page's own, such as a table's filters."""
    return {"choices": choices, "label": label}


@register.inclusion_tag("design/tabs.html")
def tabs(choices: Sequence[Choice], label: str) -> dict[str, Any]:
    """The pages of one part of the console, of which one is open."""
    return {"choices": choices, "label": label}


@register.simple_tag(takes_context=True)
def main_link(context: Context, name: str, label: str, stands_for: str) -> SafeString:
    """An entry of the main menu.

    stands_for: the apps whose pages it leads to, or how the paths of these begin; by spaces.
    """
    request = context["request"]
    app = request.resolver_match.app_name if request.resolver_match else ""
    is_current = any(
        request.path.startswith(each) if each.startswith("/") else app == each
        for each in stands_for.split()
    )
    current = SafeString(' aria-current="page"') if is_current else ""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), current, label)


@register.inclusion_tag("design/field.html")
def field(field: BoundField, *, depends: bool = False) -> dict[str, Any]:
    """A form's field with its label, its help, and what is wrong with it.

    depends: another field's value says whether this one is needed, so it is not called optional.
    """
    return {
        "field": field,
        "is_tick": isinstance(field.field.widget, forms.CheckboxInput),
        "is_optional": not (field.field.required or depends),
        "described_by": f"{field.auto_id}_helptext" if field.help_text else "",
    }


@register.inclusion_tag("design/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """What is wrong with a form as a whole, above its fields."""
    return {"form": form}


@register.simple_tag
def instant(moment: datetime) -> SafeString:
    """A date and time, to the minute."""
    return _time(moment, "%Y-%m-%d %H:%M")


@register.simple_tag
def exact_second(moment: datetime) -> SafeString:
    """A date and time, to the second."""
    return _time(moment, "%Y-%m-%d %H:%M:%S")


@register.simple_tag
def day(moment: datetime) -> SafeString:
    """A date without its time of day."""
    return _time(moment, "%Y-%m-%d")


@register.simple_tag
def exact_instant(moment: datetime) -> SafeString:
    """A date and time, to the millisecond."""
    milliseconds = moment.microsecond // 1000
    return _time(moment, f"%Y-%m-%d %H:%M:%S.{milliseconds:03d}")


@register.filter
def number(figure: int | None) -> str:
    """A whole number with its thousands set apart; a dash for none."""
    return "–" if figure is None else number_format(figure, force_grouping=True)


@register.filter
def kilobytes(size_bytes: int) -> str:
    """A size as mail programs show it; 1 KB is 1,000 bytes."""
    return f"{number_format(size_bytes / 1000, 1, force_grouping=True)} KB"


@register.filter
def duration(span: timedelta) -> str:
    """A span as people say it: “1 min 12 s”."""
    seconds = round(span.total_seconds())
    if seconds < 1:
        return gettext("less than a second")
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
    hours, minutes = divmod(minutes, 60)
    return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def _time(moment: datetime, pattern: str) -> SafeString:
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), f"{local:{pattern}}"
    )


def _figure(stat: Stat) -> SafeString:
    figure = number(stat.figure) if isinstance(stat.figure, int) else stat.figure
    if not stat.href:
        return format_html("{}", figure)
    return format_html('<a href="{}">{}</a>', stat.href, figure)
