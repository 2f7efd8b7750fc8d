"""Who may do what. Every page asks here, and nothing else decides."""

import enum
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from pabal.console.accounts.models import Role, User

P = ParamSpec("P")


class Act(enum.Enum):
    """Something that a role allows or not."""

    SEE_REPORTS = enum.auto()
    SEE_SUBSCRIBERS = enum.auto()
    SEE_MAILBOX = enum.auto()
    SETTLE_DOUBT = enum.auto()  # say that a doubtful mail arrived, or send it again
    SUPPRESS = enum.auto()
    EDIT_CAMPAIGNS = enum.auto()  # write drafts, have them checked, send tests
    START_CAMPAIGNS = enum.auto()  # and pause, resume, cancel them
    APPROVE_CAMPAIGNS = enum.auto()
    EDIT_AUDIENCE = enum.auto()  # subscribers, lists, topics, segments; imports
    EXPORT_SUBSCRIBERS = enum.auto()
    EDIT_SENDERS = enum.auto()
    MANAGE = enum.auto()  # the organisation, its members, how mails leave


_SEEING = frozenset({Act.SEE_REPORTS, Act.SEE_SUBSCRIBERS, Act.SEE_MAILBOX})
_MAILING = frozenset(
    {
        Act.SETTLE_DOUBT,
        Act.SUPPRESS,
        Act.EDIT_CAMPAIGNS,
        Act.START_CAMPAIGNS,
        Act.EDIT_SENDERS,
    }
)
_AUDIENCE = frozenset({Act.EDIT_AUDIENCE, Act.EXPORT_SUBSCRIBERS})
_APPROVING = frozenset({Act.APPROVE_CAMPAIGNS})
_OWNING = frozenset({Act.MANAGE})

ALLOWED: dict[Role, frozenset[Act]] = {
    Role.OWNER: _SEEING | _MAILING | _AUDIENCE | _APPROVING | _OWNING,
    Role.MARKETER: _SEEING | _MAILING | _AUDIENCE,
    Role.APPROVER: _SEEING | _APPROVING,
    Role.VIEWER: _SEEING,
}


class SignedInRequest(HttpRequest):
    """A request behind the log-in, where `user` is somebody."""

    user: User


def may(user: User, act: Act) -> bool:
    """Whether somebody's role allows an act."""
    return user.is_active and act in ALLOWED[Role(user.role)]


View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(act: Act) -> Callable[[View[P]], Guarded[P]]:
    """Let a view answer only those who may do `act`; the others get 403."""

    def decorate(view: View[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) or not may(user, act):
                raise PermissionDenied
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        return guarded

    return decorate
