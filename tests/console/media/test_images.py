"""An image is typed by what it is, made small, stripped, and served to everybody."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from pabal.console.media.preparing import NotAnImage, TooManyPixels, prepare_image


def _image(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    buffer = BytesIO()
    Image.new(mode, size, 120).save(buffer, kind)
    return buffer.getvalue()


def _opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.PABAL = settings.PABAL.model_copy(update={"home": tmp_path})
    return tmp_path


def _upload(client: Client, content: bytes, name: str = "a.png", alt: str = "코트") -> str:
    answer = client.post("/images/", {"file": SimpleUploadedFile(name, content), "alt": alt})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "end"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp")]
)
def test_an_image_is_typed_by_its_content_and_made_narrow(kind: str, end: str) -> None:
    made = prepare_image(_image(kind, (2400, 1000)))

    assert made.name.endswith(f".{end}")
    assert _opened(made.content).format == kind
    assert _opened(made.content).size == (made.width, made.height) == (1200, 500)
    assert prepare_image(_image(kind, (2400, 1000))).name == made.name


def test_nothing_about_where_it_was_taken_stays_but_how_it_is_held_does() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "Camera of Kim Minji"
    buffer = BytesIO()
    Image.new("RGB", (40, 30)).save(buffer, "JPEG", exif=exif)

    made = prepare_image(buffer.getvalue())

    assert (made.width, made.height) == (30, 40)
    assert not _opened(made.content).getexif()
    assert b"Minji" not in made.content


def test_a_gif_keeps_moving() -> None:
    frames = [Image.new("RGB", (1500, 10), color) for color in ("red", "green", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=70, loop=0)

    made = _opened(prepare_image(buffer.getvalue()).content)

    assert (getattr(made, "n_frames", 1), made.info["duration"]) == (3, 70)
    assert made.width == 1200


def test_what_is_clear_stays_clear() -> None:
    assert _opened(prepare_image(_image(mode="RGBA")).content).mode == "RGBA"


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", _image("BMP"), _image("TIFF"), _image()[:60]]
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnImage):
        prepare_image(content)


@pytest.mark.parametrize("size", [(8000, 6000), (12000, 9000), (20000, 12000)])
def test_a_small_file_that_would_fill_the_memory_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(TooManyPixels):
        prepare_image(_image(size=size, mode="1"))


def test_an_upload_gives_a_tag_and_is_there_for_everybody(as_bob: Client, home: Path) -> None:
    page = _upload(as_bob, _image("JPEG"), name="page.html", alt='울 "코트"')
    (kept,) = (home / "media").iterdir()

    answer = Client().get(f"/media/{kept.name}")

    assert "&lt;mj-image src=" in page
    assert f"/media/{kept.name}" in page
    assert "울 &amp;quot;코트&amp;quot;" in page, "the tag is markup itself"
    assert answer.content == kept.read_bytes()
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "immutable" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize(
    ("content", "alt"), [(b"no image", "코트"), (_image(), ""), (b"x" * 10_000_001, "코트")]
)
def test_a_wrong_upload_is_explained_at_its_field(
    as_bob: Client, home: Path, content: bytes, alt: str
) -> None:
    assert "field-error" in _upload(as_bob, content, alt=alt)
    assert not (home / "media").exists()


@pytest.mark.parametrize("name", ["0" * 32 + ".png", "../secrets", "0" * 32 + ".html"])
def test_there_is_nothing_but_images(db: None, home: Path, name: str) -> None:
    assert Client().get(f"/media/{name}").status_code in (302, 404)
