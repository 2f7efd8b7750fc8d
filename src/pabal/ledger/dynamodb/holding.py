"""Deliveries in a change: read with their runs and addresses, and written with the tally."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.suppression import Suppression
from pabal.ledger.dynamodb import items, keys, tallies
from pabal.ledger.dynamodb.work import Work
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Run
from pabal.ledger.rows import SLOTS, Changes, Row


def read_run(work: Work, campaign: CampaignId) -> Run:
    """Raises CampaignNotOpen."""
    found = work.item(keys.run(campaign))
    if found is None:
        raise CampaignNotOpen(campaign=campaign)
    return items.run(found)


def hold(work: Work, deliveries: Iterable[DeliveryId]) -> dict[DeliveryId, Row]:
    """Read deliveries, their runs, and what stops their addresses: two requests."""
    campaigns = {id: items.campaign_of(id) for id in deliveries}
    known = [id for id, campaign in campaigns.items() if campaign is not None]
    runs = {campaign for campaign in campaigns.values() if campaign is not None}
    work.read([*map(keys.delivery, known), *map(keys.run, runs)])
    found = {id: item for id in known if (item := work.item(keys.delivery(id))) is not None}
    work.read(keys.address(item["address"]) for item in found.values())
    return {id: _row(work, item) for id, item in found.items()}


def _row(work: Work, item: items.Item) -> Row:
    run = read_run(work, CampaignId(item["queue"].partition("#")[0]))
    return items.row(item, run, work.item(keys.address(item["address"])))


def write(work: Work, changes: Changes) -> None:
    """Write rows, history and tally, and rest it all on the runs' being as they were read."""
    entries: dict[DeliveryId, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in changes.history:
        entries[DeliveryId(str(entry["delivery"]))].append(entry)
    for id, row in changes.rows.items():
        there = work.item(keys.delivery(id)) or {}
        work.put(keys.delivery(id), items.changed(there, row, entries[id]))
        _note_replies(work, id, entries[id])
    for (campaign, state), n in sorted(changes.tally.items()):
        count(work, CampaignId(campaign), {state: n}, slot=changes.slot)


def _note_replies(work: Work, id: DeliveryId, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write when a server said something, for whoever forgets it."""
    for entry in entries:
        if entry["code"] and entry["text"]:
            work.note(keys.reply(entry["at"], id), {"id": id})


def count(work: Work, campaign: CampaignId, numbers: Mapping[str, int], *, slot: int) -> None:
    """Add to a slot of the tally, if the run's state is still the one that was read.

    What an overview tells of all campaigns, ended ones too, is added to theirs as well.
    """
    total = work.add(keys.slot(campaign, slot % SLOTS), numbers)
    total.where("run", "=", read_run(work, campaign).state.value)
    work.add(keys.slot_of_all(slot % SLOTS), tallies.of_all(numbers))


def stop(work: Work, suppressions: Sequence[Suppression]) -> None:
    """Stop addresses; the first reason stays."""
    stops: dict[str, items.Item] = {}
    for each in suppressions:
        there = stops.get(each.address) or work.item(keys.address(each.address))
        if not any(s.scope == each.scope for s in items.suppressions(each.address, there)):
            stops[each.address] = items.stopped(there, each)
    for address, item in stops.items():
        work.put(keys.address(address), item)
