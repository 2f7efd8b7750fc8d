"""What the settings' pages are built of."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from pabal.console.accounts.access import Act, may
from pabal.console.design.components import Choice

register = template.Library()


@register.inclusion_tag("design/tabs.html", takes_context=True)
def settings_tabs(context: Context) -> dict[str, Any]:
    """The settings' pages that somebody may see."""
    request = context["request"]
    name = request.resolver_match.url_name if request.resolver_match else ""
    pages = (
        ("organisation:details", _("Organisation"), Act.MANAGE, ("details",)),
        ("organisation:senders", _("Senders"), Act.EDIT_SENDERS, ("sender", "domain")),
        ("organisation:sending", _("Mail server"), Act.MANAGE, ("sending",)),
        ("organisation:members", _("Members"), Act.MANAGE, ("member",)),
        ("api:keys", _("API keys"), Act.MANAGE, ("keys",)),
        ("organisation:activity", _("Activity"), Act.MANAGE, ("activity",)),
    )
    choices = [
        Choice(
            label=label,
            href=reverse(page),
            is_current=name.startswith(stems),
        )
        for page, label, act, stems in pages
        if may(request.user, act)
    ]
    return {"choices": choices, "label": _("Settings")}
