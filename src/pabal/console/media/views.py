"""The library of images, a choice among them for the editors, and the images themselves."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.media.errors import ImageInUse
from pabal.console.media.forms import ImageForm
from pabal.console.media.keeping import delete as delete_image
from pabal.console.media.keeping import keep
from pabal.console.media.models import Image, directory
from pabal.console.media.showing import shown_image
from pabal.console.media.uses import Use, current_uses, former_uses

_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
_CACHED = "public, max-age=31536000, immutable"
_ON_A_PAGE = 24


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def images(request: SignedInRequest) -> HttpResponse:
    """All images and where they are used; one that is uploaded comes first, with its tag."""
    return render(request, "media/images.html", _library(request, current_uses()))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def choose(request: SignedInRequest) -> HttpResponse:
    """The same to choose from, for an editor to put in its place."""
    return render(request, "media/choose.html", _library(request, {}))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def delete(request: SignedInRequest, name: str) -> HttpResponse:
    """Ask, and then take an image away. One that is used stays, and it is said where."""
    image = get_object_or_404(Image, name=name)
    if request.method != "POST":
        shown = shown_image(image, current_uses().get(name, ()))
        context = {"shown": shown, "former": former_uses(name)}
        return render(request, "media/delete.html", context)
    try:
        delete_image(image, by=request.user, now=timezone.now())
    except ImageInUse as refusal:
        messages.error(request, f"{refusal.explain(gettext)} {refusal.advise(gettext)}")
        return redirect("media:delete", name)
    messages.success(request, gettext("The image was deleted."))
    return redirect("media:images")


@login_not_required
@require_safe
def image(request: HttpRequest, name: str) -> HttpResponse:
    """Answer whoever reads the mail. What a name stands for never changes."""
    try:
        content = (directory() / name).read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    headers = {"Cache-Control": _CACHED, "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(content, content_type=_TYPES[Path(name).suffix], headers=headers)


def _library(request: SignedInRequest, uses: Mapping[str, Sequence[Use]]) -> dict[str, object]:
    form, made = ImageForm(request.POST or None, request.FILES or None), None
    if form.is_valid():
        kept = keep(
            form.cleaned_data["file"],
            form.cleaned_data["alt"],
            by=request.user,
            now=timezone.now(),
        )
        made, form = shown_image(kept), ImageForm()
    page = Paginator(Image.objects.select_related("uploaded_by"), _ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    shown = [shown_image(each, uses.get(each.name, ())) for each in page]
    return {"form": form, "made": made, "page": page, "images": shown}
