"""`make bench-console`: pages and counts with a million subscribers and a hundred campaigns.

One more campaign went to all of them; half opened it and a tenth clicked three links.

The pages are asked for as a browser asks, but without the wire; the database is a PostgreSQL of
its own. Beside each median stands what the same database takes, in the same run, to count the
subscribers for anybody who asks it directly.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping

import psycopg

from bench.contenders import a_postgresql
from bench.figures import Demand, publish
from bench.importing import pabal

SUBSCRIBERS = int(os.environ.get("SUBSCRIBERS", "1000000"))
CAMPAIGNS = int(os.environ.get("CAMPAIGNS", "100"))
_TIMES = 20
_MILLISECONDS = 300.0
_FLOOR = "select count(*) from audience_subscriber"
_LARGE = "bigone01"
# As the ledger would have written it, in seconds instead of many minutes.
_TO_EVERYBODY = f"""
insert into campaigns_campaign select (jsonb_populate_record(one, jsonb_build_object(
    'id', '{_LARGE}', 'name', 'to everybody', 'tracked', 'on', 'recipients', {SUBSCRIBERS},
    'links', array['https://a.example/', 'https://b.example/', 'https://c.example/']))).*
from campaigns_campaign as one limit 1;
insert into ledger_run select (jsonb_populate_record(one, '{{"campaign": "{_LARGE}"}}')).*
from ledger_run as one limit 1;
insert into ledger_delivery (id, campaign, position, address, state, attempts, begun_at)
select '{_LARGE}-' || id, '{_LARGE}', row_number() over (order by id) - 1,
    replace(address, 'example.com', (array['a.example', 'b.example', 'c.example'])[1 + id % 3]),
    case when id % 50 = 0 then 'failed' else 'sent' end, 1, 1790000000000000 + id * 300
from audience_subscriber;
insert into ledger_hit
select '{_LARGE}-' || id, 'opened', 0, (array['browser', 'gmail', 'apple'])[1 + id % 3],
    '{_LARGE}', opened, opened, 1
from (select id, 1790000000000000 + id * 300 + (id % 7) * 3600000000 as opened
    from audience_subscriber where id % 2 = 0) as readers;
insert into ledger_hit
select '{_LARGE}-' || id, 'clicked', link, 'browser', '{_LARGE}', clicked, clicked, 1
from (select id, link, 1790000000000000 + id * 300 + link * (id % 9) * 500000 as clicked
    from audience_subscriber, generate_series(1, 3) as link where id % 10 = 0) as clickers;
insert into ledger_tally select campaign, state, 0, count(*)
from ledger_delivery where campaign = '{_LARGE}' group by campaign, state;
insert into ledger_hit_tally select campaign, kind, 0, actor, count(*)
from ledger_use where campaign = '{_LARGE}' group by campaign, kind, actor;
vacuum analyze"""

Ask = Callable[[], object]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pabal-bench-") as home, a_postgresql() as url:
        settings = {"PABAL_HOME": home, "PABAL_DATABASE_URL": url}
        pabal(settings, "init")
        pabal(
            settings,
            *("fill", "--subscribers", str(SUBSCRIBERS), "--campaigns", str(CAMPAIGNS)),
        )
        os.environ |= settings | {"DJANGO_SETTINGS_MODULE": "pabal.console.config.settings"}
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in _TO_EVERYBODY.split(";"):
                connection.execute(statement)
            floor = median(lambda: connection.execute(_FLOOR).fetchone())
            report(floor, {name: median(ask) for name, ask in questions().items()})


def questions() -> Mapping[str, Ask]:
    """Return what is asked, by name; those in brackets are shown and not demanded."""
    from pabal.console.config.start import setup

    setup()
    from pabal.console.audience.models import List

    first, _second, rare = List.objects.order_by("pk")
    pages = {
        "subscribers": "/subscribers/",
        "subscribers, deep in the table": f"/subscribers/?after=n{SUBSCRIBERS // 2}",
        "subscribers by name": "/subscribers/?sort=name&after=m1:이",
        "subscribers by address": "/subscribers/?sort=address&after=ac8",
        "search for an address": "/subscribers/?q=c123",
        "search for a name that is frequent": "/subscribers/?q=김",
        "search for nobody": "/subscribers/?q=nobody",
        "a list": f"/subscribers/?list={first.pk}",
        "a small list": f"/subscribers/?list={rare.pk}&sort=address",
        "a list, unsubscribed": f"/subscribers/?list={first.pk}&state=unsubscribed",
        "without consent": "/subscribers/?state=not-agreed",
        "not mailed": "/subscribers/?state=suppressed",
        "one subscriber": f"/subscribers/{SUBSCRIBERS // 2}/",
        "lists": "/lists/",
        "topics": "/topics/",
        "segments": "/segments/",
        "a segment's form": "/segments/add/",
        "campaigns": "/campaigns/",
        "report of a campaign to everybody": f"/campaigns/{_LARGE}/",
        "its sending over time and by domain": f"/campaigns/{_LARGE}/spread/",
        "its opens and clicks": f"/campaigns/{_LARGE}/use/",
        "its clicks in the mail": f"/campaigns/{_LARGE}/clicks/",
        "its recipients": f"/campaigns/{_LARGE}/deliveries/",
    }
    asked: dict[str, Ask] = {name: _page(path) for name, path in pages.items()}
    return asked | _segments(first.pk)


def _page(path: str) -> Ask:
    client = _signed_in()

    def ask() -> None:
        answer = client.get(path, HTTP_HOST="localhost")
        assert answer.status_code == 200, path

    return ask


def _signed_in():
    from django.test import Client

    from pabal.console.accounts.models import User

    client = Client()
    client.force_login(User.objects.get())
    return client


def _segments(number: int) -> dict[str, Ask]:
    """Live counts, as the form asks for them; and counts of everybody, one by one."""
    from pabal.console.segments import counting
    from pabal.console.segments.draft import Draft
    from pabal.pipeline.local.wiring import wall_clock

    fields = {
        "text": {"subject": "attribute:text:grade", "test": "is", "value": "GOLD"},
        "number": {"subject": "attribute:number:points", "test": "at-least", "value": "200000"},
        "date": {"subject": "attribute:date:last_order", "test": "last-days", "value": "30"},
        "list": {"subject": "list", "test": "on-list", "key": str(number)},
        "consent": {"subject": "consent", "test": "last-days", "value": "30"},
        "opening": {"subject": "campaign", "test": "opened", "key": _LARGE},
        "not clicking": {"subject": "campaign", "test": "clicked-not", "key": _LARGE},
        "use of late": {"subject": "activity", "test": "used", "value": "30"},
    }
    typed = {
        name: {f"g0-c0-{field}": value for field, value in row.items()}
        for name, row in fields.items()
    }
    typed["two groups"] = typed["text"] | {
        f"g1-c0-{field}": value for field, value in fields["number"].items()
    }
    client, asked = _signed_in(), {}
    for name, form in typed.items():

        def live(form: dict[str, str] = form) -> None:
            answer = client.post("/segments/count/", form, HTTP_HOST="localhost")
            assert answer.status_code == 200

        def exact(form: dict[str, str] = form) -> None:
            counting.count(Draft.read(form).segmentation(), wall_clock())

        asked[f"segment by {name}, live"] = live
        asked[f"(segment by {name}, one by one)"] = exact
    return asked


def median(ask: Ask) -> float:
    """Return the median of twenty times, in milliseconds, after one to warm up."""
    ask()
    times: list[float] = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def report(floor: float, medians: Mapping[str, float]) -> None:
    publish(
        "console",
        f"{SUBSCRIBERS:,} subscribers, {CAMPAIGNS} campaigns, PostgreSQL: median of {_TIMES}",
        ["", "ms", "to a bare count"],
        [
            ("select count(*), by psycopg", f"{floor:.0f}", ""),
            *((name, f"{ms:.0f}", f"{ms / floor:.2f} x") for name, ms in medians.items()),
        ],
        figures={"floor": floor, **medians},
        demands=[
            Demand(name=name, value=ms, at_most=_MILLISECONDS)
            for name, ms in medians.items()
            if not name.startswith("(")
        ],
    )


if __name__ == "__main__":
    main()
