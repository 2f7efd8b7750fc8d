"""A profile says everything that is known of somebody, and why they did not get a mail."""

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from builders.console import (
    ACCEPTED,
    NO_MAILBOX,
    NOW,
    a_campaign,
    a_list,
    a_member,
    settled,
    started,
)
from pabal.console.audience.editing import stop_by_hand
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import List, Subscriber
from pabal.console.subscribers.profile import profile_of


def test_every_mail_is_there_with_what_became_of_it(news: List, minji: Subscriber) -> None:
    outcomes = {"도착": ACCEPTED, "반송": NO_MAILBOX}
    for name, outcome in outcomes.items():
        campaign = a_campaign(news, name=name)
        (delivery,) = started(campaign, [minji])
        settled(campaign, {delivery: outcome})

    mails = {row.name: row for row in profile_of(minji, NOW).mails}
    assert set(mails) == set(outcomes)
    assert mails["도착"].delivery is not None
    assert mails["도착"].delivery.state == "sent"
    assert "no such user" in mails["반송"].why


def test_a_mail_that_somebody_did_not_get_says_why(news: List) -> None:
    there, silent = a_member(news, "there@x.kr"), a_member(news, "silent@x.kr", consented_at=None)
    gone, stopped = a_member(news, "gone@x.kr"), a_member(news, "stopped@x.kr")
    leave_list(gone, news, source="page", now=NOW)
    stop_by_hand(stopped, detail="", now=NOW)
    started(a_campaign(news), [there])
    other = a_list("다른", identifier="other")
    started(a_campaign(other, name="모르는 소식"), [])

    def why(person: Subscriber) -> list[str]:
        return [row.why for row in profile_of(person, NOW).mails if row.delivery is None]

    assert why(there) == []
    assert why(silent) == ["has not agreed to advertising"] or "동의" in why(silent)[0]
    assert len(why(gone)) == 1
    assert why(gone)[0]
    assert len(why(stopped)) == 1
    assert why(stopped)[0]


def test_the_page_shows_consents_with_their_basis_and_wording(
    minji: Subscriber, as_alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(25):
        page = as_alice.get(f"/subscribers/{minji.pk}/").content.decode()

    for shown in ("광고성 정보 수신에 동의합니다", "sign-up form", "FALL-1", "파발상점 소식"):
        assert shown in page


def test_nobody_is_404(as_alice: Client) -> None:
    assert as_alice.get("/subscribers/99/").status_code == 404
