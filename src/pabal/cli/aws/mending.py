"""Looking at a deployed pipeline: the account of SES, DNS records, queues; and mending it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pabal.cli.aws.deploying import Clients, clients
from pabal.cli.language import _
from pabal.domain.sending_account import SendingAccount
from pabal.transport.ses.account import read_account
from pabal.transport.ses.settings import SesSettings

_AT_ONCE = 10  # SQS API: ReceiveMessage
DEAD = {
    "SendQueue": "DeadSendQueue",
    "FeedbackQueue": "DeadFeedbackQueue",
    "ReturnsQueue": "DeadReturnsQueue",
}


def redrive(told: Mapping[str, str], queue: str, *, ask: Clients = clients) -> int:
    """Put the messages of a dead-letter queue back; return how many.

    Each is in its queue before it leaves the other: cut off and repeated, some come twice, which
    changes nothing. Those that are refused meanwhile once more are not put back again.

    told: the stack's outputs. queue: the output of the queue that they came from.
    """
    sqs, dead = ask("sqs"), told[DEAD[queue]]
    wanted, count = waiting(sqs, dead), 0
    while count < wanted:
        answer = sqs.receive_message(
            QueueUrl=dead, MaxNumberOfMessages=min(_AT_ONCE, wanted - count)
        )
        for message in answer.get("Messages", ()):
            sqs.send_message(QueueUrl=told[queue], MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            count += 1
        if not answer.get("Messages"):
            break
    return count


def waiting(sqs: Any, url: str) -> int:
    """About how many messages a queue has."""
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def verify(address: str, *, ask: Clients = clients) -> None:
    """Let SES send an address a mail with a link; once it is opened, it is verified.

    One that was asked before is asked again: SES's mail may have been lost.
    """
    ses = ask("sesv2")
    try:
        ses.create_email_identity(EmailIdentity=address)
    except ses.exceptions.AlreadyExistsException:
        if not ses.get_email_identity(EmailIdentity=address)["VerifiedForSendingStatus"]:
            ses.delete_email_identity(EmailIdentity=address)
            ses.create_email_identity(EmailIdentity=address)


def verifications(*, ask: Clients = clients) -> Iterator[tuple[str, bool]]:
    """Yield each identity, and whether it is verified."""
    ses = ask("sesv2")
    more: dict[str, str] = {}
    while True:
        page = ses.list_email_identities(PageSize=1000, **more)
        for each in page["EmailIdentities"]:
            yield each["IdentityName"], each.get("VerificationStatus") == "SUCCESS"
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}


def records(told: Mapping[str, str], domain: str, *, ask: Clients = clients) -> Iterator[str]:
    """Yield the lines for a zone file that SES wants for the sending domain.

    SES: creating-identities (Easy DKIM), mail-from.
    """
    identity = ask("sesv2").get_email_identity(EmailIdentity=domain)
    for token in identity.get("DkimAttributes", {}).get("Tokens", []):
        yield f"{token}._domainkey.{domain}. CNAME {token}.dkim.amazonses.com."
    bounce = told["MailFromDomain"]
    yield f"{bounce}. MX 10 feedback-smtp.{told['Region']}.amazonses.com."
    yield f'{bounce}. TXT "v=spf1 include:amazonses.com ~all"'
    yield f'_dmarc.{domain}. TXT "v=DMARC1; p=none"'


def lines_about(told: Mapping[str, str], *, ask: Clients = clients) -> Iterator[str]:
    """Yield how a stack stands, for a person."""
    yield from _about_account(read_account(SesSettings(region=told["Region"])))
    sqs = ask("sqs")
    for queue, dead in DEAD.items():
        counts = {"waiting": waiting(sqs, told[queue]), "dead": waiting(sqs, told[dead])}
        text = _("{queue}: {waiting} waiting, {dead} that failed again and again")
        yield text.format(queue=queue, **counts)
    yield from records(told, told["SendingDomain"], ask=ask)
    yield _("API: {url}").format(url=told["Api"])


def _about_account(account: SendingAccount) -> Iterator[str]:
    sandbox = _("SES is in its sandbox: only verified recipients are mailed.")
    yield sandbox if account.in_sandbox else _("SES is out of its sandbox.")
    per_day = "∞" if account.per_day is None else account.per_day
    text = _("{sent} of {per_day} mails in 24 hours, {rate} a second")
    yield text.format(sent=account.sent, per_day=per_day, rate=f"{account.per_second:g}")
