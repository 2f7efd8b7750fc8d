"""Templates are written in the pages; each save is a version, and nobody's work is lost."""

from collections.abc import Mapping

import pytest
from django.test import Client

from builders.console import NOW, a_sender_row
from pabal.console.accounts.models import AuditEntry, Role, User
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.composing.inserting import of_readers
from pabal.console.mail_templates.keeping import keep, last_versions
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.message.source import Markup, Source


@pytest.fixture
def winter(bob: User) -> TemplateVersion:
    source = Source(
        subject="첫눈",
        preview="오늘만",
        body="<p>하나</p>\n<p>끝</p>",
        markup=Markup.HTML,
        text="첫눈",
    )
    return keep("겨울", source, by=bob, now=NOW)


def _typed(version: TemplateVersion, **changed: str) -> dict[str, object]:
    return {
        "name": version.template.name,
        "version": version.number,
        "subject": version.subject,
        "preview_text": version.preview_text,
        "markup": version.markup,
        "body": version.body,
        "text": version.text,
        **changed,
    }


def _edit(client: Client, version: TemplateVersion, typed: Mapping[str, object]):
    return client.post(f"/templates/{version.template_id}/edit/", typed)


def test_what_is_saved_is_the_next_version(as_bob: Client, winter: TemplateVersion) -> None:
    answer = _edit(as_bob, winter, _typed(winter, body="<p>둘</p>\r\n<p>끝</p>", name="한겨울"))

    assert answer.status_code == 302
    [last] = last_versions()
    assert (last.template.name, last.number, last.body) == ("한겨울", 2, "<p>둘</p>\n<p>끝</p>")
    assert AuditEntry.objects.latest("pk").act == "template saved"


def test_saving_what_is_there_makes_no_version(as_bob: Client, winter: TemplateVersion) -> None:
    _edit(as_bob, winter, _typed(winter))
    assert TemplateVersion.objects.count() == 1


def test_the_second_of_two_is_told_and_loses_nothing(
    as_bob: Client, winter: TemplateVersion
) -> None:
    """They see what differs; what they typed is there, and saving it again is a decision."""
    _edit(as_bob, winter, _typed(winter, body="<p>먼저</p>"))
    refused = _edit(as_bob, winter, _typed(winter, body="<p>나중</p>"))

    assert refused.status_code == 409
    page = refused.content.decode()
    assert "다음 버전을 저장했습니다: 2" in page
    assert '<span class="gone">-&lt;p&gt;먼저&lt;/p&gt;' in page
    assert '<span class="added">+&lt;p&gt;나중&lt;/p&gt;' in page
    form = refused.context["form"]
    assert (form["body"].value(), form["version"].value()) == ("<p>나중</p>", 2)

    assert _edit(as_bob, winter, form.data).status_code == 302
    bodies = list(TemplateVersion.objects.order_by("number").values_list("body", flat=True))
    assert bodies[1:] == ["<p>먼저</p>", "<p>나중</p>"]


def test_a_name_that_is_taken_is_refused_at_its_field(
    as_bob: Client, bob: User, winter: TemplateVersion
) -> None:
    keep("봄", winter.as_source(), by=bob, now=NOW)
    page = _edit(as_bob, winter, _typed(winter, name="봄"))
    assert "name" in page.context["form"].errors
    assert MailTemplate.objects.filter(name="겨울").exists()


@pytest.mark.parametrize(
    ("start", "name"),
    [("season_sale", "시즌 할인과 쿠폰"), ("empty", "새 템플릿"), ("nothing", "")],
)
def test_one_begins_from_the_gallery_or_from_nothing(as_bob: Client, start: str, name: str) -> None:
    answers = [as_bob.post("/templates/new/", {"start_from": start}) for _ in range(2)]
    names = sorted(MailTemplate.objects.values_list("name", flat=True))
    assert names == ([name, f"{name} 2"] if name else [])
    assert {answer.status_code for answer in answers} == {302 if name else 400}


def test_a_template_is_duplicated(as_bob: Client, winter: TemplateVersion) -> None:
    as_bob.post("/templates/new/", {"start_from": f"own-{winter.template_id}"})
    assert {each.template.name for each in last_versions()} == {"겨울", "겨울 2"}


def test_what_is_wrong_is_said_at_its_line(as_bob: Client, winter: TemplateVersion) -> None:
    a_sender_row()
    typed = _typed(winter, body="<p>하나</p>\n<p>{% if %}</p>")
    page = as_bob.post("/templates/check/", typed).content.decode()
    assert 'data-line="2"' in page
    assert "data-is-bad" in page
    sound = as_bob.post("/templates/check/", _typed(winter)).content.decode()
    assert "data-is-bad" not in sound


def test_the_mail_is_seen_as_it_was_typed_by_a_chosen_reader(
    as_bob: Client, winter: TemplateVersion, news: List, minji: Subscriber
) -> None:
    a_sender_row()
    typed = _typed(winter, body="<p>{{ email | default('') }} 안녕</p><b>{{ name }}</b>")
    typed |= {"as": minji.email}
    answer = as_bob.post("/templates/look/", typed)
    assert "안녕" in answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]


def test_what_is_inserted_compiles_for_everybody(news: List, minji: Subscriber) -> None:
    """Also for those of whom it is not known."""
    minji.attributes = {
        "name": "민지",
        "points": "1200",
        "last_order": "2026-11-01",
        "grade": "VIP",
    }
    minji.save()
    texts = {each.label: each.text for each in of_readers()}
    assert texts["name"] == "{{ name | default('고객') }}"
    assert texts["points"] == "{{ points | default(0) | comma }}"
    assert "| date" in texts["last_order"]


def test_deleting_asks_first_and_is_noted(as_bob: Client, winter: TemplateVersion) -> None:
    path = f"/templates/{winter.template_id}/delete/"
    assert "겨울" in as_bob.get(path).content.decode()
    assert MailTemplate.objects.exists()

    as_bob.post(path)

    assert not MailTemplate.objects.exists()
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.subject) == ("template deleted", "겨울")


def test_every_way_to_a_version_is_noted(
    as_bob: Client, winter: TemplateVersion, campaign: Campaign
) -> None:
    _edit(as_bob, winter, _typed(winter, body="<p>둘</p>"))
    as_bob.post(f"/templates/{winter.template_id}/restore/", {"number": "1"})
    as_bob.post(f"/campaigns/{campaign.pk}/keep/", {"name": "소식"})
    as_bob.post("/templates/new/", {"start_from": "weekly_letter"})

    saved = AuditEntry.objects.filter(act="template saved").order_by("pk")
    subjects = [each.subject for each in saved]
    assert subjects == ["겨울", "겨울", "소식", last_versions()[-1].template.name]


def test_whoever_writes_no_campaigns_reads_templates_and_is_offered_nothing(
    as_bob: Client, bob: User, winter: TemplateVersion
) -> None:
    _edit(as_bob, winter, _typed(winter, body="<p>둘</p>"))
    bob.role = Role.VIEWER
    bob.save()
    page = as_bob.get(f"/templates/{winter.template_id}/?since=1").content.decode()
    everything = as_bob.get("/templates/").content.decode()

    assert "&lt;p&gt;둘&lt;/p&gt;" in page
    assert "겨울" in everything
    for address in ("/edit/", "/restore/", "/delete/", "/templates/new/", "/campaigns/new/"):
        assert address not in page + everything
