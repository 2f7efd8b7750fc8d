"""The table finds people along an index, page by page, and misses nobody."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from builders.console import NOW, a_list, a_member, a_subscriber, a_user
from pabal.console.accounts.models import AuditEntry, Role
from pabal.console.audience.editing import stop_by_hand
from pabal.console.audience.leaving import leave_list, leave_topic
from pabal.console.audience.models import List, Subscriber, Topic
from pabal.console.audience.text_order import fold
from pabal.console.subscribers import finding
from pabal.console.subscribers.asking import Asked, Sort, State

_TEXT = st.text(st.sampled_from("aAbBzZ9_.김가힣ㄱé\U0001f600"), max_size=4)


def _everyone(rows: finding.Rows) -> finding.Rows:
    return rows


def _shown(asked: Asked, size: int = 2) -> list[str]:
    parts = finding.everybody(asked, narrow=_everyone, size=size)
    return [each.email for part in parts for each in part]


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_together_show_everybody_once(news: List, sort: Sort) -> None:
    people = [a_subscriber(f"p{n}@x.kr", attributes={"name": "김민지"}) for n in range(7)]
    people += [a_subscriber(f"q{n}@x.kr", attributes={"grade": "VIP"}) for n in range(3)]

    for size in (1, 2, 10, 11):
        shown = _shown(Asked(sort=sort), size)
        assert sorted(shown) == sorted(each.email for each in people)


def test_a_list_shows_its_people_newest_first(news: List) -> None:
    people = [a_member(news, f"p{n}@x.kr") for n in range(5)]
    a_member(a_list("다른", identifier="other"), "elsewhere@x.kr")

    assert _shown(Asked(list=news.pk)) == [each.email for each in reversed(people)]
    assert _shown(Asked(list=news.pk, sort=Sort.ADDRESS)) == [each.email for each in people]


def test_attributes_are_called_as_people_call_them(as_bob: Client, news: List) -> None:
    """A file's column 이름 is name to templates; whoever brought it looks for 이름."""
    minji = a_subscriber(attributes={"name": "김민지", "grade": "VIP", "boots": "250"})

    for page in ("/subscribers/", f"/subscribers/{minji.pk}/"):
        shown = as_bob.get(page).content.decode()
        for name in ("이름", "등급"):
            assert f'scope="col">{name}<' in shown or f'scope="row">{name}<' in shown
    assert 'scope="row">boots<' in shown


def test_states_are_told_apart(news: List) -> None:
    a_member(news, "there@x.kr")
    leave_list(a_member(news, "gone@x.kr"), news, source="phone", now=NOW)
    a_member(news, "silent@x.kr", consented_at=None)
    stop_by_hand(a_member(news, "stopped@x.kr"), detail="asked", now=NOW)
    a_subscriber("nowhere@x.kr")

    def of(state: State, target: int | None) -> set[str]:
        return {email.partition("@")[0] for email in _shown(Asked(state=state, list=target))}

    for target in (news.pk, None):
        assert of(State.SUBSCRIBED, target) == {"there", "silent", "stopped"}
        assert of(State.UNSUBSCRIBED, target) == {"gone"}
        assert of(State.NOT_AGREED, target) == {"silent"}
        assert of(State.SUPPRESSED, target) == {"stopped"}


def test_a_topic_shows_all_but_those_who_do_not_want_it(news: List) -> None:
    coupons = Topic.objects.create(name="쿠폰", identifier="coupons")
    a_member(news, "quiet@x.kr")
    leave_topic(a_member(news, "annoyed@x.kr"), coupons, source="page", now=NOW)

    assert _shown(Asked(topic=coupons.pk)) == ["quiet@x.kr"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(_TEXT, min_size=1, max_size=6), search=_TEXT.filter(bool))
@pytest.mark.django_db
def test_a_search_finds_what_begins_so_and_nothing_else(names: list[str], search: str) -> None:
    """Any text, whatever the database's collation makes of it."""
    Subscriber.objects.all().delete()
    for number, name in enumerate(names):
        a_subscriber(f"p{number}@x.kr", attributes={"name": name})

    asked = Asked(search=search)
    wanted = sorted(
        f"p{n}@x.kr" for n, name in enumerate(names) if fold(name).startswith(fold(search))
    )
    assert sorted(_shown(asked, size=2)) == wanted
    assert finding.count(asked, narrow=_everyone).count == len(wanted)


def test_a_search_finds_addresses_before_names_and_nobody_twice(db: None) -> None:
    a_subscriber("minji@x.kr", attributes={"name": "Minji"})
    a_subscriber("other@x.kr", attributes={"name": "MINsu"})
    a_subscriber("min.a@x.kr", attributes={"name": "박"})

    assert _shown(Asked(search="MIN"), size=1) == ["min.a@x.kr", "minji@x.kr", "other@x.kr"]


def test_the_table_takes_few_statements(
    news: List, as_alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        a_member(news, f"p{number}@x.kr")

    with django_assert_max_num_queries(25):
        answer = as_alice.get("/subscribers/", {"list": news.pk, "q": "p"})
    assert answer.status_code == 200


def test_pages_are_found_by_an_index(news: List) -> None:
    """Neither a page nor a search reads the table from its beginning."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's planner reads a small table as a whole; `make bench-console`")
    a_member(news, "p@x.kr")
    asked = [
        Asked(search="p"),
        Asked(search="김"),
        Asked(sort=Sort.NAME, after="m3:김"),
        Asked(sort=Sort.ADDRESS, after="ap@x.kr"),
        Asked(list=news.pk, after="l9"),
    ]
    for each in asked:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            finding.page(each, narrow=_everyone)
        for query in captured.captured_queries:
            with connection.cursor() as cursor:
                cursor.execute(f"explain query plan {query['sql']}")
                plan = " | ".join(str(row[3]) for row in cursor.fetchall())
            assert "SCAN" not in plan or "USING" in plan, plan
            assert "TEMP B-TREE FOR ORDER BY" not in plan, (each, plan)


def test_addresses_of_pages_may_be_anything(news: List, as_alice: Client) -> None:
    a_member(news, "p@x.kr")
    for after in ("n", "nx", "l", "m", "m:", "a", "zz", "m9999999999999999999:x", "n-1", "\x00"):
        for query in ({}, {"q": "p"}, {"list": news.pk}, {"sort": "name"}):
            answer = as_alice.get("/subscribers/", {"after": after, **query})
            assert answer.status_code == 200, (after, query)
    for query in ({"list": "x"}, {"list": "9" * 30}, {"state": "?"}, {"topic": "٣"}):
        assert as_alice.get("/subscribers/", query).status_code == 200


def test_chosen_columns_are_remembered(news: List, as_alice: Client) -> None:
    a_member(news, "p@x.kr")

    assert "FALL-1" not in as_alice.get("/subscribers/").content.decode()
    answer = as_alice.post(
        "/subscribers/columns/", {"column": ["coupon", "x');--"], "next": "//evil"}
    )
    assert answer["Location"] == "/subscribers/"
    assert "FALL-1" in as_alice.get("/subscribers/").content.decode()


def test_the_file_holds_what_the_table_shows_and_calculates_nothing(
    news: List, as_alice: Client
) -> None:
    a_subscriber("plain@x.kr", attributes={"name": "=cmd|' /C calc'!A0", "points": "-3"})
    a_member(news, "listed@x.kr")

    answer = as_alice.get("/subscribers/export.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = {row["email"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == {"plain@x.kr", "listed@x.kr"}
    assert rows["plain@x.kr"]["name"].startswith("'=")
    assert rows["plain@x.kr"]["points"] == "-3"

    only = as_alice.get("/subscribers/export.csv", {"list": news.pk, "after": "n1"})
    assert b"".join(only.streaming_content).count(b"@") == 1  # type: ignore[attr-defined]


def test_taking_people_away_is_written_down(news: List, as_bob: Client) -> None:
    as_bob.get("/subscribers/export.csv", {"list": news.pk, "q": "minji@customer.example"})

    entry = AuditEntry.objects.get(act="subscribers exported")
    assert (entry.who_was, entry.subject) == ("bob@shop.example", f"list={news.pk}")


def test_a_viewer_looks_and_takes_nothing_away(news: List) -> None:
    client = Client()
    client.force_login(a_user("viewer@shop.example", role=Role.VIEWER))

    assert client.get("/subscribers/export.csv").status_code == 403
    page = client.get("/subscribers/").content.decode()
    assert "export.csv" not in page
    assert "/subscribers/add/" not in page
