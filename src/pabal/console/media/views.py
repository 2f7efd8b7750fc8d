"""The page that takes images, and the images themselves."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_http_methods, require_safe

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.media.forms import ImageForm
from pabal.console.media.preparing import PreparedImage

_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
_COLUMN = 600  # pixels, of a mail
_CACHED = "public, max-age=31536000, immutable"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_CAMPAIGNS)
def images(request: SignedInRequest) -> HttpResponse:
    """Keep an image, and give the tag that shows it in a mail."""
    form = ImageForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return render(request, "media/images.html", {"form": form})
    image: PreparedImage = form.cleaned_data["file"]
    _keep(image)
    path, alt = reverse("media:image", args=[image.name]), form.cleaned_data["alt"]
    context = {"form": ImageForm(), "path": path, "alt": alt, "tag": _tag(image, path, alt)}
    return render(request, "media/images.html", context)


@login_not_required
@require_safe
def image(request: HttpRequest, name: str) -> HttpResponse:
    """Answer whoever reads the mail. What a name stands for never changes."""
    try:
        content = (_directory() / name).read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    headers = {"Cache-Control": _CACHED, "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(content, content_type=_TYPES[Path(name).suffix], headers=headers)


def _tag(image: PreparedImage, path: str, alt: str) -> str:
    address = escape(settings.PABAL.public_url + path)
    return f'<mj-image src="{address}" alt="{escape(alt)}" width="{min(image.width, _COLUMN)}px" />'


def _keep(image: PreparedImage) -> None:
    """Safe to repeat. Nobody sees half of it."""
    directory = _directory()
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f".{image.name}"
    unfinished.write_bytes(image.content)
    unfinished.replace(directory / image.name)


def _directory() -> Path:
    return Path(settings.PABAL.home) / "media"
