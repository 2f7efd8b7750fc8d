"""A template is written by several people, and none of them loses what they wrote."""

import pytest
from django.test import Client

from builders.console import NOW
from pabal.console.accounts.models import AuditEntry, User
from pabal.console.audience.models import Subscriber
from pabal.console.mail_templates.gallery import GALLERY
from pabal.console.mail_templates.keeping import keep
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.message.source import Markup, Source


@pytest.fixture
def first(bob: User) -> TemplateVersion:
    source = Source(subject="첫눈", preview="오늘만", body="<p>하나</p>", markup=Markup.HTML)
    return keep("겨울", source, by=bob, now=NOW)


def _typed(body: str, version: int = 1) -> dict[str, str]:
    rest = {"subject": "첫눈", "preview_text": "오늘만", "markup": "html", "text": ""}
    return {"body": body, "version": str(version), **rest}


def _deeds() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("act", "subject"))


def test_saving_makes_the_next_version_and_is_noted(as_bob: Client, first: TemplateVersion) -> None:
    as_bob.post(f"/templates/{first.template_id}/edit/", _typed("<p>둘</p>\r\n<p>끝</p>"))

    newest = first.template.versions.order_by("-number")[0]
    assert (newest.number, newest.body) == (2, "<p>둘</p>\n<p>끝</p>")
    assert _deeds()[-1] == ("template saved", "겨울")


def test_the_second_of_two_writers_is_told_and_sees_both_texts(
    as_bob: Client, first: TemplateVersion, bob: User
) -> None:
    path = f"/templates/{first.template_id}/edit/"
    as_bob.post(path, _typed("<p>theirs</p>"))
    refused = as_bob.post(path, _typed("<p>mine</p>"))
    page = refused.content.decode()

    assert refused.status_code == 409
    assert page.count("&lt;p&gt;mine&lt;/p&gt;") == 2, "in the field, and in what differs"
    assert page.count("&lt;p&gt;theirs&lt;/p&gt;") == 2
    assert 'name="version" value="2"' in page
    assert first.template.versions.count() == 2

    as_bob.post(path, _typed("<p>mine</p>", version=2))
    bodies = first.template.versions.order_by("number").values_list("body", flat=True)
    assert list(bodies) == ["<p>하나</p>", "<p>theirs</p>", "<p>mine</p>"]


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "9" * 40])
def test_whoever_does_not_say_where_they_began_is_told_too(
    as_bob: Client, first: TemplateVersion, version: str
) -> None:
    given = _typed("<p>둘</p>") | {"version": version}
    answer = as_bob.post(f"/templates/{first.template_id}/edit/", given)

    assert answer.status_code == 409
    assert first.template.versions.count() == 1


def test_a_subject_that_is_too_long_is_told_at_its_field_and_kept(
    as_bob: Client, first: TemplateVersion
) -> None:
    given = _typed("<p>둘</p>") | {"subject": "가" * 300}
    answer = as_bob.post(f"/templates/{first.template_id}/edit/", given)

    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    assert "가" * 300 in answer.content.decode()
    assert first.template.versions.count() == 1


def test_what_is_typed_is_seen_as_a_chosen_subscriber_gets_it(
    as_bob: Client, minji: Subscriber
) -> None:
    given = _typed("<p>{{ name }}님</p>") | {"as": minji.email}
    framed = as_bob.post("/templates/look/mail", given)

    assert "김민지님" in framed.content.decode()
    assert "sandbox" in framed["Content-Security-Policy"]
    assert "<iframe" in as_bob.post("/templates/look/", given).content.decode()


@pytest.mark.parametrize(
    ("markup", "body"),
    [("html", "<p>하나</p>\n<p>{{ name | nothing }}</p>"), ("mjml", "<mjml>\n</mj-body>\n</mjml>")],
)
def test_an_error_is_told_with_its_line(
    as_bob: Client, minji: Subscriber, markup: str, body: str
) -> None:
    page = as_bob.post("/templates/look/", _typed(body) | {"markup": markup}).content.decode()

    assert 'data-trouble="2"' in page
    assert 'data-line="2"' in page
    assert as_bob.post("/templates/look/mail", _typed(body) | {"markup": markup}).content == b""


def test_a_template_of_the_gallery_becomes_ones_own_as_often_as_wanted(as_bob: Client) -> None:
    answers = [as_bob.post("/templates/gallery/weekly_letter/take/") for _ in range(2)]

    names = [each.name for each in MailTemplate.objects.order_by("pk")]
    weekly = next(each for each in GALLERY if each.name == "weekly_letter")
    assert names == [names[0], f"{names[0]} 2"]
    assert TemplateVersion.objects.order_by("pk")[0].as_source() == weekly.source()
    assert answers[0]["Location"].endswith("/edit/")
    assert as_bob.post("/templates/gallery/nothing/take/").status_code == 404


def test_a_copy_begins_with_the_last_version(as_bob: Client, first: TemplateVersion) -> None:
    as_bob.post(f"/templates/{first.template_id}/duplicate/")

    copy = MailTemplate.objects.get(name="겨울 2")
    assert copy.versions.get().as_source() == first.as_source()


def test_a_name_is_changed_and_never_to_one_that_is_taken(
    as_bob: Client, first: TemplateVersion, bob: User
) -> None:
    keep("여름", first.as_source(), by=bob, now=NOW)
    path = f"/templates/{first.template_id}/rename/"
    taken = as_bob.post(path, {"name": "여름"}).content.decode()
    as_bob.post(path, {"name": "한겨울"})

    assert "field-error" in taken
    assert MailTemplate.objects.get(pk=first.template_id).name == "한겨울"
    assert _deeds()[-1] == ("template renamed", "겨울 → 한겨울")


def test_deleting_asks_first_and_is_noted(as_bob: Client, first: TemplateVersion) -> None:
    path = f"/templates/{first.template_id}/delete/"
    asked = as_bob.get(path).content.decode()
    assert "겨울" in asked
    assert MailTemplate.objects.exists()

    as_bob.post(path)
    assert not MailTemplate.objects.exists()
    assert _deeds()[-1] == ("template deleted", "겨울")
