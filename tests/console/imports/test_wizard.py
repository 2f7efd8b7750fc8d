"""A file becomes subscribers by a wizard that imports nothing before it was seen."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook
from pytest_django import DjangoAssertNumQueries

from builders.console import a_member
from pabal.console.audience.importing.errors import ImportBrokenOff
from pabal.console.audience.importing.folder import folder_of, safe_name
from pabal.console.audience.importing.jobs import do_next
from pabal.console.audience.models import Consent, ImportRun, List, Subscriber

DATA = Path(__file__).parents[2] / "data"
WORDING = "광고성 정보 수신에 동의합니다"
SMALL = (
    "이메일,등급,동의일\na@x.kr,GOLD,2026-01-15\nbroken,GOLD,2026-01-15\na@x.kr,VIP,2026-01-15\n"
)


def _upload(client, target, name, content, **fields):
    file = SimpleUploadedFile(name, content)
    typed = {"file": file, "list": target.pk, **fields}
    return client.post("/imports/add/", typed)


def _set_up(client, run, **changes):
    page = client.get(f"/imports/{run.pk}/set-up/").context["form"]
    typed = {bound.html_name: bound.value() or "" for bound in page}
    return client.post(f"/imports/{run.pk}/set-up/", typed | {"wording": WORDING, **changes})


def _work(home: Path | None = None, now=None) -> bool:
    home = home or settings.PABAL.home
    return do_next(home, now=now or timezone.now(), stopped=lambda: False)


@pytest.fixture
def run(news: List, as_bob: Client) -> ImportRun:
    """A small file that was uploaded."""
    _upload(as_bob, news, "고객 목록.csv", SMALL.encode())
    return ImportRun.objects.get()


def test_a_file_goes_through_all_its_steps(news: List, run: ImportRun, as_bob: Client) -> None:
    page = as_bob.get(f"/imports/{run.pk}/set-up/").content.decode()
    assert "GOLD" in page  # the first rows
    assert _set_up(as_bob, run)["Location"] == f"/imports/{run.pk}/"
    assert 'hx-get="/imports/' in as_bob.get(f"/imports/{run.pk}/").content.decode()

    assert _work()
    assert not Subscriber.objects.exists()  # only looked at
    checked = as_bob.get(f"/imports/{run.pk}/").content.decode()
    assert "broken" in checked
    assert as_bob.get(f"/imports/{run.pk}/progress/")["HX-Refresh"] == "true"

    as_bob.post(f"/imports/{run.pk}/start/")
    as_bob.post(f"/imports/{run.pk}/start/")
    assert _work()
    assert not _work()
    (person,) = Subscriber.objects.all()
    assert (person.email, person.attributes) == ("a@x.kr", {"grade": "GOLD"})
    consent = Consent.objects.get()
    assert (consent.wording, consent.source) == (WORDING, "고객 목록.csv, row 2")

    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE
    folder = folder_of(settings.PABAL.home, run.pk)
    assert not folder.file(run.file).exists()  # nobody needs it any more
    answer = as_bob.get(f"/imports/{run.pk}/rows.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["result"] for row in rows] == ["refused", "refused"]
    as_bob.post(f"/imports/{run.pk}/delete/")
    assert not folder.path.exists()
    assert Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        ("table.xls", b"<html><table></table></html>"),
        ("empty.csv", b""),
        ("twice.csv", b"email,email\na@x.kr,b@x.kr\n"),
        ("zip.xlsx", b"PK\x03\x04nonsense"),
        ("nul.csv", b"email\na\0@x.kr\n" * 3),
    ],
)
def test_what_is_no_table_is_refused_at_the_field(
    news: List, as_bob: Client, name: str, content: bytes
) -> None:
    """By its content, whatever its name says; and nothing of it stays."""
    page = _upload(as_bob, news, name, content, new_list="새 목록").content.decode()

    assert "field-error" in page
    assert not ImportRun.objects.exists()
    assert not List.objects.filter(name="새 목록").exists()


def test_the_first_import_proposes_a_list_instead_of_a_choice_among_none(as_bob: Client) -> None:
    form = as_bob.get("/imports/add/").context["form"]
    assert list(form.fields) == ["file", "new_list"]
    name = form["new_list"].value()

    as_bob.post(
        "/imports/add/", {"file": SimpleUploadedFile("a.csv", SMALL.encode()), "new_list": name}
    )

    assert ImportRun.objects.get().list.name == name


def test_who_names_no_list_is_told_and_that_the_file_is_gone(news: List, as_bob: Client) -> None:
    """Everything else that was typed is there again; a browser gives no file back."""
    file = SimpleUploadedFile("a.csv", SMALL.encode())
    form = as_bob.post("/imports/add/", {"file": file}).context["form"]
    assert set(form.errors) == {"list", "file"}


@pytest.mark.parametrize("name", ["customers-200.csv", "customers-messy-cp949.csv"])
def test_real_files_come_to_clear_results(news: List, as_bob: Client, name: str) -> None:
    _upload(as_bob, news, name, (DATA / name).read_bytes())
    run = ImportRun.objects.get()
    assert _set_up(as_bob, run).status_code == 302
    _work()

    page = as_bob.get(f"/imports/{run.pk}/").content.decode()
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKED, run.refusal
    counts = run.report["counts"]
    assert counts["taken"] > 20
    assert (counts["refused"] > 0) == ("messy" in name)
    assert "None" not in page


def test_a_workbook_is_taken_like_a_file_of_text(news: List, as_bob: Client) -> None:
    book, content = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["email", "points", "동의일"], ["a@x.kr", 3, "2026-01-15"]):
        sheet.append(row)
    book.save(content)
    _upload(as_bob, news, "book.xlsx", content.getvalue())
    run = ImportRun.objects.get()
    _set_up(as_bob, run)
    _work()

    run.refresh_from_db()
    assert run.report["counts"]["new"] == 1


def test_a_column_can_be_something_else_or_left_out(
    news: List, run: ImportRun, as_bob: Client
) -> None:
    _set_up(as_bob, run, column1="등급", column2="-", given_on="2026-02-01")
    _work()
    as_bob.post(f"/imports/{run.pk}/start/")
    _work()

    assert Subscriber.objects.get().attributes == {"등급": "GOLD"}
    assert Consent.objects.get().happened_at.isoformat().startswith("2026-01-31T15:00")


def test_a_file_without_a_name_for_addresses_can_still_be_mapped(
    news: List, as_bob: Client
) -> None:
    _upload(as_bob, news, "odd.csv", "연락처\na@x.kr\n".encode())
    run = ImportRun.objects.get()

    page = _set_up(as_bob, run, given_on="2026-02-01").content.decode()
    assert 'role="alert"' in page  # no column is the address
    assert _set_up(as_bob, run, column0="email", given_on="2026-02-01").status_code == 302


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"wording": ""}, "wording"),
        ({"column2": "-"}, "given_on"),
        ({"column2": "-", "given_on": "2999-01-01"}, "given_on"),
        ({"basis": "transaction", "given_on": "2026-10-01"}, "goods"),
        ({"basis": "transaction", "column2": "-"}, "given_on"),
    ],
)
def test_a_basis_that_lets_nobody_advertise_is_refused(
    run: ImportRun, as_bob: Client, typed: dict[str, str], field: str
) -> None:
    page = _set_up(as_bob, run, **typed)

    assert field in page.context["form"].errors
    run.refresh_from_db()
    assert run.state == ImportRun.State.MAPPING


def test_people_who_are_known_may_stay_as_they_are(
    news: List, run: ImportRun, as_bob: Client
) -> None:
    known = a_member(news, "a@x.kr")
    _set_up(as_bob, run, keeps_known="1")
    _work()
    as_bob.post(f"/imports/{run.pk}/start/")
    _work()

    known.refresh_from_db()
    assert known.attributes == {"name": "김민지", "coupon": "FALL-1"}


def test_an_import_that_is_stopped_leaves_nothing_and_is_begun_anew(
    run: ImportRun, as_bob: Client
) -> None:
    _set_up(as_bob, run)
    _work()
    as_bob.post(f"/imports/{run.pk}/start/")

    stopped = do_next(settings.PABAL.home, now=timezone.now(), stopped=lambda: True)
    assert not stopped
    assert not Subscriber.objects.exists()
    page = as_bob.get(f"/imports/{run.pk}/progress/").content.decode()
    assert "hx-get" in page
    assert _work()
    assert Subscriber.objects.count() == 1


def test_an_import_that_breaks_off_again_and_again_ends(run: ImportRun, as_bob: Client) -> None:
    _set_up(as_bob, run)
    for _ in range(3):
        do_next(settings.PABAL.home, now=timezone.now(), stopped=lambda: True)
    _work()

    run.refresh_from_db()
    assert run.state == ImportRun.State.REFUSED
    assert run.refusal["message"] == ImportBrokenOff.message
    assert "3" in as_bob.get(f"/imports/{run.pk}/").content.decode()


def test_a_file_that_cannot_be_read_to_its_end_is_refused_with_the_line(
    news: List, as_bob: Client
) -> None:
    rows = "".join(f"p{n}@x.kr,2026-01-15\n" for n in range(2_000))
    _upload(as_bob, news, "torn.csv", f'email,동의일\n{rows}"never closed'.encode())
    run = ImportRun.objects.get()
    _set_up(as_bob, run)
    _work()

    assert "2002" in as_bob.get(f"/imports/{run.pk}/").content.decode()


def test_a_page_says_when_nothing_works_on_it(run: ImportRun, as_bob: Client) -> None:
    _set_up(as_bob, run)
    long_ago = timezone.now() - timedelta(minutes=2)
    ImportRun.objects.update(ended_at=long_ago)

    assert "pabal worker" in as_bob.get(f"/imports/{run.pk}/progress/").content.decode()


def test_a_name_leads_nowhere_else() -> None:
    for name in ("../../etc/passwd", "..\\..\\x.csv", "/abs.csv", "..", "", "a\0b.csv", "가" * 300):
        kept = safe_name(name)
        assert "/" not in kept
        assert kept not in ("", ".", "..")
        assert len(kept.encode()) < 500
        assert "\0" not in kept


def test_the_pages_take_few_statements(
    run: ImportRun, as_bob: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for path in ("/imports/", "/imports/add/", f"/imports/{run.pk}/set-up/"):
        with django_assert_max_num_queries(25):
            assert as_bob.get(path).status_code == 200
