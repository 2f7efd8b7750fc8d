"""One person is added, changed, unsubscribed and stopped by hand, within what the law allows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from builders.console import NOW, a_list, a_member, a_subscriber, a_user
from pabal.console.accounts.models import Role
from pabal.console.audience.editing import lift_by_hand, stop_by_hand
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.suppressing import has_left_everything, joined_ledger
from pabal.console.audience.verifying import verify_consents
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope

AGREED = {
    "join-has_agreed": "on",
    "join-agreed_on": "2026-01-15",
    "join-source": "card at the till",
    "join-wording": "광고성 정보 수신에 동의합니다",
}


def _reason(subscriber: Subscriber) -> Reason | None:
    stops = joined_ledger().suppressions([subscriber.address], [EVERYTHING])
    stop = stops.get(subscriber.address)
    return stop.reason if stop else None


def test_somebody_is_added_with_the_consent_they_gave(news: List, as_bob: Client) -> None:
    typed = {"email": "New@X.kr", "language": "en", "new_name": "VIP 등급", "new_value": " 1 "}
    answer = as_bob.post("/subscribers/add/", {**typed, "join-list": news.pk, **AGREED})

    added = Subscriber.objects.get(address="new@x.kr")
    assert answer["Location"] == f"/subscribers/{added.pk}/"
    assert (added.email, added.language) == ("New@X.kr", "en")
    assert added.attributes == {"vip_등급": "1"}
    consent = Consent.objects.get(subscriber=added)
    assert consent.source == "card at the till (bob@shop.example)"
    assert consent.wording == AGREED["join-wording"]
    assert consent.happened_at.isoformat().startswith("2026-01-14T15:00")  # midnight in Seoul


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(
    news: List, as_bob: Client
) -> None:
    a_subscriber("taken@x.kr", attributes={"points": "10"})
    typed = {"email": "no address", "language": "en", "attribute:points": "many", "new_value": "x"}

    page = as_bob.post("/subscribers/add/", typed).content.decode()
    for kept in ("no address", 'value="many"', 'value="x"'):
        assert kept in page
    assert page.count('class="field-error"') == 3

    taken = {"email": "TAKEN@x.kr", "language": "en"}
    assert 'class="field-error"' in as_bob.post("/subscribers/add/", taken).content.decode()
    assert Subscriber.objects.count() == 1


def test_a_consent_without_its_proof_is_none(news: List, as_bob: Client) -> None:
    typed = {"email": "new@x.kr", "language": "ko", "join-has_agreed": "on"}

    page = as_bob.post("/subscribers/add/", typed).content.decode()
    assert page.count('class="field-error"') == 4  # which list, when, how, to what
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    late = {**typed, **AGREED, "join-list": news.pk, "join-agreed_on": tomorrow}
    assert page.count("field-error")
    assert "field-error" in as_bob.post("/subscribers/add/", late).content.decode()
    assert not Subscriber.objects.exists()


def test_an_edit_changes_what_was_typed_and_nothing_else(minji: Subscriber, as_bob: Client) -> None:
    path = f"/subscribers/{minji.pk}/edit/"
    page = as_bob.get(path).content.decode()
    assert 'value="FALL-1"' in page

    typed = {"email": "minji@new.kr", "language": "en", "attribute:name": "김민지"}
    as_bob.post(path, {**typed, "attribute:coupon": "", "new_name": "points", "new_value": "3"})

    minji.refresh_from_db()
    assert (minji.address, minji.wire, minji.language) == ("minji@new.kr", "minji@new.kr", "en")
    assert minji.attributes == {"name": "김민지", "points": "3"}


def test_a_new_address_takes_along_what_its_person_had_left(news: List, as_bob: Client) -> None:
    """Otherwise a typing mistake that is mended would mail somebody who has left."""
    gone, some = a_member(news, "gone@x.kr"), a_member(news, "some@x.kr")
    leave_everything(gone, source="page", now=NOW)
    leave_list(some, news, source="page", now=NOW)
    for person in (gone, some):
        typed = {"email": f"new-{person.email}", "language": "ko"}
        as_bob.post(f"/subscribers/{person.pk}/edit/", typed)
        person.refresh_from_db()

    assert has_left_everything(gone)
    stops = joined_ledger().suppressions([some.address], [list_scope(news.pk)])
    assert stops[some.address].reason is Reason.UNSUBSCRIBED


def test_an_address_that_somebody_has_is_refused(minji: Subscriber, as_bob: Client) -> None:
    other = a_subscriber("other@x.kr")

    answer = as_bob.post(
        f"/subscribers/{other.pk}/edit/", {"email": "Minji@customer.example", "language": "ko"}
    )
    assert "field-error" in answer.content.decode()
    other.refresh_from_db()
    assert other.address == "other@x.kr"


def test_somebody_who_phones_is_unsubscribed(news: List, minji: Subscriber, as_bob: Client) -> None:
    other = a_list("다른", identifier="other")
    path = f"/subscribers/{minji.pk}/leave/"

    assert "field-error" in as_bob.post(path, {"leave-list": news.pk}).content.decode()
    assert Membership.objects.get(subscriber=minji).status == "subscribed"
    as_bob.post(path, {"leave-list": news.pk, "leave-source": "by telephone"})
    assert Membership.objects.get(subscriber=minji).status == "unsubscribed"
    last = Consent.objects.filter(subscriber=minji).latest("pk")
    assert (last.action, last.source) == ("withdrawn", "by telephone (bob@shop.example)")
    assert not has_left_everything(minji)

    as_bob.post(path, {"leave-source": "by letter"})
    assert has_left_everything(minji)
    assert not other.memberships.exists()
    assert verify_consents().is_whole


def test_whoever_left_is_put_back_by_a_later_consent_alone(
    news: List, minji: Subscriber, as_bob: Client
) -> None:
    leave_list(minji, news, source="page", now=timezone.now() - timedelta(days=1))
    path = f"/subscribers/{minji.pk}/join/"

    as_bob.post(path, {"join-list": news.pk, **AGREED})
    assert Membership.objects.get(subscriber=minji).status == "unsubscribed"
    today = timezone.localdate().isoformat()
    as_bob.post(path, {"join-list": news.pk, **AGREED, "join-agreed_on": today})
    assert Membership.objects.get(subscriber=minji).status == "subscribed"


def test_a_stop_by_hand_is_taken_back_by_hand(minji: Subscriber, as_bob: Client) -> None:
    as_bob.post(f"/subscribers/{minji.pk}/stop/", {"stop-reason": "a supplier"})
    assert _reason(minji) is Reason.MANUAL
    as_bob.post(f"/subscribers/{minji.pk}/lift/")
    assert _reason(minji) is None
    as_bob.post(f"/subscribers/{minji.pk}/lift/")


@pytest.mark.parametrize("reason", [Reason.UNSUBSCRIBED, Reason.COMPLAINT])
def test_what_the_person_decided_nobody_else_undoes(
    minji: Subscriber, as_bob: Client, reason: Reason
) -> None:
    joined_ledger().suppress(
        Suppression(address=minji.address, scope=EVERYTHING, reason=reason, since=NOW)
    )

    answer = as_bob.post(f"/subscribers/{minji.pk}/lift/", follow=True)
    assert _reason(minji) is reason
    assert 'class="note bad"' in answer.content.decode()


def test_a_leaving_behind_a_stop_comes_to_light_when_that_is_lifted(minji: Subscriber) -> None:
    """The ledger keeps the first reason; the log of consent keeps the other."""
    stop_by_hand(minji, detail="", now=NOW)
    leave_everything(minji, source="page", now=NOW)

    lift_by_hand(minji, now=NOW)
    assert has_left_everything(minji)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.VIEWER])
def test_whoever_only_looks_changes_nothing(minji: Subscriber, role: Role) -> None:
    client = Client()
    client.force_login(a_user("looks@shop.example", role=role))
    for act in ("edit", "join", "leave", "stop", "lift"):
        assert client.post(f"/subscribers/{minji.pk}/{act}/").status_code == 403, act
    assert client.get("/subscribers/add/").status_code == 403
