"""The page on which a subscriber chooses what to receive."""

import pytest
from django.test import Client
from pytest_django import Settings

from builders.console import NOW, started
from pabal.console.audience.models import Consent, List, Membership, Rhythm, Subscriber, Topic
from pabal.console.audience.objecting import object_to_tracking
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.campaigns.models import Campaign
from pabal.domain.links import PublicLinks
from pabal.domain.suppression import EVERYTHING, topic_scope
from pabal.domain.tracking import Tracking


@pytest.fixture
def coupons(db: None) -> Topic:
    return Topic.objects.create(name="쿠폰", identifier="coupons")


@pytest.fixture
def link(links: PublicLinks, campaign: Campaign, minji: Subscriber) -> str:
    (delivery,) = started(campaign, [minji])
    return links.preferences(delivery)


def _is_on(news: List, subscriber: Subscriber) -> bool:
    membership = Membership.objects.get(list=news, subscriber=subscriber)
    return membership.status == Membership.Status.SUBSCRIBED


def test_it_shows_what_is_received_now(as_charlie: Client, link: str, coupons: Topic) -> None:
    page = as_charlie.get(link).content.decode()

    assert "파발상점 소식" in page
    assert page.count(" checked") == 2
    assert "minji@customer.example" in page


def test_looking_changes_nothing(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    for _time in range(3):
        assert not as_charlie.get(link).cookies

    assert _is_on(news, minji)
    assert Consent.objects.count() == 1


def test_an_unticked_topic_is_not_mailed_any_more(
    as_charlie: Client, link: str, news: List, minji: Subscriber, coupons: Topic
) -> None:
    answer = as_charlie.post(link, {"action": "save", "list": [news.pk]}, follow=True)

    assert "저장했습니다" in answer.content.decode()
    assert _is_on(news, minji)
    assert LedgerSuppression.objects.get().scope == topic_scope(coupons.pk)


def test_a_topic_ticked_again_is_mailed_again(
    as_charlie: Client, link: str, news: List, minji: Subscriber, coupons: Topic
) -> None:
    as_charlie.post(link, {"action": "save", "list": [news.pk]})
    as_charlie.post(link, {"action": "save", "list": [news.pk], "topic": [coupons.pk]})

    assert not LedgerSuppression.objects.exists()
    actions = list(Consent.objects.filter(purpose=topic_scope(coupons.pk)).order_by("pk"))
    assert [consent.action for consent in actions] == ["withdrawn", "granted"]


def test_saving_the_same_twice_writes_nothing_new(
    as_charlie: Client, link: str, news: List, minji: Subscriber, coupons: Topic
) -> None:
    for _time in range(2):
        as_charlie.post(link, {"action": "save", "list": [news.pk]})

    assert Consent.objects.filter(action="withdrawn").count() == 1


def test_leaving_everything_stops_all_mail(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    as_charlie.post(link, {"action": "leave everything"})
    as_charlie.post(link, {"action": "leave everything"})

    assert not _is_on(news, minji)
    assert EVERYTHING in set(LedgerSuppression.objects.values_list("scope", flat=True))
    assert Consent.objects.filter(purpose=EVERYTHING).count() == 1


def test_who_left_everything_can_choose_again(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    as_charlie.post(link, {"action": "leave everything"})
    as_charlie.post(link, {"action": "save", "list": [news.pk]})

    assert _is_on(news, minji)
    assert not LedgerSuppression.objects.exists()


def test_a_list_that_was_never_joined_cannot_be_joined_here(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    other = List.objects.create(name="직원", identifier="staff", created_at=NOW)

    as_charlie.post(link, {"action": "save", "list": [news.pk, other.pk, "x", "-1"]})

    assert not Membership.objects.filter(list=other).exists()


def test_an_unsubscribe_link_does_not_open_it(
    as_charlie: Client, links: PublicLinks, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])
    token = links.unsubscribe(delivery).rpartition("/")[2]

    assert as_charlie.get(f"/p/{token}").status_code == 404


def test_a_pause_is_asked_for_and_ended(as_charlie: Client, link: str, minji: Subscriber) -> None:
    as_charlie.post(link, {"action": "rest 30"})
    resting = as_charlie.get(link).content.decode()
    assert "광고 메일을 보내지 않습니다" in resting
    assert 'value="wake"' in resting

    as_charlie.post(link, {"action": "wake"})
    assert 'value="wake"' not in as_charlie.get(link).content.decode()


def test_a_pause_that_is_not_offered_is_none(
    as_charlie: Client, link: str, minji: Subscriber
) -> None:
    as_charlie.post(link, {"action": "rest 36500"})

    rhythm = Rhythm.objects.filter(pk=minji.pk).first()
    assert rhythm is None or rhythm.rests_until is None


def test_a_pause_leaves_what_is_ticked(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    as_charlie.post(link, {"action": "rest 30"})

    assert _is_on(news, minji)


def test_one_mail_a_week_and_the_language_are_kept(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    form = {"action": "save", "list": news.pk, "weekly": "1", "language": "en"}
    as_charlie.post(link, form)

    page = as_charlie.get(link).content.decode()
    assert '<html lang="en">' in page
    assert 'name="weekly" value="1" checked' in page
    assert Rhythm.objects.get(pk=minji.pk).weekly

    as_charlie.post(link, {"action": "save", "list": news.pk, "language": "xx"})
    minji.refresh_from_db()
    assert minji.language == "en"
    assert not Rhythm.objects.get(pk=minji.pk).weekly


OBJECTION = {"action": "save", "tracking": "asked"}


@pytest.mark.parametrize(
    ("tracking", "says"),
    [
        (Tracking.OFF, "기록하지 않습니다"),
        (Tracking.OPENS, "보이지 않는 이미지"),
        (Tracking.CLICKS, "저희 주소를 거치게"),
        (Tracking.ON, "보이지 않는 이미지"),
    ],
)
def test_it_says_plainly_what_is_recorded(
    as_charlie: Client, link: str, settings: Settings, tracking: Tracking, says: str
) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"tracking": tracking})

    assert says in as_charlie.get(link).content.decode()


def test_somebody_may_object_and_change_their_mind(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    as_charlie.post(link, {**OBJECTION, "list": [news.pk], "untracked": "yes"})
    minji.refresh_from_db()
    first = minji.objected_at
    assert first is not None
    assert as_charlie.get(link).content.decode().count('value="yes" checked') == 1

    as_charlie.post(link, {**OBJECTION, "list": [news.pk], "untracked": "yes"})
    minji.refresh_from_db()
    assert minji.objected_at == first

    as_charlie.post(link, {**OBJECTION, "list": [news.pk]})
    minji.refresh_from_db()
    assert minji.objected_at is None


def test_a_form_that_does_not_ask_decides_nothing(
    as_charlie: Client, link: str, news: List, minji: Subscriber
) -> None:
    """Such as a page that was open while Pabal was updated."""
    object_to_tracking(minji, now=NOW)
    as_charlie.post(link, {"action": "save", "list": [news.pk]})

    minji.refresh_from_db()
    assert minji.objected_at == NOW
