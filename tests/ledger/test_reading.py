"""What the ledger knows, for reports and for whoever asks why."""

from ledger.desk import ACCEPTED, BUSY, NO_SUCH_USER, START, Desk
from pabal.domain.delivery import State
from pabal.domain.suppression import EVERYTHING, Reason, Suppression


def a_stop(address: str, scope: str, reason: Reason = Reason.MANUAL) -> Suppression:
    return Suppression(address=address, scope=scope, reason=reason, since=START, detail="asked")


def test_pages_come_in_the_packages_order(desk: Desk) -> None:
    desk.start(5)
    first = desk.ledger.deliveries(desk.campaign, limit=3)
    rest = desk.ledger.deliveries(desk.campaign, after=first[-1].position, limit=3)
    assert [each.position for each in [*first, *rest]] == [0, 1, 2, 3, 4]


def test_pages_of_each_state(desk: Desk) -> None:
    desk.start(6)
    sent, failed, deferred, _ = desk.put_on_wire(4)
    desk.settle([sent], ACCEPTED)
    desk.settle([failed], NO_SUCH_USER)
    desk.settle([deferred], BUSY)
    found = {
        state: [each.position for each in desk.ledger.deliveries(desk.campaign, state=state)]
        for state in State
    }
    assert found == {
        State.QUEUED: [2, 4, 5],
        State.SENDING: [3],
        State.SENT: [0],
        State.FAILED: [1],
        State.DOUBTFUL: [],
        State.SKIPPED: [],
        State.CANCELLED: [],
    }
    assert desk.ledger.deferred(desk.campaign) == 1


def test_an_address_is_found_newest_campaign_first(desk: Desk) -> None:
    older = desk.start(2)
    newer = Desk(desk.database, desk.ledger, now=desk.now)
    newer.wait(days=1)
    newer.start()
    [entry] = newer.entries(1)
    shared = type(entry)(delivery=entry.delivery, position=0, address=older.address(0))
    newer.ledger.enqueue(newer.campaign, [shared], now=newer.now)
    ids = [newer.id(0), older.id(0)]
    assert [each.id for each in desk.ledger.find(older.address(0))] == ids
    assert [each.id for each in desk.ledger.find(older.address(0), older.campaign)] == ids[1:]
    assert desk.ledger.find("nobody@shop.example") == []


def test_an_unknown_delivery_is_none(desk: Desk) -> None:
    assert desk.ledger.delivery(desk.id(0)) is None
    assert desk.ledger.history(desk.id(0)) == []
    assert desk.ledger.counts(desk.campaign) == {}
    assert desk.ledger.next_due(desk.campaign, now=desk.now) is None


def test_the_first_reason_of_a_suppression_stays_until_it_is_lifted(desk: Desk) -> None:
    desk.ledger.suppress(a_stop("a@x.kr", EVERYTHING, Reason.COMPLAINT))
    desk.ledger.suppress(a_stop("a@x.kr", EVERYTHING, Reason.MANUAL))
    found = desk.ledger.suppressions(["a@x.kr"], [])
    assert found["a@x.kr"].reason is Reason.COMPLAINT
    desk.ledger.lift("a@x.kr", EVERYTHING)
    desk.ledger.lift("a@x.kr", EVERYTHING)
    assert desk.ledger.suppressions(["a@x.kr"], []) == {}


def test_suppressions_by_scope(desk: Desk) -> None:
    one, other, whole = (
        a_stop("one@x.kr", "list:1"),
        a_stop("other@x.kr", "list:2"),
        a_stop("whole@x.kr", EVERYTHING),
    )
    for each in (one, other, whole, a_stop("whole@x.kr", "list:1")):
        desk.ledger.suppress(each)
    addresses = ["one@x.kr", "other@x.kr", "whole@x.kr", "free@x.kr"]
    assert desk.ledger.suppressions(addresses, ["list:1"]) == {
        "one@x.kr": one,
        "whole@x.kr": whole,
    }
    assert desk.ledger.suppressions([], ["list:1"]) == {}
