"""A draft is kept as a template, begins campaigns, and no version of it is ever lost."""

import pytest
from django.test import Client

from builders.console import NOW, a_sender_row
from pabal.console.accounts.models import User
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.mail_templates.gallery import GALLERY
from pabal.console.mail_templates.keeping import changes, keep, last_versions
from pabal.console.mail_templates.models import MailTemplate, TemplateVersion
from pabal.message.source import Markup, Source


def _source(body: str) -> Source:
    return Source(subject="첫눈", preview="오늘만", body=body, markup=Markup.HTML, text="첫눈")


@pytest.fixture
def winter(bob: User) -> TemplateVersion:
    """The second version of a template."""
    keep("겨울", _source("<p>하나</p>\n<p>끝</p>"), by=bob, now=NOW)
    return keep("겨울", _source("<p>둘</p>\n<p>끝</p>"), by=bob, now=NOW)


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_draft_is_kept_as_a_template(as_bob: Client, bob: User, campaign: Campaign) -> None:
    asked = _page(as_bob, f"/campaigns/{campaign.pk}/keep/")
    answer = as_bob.post(f"/campaigns/{campaign.pk}/keep/", {"name": "우리 편지"})

    kept = TemplateVersion.objects.get()
    assert campaign.name in asked
    assert answer["Location"] == f"/templates/{kept.template_id}/"
    assert kept.as_source() == campaign.as_source()
    assert (kept.template.name, kept.number, kept.made_by) == ("우리 편지", 1, bob)


def test_a_template_needs_a_name(as_bob: Client, campaign: Campaign) -> None:
    answer = as_bob.post(f"/campaigns/{campaign.pk}/keep/", {"name": " "})

    assert "field-error" in answer.content.decode()
    assert not MailTemplate.objects.exists()


def test_a_save_is_the_next_version_and_none_where_nothing_has_changed(
    winter: TemplateVersion, bob: User
) -> None:
    again = keep("겨울", winter.as_source(), by=bob, now=NOW)

    assert (winter.number, again.pk) == (2, winter.pk)
    assert [each.number for each in last_versions()] == [2]
    assert MailTemplate.objects.count() == 1


def test_a_campaign_begins_from_the_last_version(
    as_bob: Client, news: List, winter: TemplateVersion
) -> None:
    a_sender_row()
    own = f"own-{winter.template_id}"
    page = _page(as_bob, f"/campaigns/new/?start_from={own}")

    as_bob.post("/campaigns/new/", {"name": "첫눈", "kind": "advertising", "start_from": own})

    assert page.count(" checked") == 2, "the kind, and the template that was chosen"
    assert Campaign.objects.get().as_source() == winter.as_source()


def test_a_starting_point_that_is_none_is_refused(as_bob: Client, news: List) -> None:
    a_sender_row()
    given = {"name": "첫눈", "kind": "advertising", "start_from": "own-7"}
    answer = as_bob.post("/campaigns/new/", given)

    assert "field-error" in answer.content.decode()
    assert not Campaign.objects.exists()


def test_changes_are_shown_line_by_line(as_bob: Client, winter: TemplateVersion) -> None:
    older = winter.template.versions.get(number=1)
    found = [(line.kind, line.text) for line in changes(older, winter) if line.kind != "place"]
    page = _page(as_bob, f"/templates/{winter.template_id}/?since=1")

    assert ("gone", "-<p>하나</p>") in found
    assert ("added", "+<p>둘</p>") in found
    assert ("same", " <p>끝</p>") in found
    assert "-&lt;p&gt;하나&lt;/p&gt;" in page


def test_a_line_that_looks_like_a_head_of_the_diff_is_a_line(bob: User) -> None:
    older = keep("선", _source("-- 끝"), by=bob, now=NOW)
    newer = keep("선", _source("++ 끝"), by=bob, now=NOW)

    kinds = [(line.kind, line.text) for line in changes(older, newer)]
    assert ("gone", "--- 끝") in kinds
    assert ("added", "+++ 끝") in kinds
    assert changes(newer, newer) == []


def test_an_older_version_comes_back_as_the_next(as_bob: Client, winter: TemplateVersion) -> None:
    as_bob.post(f"/templates/{winter.template_id}/restore/", {"number": "1"})

    versions = list(winter.template.versions.all())
    assert [each.number for each in versions] == [3, 2, 1]
    assert versions[0].as_source() == versions[2].as_source()


@pytest.mark.parametrize("number", ["", "9", "x", "-1"])
def test_a_version_that_is_none_does_not_come_back(
    as_bob: Client, winter: TemplateVersion, number: str
) -> None:
    answer = as_bob.post(f"/templates/{winter.template_id}/restore/", {"number": number})

    assert answer.status_code == 404
    assert winter.template.versions.count() == 2


def test_all_templates_are_seen_as_mails(
    as_bob: Client, winter: TemplateVersion, news: List
) -> None:
    a_sender_row()
    page = _page(as_bob, "/templates/")

    frames = [f"/templates/gallery/{each.name}/mail" for each in GALLERY]
    assert all(frame in page for frame in frames)
    assert all("고객님" in _page(as_bob, frame) for frame in frames)
    assert f"/templates/{winter.template_id}/2/mail" in page
    framed = as_bob.get(f"/templates/{winter.template_id}/2/mail")
    assert "<p>둘</p>" in framed.content.decode()
    assert "sandbox" in framed["Content-Security-Policy"]


def test_templates_are_seen_before_there_is_a_sender_or_a_list(as_bob: Client) -> None:
    assert "고객님" in _page(as_bob, "/templates/gallery/weekly_letter/mail")
    assert as_bob.get("/templates/gallery/none/mail").status_code == 404


def test_a_template_is_seen_as_a_subscriber_gets_it(
    as_bob: Client, bob: User, minji: Subscriber
) -> None:
    kept = keep("이름", _source("<p>{{ name }}님</p>"), by=bob, now=NOW)

    assert "김민지님" in _page(as_bob, f"/templates/{kept.template_id}/1/mail")


def test_a_template_that_cannot_be_rendered_is_kept_all_the_same(
    as_bob: Client, bob: User, news: List
) -> None:
    broken = keep("고장", _source("{{ name"), by=bob, now=NOW)

    assert _page(as_bob, f"/templates/{broken.template_id}/1/mail") == ""
    assert "고장" in _page(as_bob, "/templates/")
    page = _page(as_bob, f"/templates/{broken.template_id}/")
    assert "note bad" in page
    assert "<iframe" not in page
