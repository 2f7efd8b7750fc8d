"""An A/B test goes out first; the rest gets what was chosen, once, whatever happens between."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from builders.campaigns import a_plan, a_recipient, a_source
from builders.office import GREYLISTED, Shelf, until
from pabal.domain.delivery import State
from pabal.domain.experiment import Experiment, Measure
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import RunState
from pabal.message.compile import compile_variants
from pabal.message.source import Limits
from pabal.package.package import Package, write_package
from pabal.package.redacting import redact
from pabal.pipeline.local.mails import Mails, Undecided
from pabal.pipeline.local.worker import Worker
from pabal.pipeline.steps.enqueue import enqueue_shard

TEST = Experiment(variants=2, share=40, measure=Measure.CLICKS, hours=None, start=500)
PEOPLE = 30
SUBJECTS = ("(광고) 가을", "(광고) 겨울")


def _packed(office, *, experiment: Experiment = TEST, greylisted: int = -1) -> Shelf:
    """Pack a campaign with two subjects. greylisted: the position of who has to wait."""
    plan = a_plan(experiment=experiment)
    sources = [a_source(subject="가을"), a_source(subject="겨울")]
    first, second = (each.to_bytes() for each in compile_variants(sources, plan, limits=Limits()))
    people = [
        a_recipient(number=n + 1, address=GREYLISTED if n == greylisted else None)
        for n in range(PEOPLE)
    ]
    manifest = write_package(office.workshop.store, plan, first, people, alternatives=[second])
    return Shelf({plan.id: manifest.digest})


def _package(office, shelf: Shelf) -> Package:
    [(campaign, digest)] = shelf.digests.items()
    return Package(office.workshop.store, campaign, digest)


def _tested(experiment: Experiment = TEST) -> Sequence[int]:
    return [n for n in range(PEOPLE) if experiment.variant(n) is not None]


def _expected(shelf: Shelf, office, chosen: int) -> dict[str, list[str]]:
    """Everybody's one mail: of the variant that they tested, or of what was chosen."""
    people = list(_package(office, shelf).recipients())
    variants = [TEST.variant(each.position) for each in people]
    return {
        each.address.wire: [SUBJECTS[chosen if variant is None else variant]]
        for each, variant in zip(people, variants, strict=True)
    }


@asynccontextmanager
async def _working(office, *shelves: Shelf):
    """A worker for each."""
    stop = asyncio.Event()
    workers = [Worker(office.workshop, shelf) for shelf in shelves]
    running = [asyncio.create_task(worker.run(stop)) for worker in workers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*running)


def test_two_workers_and_one_that_died_on_the_way_mail_everybody_once(office):
    """It died when it had put the first few of the rest into the ledger, and forgot nobody."""
    shelf = _packed(office)
    [campaign] = shelf.digests

    async def first() -> None:
        async with _working(office, shelf):
            await until(lambda: shelf.is_out)

    async def others() -> None:
        async with _working(office, shelf, shelf):
            await until(lambda: shelf.ended)

    asyncio.run(first())
    shelf.chosen = 1
    ledger = office.workshop.open_ledger()
    enqueue_shard(
        _package(office, shelf),
        0,
        ledger,
        aliases=office.workshop.aliases,
        now=datetime.now(UTC),
        admits=lambda each: each.position < PEOPLE // 2,
    )
    asyncio.run(others())

    assert office.subjects() == _expected(shelf, office, 1)
    assert ledger.counts(campaign) == {State.SENT: PEOPLE}
    ledger.close()


def test_the_rest_waits_for_a_decision_and_not_for_a_mail_that_is_tried_again(office):
    late = _tested()[0]
    shelf = _packed(office, greylisted=late)
    [campaign] = shelf.digests
    ledger = office.workshop.open_ledger()

    async def day() -> None:
        async with _working(office, shelf):
            await until(lambda: shelf.is_out)
            assert office.mailbox.count() == len(_tested()) - 1
            shelf.chosen = 1
            await until(lambda: office.mailbox.count() == PEOPLE - 1)

    asyncio.run(day())
    assert ledger.counts(campaign) == {State.SENT: PEOPLE - 1, State.QUEUED: 1}
    expected = _expected(shelf, office, 1)
    del expected[GREYLISTED]
    assert office.subjects() == expected
    ledger.close()


def test_cancelling_and_pausing_hold_for_the_rest(office):
    shelf = _packed(office)
    [campaign] = shelf.digests
    ledger = office.workshop.open_ledger()

    def set_state(state: RunState) -> None:
        ledger.set_state(campaign, state, reason="", now=office.workshop.clock())

    async def day() -> None:
        async with _working(office, shelf):
            await until(lambda: shelf.is_out)
            set_state(RunState.PAUSED)
            shelf.chosen = 1
            await asyncio.sleep(2.5)  # longer than a worker waits between two looks
            assert office.mailbox.count() == len(_tested())
            assert not shelf.ended
            set_state(RunState.CANCELLED)
            await until(lambda: shelf.ended)

    asyncio.run(day())
    tested = len(_tested())
    assert ledger.counts(campaign) == {State.SENT: tested, State.CANCELLED: PEOPLE - tested}
    assert office.mailbox.count() == tested
    ledger.close()


def test_where_everybody_tests_nothing_is_left_to_decide(office):
    everybody = Experiment(variants=2, share=100, measure=Measure.CLICKS, hours=4)
    shelf = _packed(office, experiment=everybody)
    [campaign] = shelf.digests

    asyncio.run(Worker(office.workshop, shelf).run(asyncio.Event(), only=campaign))

    assert shelf.ended
    got = [subject for mails in office.subjects().values() for subject in mails]
    assert sorted(set(got)) == sorted(SUBJECTS)
    assert abs(got.count(SUBJECTS[0]) - got.count(SUBJECTS[1])) <= 2


def test_variants_and_their_shares_are_part_of_what_is_approved(office):
    shelf = _packed(office)
    package = _package(office, shelf)

    assert package.manifest.plan.experiment == TEST
    assert package.compiled(0) != package.compiled(1)
    other = Experiment(variants=2, share=50, measure=Measure.CLICKS, hours=None, start=500)
    assert _packed(office, experiment=other).digests != shelf.digests


def test_whoever_is_erased_leaves_the_variants_as_they_are(office):
    package = _package(office, _packed(office))
    key = package.recipient(3).key
    manifest = redact(office.workshop.store, package, {key})
    redacted = Package(office.workshop.store, manifest.plan.id, manifest.digest)

    assert manifest.templates == package.manifest.templates
    assert redacted.compiled(1) == package.compiled(1)


def test_a_mail_of_the_rest_waits_for_a_database_that_is_away_and_is_made_of_nothing_else(office):
    """Nobody gets a variant by guess, and none of the mails fails for it."""
    package = _package(office, _packed(office))
    rest = next(each for each in package.recipients() if TEST.variant(each.position) is None)
    answers = iter([LedgerUnavailable(reason="gone"), 1])

    def choose() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    renderers = office.workshop.renderers(package)
    assert asyncio.run(Mails(renderers, TEST, choose=choose).renderer(rest)) is renderers[1]
    with pytest.raises(Undecided):
        asyncio.run(Mails(renderers, TEST).renderer(rest))
