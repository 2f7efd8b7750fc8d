"""`make bench-first`: the 200-mail campaign, ledger included, against what people write.

Both render the same mails for the same customers and submit them to the same server,
which runs in a process of its own. The rounds are interleaved; medians are compared.
"""

import asyncio
import smtplib
import statistics
import time
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage

import jinja2
import uvloop

from bench.figures import Demand, publish
from bench.installation import a_campaign_to, an_installation
from bench.sink import running_sink
from pabal.domain.identity import CampaignId
from pabal.domain.recipient import Recipient
from pabal.message.compiled import Compiled
from pabal.message.filters import comma, won, written_date
from pabal.package.package import Package
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.local.worker import Worker
from pabal.sending.engine import Ending

ROUNDS = 7


def main() -> None:
    with running_sink() as port, an_installation(port) as workshop:
        first = a_campaign_to()
        prepare_seconds, send_seconds, plain_seconds = [], [], []
        for _round in range(ROUNDS):
            campaign = copy_of(first)
            started = time.perf_counter()
            start(workshop, campaign)
            prepare_seconds.append(time.perf_counter() - started)
            send_seconds.append(send(workshop, campaign))
            plain_seconds.append(plain_loop(workshop, campaign, port))
    report(statistics.median(prepare_seconds), send_seconds, plain_seconds)


def copy_of(campaign: str) -> CampaignId:
    from pabal.console.campaigns.drafting import copy_campaign
    from pabal.console.campaigns.models import Campaign
    from pabal.pipeline.local.wiring import wall_clock

    return copy_campaign(Campaign.objects.get(pk=campaign), now=wall_clock()).campaign_id


def start(workshop: Workshop, campaign: CampaignId) -> None:
    from pabal.cli.campaign import start_campaign
    from pabal.cli.output import Output

    start_campaign(workshop, campaign, Output(as_json=True))


def send(workshop: Workshop, campaign: CampaignId) -> float:
    """Send as a worker does: enqueue, intents and outcomes durable, connections opened anew."""
    from pabal.console.adapters import OrmCampaignSource

    started = time.perf_counter()
    worker = Worker(workshop, OrmCampaignSource())
    ending = uvloop.run(worker.run(asyncio.Event(), only=campaign))
    assert ending is Ending.DRAINED
    return time.perf_counter() - started


def plain_loop(workshop: Workshop, campaign: CampaignId, port: int) -> float:
    """Jinja, EmailMessage and smtplib over one connection, without any record."""
    package = package_of(workshop, campaign)
    compiled = Compiled.from_bytes(package.compiled())
    recipients = list(package.recipients())
    started = time.perf_counter()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"comma": comma, "won": won, "date": written_date}
    html = environment.from_string(compiled.html.template)
    text = environment.from_string(compiled.text.template)
    subject = environment.from_string(compiled.subject.template)
    with smtplib.SMTP("127.0.0.1", port) as server:
        for recipient in recipients:
            values = values_for(workshop, package, recipient)
            mail = EmailMessage()
            mail["From"] = Address("한빛상점", addr_spec="news@hanbit.example")
            mail["To"] = recipient.address.wire
            mail["Subject"] = subject.render(values)
            mail.set_content(text.render(values))
            mail.add_alternative(html.render(values), subtype="html")
            server.send_message(mail)
    return time.perf_counter() - started


def values_for(workshop: Workshop, package: Package, recipient: Recipient) -> dict[str, object]:
    plan = package.manifest.plan
    delivery = recipient.delivery(plan.id)
    return dict(recipient.attributes) | {
        "email": recipient.address.original,
        "language": recipient.language,
        "unsubscribe_url": workshop.links.unsubscribe(delivery),
        "preferences_url": workshop.links.preferences(delivery),
        "sender": plan.sender,
        "campaign": plan.name,
        "list_name": plan.list_name,
    }


def package_of(workshop: Workshop, campaign: CampaignId) -> Package:
    from pabal.console.campaigns.models import Campaign

    return workshop.package(campaign, Campaign.objects.get(pk=campaign).prepared_digest)


def report(prepare: float, sending: Sequence[float], plain: Sequence[float]) -> None:
    ours, theirs = 200 / statistics.median(sending), 200 / statistics.median(plain)
    publish(
        "first",
        f"200 mails of about 100 KB, median of {ROUNDS} rounds",
        ["contender", "messages/s", "ratio"],
        [
            ["Pabal: ledger, 4 connections", f"{ours:,.0f}", f"{ours / theirs:.1f} x"],
            ["Jinja + EmailMessage + smtplib", f"{theirs:,.0f}", "1.0 x"],
        ],
        figures={
            "pabal_messages_per_second": ours,
            "plain_messages_per_second": theirs,
            "prepare_and_preflight_seconds": prepare,
        },
        demands=[Demand(name="ratio", value=ours / theirs, at_least=2)],
    )


if __name__ == "__main__":
    main()
