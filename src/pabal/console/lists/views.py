from typing import TypeVar

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pabal.console.accounts.access import Act, SignedInRequest, may, requires
from pabal.console.audience.models import List, Topic
from pabal.console.campaigns import drafting
from pabal.console.design.audience_tabs import audience_tabs
from pabal.console.lists.counting import People, people_on_lists, people_without_topics
from pabal.console.lists.forms import KnownListForm, ListForm, NamedForm, TopicForm

Named = TypeVar("Named", List, Topic)


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def lists(request: SignedInRequest) -> HttpResponse:
    people = people_on_lists()
    rows = [(each, people.get(each.pk, People())) for each in _ordered(List.objects.all())]
    context = {
        "tabs": audience_tabs("lists:lists"),
        "rows": [row for row in rows if row[0].archived_at is None],
        "archived": [row for row in rows if row[0].archived_at is not None],
        "may_edit": may(request.user, Act.EDIT_AUDIENCE),
    }
    return render(request, "lists/lists.html", context)


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def topics(request: SignedInRequest) -> HttpResponse:
    unwanted = people_without_topics()
    rows = [(each, unwanted.get(each.pk, 0)) for each in _ordered(Topic.objects.all())]
    context = {
        "tabs": audience_tabs("lists:topics"),
        "rows": [row for row in rows if row[0].archived_at is None],
        "archived": [row for row in rows if row[0].archived_at is not None],
        "may_edit": may(request.user, Act.EDIT_AUDIENCE),
    }
    return render(request, "lists/topics.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def add_list(request: SignedInRequest) -> HttpResponse:
    form = ListForm(request.POST or None)
    form.others = List.objects.all()
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        drafting.add_list(
            said["name"], said["description"], goods=said["goods"], now=timezone.now()
        )
        messages.success(request, gettext("The list was added."))
        return redirect("lists:lists")
    return _form(request, form, gettext("Add a list"), back="lists:lists")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def add_topic(request: SignedInRequest) -> HttpResponse:
    form = TopicForm(request.POST or None)
    form.others = Topic.objects.all()
    if request.method == "POST" and form.is_valid():
        drafting.add_topic(form.cleaned_data["name"], form.cleaned_data["description"])
        messages.success(request, gettext("The topic was added."))
        return redirect("lists:topics")
    return _form(request, form, gettext("Add a topic"), back="lists:topics")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def edit_list(request: SignedInRequest, number: int) -> HttpResponse:
    target = get_object_or_404(List, pk=number)
    fields = ("name", "description", "goods", "takes_sign_ups")
    known = {field: getattr(target, field) for field in fields}
    form = KnownListForm(request.POST or None, initial=known)
    form.others = List.objects.exclude(pk=number)
    if request.method == "POST" and form.is_valid():
        List.objects.filter(pk=number).update(**form.cleaned_data)
        messages.success(request, gettext("Saved."))
        opens = form.cleaned_data["takes_sign_ups"] and not target.takes_sign_ups
        return redirect("lists:edit-list", number) if opens else redirect("lists:lists")
    return _form(
        request,
        form,
        gettext("Edit a list"),
        back="lists:lists",
        thing=target,
        sign_up_page=_sign_up_page(target),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def edit_topic(request: SignedInRequest, number: int) -> HttpResponse:
    target = get_object_or_404(Topic, pk=number)
    known = {"name": target.name, "description": target.description}
    form = TopicForm(request.POST or None, initial=known)
    form.others = Topic.objects.exclude(pk=number)
    if request.method == "POST" and form.is_valid():
        Topic.objects.filter(pk=number).update(**form.cleaned_data)
        messages.success(request, gettext("Saved."))
        return redirect("lists:topics")
    return _form(request, form, gettext("Edit a topic"), back="lists:topics", thing=target)


@require_POST
@requires(Act.EDIT_AUDIENCE)
def archive_list(request: SignedInRequest, number: int) -> HttpResponse:
    """Put a list away, or bring it back. Its people and its campaigns stay as they are."""
    _archive(get_object_or_404(List, pk=number), bring_back="back" in request.POST)
    return redirect("lists:lists")


@require_POST
@requires(Act.EDIT_AUDIENCE)
def archive_topic(request: SignedInRequest, number: int) -> HttpResponse:
    """Put a topic away, or bring it back. What people said about it stays."""
    _archive(get_object_or_404(Topic, pk=number), bring_back="back" in request.POST)
    return redirect("lists:topics")


def _archive(thing: List | Topic, *, bring_back: bool) -> None:
    thing.archived_at = None if bring_back else thing.archived_at or timezone.now()
    thing.save(update_fields=["archived_at"])


def _ordered(rows: QuerySet[Named]) -> QuerySet[Named]:
    return rows.order_by("name", "pk")


def _sign_up_page(target: List) -> str:
    """Where people sign up; "" where nobody may."""
    path = reverse("public:join", args=[target.identifier])
    return f"{settings.PABAL.public_url}{path}" if target.takes_sign_ups else ""


def _form(
    request: SignedInRequest,
    form: NamedForm,
    title: str,
    *,
    back: str,
    thing: List | Topic | None = None,
    sign_up_page: str = "",
) -> HttpResponse:
    context = {"form": form, "heading": title, "back": back, "thing": thing}
    context["sign_up_page"] = sign_up_page
    return render(request, "lists/form.html", context)
