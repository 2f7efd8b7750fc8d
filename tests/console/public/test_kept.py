"""What was kept while the database did not answer counts as of its moment, and once."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from builders.console import started
from pabal.console.audience.joining import return_to_list
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.console.public import kept
from pabal.domain.links import PublicLinks
from pabal.domain.token import Purpose, TokenInvalid
from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.roads.maildir import Maildir


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings, links: PublicLinks) -> Path:
    """A home of its own, with the keys of the links."""
    (tmp_path / "keys").write_bytes((settings.PABAL.home / "keys").read_bytes())
    settings.PABAL = settings.PABAL.model_copy(update={"home": tmp_path})
    return tmp_path


def _asked(
    links: PublicLinks, delivery: str, form: dict[str, str], purpose: Purpose = Purpose.UNSUBSCRIBE
) -> kept.Departure | None:
    token = links.keys.sign(purpose, delivery)
    request = RequestFactory().post("/", form, REMOTE_ADDR="203.0.113.7")
    return kept.departure(request, token, purpose)


@pytest.mark.parametrize(
    ("purpose", "form", "source", "everything"),
    [
        (Purpose.UNSUBSCRIBE, {"List-Unsubscribe": "One-Click"}, "one-click", False),
        (Purpose.UNSUBSCRIBE, {"action": "leave"}, "confirm page", False),
        (Purpose.PREFERENCES, {"action": "leave everything"}, "preferences page", True),
    ],
)
def test_each_way_of_leaving_is_kept_and_done(
    links: PublicLinks,
    campaign: Campaign,
    minji: Subscriber,
    home: Path,
    purpose: Purpose,
    form: dict[str, str],
    source: str,
    everything: bool,
) -> None:
    (delivery,) = started(campaign, [minji])
    asked = _asked(links, delivery, form, purpose)
    assert asked is not None
    assert (asked.source, asked.everything) == (source, everything)

    kept.keep(asked)
    kept.keep(asked)
    assert kept.carry_out() == 2
    assert kept.carry_out() == 0

    assert Membership.objects.get(subscriber=minji).status == "unsubscribed"
    withdrawn = Consent.objects.filter(subscriber=minji, action="withdrawn")
    assert withdrawn.count() == 1 + everything
    assert {(each.source, each.origin) for each in withdrawn} == {(source, "203.0.113.7")}
    assert {each.happened_at.isoformat() for each in withdrawn} == {asked.at}


@pytest.mark.parametrize("form", [{}, {"action": "return"}, {"action": "say why"}])
def test_what_leaves_nothing_is_not_kept(
    links: PublicLinks, campaign: Campaign, minji: Subscriber, form: dict[str, str]
) -> None:
    (delivery,) = started(campaign, [minji])
    assert _asked(links, delivery, form) is None
    assert _asked(links, delivery, {"action": "wake"}, Purpose.PREFERENCES) is None


def test_a_link_that_is_not_ours_is_refused() -> None:
    request = RequestFactory().post("/", {"List-Unsubscribe": "One-Click"})
    with pytest.raises(TokenInvalid):
        kept.departure(request, "AAAA", Purpose.UNSUBSCRIBE)


def test_who_came_back_later_stays(
    links: PublicLinks, campaign: Campaign, minji: Subscriber, news: List
) -> None:
    (delivery,) = started(campaign, [minji])
    asked = _asked(links, delivery, {"action": "leave"})
    assert asked is not None
    kept.keep(asked)
    kept.carry_out()
    kept.keep(asked)
    later = Consent.objects.latest("pk").happened_at + timedelta(minutes=1)
    return_to_list(minji, news, source="confirm page", wording="again", origin="", now=later)

    kept.carry_out()

    assert Membership.objects.get(subscriber=minji).status == "subscribed"


def test_what_cannot_be_read_waits_for_a_person(
    links: PublicLinks, campaign: Campaign, minji: Subscriber, home: Path
) -> None:
    """It stands in nobody's way."""
    (delivery,) = started(campaign, [minji])
    box = Maildir(home / "kept")
    for number, raw in enumerate([b"", b"[]", b'{"delivery": "x"}', b"\xff"]):
        box.deliver(raw, moment=number)
    asked = _asked(links, delivery, {"action": "leave"})
    unknown = _asked(links, "zzzzzzzz-1", {"action": "leave"})
    assert asked is not None
    assert unknown is not None
    kept.keep(unknown)
    kept.keep(asked)

    assert kept.carry_out() == 1

    assert len(list((home / "kept" / "cur").iterdir())) == 5
    assert Membership.objects.get(subscriber=minji).status == "unsubscribed"


def test_who_was_erased_meanwhile_is_left_alone(
    links: PublicLinks, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])
    asked = _asked(links, delivery, {"action": "leave"})
    assert asked is not None
    kept.keep(asked)
    Subscriber.objects.filter(pk=minji.pk).update(erased_at=asked.at)

    assert kept.carry_out() == 1
    assert not Consent.objects.filter(action="withdrawn").exists()


def test_a_disk_that_takes_nothing_is_said(
    links: PublicLinks, campaign: Campaign, minji: Subscriber, home: Path
) -> None:
    (delivery,) = started(campaign, [minji])
    asked = _asked(links, delivery, {"action": "leave"})
    assert asked is not None
    (home / "kept").write_text("a file where the directory should be")
    with pytest.raises(RoadUnavailable):
        kept.keep(asked)
