"""Images are found again, and none is taken away that a mail still needs."""

from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from PIL import Image as Picture
from pytest_django import Settings

from builders.console import NOW, a_campaign
from pabal.console.accounts.models import AuditEntry, User
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign
from pabal.console.mail_templates.keeping import keep as keep_template
from pabal.console.media.models import Image
from pabal.message.source import Markup, Source


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.PABAL = settings.PABAL.model_copy(update={"home": tmp_path})
    return tmp_path


@pytest.fixture
def coat(as_bob: Client, home: Path) -> Image:
    return _uploaded(as_bob, "울 코트", "navy")


def _uploaded(client: Client, alt: str, colour: str, address: str = "/images/") -> Image:
    buffer = BytesIO()
    Picture.new("RGB", (1600, 400), colour).save(buffer, "PNG")
    file = SimpleUploadedFile("a.png", buffer.getvalue())
    assert client.post(address, {"file": file, "alt": alt}).status_code == 200
    return Image.objects.latest("pk")


def _tag(image: Image) -> str:
    return f'<mj-image src="https://mail.shop.example/media/{image.name}" />'


def _template(name: str, body: str, by: User) -> None:
    source = Source(subject="", body=body, markup=Markup.MJML)
    keep_template(name, source, by=by, now=NOW)


def _delete(client: Client, image: Image, *, follow: bool = False):
    with TestCase.captureOnCommitCallbacks(execute=True):
        return client.post(f"/images/{image.name}/delete/", follow=follow)


def test_the_library_shows_what_there_is_with_its_size(as_bob: Client, coat: Image) -> None:
    page = as_bob.get("/images/").content.decode()

    assert f'src="/media/{coat.name}" alt="울 코트"' in page
    assert "1200 × 300" in page
    assert "bob@shop.example" in page
    assert "사용하지 않음" in page
    assert AuditEntry.objects.latest("pk").act == "image uploaded"


def test_the_same_image_twice_is_one_that_shows_what_was_said_last(
    as_bob: Client, coat: Image
) -> None:
    _uploaded(as_bob, "겨울 코트", "navy")
    assert [each.alt for each in Image.objects.all()] == ["겨울 코트"]


def test_images_are_turned_over_by_pages(as_bob: Client, coat: Image) -> None:
    more = [
        Image(name=f"{n:032x}.png", width=1, height=1, size=1, uploaded_at=NOW) for n in range(30)
    ]
    Image.objects.bulk_create(more)
    pages = [
        as_bob.get(f"/images/?page={n}").content.decode().count('src="/media/') for n in (1, 2)
    ]
    assert pages == [24, 7]


def test_what_is_used_by_mails_to_come_stays_and_says_where(
    as_bob: Client, bob: User, coat: Image, news: List
) -> None:
    _template("겨울", _tag(coat), bob)
    for name, status in (("초안", "draft"), ("예약", "started")):
        draft = a_campaign(news)
        Campaign.objects.filter(pk=draft.pk).update(name=name, body=_tag(coat), status=status)

    page = as_bob.get("/images/").content.decode()
    refused = _delete(as_bob, coat, follow=True).content.decode()

    for name in ("겨울", "초안", "예약"):
        assert f">{name}</a>" in page
        assert f">{name}</a>" in refused
    assert f"{coat.name}/delete/" not in page
    assert Image.objects.filter(pk=coat.pk).exists()
    assert as_bob.get(f"/media/{coat.name}").status_code == 200


def test_what_only_former_mails_used_goes_after_a_warning(
    as_bob: Client, bob: User, coat: Image, news: List, home: Path
) -> None:
    _template("여름", _tag(coat), bob)
    _template("여름", "<p></p>", bob)
    sent = a_campaign(news)
    Campaign.objects.filter(pk=sent.pk).update(name="지난 소식", body=_tag(coat), status="ended")

    asked = as_bob.get(f"/images/{coat.name}/delete/").content.decode()
    assert ">지난 소식</a>" in asked
    assert ">여름</a>" in asked

    assert _delete(as_bob, coat)["Location"] == "/images/"
    assert not Image.objects.exists()
    assert list((home / "media").iterdir()) == []
    assert Client().get(f"/media/{coat.name}").status_code == 404
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.subject) == ("image deleted", "울 코트")


def test_an_editor_is_given_what_a_mail_needs(
    as_bob: Client, coat: Image, settings: Settings
) -> None:
    choices = as_bob.get("/images/choose/").content.decode()
    assert f'data-src="{settings.PABAL.public_url}/media/{coat.name}"' in choices
    assert 'data-alt="울 코트" data-width="600px"' in choices
    _uploaded(as_bob, "셔츠", "red", "/images/choose/")
    wrong = as_bob.post("/images/choose/", {"alt": "", "file": ""}).content.decode()
    assert wrong.count("field-error") == 2


def test_files_from_before_the_library_are_taken_in(home: Path, db: None) -> None:
    (home / "media").mkdir()
    Picture.new("RGB", (30, 20)).save(home / "media" / f"{'a' * 32}.png")
    (home / "media" / f"{'b' * 32}.png").write_bytes(b"broken")
    import_module("pabal.console.media.migrations.0001_library").take_in(apps, None)
    taken = Image.objects.get()
    assert (taken.name, taken.width, taken.height) == (f"{'a' * 32}.png", 30, 20)
