"""Images that are kept, and taken away again."""

from datetime import datetime
from functools import partial

from django.db import transaction

from pabal.console.accounts import audit
from pabal.console.accounts.models import User
from pabal.console.media.errors import ImageInUse
from pabal.console.media.models import Image, directory
from pabal.console.media.preparing import PreparedImage
from pabal.console.media.uses import current_uses


@transaction.atomic
def keep(image: PreparedImage, alt: str, *, by: User, now: datetime) -> Image:
    """Keep an image; what is there already is said to show what is said now.

    The file is there on return, whole or not at all. Safe to repeat.
    """
    _write(image)
    kept, is_new = Image.objects.update_or_create(
        name=image.name,
        defaults={"alt": alt},
        create_defaults={
            "alt": alt,
            "width": image.width,
            "height": image.height,
            "size": len(image.content),
            "uploaded_by": by,
            "uploaded_at": now,
        },
    )
    if is_new:
        audit.note(by, audit.Deed.IMAGE_UPLOADED, alt, now=now)
    return kept


@transaction.atomic
def delete(image: Image, *, by: User, now: datetime) -> None:
    """Take an image away for good. Raises ImageInUse: a mail that is still to be sent shows it."""
    uses = current_uses()[image.name]
    if uses:
        raise ImageInUse(where=", ".join(each.label for each in uses))
    audit.note(by, audit.Deed.IMAGE_DELETED, str(image), now=now)
    name = image.name
    image.delete()
    transaction.on_commit(partial((directory() / name).unlink, missing_ok=True))


def _write(image: PreparedImage) -> None:
    directory().mkdir(parents=True, exist_ok=True)
    unfinished = directory() / f".{image.name}"
    unfinished.write_bytes(image.content)
    unfinished.replace(directory() / image.name)
