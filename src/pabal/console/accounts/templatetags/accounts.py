"""What pages about one's own account are built of."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from pabal.console.accounts import devices
from pabal.console.accounts.access import Act, may
from pabal.console.accounts.models import User
from pabal.console.design.components import Choice

register = template.Library()


@register.inclusion_tag("design/tabs.html", takes_context=True)
def my_tabs(context: Context) -> dict[str, Any]:
    """The pages about one's own account."""
    match = context["request"].resolver_match
    name = match.url_name if match else ""
    pages = (
        ("account_change_password", _("Password"), "password"),
        ("mfa_index", _("Second factor"), "mfa"),
        ("usersessions_list", _("Devices signed in"), "sessions"),
    )
    choices = [
        Choice(label=label, href=reverse(page), is_current=part in name)
        for page, label, part in pages
    ]
    return {"choices": choices, "label": _("My account")}


@register.simple_tag
def device(user_agent: str) -> str:
    return devices.named(user_agent)


@register.simple_tag(takes_context=True)
def allowed(context: Context, act: str) -> bool:
    """Whether whoever reads the page may do something, by the name of an Act."""
    user = context["request"].user
    return isinstance(user, User) and may(user, Act[act])
