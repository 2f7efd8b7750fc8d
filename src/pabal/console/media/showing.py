"""Images as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from pabal.console.media.models import Image
from pabal.console.media.uses import Use

_COLUMN = 600  # pixels, of a mail


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownImage:
    """path: for pages of ours. address: for mails. width: pixels, as it stands in a mail."""

    image: Image
    path: str
    address: str
    width: int
    uses: Sequence[Use] = ()

    @property
    def tag(self) -> str:
        address, alt = escape(self.address), escape(self.image.alt)
        return f'<mj-image src="{address}" alt="{alt}" width="{self.width}px" />'


def shown_image(image: Image, uses: Sequence[Use] = ()) -> ShownImage:
    path = reverse("media:image", args=[image.name])
    return ShownImage(
        image=image,
        path=path,
        address=settings.PABAL.public_url + path,
        width=min(image.width, _COLUMN),
        uses=uses,
    )
