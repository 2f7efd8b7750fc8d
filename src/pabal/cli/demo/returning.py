"""Two mails of the demo come back: a mailbox that is gone, and somebody who reports spam.

The built-in mailbox takes everything, so the demo writes what servers would have written.
From there on it is the way of every bounce.
"""

from pabal.cli.foreground import with_ledger
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import EVENTS, WEIGHTS
from pabal.domain.identity import CampaignId
from pabal.domain.outcome import Reply
from pabal.domain.suppression import EVERYTHING
from pabal.feedback.composing import bounce_of, complaint_about
from pabal.feedback.roads.maildir import Maildir
from pabal.ledger.port import Ledger
from pabal.pipeline.local.wiring import Workshop, wall_clock
from pabal.transport.mailbox.store import MailboxStore, StoredMail

BOX = "bounces"  # in the demo's home
_GONE = Reply(code=550, enhanced="5.1.1", text="mailbox was closed")
_MAILS = 500


def show_what_comes_back(
    output: Output, workshop: Workshop, campaign: str, *, bounces: str, complains: str
) -> None:
    """Let two recipients' mails come back, read them, and say what they did.

    bounces, complains: Address.identity of recipients whose mails were sent.
    """
    from pabal.console.adapters import OrmAudience

    now = wall_clock()
    gone, unwanted = (_mail_to(workshop, address) for address in (bounces, complains))
    box = Maildir(workshop.settings.home / BOX)
    box.deliver(
        bounce_of(gone.raw, sender=gone.sender, recipient=bounces, reply=_GONE, now=now),
        moment=now.timestamp(),
    )
    box.deliver(
        complaint_about(unwanted.raw, to=unwanted.sender, recipient="", now=now),
        moment=now.timestamp(),
    )
    output.heading(_("What comes back"))
    road, reader = workshop.road(workshop.settings.bounce_url), workshop.reader(OrmAudience())
    with_ledger(workshop, lambda ledger: reader.collect(road, ledger))
    with_ledger(workshop, lambda ledger: _tell(output, ledger, campaign, (bounces, complains)))


def _mail_to(workshop: Workshop, address: str) -> StoredMail:
    store = MailboxStore(workshop.settings.home / "mailbox")
    (summary,) = (each for each in store.page(limit=_MAILS) if each.recipients == (address,))
    mail = store.get(summary.id)
    if mail is None:
        raise AssertionError("the mailbox lost a mail")
    return mail


def _tell(output: Output, ledger: Ledger, campaign: str, addresses: tuple[str, ...]) -> None:
    told = [
        (address, EVENTS[event.kind], WEIGHTS[event.weight])
        for address in addresses
        for delivery in ledger.find(address, CampaignId(campaign))
        for event in ledger.events(delivery.id)
    ]
    output.table(["", "", ""], told)
    stopped = ledger.suppressions(addresses, [EVERYTHING])
    output.say(
        _("{count} addresses are suppressed; the next campaign skips them.").format(
            count=len(stopped)
        )
    )
