"""Lists and topics are added, renamed, described, archived and counted."""

import html
import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from builders.console import NOW, a_list, a_member
from pabal.console.audience.choosing import offered_topics
from pabal.console.audience.leaving import leave_list, leave_topic
from pabal.console.audience.models import List, Topic
from pabal.console.lists.counting import People, people_on_lists, people_without_topics


def test_people_are_counted_by_list(news: List) -> None:
    other = a_list("다른", identifier="other")
    for number in range(3):
        a_member(news, f"p{number}@x.kr")
    leave_list(a_member(other, "gone@x.kr"), other, source="page", now=NOW)

    assert people_on_lists() == {
        news.pk: People(subscribed=3),
        other.pk: People(unsubscribed=1),
    }


def test_who_does_not_want_a_topic_is_counted(news: List) -> None:
    coupons = Topic.objects.create(name="쿠폰", identifier="coupons")
    a_member(news, "quiet@x.kr")
    leave_topic(a_member(news, "annoyed@x.kr"), coupons, source="page", now=NOW)

    assert people_without_topics() == {coupons.pk: 1}


def test_a_list_is_added_and_changed(as_bob: Client) -> None:
    as_bob.post("/lists/add/", {"name": "  단골   손님 ", "description": "두 번 이상"})
    added = List.objects.get()
    assert (added.name, added.description) == ("단골 손님", "두 번 이상")

    identifier = added.identifier
    as_bob.post(f"/lists/{added.pk}/", {"name": "VIP", "goods": "옷"})
    added.refresh_from_db()
    assert (added.name, added.goods, added.identifier) == ("VIP", "옷", identifier)


def test_a_list_is_opened_to_whoever_signs_up_without_a_command(
    as_bob: Client, as_charlie: Client, news: List
) -> None:
    where = f"/lists/{news.pk}/"
    assert "<code>" not in as_bob.get(where).content.decode()

    opened = as_bob.post(where, {"name": news.name, "takes_sign_ups": "on"}, follow=True)

    page = html.unescape(opened.content.decode())
    (address,) = re.findall(r'<form method="post" action="(http[^"]+)">', page)
    assert as_charlie.get(urlsplit(address).path).status_code == 200
    as_bob.post(where, {"name": news.name})
    assert as_charlie.get(urlsplit(address).path).status_code == 404


def test_two_of_one_name_would_be_mixed_up(news: List, as_bob: Client) -> None:
    page = as_bob.post("/lists/add/", {"name": news.name, "goods": "kept"}).content.decode()

    assert "field-error" in page
    assert 'value="kept"' in page
    assert as_bob.post(f"/lists/{news.pk}/", {"name": news.name}).status_code == 302


@pytest.mark.parametrize("kind", ["lists", "topics"])
def test_what_is_archived_is_offered_nowhere_and_comes_back(
    news: List, as_bob: Client, kind: str
) -> None:
    topic = Topic.objects.create(name="쿠폰", identifier="coupons")
    thing = news if kind == "lists" else topic
    person = a_member(news, "p@x.kr")

    as_bob.post(f"/{kind}/{thing.pk}/archive/")
    table = as_bob.get("/subscribers/").content.decode()
    assert f'<option value="{thing.pk}">{thing.name}' not in table
    assert len(offered_topics(person)) == (1 if kind == "lists" else 0)

    as_bob.post(f"/{kind}/{thing.pk}/archive/", {"back": "1"})
    thing.refresh_from_db()
    assert thing.archived_at is None


def test_the_pages_take_few_statements(
    as_alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        a_list(f"목록 {number}", identifier=f"l{number}")
        Topic.objects.create(name=f"주제 {number}", identifier=f"t{number}")
    for path in ("/lists/", "/topics/"):
        with django_assert_max_num_queries(25):
            assert as_alice.get(path).status_code == 200
