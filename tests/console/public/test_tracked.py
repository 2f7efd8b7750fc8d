"""Tracked links and images: they lead on in any case, and record what is allowed."""

import shutil
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from builders.console import ACCEPTED, SILENCE, settled, started
from pabal.configuration.keyring import rotate_keyring
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.erasing import erase, installed_aliases
from pabal.console.audience.models import Subscriber
from pabal.console.audience.objecting import object_to_tracking
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.domain.engagement import ANY_LINK, Actor, Hits, Sign
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId
from pabal.domain.links import PublicLinks
from pabal.domain.tracking import Tracking

SHOP, BLOG = "https://shop.example/autumn?a=1&b=%EA%B0%80", "http://blog.example/"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18 Safari/605.1"
OPEN, CLICK = EventKind.OPENED, EventKind.CLICKED


@pytest.fixture(autouse=True)
def _tracks(settings: Settings) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"tracking": Tracking.ON})


@pytest.fixture
def sent(campaign: Campaign, minji: Subscriber) -> DeliveryId:
    """A tracked mail that Minji got."""
    Campaign.objects.filter(pk=campaign.pk).update(tracked="on", links=[SHOP, BLOG])
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    return delivery


@pytest.fixture
def link(links: PublicLinks, sent: DeliveryId) -> str:
    return f"{links.clicks}{links.seal(sent)}/1"


@pytest.fixture
def image(links: PublicLinks, sent: DeliveryId) -> str:
    return f"{links.opens}{links.seal(sent)}"


def _hits(delivery: DeliveryId) -> list[Hits]:
    return list(joined_ledger().hits(delivery))


def test_a_click_leads_on_and_is_kept(as_charlie: Client, link: str, sent: DeliveryId) -> None:
    answer = as_charlie.get(link, headers={"User-Agent": SAFARI})

    assert (answer.status_code, answer["Location"]) == (302, SHOP)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    (hits,) = _hits(sent)
    assert (hits.kind, hits.link, hits.sign, hits.times) == (CLICK, 1, Sign.BROWSER, 1)


def test_an_image_that_was_fetched_is_an_open(
    as_charlie: Client, image: str, sent: DeliveryId
) -> None:
    answer = as_charlie.get(image, headers={"User-Agent": "Mozilla/5.0"})

    assert answer["Content-Type"] == "image/gif"
    assert answer.content[:6] == b"GIF89a"
    assert "no-store" in answer["Cache-Control"]
    (hits,) = _hits(sent)
    assert (hits.kind, hits.link, hits.sign) == (OPEN, ANY_LINK, Sign.APPLE)


def test_again_and_again_is_one_row_and_few_statements(
    as_charlie: Client, link: str, sent: DeliveryId
) -> None:
    for _time in range(5):
        as_charlie.get(link, headers={"User-Agent": SAFARI})
    with CaptureQueriesContext(connection) as asked:
        as_charlie.get(link, headers={"User-Agent": SAFARI})

    assert [each.times for each in _hits(sent)] == [6]
    assert len(asked) <= 5  # of Django's; the ledger's own are five more


def test_asking_without_fetching_does_not_count(
    as_charlie: Client, campaign: Campaign, link: str, image: str
) -> None:
    assert as_charlie.head(link)["Location"] == SHOP
    assert as_charlie.head(image).status_code == 200

    assert joined_ledger().hit_counts(campaign.campaign_id) == {}


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_but_looking_is_answered(as_charlie: Client, link: str, method: str) -> None:
    assert getattr(Client(), method)(link).status_code == 405


def _cut(link: str) -> str:
    return link[:-4] + link[-2:]


def _with_another_letter(link: str) -> str:
    seal, _, number = link.rpartition("/")
    return f"{seal[:-1]}{'A' if seal[-1] != 'A' else 'B'}/{number}"


@pytest.mark.parametrize(
    "forge",
    [
        _cut,
        _with_another_letter,
        lambda link: link[:-1] + "3",
        lambda link: link[:-1] + "0",
        lambda link: link[:-1] + "9" * 30,
        lambda link: "/c/" + "A" * 5_000 + "/1",
        lambda _link: "/c/한글/1",
        lambda _link: "/c/https:%2F%2Fevil.example/1",
    ],
)
def test_a_link_that_we_did_not_make_leads_nowhere(
    as_charlie: Client, link: str, sent: DeliveryId, forge
) -> None:
    """Not even to a page that says whose it is not."""
    answer = as_charlie.get(forge(link), headers={"User-Agent": SAFARI})

    assert answer.status_code == 404
    assert "Location" not in answer
    assert SHOP not in answer.content.decode()
    assert "minji" not in answer.content.decode()
    assert _hits(sent) == []


def test_a_link_for_leaving_is_no_tracked_link_nor_the_other_way_round(
    as_charlie: Client, links: PublicLinks, sent: DeliveryId, link: str
) -> None:
    for_leaving = links.unsubscribe(sent).removeprefix("/u/")

    assert as_charlie.get(f"/c/{for_leaving}/1").status_code == 404
    assert as_charlie.get(f"/u/{links.seal(sent)}").status_code == 404
    assert _hits(sent) == []


def test_a_forged_image_looks_like_any_other(
    as_charlie: Client, image: str, sent: DeliveryId
) -> None:
    real, forged = as_charlie.get(image), as_charlie.get("/o/forged")

    assert (forged.status_code, forged.content) == (real.status_code, real.content)
    assert len(_hits(sent)) == 1


@pytest.mark.parametrize(
    "agent", ["x" * 100_000, "\x00\x01", "Mozilla\u00ff", "'; drop table ledger_hit; --", ""]
)
def test_any_user_agent_is_survived(
    as_charlie: Client, link: str, sent: DeliveryId, agent: str
) -> None:
    assert as_charlie.get(link, headers={"User-Agent": agent}).status_code == 302
    assert len(_hits(sent)) == 1


def test_nothing_of_a_request_is_kept_but_its_sort(
    as_charlie: Client, link: str, sent: DeliveryId
) -> None:
    """Neither address nor user agent, in any table."""
    as_charlie.get(link, headers={"User-Agent": "Secret/1"}, REMOTE_ADDR="203.0.113.77")

    with connection.cursor() as cursor:
        for table in ("ledger_hit", "ledger_hit_tally", "ledger_event", "ledger_history"):
            cursor.execute(f"select * from {table}")
            kept = str(cursor.fetchall())
            assert "203.0.113" not in kept
            assert "Secret" not in kept


@pytest.mark.parametrize("allowed", [Tracking.OFF, Tracking.OPENS])
def test_turned_off_meanwhile_links_lead_on_and_nothing_is_recorded(
    as_charlie: Client, link: str, sent: DeliveryId, settings: Settings, allowed: Tracking
) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"tracking": allowed})

    assert as_charlie.get(link)["Location"] == SHOP
    assert _hits(sent) == []


def test_what_the_campaign_did_not_track_is_not_recorded(
    as_charlie: Client, image: str, sent: DeliveryId
) -> None:
    """Whoever knows one address of a mail can make up the other."""
    Campaign.objects.update(tracked="clicks")

    assert as_charlie.get(image).status_code == 200
    assert _hits(sent) == []


def test_who_objects_goes_on_unseen_and_is_forgotten(
    as_charlie: Client, link: str, image: str, sent: DeliveryId, minji: Subscriber
) -> None:
    as_charlie.get(link, headers={"User-Agent": SAFARI})
    object_to_tracking(minji, now=minji.created_at)

    assert as_charlie.get(link, headers={"User-Agent": SAFARI})["Location"] == SHOP
    as_charlie.get(image)
    assert _hits(sent) == []


def test_links_of_somebody_who_was_erased_lead_on(
    as_charlie: Client, campaign: Campaign, links: PublicLinks, sent: DeliveryId
) -> None:
    nobody = DeliveryId(f"{campaign.pk}-zzzz")

    assert as_charlie.get(f"{links.clicks}{links.seal(nobody)}/2")["Location"] == BLOG
    assert _hits(nobody) == []


def test_who_was_erased_goes_on_unseen(
    as_charlie: Client, link: str, sent: DeliveryId, minji: Subscriber
) -> None:
    erase(minji.address, installed_aliases(), now=minji.created_at)

    assert as_charlie.get(link, headers={"User-Agent": SAFARI})["Location"] == SHOP
    assert _hits(sent) == []


def test_where_the_campaign_is_gone_its_links_are_not_valid(
    as_charlie: Client, links: PublicLinks, sent: DeliveryId
) -> None:
    gone = DeliveryId("zzzzzzzz-1")

    assert as_charlie.get(f"{links.clicks}{links.seal(gone)}/1").status_code == 404
    assert as_charlie.get(f"{links.opens}{links.seal(gone)}").status_code == 200


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "//evil", ""])
def test_a_target_that_is_no_web_address_is_not_gone_to(
    as_charlie: Client, link: str, target: str
) -> None:
    """None is ever kept; should one be, it is not followed."""
    Campaign.objects.update(links=[target])

    assert as_charlie.get(link).status_code == 404


def test_a_doubtful_mail_that_is_opened_was_sent(
    as_charlie: Client, campaign: Campaign, links: PublicLinks, minji: Subscriber
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(tracked="on")
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: SILENCE})
    as_charlie.get(f"{links.opens}{links.seal(delivery)}", headers={"User-Agent": "Mozilla/5.0"})

    assert LedgerDelivery.objects.get().state == "sent"


def test_links_that_an_old_key_has_sealed_lead_on(
    as_charlie: Client, links: PublicLinks, sent: DeliveryId, settings: Settings, tmp_path: Path
) -> None:
    old = f"{links.clicks}{links.seal(sent)}/1"
    home = shutil.copytree(settings.PABAL.home, tmp_path / "home")
    keys = rotate_keyring(home).token_keys
    settings.PABAL = settings.PABAL.model_copy(update={"home": home})
    new = f"{links.clicks}{PublicLinks(base_url='', keys=keys).seal(sent)}/1"

    assert new != old
    for link in (old, new):
        assert as_charlie.get(link)["Location"] == SHOP


def test_what_a_campaign_tracks_is_frozen_with_it(
    campaign: Campaign, minji: Subscriber, settings: Settings
) -> None:
    """No more than is allowed, and of nobody who objects."""
    source = OrmCampaignSource()

    def planned(asked: str, allowed: Tracking) -> Tracking:
        Campaign.objects.update(tracking=asked)
        settings.PABAL = settings.PABAL.model_copy(update={"tracking": allowed})
        return source.draft(campaign.campaign_id).plan.tracking

    assert planned("", Tracking.OFF) is Tracking.OFF
    assert planned("", Tracking.CLICKS) is Tracking.CLICKS
    assert planned("opens", Tracking.ON) is Tracking.OPENS
    assert planned("on", Tracking.CLICKS) is Tracking.CLICKS
    assert planned("on", Tracking.OFF) is Tracking.OFF

    now = minji.created_at
    assert [each.objects for each in source.audience(campaign.campaign_id, now=now)] == [False]
    object_to_tracking(minji, now=now)
    assert [each.objects for each in source.audience(campaign.campaign_id, now=now)] == [True]


def test_people_and_machines_are_counted_apart(
    as_charlie: Client, campaign: Campaign, image: str
) -> None:
    as_charlie.get(image, headers={"User-Agent": "Mozilla/5.0"})

    assert joined_ledger().hit_counts(campaign.campaign_id) == {
        (OPEN, ANY_LINK, Actor.MACHINE): 1,
    }
