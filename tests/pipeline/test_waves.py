"""Whoever's time has not come waits, holds up nobody, and is neither forgotten nor mailed twice."""

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from builders.campaigns import a_plan, a_recipient, a_source
from builders.office import Shelf, until
from pabal.domain.delivery import State
from pabal.domain.local_time import LocalTime
from pabal.ledger.port import RunState
from pabal.message.compile import compile_source
from pabal.message.source import Limits
from pabal.package.package import Package, write_package
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.local.worker import Worker
from pabal.pipeline.steps.waves import Waves
from pabal.preflight.checks.waves import Crowds, check_zones

WALL = datetime.fromisoformat("2026-12-01T09:00")
BY_ZONE = LocalTime(wall=WALL, attribute="zone", fallback="Asia/Seoul")
ZONES = ("Pacific/Kiritimati", "Asia/Seoul", "Europe/Berlin", "America/New_York", "Etc/GMT+12")

_moments = st.datetimes(
    datetime.fromisoformat("2026-11-30T00:00"),
    datetime.fromisoformat("2026-12-02T00:00"),
    timezones=st.just(UTC),
)


@given(looks=st.lists(st.tuples(_moments, st.booleans()), max_size=12), last=_moments)
def test_everybody_is_admitted_once_and_never_before_their_time(
    looks: list[tuple[datetime, bool]], last: datetime
) -> None:
    """A pass that breaks off in the middle is made again, and then admits them again."""
    people = [a_recipient(number=n, attributes={"zone": zone}) for n, zone in enumerate(ZONES, 1)]
    waves, admitted = Waves(a_plan(local_time=BY_ZONE)), list[str]()
    latest = max([last, *(now for now, _ in looks)])
    for now, breaks_off in [*sorted(looks), (latest, False)]:
        if not waves.begin(now, is_over=False):
            continue
        passed = [each for each in people if waves.admits(each)]
        assert all(BY_ZONE.moment(each.attributes) <= now for each in passed)
        if not breaks_off:
            waves.end()
            admitted += [each.key for each in passed]
            waiting = [each for each in people if BY_ZONE.moment(each.attributes) > now]
            times = [BY_ZONE.moment(each.attributes) for each in waiting]
            assert waves.next_at == min(times, default=None)

    assert len(admitted) == len(set(admitted))
    due = [each.key for each in people if BY_ZONE.moment(each.attributes) <= latest]
    assert sorted(admitted) == sorted(due)


def test_in_a_campaign_that_is_over_nobody_waits() -> None:
    waves = Waves(a_plan(local_time=BY_ZONE))
    waves.begin(datetime(2020, 1, 1, tzinfo=UTC), is_over=True)

    assert waves.admits(a_recipient(attributes={"zone": "Europe/Berlin"}))


def _packed(workshop: Workshop, local_time: LocalTime, zones: list[str]) -> Shelf:
    plan = a_plan(local_time=local_time)
    compiled = compile_source(a_source(), plan, limits=Limits())
    people = [
        a_recipient(number=n, attributes={"name": "김", "coupon": "F", "zone": zone})
        for n, zone in enumerate(zones, 1)
    ]
    manifest = write_package(workshop.store, plan, compiled.to_bytes(), people)
    return Shelf({plan.id: manifest.digest})


def _a_while_ago(zone: str) -> LocalTime:
    """A time that the clock of Seoul has just shown, and that of another zone will."""
    ago = datetime.now(UTC) - timedelta(minutes=1)
    wall = (ago + timedelta(hours=9)).replace(tzinfo=None)
    return LocalTime(wall=wall, attribute="zone", fallback=zone)


def test_those_whose_time_has_come_go_and_the_others_are_cancelled_with_the_rest(office):
    """It waits without an end, is not taken for finished, and hears of it when it is cancelled."""
    shelf = _packed(
        office.workshop, _a_while_ago("Asia/Seoul"), ["Asia/Seoul", "Etc/UTC", "nowhere"]
    )
    [campaign] = shelf.digests
    ledger = office.workshop.open_ledger()

    async def day() -> None:
        stop = asyncio.Event()
        worker = Worker(office.workshop, shelf)
        working = asyncio.create_task(worker.run(stop))
        await until(lambda: office.mailbox.count() == 2)
        await until(lambda: worker._resting)
        assert ledger.counts(campaign) == {State.SENT: 2}
        assert ledger.run(campaign).state is RunState.RUNNING
        assert not shelf.ended
        ledger.set_state(campaign, RunState.CANCELLED, reason="", now=office.workshop.clock())
        await until(lambda: shelf.ended)
        stop.set()
        await working

    asyncio.run(day())
    assert ledger.counts(campaign) == {State.SENT: 2, State.CANCELLED: 1}
    assert office.mailbox.count() == 2
    ledger.close()


def test_a_campaign_by_local_time_ends_with_its_last_wave(office):
    shelf = _packed(office.workshop, _a_while_ago("Asia/Seoul"), ["Asia/Seoul", "Asia/Tokyo"])
    [campaign] = shelf.digests

    asyncio.run(Worker(office.workshop, shelf).run(asyncio.Event(), only=campaign))

    assert shelf.ended == {campaign: ""}
    assert office.mailbox.count() == 2


def test_local_time_is_part_of_what_is_approved(tmp_path, office):
    shelf = _packed(office.workshop, BY_ZONE, ["Asia/Seoul"])
    [(campaign, digest)] = shelf.digests.items()

    assert Package(office.workshop.store, campaign, digest).manifest.plan.local_time == BY_ZONE
    other = LocalTime(wall=WALL, attribute="zone", fallback="Etc/UTC")
    assert _packed(office.workshop, other, ["Asia/Seoul"]).digests[campaign] != digest


def test_who_has_no_zone_is_counted_and_the_largest_crowd_is_what_takes_time() -> None:
    crowds = Crowds(BY_ZONE)
    zones = ["Asia/Seoul", "Asia/Seoul", "Europe/Berlin", "", "KR"]
    people = [a_recipient(number=n, attributes={"zone": z}) for n, z in enumerate(zones, 1)]

    assert list(crowds.counting(people)) == people
    [finding] = check_zones(crowds)
    assert finding.details["count"] == 2
    assert crowds.largest(5) == 4
    assert Crowds(None).largest(5) == 5
