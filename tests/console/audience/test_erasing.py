"""개인정보 보호법 21, 36: “erase → gone from contacts, events, exports; only hashed suppression
stays”, and the log of consent still proves itself.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from builders.console import (
    ACCEPTED,
    NO_MAILBOX,
    NOW,
    a_campaign,
    a_list,
    a_member,
    a_subscriber,
    settled,
    started,
)
from builders.files import a_csv_file
from pabal.configuration.keyring import load_keyring, rotate_keyring
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.erasing import erase, installed_aliases, traces
from pabal.console.audience.importing.importing import import_file
from pabal.console.audience.importing.notes import NoteKind
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import (
    Consent,
    ConsentNotice,
    Erasure,
    List,
    Membership,
    Subscriber,
    Topic,
    TopicChoice,
)
from pabal.console.audience.showing import dossier
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.audience.verifying import verify_consents
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.campaigns.models import Campaign
from pabal.domain.consent import ConsentAction
from pabal.domain.erasure import is_alias
from pabal.domain.outcome import Reply
from pabal.domain.suppression import EVERYTHING, Reason, Suppression

pytestmark = pytest.mark.django_db

ADDRESS = "minji@customer.example"


def everything() -> str:
    """Return all that any table holds."""
    with connection.cursor() as cursor:
        rows: list[object] = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select * from "{table}"')
            rows += cursor.fetchall()
    return "\n".join(map(str, rows))


@pytest.fixture
def known(news: List, campaign: Campaign) -> Subscriber:
    """Somebody about whom there is something everywhere."""
    minji = a_member(news, ADDRESS)
    topic = Topic.objects.create(name="쿠폰", identifier="coupons")
    TopicChoice.objects.create(subscriber=minji, topic=topic, wanted=True, changed_at=NOW)
    later = a_list("나중", identifier="later")
    leave_list(minji, later, source="민지 씨가 전화로", origin="192.0.2.7", now=NOW)
    (delivery,) = started(campaign, [minji])
    reply = Reply(code=550, enhanced="5.1.1", text=f"<{ADDRESS}>: 192.0.2.7 has no such user")
    settled(campaign, {delivery: replace(NO_MAILBOX, reply=reply)})
    return minji


def test_no_table_names_them_any_more(known: Subscriber) -> None:
    personal = (ADDRESS, "FALL-1", "192.0.2.7", "민지 씨가 전화로")
    assert all(each in everything() for each in personal)

    erase(ADDRESS, installed_aliases(), now=NOW)

    assert [each for each in personal if each in everything()] == []
    for model in (Membership, TopicChoice, ConsentNotice):
        assert not model.objects.exists()
    assert dossier(ADDRESS) is None


def test_only_an_alias_stays_that_is_suppressed(known: Subscriber) -> None:
    erase(ADDRESS, installed_aliases(), now=NOW)

    stop = LedgerSuppression.objects.get()
    assert is_alias(stop.address)
    assert (stop.scope, stop.why, stop.detail) == (EVERYTHING, Reason.ERASED, "")
    assert stop.address == installed_aliases().newest(ADDRESS)


def test_the_log_of_consent_is_whole_behind_it_and_says_what_was_agreed_to(
    known: Subscriber,
) -> None:
    """GDPR 7(1), 17(3)(e): the proof of consent stays, and what names a person goes."""
    before = list(Consent.objects.order_by("pk").values_list("action", "wording", "digest"))

    erase(ADDRESS, installed_aliases(), now=NOW)

    assert verify_consents().is_whole
    records = list(Consent.objects.order_by("pk"))
    assert [(r.action, r.wording, r.digest) for r in records[:-1]] == before
    assert {(r.source, r.origin, r.salt) for r in records[:-1]} == {("", "", "")}
    assert records[-1].action == ConsentAction.WITHDRAWN.value
    assert records[-1].purpose == EVERYTHING


def test_a_record_that_is_changed_after_the_erasure_still_shows(known: Subscriber) -> None:
    erase(ADDRESS, installed_aliases(), now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("update audience_consent set wording = 'x' where action = 'granted'")

    assert verify_consents().broken is not None


def test_somebody_else_is_untouched(news: List, known: Subscriber) -> None:
    john = a_member(news, "john@customer.example")
    before = dossier(john.address)

    erase(ADDRESS, installed_aliases(), now=NOW)

    assert dossier(john.address) == before


def test_what_would_go_is_said_before(known: Subscriber) -> None:
    found = traces(ADDRESS, installed_aliases())

    assert (found.subscriber, found.attributes, found.lists) == (known.pk, 2, 2)
    assert (found.consents, found.deliveries, found.is_erased) == (2, 1, False)
    assert erase(ADDRESS, installed_aliases(), now=NOW) == found


def test_erasing_twice_changes_nothing(known: Subscriber) -> None:
    erase(ADDRESS, installed_aliases(), now=NOW)
    once = everything()

    again = erase(ADDRESS, installed_aliases(), now=NOW + timedelta(days=1))

    assert again.are_none
    assert again.is_erased
    assert everything() == once


def test_files_are_remembered_until_they_are_clean(known: Subscriber) -> None:
    erase(ADDRESS, installed_aliases(), now=NOW)

    erasure = Erasure.objects.get()
    assert erasure.subscriber_id == known.pk
    assert erasure.alias == installed_aliases().newest(ADDRESS)


@pytest.mark.parametrize("rotated", [False, True])
def test_a_later_import_does_not_bring_them_back(
    known: Subscriber, news: List, tmp_path: Path, rotated: bool
) -> None:
    """Nor after the keys were rotated."""
    erase(ADDRESS, installed_aliases(), now=NOW)
    if rotated:
        rotate_keyring(settings.PABAL.home)
    file = a_csv_file(
        tmp_path / "again.csv", [("이메일", "이름"), ("Minji@Customer.example", "Minji Kim")]
    )

    report = import_file(file, news, now=NOW + timedelta(days=30))

    assert report.counts.kept_out == 1
    assert [note.kind for entry in report.entries for note in entry.notes] == [NoteKind.ERASED]
    assert not Subscriber.objects.exclude(erased_at=None).filter(address=ADDRESS).exists()
    assert "Minji Kim" not in everything()


def test_a_campaign_to_their_list_leaves_them_out(known: Subscriber, news: List) -> None:
    erase(ADDRESS, installed_aliases(), now=NOW)
    # As an import would that had read them a moment before.
    Membership.objects.create(subscriber=known, list=news, changed_at=NOW, consented_at=NOW)

    assert list(OrmCampaignSource().audience(a_campaign(news).campaign_id, now=NOW)) == []


def test_whoever_leaves_at_the_same_moment_is_not_written_down_again(
    known: Subscriber, news: List
) -> None:
    """The page has read the subscriber before they were erased."""
    erase(ADDRESS, installed_aliases(), now=NOW)

    leave_list(known, news, source="one-click", now=NOW)

    assert ADDRESS not in everything()


def test_a_delivered_mail_stays_in_the_figures(news: List, campaign: Campaign) -> None:
    minji = a_member(news, ADDRESS)
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})

    erase(ADDRESS, installed_aliases(), now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("select state from ledger_delivery")
        assert cursor.fetchall() == [("sent",)]


def test_an_address_that_is_only_in_the_ledger_is_erased_too(
    news: List, campaign: Campaign
) -> None:
    gone = a_subscriber(ADDRESS)
    started(campaign, [gone])
    gone.delete()

    erase(ADDRESS, installed_aliases(), now=NOW)

    assert ADDRESS not in everything()


def test_an_address_that_is_only_suppressed_is_erased_too() -> None:
    stop = Suppression(address=ADDRESS, scope=EVERYTHING, reason=Reason.MANUAL, since=NOW)
    joined_ledger().suppress(stop)
    assert not traces(ADDRESS, installed_aliases()).are_none

    erase(ADDRESS, installed_aliases(), now=NOW)

    assert ADDRESS not in everything()


def test_aliases_are_made_with_a_key_that_is_not_in_the_database(known: Subscriber) -> None:
    erase(ADDRESS, installed_aliases(), now=NOW)

    masters = load_keyring(settings.PABAL.home).masters.values()
    assert not any(key.hex() in everything() for key in masters)
