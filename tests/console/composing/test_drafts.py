"""A draft keeps what is typed, says what is wrong at its field, and is nobody's to lose."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from builders.console import a_campaign, a_list, a_member, a_sender_row, started
from pabal.console.accounts.models import User
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign

Filled = dict[str, str]


def _save(client: Client, campaign: Campaign, filled: Filled, **changed: str) -> str:
    answer = client.post(f"/campaigns/{campaign.pk}/save/", filled | changed)
    assert answer.status_code == 200
    campaign.refresh_from_db()
    return answer.content.decode()


def test_a_marketer_begins_a_campaign_from_a_sample(as_bob: Client, news: List) -> None:
    a_sender_row()

    answer = as_bob.post(
        "/campaigns/new/", {"name": "겨울 쿠폰", "kind": "advertising", "start_from": "coupon"}
    )

    made = Campaign.objects.get()
    assert answer["Location"] == f"/campaigns/{made.pk}/edit/"
    assert made.list == news
    assert "쿠폰 받으러 가기" in made.body
    page = as_bob.get(answer["Location"]).content.decode()
    assert "겨울 쿠폰" in page


def test_a_campaign_goes_to_the_list_that_was_just_imported(as_bob: Client, news: List) -> None:
    a_sender_row()
    imported = a_list("단골", identifier="regulars")
    a_list("나중 목록", identifier="later")
    form = {"name": "겨울 쿠폰", "kind": "advertising", "start_from": "coupon"}

    as_bob.post(f"/campaigns/new/?list={imported.pk}", form)

    assert Campaign.objects.get().list == imported


@pytest.mark.parametrize(
    ("chosen", "kind"), [("order_thanks", "notice"), ("season_sale", "advertising")]
)
def test_a_template_says_of_which_kind_its_mail_is(
    as_bob: Client, news: List, chosen: str, kind: str
) -> None:
    a_sender_row()

    page = as_bob.get(f"/campaigns/new/?start_from={chosen}").content.decode()

    assert re.findall(r'name="kind" value="(\w+)"[^>]* checked', page) == [kind]
    assert re.search(r'value="order_thanks"[^>]* data-notices="order_thanks"', page)


def test_whoever_has_no_sender_or_list_yet_is_told_so(as_bob: Client, db: None) -> None:
    assert "/settings/senders/" in as_bob.get("/campaigns/new/").content.decode()
    a_sender_row()
    assert "pabal import" in as_bob.get("/campaigns/new/").content.decode()


def test_what_is_typed_is_kept_without_a_button(
    as_typing: Client, campaign: Campaign, filled: Filled, minji: Subscriber
) -> None:
    page = _save(as_typing, campaign, filled, subject="{{ name }}님, 첫눈", preview_text="오늘만")

    assert (campaign.subject, campaign.preview_text) == ("{{ name }}님, 첫눈", "오늘만")
    assert 'name="version" value="1"' in page
    assert "김민지님, 첫눈" in page, "the preview shows it as its reader gets it"


def test_a_mistake_is_told_in_the_language_of_the_page(
    as_typing: Client, campaign: Campaign, filled: Filled, minji: Subscriber
) -> None:
    page = _save(as_typing, campaign, filled, subject="{% if name %}님")

    assert "템플릿에 잘못된 곳이 있습니다(제목, 1번째 줄" in page
    assert "‘if’ 태그를 닫지 않았습니다" in page


def test_a_save_that_changes_nothing_is_no_change(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    Campaign.objects.update(prepared_digest="d" * 64)
    _save(as_typing, campaign, filled)

    assert (campaign.version, campaign.prepared_digest) == (0, "d" * 64)


def test_a_change_voids_what_was_checked_unless_it_is_the_name(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    Campaign.objects.update(prepared_digest="d" * 64)
    _save(as_typing, campaign, filled, name="다른 이름")
    assert campaign.prepared_digest == "d" * 64

    _save(as_typing, campaign, filled | {"version": "1", "name": "다른 이름"}, subject="다르게")
    assert campaign.prepared_digest == ""


def test_a_subject_of_300_characters_is_refused_at_its_field_and_the_rest_is_kept(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    page = _save(as_typing, campaign, filled, subject="가" * 300, preview_text="남는다")

    assert "300자" in page.split('id="errors-subject"')[1].split("</div>")[0]
    assert campaign.preview_text == "남는다"
    assert campaign.subject != "가" * 300


def test_without_javascript_the_page_comes_back_with_what_was_typed(
    as_bob: Client, campaign: Campaign, filled: Filled
) -> None:
    answer = as_bob.post(f"/campaigns/{campaign.pk}/save/", filled | {"subject": "가" * 300})

    assert answer.status_code == 422
    assert "가" * 300 in answer.content.decode()


def test_a_time_that_has_passed_or_is_none_is_refused(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    for said, why in (("2020-01-01T09:00", "지난 시각"), ("", "날짜와 시각")):
        page = _save(as_typing, campaign, filled, when="later", scheduled_at=said)
        assert why in page.split('id="errors-scheduled_at"')[1].split("</div>")[0]
    assert campaign.scheduled_at is None


def test_a_time_is_the_organisations(as_typing: Client, campaign: Campaign, filled: Filled) -> None:
    _save(as_typing, campaign, filled, when="later", scheduled_at="2099-03-01T09:00")

    assert campaign.scheduled_at is not None
    assert campaign.scheduled_at.isoformat() == "2099-03-01T00:00:00+00:00"


def test_a_mistake_in_the_template_is_shown_at_its_line_and_kept(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    wrong = campaign.body.replace("{{ coupon }}", "{{ coupon | nothing }}")
    page = _save(as_typing, campaign, filled, body=wrong)

    line = wrong[: wrong.index("nothing")].count("\n") + 1
    assert f'data-line="{line}"' in page
    assert campaign.body == wrong


def test_lines_of_browsers_become_lines_of_ours(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    _save(as_typing, campaign, filled, body=campaign.body.replace("\n", "\r\n"))

    assert campaign.version == 0


def test_the_second_of_two_people_is_told_and_loses_nothing(
    as_typing: Client, campaign: Campaign, filled: Filled, alice: User, as_alice: Client
) -> None:
    as_alice.post(f"/campaigns/{campaign.pk}/save/", filled | {"subject": "앨리스의 제목"})

    page = _save(as_typing, campaign, filled, subject="밥의 제목")
    assert "다른 사람이 이 초안을 고쳤습니다" in page
    assert str(alice) in page
    assert campaign.subject == "앨리스의 제목"

    as_typing.post(
        f"/campaigns/{campaign.pk}/save/", filled | {"subject": "밥의 제목", "do": "overwrite"}
    )
    campaign.refresh_from_db()
    assert campaign.subject == "밥의 제목"


def test_without_javascript_the_second_gets_their_own_words_back(
    as_bob: Client, campaign: Campaign, filled: Filled, as_alice: Client
) -> None:
    as_alice.post(f"/campaigns/{campaign.pk}/save/", filled | {"subject": "앨리스의 제목"})
    answer = as_bob.post(f"/campaigns/{campaign.pk}/save/", filled | {"subject": "밥의 제목"})

    assert answer.status_code == 409
    assert "밥의 제목" in answer.content.decode()


def test_a_campaign_that_has_just_been_started_is_not_changed(
    as_typing: Client, campaign: Campaign, filled: Filled, minji: Subscriber
) -> None:
    started(campaign, [minji])

    page = _save(as_typing, campaign, filled, subject="너무 늦게")
    assert "이미 시작되어" in page
    assert campaign.subject != "너무 늦게"
    assert (
        as_typing.get(f"/campaigns/{campaign.pk}/edit/")["Location"] == f"/campaigns/{campaign.pk}/"
    )


def test_an_address_shows_the_mail_as_that_reader_gets_it(
    as_bob: Client, campaign: Campaign, minji: Subscriber, news: List
) -> None:
    other = a_member(news, "jun@customer.example")
    other.attributes = {"name": "이준", "coupon": "X"}
    other.save()

    assert "김민지님" in as_bob.get(f"/campaigns/{campaign.pk}/preview/").content.decode()
    page = as_bob.get(f"/campaigns/{campaign.pk}/preview/?as=jun@").content.decode()
    assert "이준님" in page
    frame = as_bob.get(f"/campaigns/{campaign.pk}/preview/mail?as=jun@")
    assert "이준님" in frame.content.decode()
    assert "sandbox" in frame["Content-Security-Policy"]


def test_a_reader_who_lacks_a_value_is_shown_as_trouble(
    as_bob: Client, campaign: Campaign, minji: Subscriber
) -> None:
    minji.attributes = {"name": "김민지"}
    minji.save()

    page = as_bob.get(f"/campaigns/{campaign.pk}/preview/").content.decode()
    assert "coupon" in page
    assert "data-line" in page


def test_the_audience_is_counted_with_those_left_out(
    as_bob: Client, campaign: Campaign, minji: Subscriber, news: List
) -> None:
    a_member(news, "no-consent@customer.example", consented_at=None)

    page = as_bob.get(f"/campaigns/{campaign.pk}/reach/").content.decode()
    assert "1명에게 보냅니다" in page
    assert "광고 수신 동의 없음" in page


def test_an_empty_audience_is_said(as_bob: Client, campaign: Campaign) -> None:
    page = as_bob.get(f"/campaigns/{campaign.pk}/reach/").content.decode()

    assert "비어 있습니다" in page


def test_a_copy_is_a_draft_with_the_same_words(as_bob: Client, campaign: Campaign) -> None:
    Campaign.objects.update(preview_text="미리 보기")
    answer = as_bob.post(f"/campaigns/{campaign.pk}/duplicate/")

    copy = Campaign.objects.exclude(pk=campaign.pk).get()
    assert answer["Location"] == f"/campaigns/{copy.pk}/edit/"
    assert (copy.subject, copy.preview_text) == (campaign.subject, "미리 보기")
    assert copy.name == f"{campaign.name} (사본)"


def test_a_draft_can_be_deleted_and_nothing_else(
    as_bob: Client, campaign: Campaign, minji: Subscriber, news: List
) -> None:
    as_bob.post(f"/campaigns/{campaign.pk}/delete/")
    assert not Campaign.objects.exists()

    sent = a_campaign(news)
    started(sent, [minji])
    as_bob.post(f"/campaigns/{sent.pk}/delete/")
    assert Campaign.objects.filter(pk=sent.pk).exists()


def test_the_archive_takes_campaigns_out_of_the_list(as_bob: Client, campaign: Campaign) -> None:
    as_bob.post(f"/campaigns/{campaign.pk}/archive/")
    assert campaign.name not in as_bob.get("/campaigns/").content.decode()
    assert campaign.name in as_bob.get("/campaigns/?archive=yes").content.decode()

    as_bob.post(f"/campaigns/{campaign.pk}/archive/", {"do": "bring-back"})
    assert campaign.name in as_bob.get("/campaigns/").content.decode()


def test_the_page_asks_the_database_two_dozen_times_at_most(
    as_bob: Client,
    campaign: Campaign,
    minji: Subscriber,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(24):
        as_bob.get(f"/campaigns/{campaign.pk}/edit/")
