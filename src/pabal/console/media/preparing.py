"""An uploaded image as mails can carry it: of a type that is known, small, and without a past."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, ImageSequence

LONGEST = 10_000_000  # bytes of an upload
WIDEST = 1200  # pixels
_MOST = 40_000_000  # pixels of all frames together, so that a small file cannot fill the memory
_TYPES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class NotAnImage(Exception):
    """What was uploaded is no image of a type that mail programs show."""


class TooManyPixels(Exception):
    """It would take too much memory to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedImage:
    """name: by its content, so that it never means another image."""

    name: str
    content: bytes
    width: int
    height: int


def prepare_image(content: bytes) -> PreparedImage:
    """Type an image by its content, make it at most WIDEST wide, and drop what is known about it.

    A GIF keeps moving; of a moving WebP or PNG the first frame stays.
    Raises NotAnImage, TooManyPixels.
    """
    try:
        with Image.open(BytesIO(content), formats=list(_TYPES)) as image:
            kind = str(image.format)
            frames = getattr(image, "n_frames", 1) if kind == "GIF" else 1
            if image.width * image.height * frames > _MOST:
                raise TooManyPixels
            width, height, written = _moving(image) if frames > 1 else _still(image, kind)
    except _BOMB as error:
        raise TooManyPixels from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise NotAnImage from error
    name = f"{hashlib.sha256(written).hexdigest()[:32]}.{_TYPES[kind]}"
    return PreparedImage(name=name, content=written, width=width, height=height)


def _still(image: Image.Image, kind: str) -> tuple[int, int, bytes]:
    is_clear = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if is_clear and kind != "JPEG" else "RGB"
    upright = _narrowed(ImageOps.exif_transpose(image).convert(mode))
    return _written(upright, kind, quality=85)


def _moving(image: Image.Image) -> tuple[int, int, bytes]:
    durations: list[int] = []
    frames: list[Image.Image] = []
    for frame in ImageSequence.Iterator(image):
        durations.append(frame.info.get("duration", 100))
        frames.append(_narrowed(frame.convert("RGBA")))
    more = {"save_all": True, "append_images": frames[1:], "duration": durations, "disposal": 2}
    return _written(frames[0], "GIF", loop=image.info.get("loop", 0), **more)


def _narrowed(image: Image.Image) -> Image.Image:
    image.info.clear()
    if image.width <= WIDEST:
        return image
    return image.resize((WIDEST, max(1, round(image.height * WIDEST / image.width))))


def _written(image: Image.Image, kind: str, **options: Any) -> tuple[int, int, bytes]:
    buffer = BytesIO()
    image.save(buffer, kind, optimize=True, **options)
    return image.width, image.height, buffer.getvalue()
