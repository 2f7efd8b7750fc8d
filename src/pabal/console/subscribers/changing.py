"""Changing one subscriber. Every page here asks for a role that edits the audience."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.attributes import AttributeType, KnownAttribute, known_attributes
from pabal.console.audience.editing import (
    add_subscriber,
    change_subscriber,
    lift_by_hand,
    stop_by_hand,
)
from pabal.console.audience.errors import AddressTaken, NotOursToLift, WasErased
from pabal.console.audience.joining import Joining, join_list
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.subscribers import Profile
from pabal.console.campaigns.words import REASONS
from pabal.console.subscribers.forms import (
    JoinForm,
    LeaveForm,
    ProfileForm,
    StopForm,
    profile_initial,
)
from pabal.domain.suppression import Reason


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def add(request: SignedInRequest) -> HttpResponse:
    """Add one person, at once to a list if wanted."""
    form = ProfileForm(request.POST or None, known=known_attributes())
    join = JoinForm(request.POST or None, prefix="join", is_optional=True)
    if request.method == "POST" and form.is_valid() & join.is_valid():
        now = timezone.now()
        profile = Profile(language=form.cleaned_data["language"], attributes=form.attributes)
        try:
            subscriber = add_subscriber(form.address, profile, now=now)
        except (AddressTaken, WasErased) as error:
            form.add_error("email", f"{error.explain(gettext)} {error.advise(gettext)}")
        else:
            if join.cleaned_data["list"]:
                _put_on_list(request, subscriber, join)
            _note(request, audit.Deed.SUBSCRIBER_ADDED, subscriber)
            messages.success(request, gettext("The subscriber was added."))
            return redirect("subscribers:profile", subscriber.pk)
    return render(request, "subscribers/add.html", {"form": form, "join": join})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def edit(request: SignedInRequest, number: int) -> HttpResponse:
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    initial = profile_initial(subscriber)
    form = ProfileForm(request.POST or None, initial=initial, known=_known_with(subscriber))
    if request.method == "POST" and form.is_valid():
        try:
            change_subscriber(
                subscriber,
                form.address,
                language=form.cleaned_data["language"],
                attributes=form.attributes,
                now=timezone.now(),
            )
        except (AddressTaken, WasErased) as error:
            form.add_error("email", f"{error.explain(gettext)} {error.advise(gettext)}")
        else:
            _note(request, audit.Deed.SUBSCRIBER_CHANGED, subscriber)
            messages.success(request, gettext("Saved."))
            return redirect("subscribers:profile", subscriber.pk)
    shown = Subscriber.objects.get(pk=number)
    return render(request, "subscribers/edit.html", {"form": form, "subscriber": shown})


@require_POST
@requires(Act.EDIT_AUDIENCE)
def join(request: SignedInRequest, number: int) -> HttpResponse:
    """Put somebody on a list."""
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    form = JoinForm(request.POST, prefix="join")
    if not form.is_valid():
        context = {"form": form, "subscriber": subscriber}
        return render(request, "subscribers/join.html", context)
    _put_on_list(request, subscriber, form)
    return redirect("subscribers:profile", number)


@require_POST
@requires(Act.EDIT_AUDIENCE)
def leave(request: SignedInRequest, number: int) -> HttpResponse:
    """Take somebody off a list, or off all, because they asked for it."""
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    form = LeaveForm(request.POST, prefix="leave")
    if not form.is_valid():
        return render(request, "subscribers/leave.html", {"form": form, "subscriber": subscriber})
    target: List | None = form.cleaned_data["list"]
    source, now = _by_hand(request, form.cleaned_data["source"]), timezone.now()
    if target is None:
        leave_everything(subscriber, source=source, now=now)
    else:
        leave_list(subscriber, target, source=source, now=now)
    _note(request, audit.Deed.SUBSCRIBER_UNSUBSCRIBED, subscriber)
    messages.success(request, gettext("Unsubscribed. No mail that has not begun goes there."))
    return redirect("subscribers:profile", number)


@require_POST
@requires(Act.SUPPRESS)
def stop(request: SignedInRequest, number: int) -> HttpResponse:
    """Send nothing there any more."""
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    form = StopForm(request.POST, prefix="stop")
    if not form.is_valid():
        return render(request, "subscribers/stop.html", {"form": form, "subscriber": subscriber})
    detail = _by_hand(request, form.cleaned_data["reason"])
    stop_by_hand(subscriber, detail=detail, now=timezone.now())
    _note(request, audit.Deed.ADDRESS_STOPPED, subscriber)
    messages.success(request, gettext("No mail goes to this address any more."))
    return redirect("subscribers:profile", number)


@require_POST
@requires(Act.SUPPRESS)
def lift(request: SignedInRequest, number: int) -> HttpResponse:
    """Let mails go there again, where it is not the person who stopped them."""
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    try:
        lift_by_hand(subscriber, now=timezone.now())
    except NotOursToLift as error:
        reason = REASONS[Reason(str(error.details["reason"]))]
        told = NotOursToLift(reason=reason)
        messages.error(request, f"{told.explain(gettext)} {told.advise(gettext)}")
    else:
        _note(request, audit.Deed.ADDRESS_LET_IN, subscriber)
        messages.success(request, gettext("Mails can go to this address again."))
    return redirect("subscribers:profile", number)


def _put_on_list(request: SignedInRequest, subscriber: Subscriber, form: JoinForm) -> None:
    target: List = form.cleaned_data["list"]
    now = timezone.now()
    joining = Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=form.consented_at(now),
        source=_by_hand(request, form.cleaned_data["source"]),
        wording=form.cleaned_data["wording"],
    )
    joined = join_list(target, [joining], now=now)
    if subscriber.pk in joined.left_before:
        messages.error(
            request,
            gettext("This person has left “%(list)s”. Only a consent given later brings them back.")
            % {"list": target.name},
        )
    else:
        messages.success(request, gettext("Now on “%(list)s”.") % {"list": target.name})


def _note(request: SignedInRequest, deed: audit.Deed, subscriber: Subscriber) -> None:
    """Note it by the subscriber's number: an address could not be erased from there."""
    audit.note(request.user, deed, f"#{subscriber.pk}", now=timezone.now())


def _by_hand(request: SignedInRequest, said: str) -> str:
    """Say who did it, for the record."""
    return f"{said} ({request.user.email})" if said else request.user.email


def _known_with(subscriber: Subscriber) -> list[KnownAttribute]:
    """The attributes that are known, and those that only this person has."""
    known = {each.name: each for each in known_attributes()}
    for name in subscriber.attributes:
        known.setdefault(name, KnownAttribute(name=name, type=AttributeType.TEXT))
    return [known[name] for name in sorted(known)]
