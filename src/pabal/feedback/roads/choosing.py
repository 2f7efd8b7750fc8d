"""Which road leads to the bounce mailbox: one URL says it."""

from pathlib import Path
from urllib.parse import unquote

from pabal.feedback.roads.imap import Imap
from pabal.feedback.roads.maildir import Maildir
from pabal.feedback.roads.place import PORTS, place_of
from pabal.feedback.roads.pop3 import Pop3
from pabal.feedback.roads.port import Road


def road_to(url: str, *, ca_file: Path | None = None) -> Road:
    """Return the road to a mailbox.

    url: imaps://user:password@host/INBOX, pop3s://user:password@host, maildir:///path or
    sqs://sqs.REGION.amazonaws.com/ACCOUNT/NAME, a queue of events of SES.
    ca_file: certificates to trust beside the system's.

    Raises ValueError: it is no such URL; the reason has no password in it. OSError: the
    certificates cannot be read. MissingExtra: boto3 is not installed.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "maildir":
        if not rest:
            raise ValueError("it names no directory")
        return Maildir(Path(unquote(rest)))
    if scheme == "sqs":
        return _queue(rest)
    if scheme not in PORTS:
        raise ValueError(
            "it does not begin with imaps://, imap://, pop3s://, pop3://, maildir:// or sqs://"
        )
    place = place_of(url, ca_file=ca_file)
    return Imap(place) if scheme.startswith("imap") else Pop3(place)


def _queue(rest: str) -> Road:
    # Imported here: who has no queue need not have boto3.
    from pabal.feedback.roads.sqs import Sqs

    if rest.count("/") != 2 or not all(rest.split("/")):
        raise ValueError("it names no queue: a host, an account and a name are wanted")
    return Sqs(f"https://{rest}")
