"""Who opened a campaign's mails and clicked what, in the terminal and as JSON."""

from collections.abc import Sequence

from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import ACTORS, say_share
from pabal.domain.engagement import ANY_LINK, Actor, Engagement
from pabal.domain.event import EventKind
from pabal.domain.tracking import Tracking
from pabal.pipeline.words import OPENS_ARE_NOT_RELIABLE

_KINDS = {"opened": EventKind.OPENED, "clicked": EventKind.CLICKED}


def show_engagement(
    output: Output, seen: Engagement, links: Sequence[str], *, tracked: Tracking, sent: int
) -> None:
    """Print people and machines apart; nothing where nothing was to be seen.

    links: where the tracked ones lead, by number from 1. sent: mails that a server took.
    """
    if not seen.counts and tracked is Tracking.OFF:
        return
    output.say(_("Opens and clicks"))
    titles = ["", *(ACTORS[actor] + "#" for actor in Actor)]
    rows = [
        (_("opened"), *(_say_part(seen.count(EventKind.OPENED, each), sent) for each in Actor)),
        (_("clicked"), *(_say_part(seen.count(EventKind.CLICKED, each), sent) for each in Actor)),
    ]
    rows += [
        (target, *(f"{seen.count(EventKind.CLICKED, each, number):,}" for each in Actor))
        for number, target in enumerate(links, 1)
    ]
    output.table(titles, rows)
    output.say(_(OPENS_ARE_NOT_RELIABLE))


def engagement_as_json(
    seen: Engagement, links: Sequence[str], *, tracked: Tracking
) -> dict[str, object]:
    return {
        "tracked": tracked.value,
        **{name: _by_actor(seen, kind) for name, kind in _KINDS.items()},
        "links": [
            {"number": number, "target": target, **_by_actor(seen, EventKind.CLICKED, number)}
            for number, target in enumerate(links, 1)
        ],
    }


def _by_actor(seen: Engagement, kind: EventKind, link: int = ANY_LINK) -> dict[str, int]:
    return {actor.value: seen.count(kind, actor, link) for actor in Actor}


def _say_part(count: int, sent: int) -> str:
    return f"{count:,} ({say_share(count / sent)})" if sent else f"{count:,}"
