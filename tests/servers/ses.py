"""Amazon SES as far as we see it: its sandbox, its quota, its rate, its refusals, its events.

Made from docs/rules.md 4.1. What goes over the wire is held against botocore's own model of
the service, in both directions (ses_wire.py). It is honest: nothing is sent that SES would
refuse, and what SES does behind our back (a suppressed address, an event that comes twice)
it does as well. Failures to order are hooks: `Ses.fail`.
"""

import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import getaddresses, parseaddr
from pathlib import Path
from typing import Any

from pabal.transport.mailbox.store import MailboxStore, ReceivedMail
from servers import ses_events
from servers.ses_events import SentMail

_DAY = 86_400
_LARGEST = 40_000_000  # bytes after base64; SES: quotas
_MOST_RECIPIENTS = 50
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_OF_FEEDBACK = {"ses:feedback-id-a", "ses:feedback-id-b"}  # no other name may have a colon
_SIMULATOR = "@simulator.amazonses.com"  # in no quota, but in the rate
_ERRORS_SHOWN = 10


class Refused(Exception):
    """An exception of the service, by its name in botocore's model."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        super().__init__(f"{name}: {text}")


class Silence(Exception):
    """No answer comes: the connection is closed, at once or behind a while."""

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to a recipient's next mail.

    error: the name of an exception, or of none of the service's (`InternalFailure`).
    silent: seconds in which no answer comes, before the connection is closed.
    takes: the mail is sent all the same, and only its answer is lost.
    """

    error: str = ""
    text: str = "Maximum sending rate exceeded."
    silent: float = 0
    takes: bool = False


THROTTLED = Fault(error="TooManyRequestsException")
LOST_ANSWER = Fault(takes=True)
BROKEN = Fault(error="InternalFailure", text="")


@dataclass
class Ses:
    """The account and what it was asked. Use `servers.ses_wire.running_ses` to reach it.

    publish: gets every event, of mails that name a configuration set that is there.
    requests: how often each operation was asked for, well-formed or not.
    mails: in the order in which they were taken; `store` has their bytes as they came.
    """

    store: MailboxStore
    in_sandbox: bool = True
    per_second: float = 1
    per_day: float = 200
    region: str = "AP-NORTHEAST-2"
    is_paused: bool = False
    identities: dict[str, bool] = field(default_factory=dict)  # name -> verified
    mail_from: dict[str, str] = field(default_factory=dict)  # identity -> MAIL FROM domain
    suppressed: dict[str, str] = field(default_factory=dict)  # address -> BOUNCE or COMPLAINT
    configuration_sets: set[str] = field(default_factory=set)
    mail_from: dict[str, dict[str, str]] = field(default_factory=dict)
    publish: Callable[[Mapping[str, Any]], None] = lambda event: None
    requests: Counter[str] = field(default_factory=Counter)
    mails: list[SentMail] = field(default_factory=list)
    _faults: dict[str, list[Fault]] = field(default_factory=dict)
    _always: dict[str, Fault] = field(default_factory=dict)
    _sent_at: deque[float] = field(default_factory=deque)
    _tokens: float = 0
    _filled_at: float = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # Hooks of tests

    def verify(self, *names: str) -> None:
        self.identities.update(dict.fromkeys(names, True))

    def fail(self, recipient: str, *faults: Fault, always: bool = False) -> None:
        """Let the next mails to a recipient meet these, one each; `always`: the last for ever."""
        self._faults[recipient] = list(faults)
        if always:
            self._always[recipient] = faults[-1]

    def sent_before(self, count: int) -> None:
        """Pretend that so many mails were sent a moment ago."""
        self._sent_at.extend([time.monotonic()] * count)

    def sent_to(self, recipient: str) -> list[SentMail]:
        return [mail for mail in self.mails if recipient in mail.recipients]

    # Operations, by their names in the API

    def SendEmail(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            recipients = _recipients(asked)
            fault = self._fault(recipients)
            if fault is not None and not fault.takes:
                _meet(fault)
            sent = self._take(asked, recipients)
        for event in self._events_of(sent):
            self.publish(event)
        if fault is not None:
            raise Silence(fault.silent)
        return {"MessageId": sent.id}

    def GetAccount(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "SHUTDOWN" if self.is_paused else "HEALTHY",
            "ProductionAccessEnabled": not self.in_sandbox,
            "SendingEnabled": not self.is_paused,
            "SendQuota": {
                "Max24HourSend": float(self.per_day),
                "MaxSendRate": float(self.per_second),
                "SentLast24Hours": float(self._sent_in_a_day()),
            },
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }

    def CreateEmailIdentity(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A verification mail or DNS records follow in truth; tests call `verify`."""
        name = asked["EmailIdentity"]
        if name in self.identities:
            raise Refused("AlreadyExistsException", f"Email identity {name} already exist.")
        self.identities[name] = False
        return self._identity(name)

    def GetEmailIdentity(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = self._known(asked["EmailIdentity"])
        return {**self._identity(name), "FeedbackForwardingStatus": True}

    def DeleteEmailIdentity(self, asked: dict[str, Any]) -> dict[str, Any]:
        del self.identities[self._known(asked["EmailIdentity"])]
        return {}

    def ListEmailIdentities(self, asked: dict[str, Any]) -> dict[str, Any]:
        names = sorted(self.identities)
        start = int(asked.get("NextToken") or 0)
        end = start + asked.get("PageSize", 100)
        page = [
            {
                "IdentityType": _type(name),
                "IdentityName": name,
                "SendingEnabled": self.identities[name],
                "VerificationStatus": "SUCCESS" if self.identities[name] else "PENDING",
            }
            for name in names[start:end]
        ]
        more = {"NextToken": str(end)} if end < len(names) else {}
        return {"EmailIdentities": page, **more}

    def PutEmailIdentityMailFromAttributes(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = self._known(asked["EmailIdentity"])
        self.mail_from[name] = {
            "MailFromDomain": asked.get("MailFromDomain", ""),
            "MailFromDomainStatus": "PENDING",
            "BehaviorOnMxFailure": asked.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE"),
        }
        return {}

    def CreateConfigurationSet(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.configuration_sets.add(asked["ConfigurationSetName"])
        return {}

    def PutSuppressedDestination(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.suppressed[asked["EmailAddress"].lower()] = asked["Reason"]
        return {}

    def GetSuppressedDestination(self, asked: dict[str, Any]) -> dict[str, Any]:
        address = self._known_as_suppressed(asked)
        return {
            "SuppressedDestination": {
                "EmailAddress": address,
                "Reason": self.suppressed[address],
                "LastUpdateTime": datetime.now(UTC),
            }
        }

    def DeleteSuppressedDestination(self, asked: dict[str, Any]) -> dict[str, Any]:
        del self.suppressed[self._known_as_suppressed(asked)]
        return {}

    # Rules

    def _fault(self, recipients: tuple[str, ...]) -> Fault | None:
        for recipient in recipients:
            if waiting := self._faults.get(recipient):
                return waiting.pop(0)
            if recipient in self._always:
                return self._always[recipient]
        return None

    def _take(self, asked: dict[str, Any], recipients: tuple[str, ...]) -> SentMail:
        raw: bytes = asked["Content"]["Raw"]["Data"]
        sender = self._sender(asked, raw)
        configuration_set = asked.get("ConfigurationSetName", "")
        if self.is_paused:
            raise Refused("SendingPausedException", "Sending is paused for this account.")
        if configuration_set and configuration_set not in self.configuration_sets:
            text = f"Configuration set <{configuration_set}> does not exist."
            raise Refused("NotFoundException", text)
        tags = {tag["Name"]: tag["Value"] for tag in asked.get("EmailTags", ())}
        names = tags.keys() - _OF_FEEDBACK
        if not all(_TAG.fullmatch(each) for each in (*names, *tags.values())):
            raise Refused("BadRequestException", "Invalid tag.")
        self._see_that_all_are_verified(sender, recipients)
        self._reserve(recipients)
        return self._keep(raw, sender, recipients, tags, configuration_set)

    def _sender(self, asked: dict[str, Any], raw: bytes) -> str:
        if len(raw) * 4 / 3 > _LARGEST:
            raise Refused("MessageRejected", f"Message length is more than {_LARGEST} bytes long.")
        headers = message_from_bytes(raw)
        named = asked.get("FromEmailAddress") or headers.get("From", "")
        sender = parseaddr(named)[1]
        if "@" not in sender:
            raise Refused("BadRequestException", "Missing required header 'From'.")
        return sender

    def _see_that_all_are_verified(self, sender: str, recipients: tuple[str, ...]) -> None:
        named = [sender, *(recipients if self.in_sandbox else ())]
        failed = [each for each in named if not self._may_be_used(each)]
        if failed:
            raise Refused(
                "MessageRejected",
                "Email address is not verified. The following identities failed the check in "
                f"region {self.region}: {', '.join(failed[:_ERRORS_SHOWN])}",
            )

    def _may_be_used(self, address: str) -> bool:
        """An identity is an address, or a domain with all that is below it."""
        if address.endswith(_SIMULATOR):
            return True
        domain = address.rpartition("@")[2]
        above = [domain.split(".", n)[-1] for n in range(domain.count(".") + 1)]
        return any(self.identities.get(name) for name in (address, *above))

    def _reserve(self, recipients: tuple[str, ...]) -> None:
        self._wait_for_tokens(len(recipients))
        counted = [each for each in recipients if not each.endswith(_SIMULATOR)]
        if self.per_day >= 0 and self._sent_in_a_day() + len(counted) > self.per_day:
            raise Refused("TooManyRequestsException", "Daily message quota exceeded.")
        self._sent_at.extend([time.monotonic()] * len(counted))

    def _wait_for_tokens(self, count: int) -> None:
        """SES lets short bursts pass; here a second's worth."""
        now = time.monotonic()
        full = max(1.0, self.per_second)
        gained = (now - self._filled_at) * self.per_second
        self._tokens = min(full, self._tokens + gained)
        self._filled_at = now
        if self._tokens < count:
            raise Refused("TooManyRequestsException", "Maximum sending rate exceeded.")
        self._tokens -= count

    def _sent_in_a_day(self) -> int:
        while self._sent_at and self._sent_at[0] < time.monotonic() - _DAY:
            self._sent_at.popleft()
        return len(self._sent_at)

    def _keep(
        self,
        raw: bytes,
        sender: str,
        recipients: tuple[str, ...],
        tags: Mapping[str, str],
        configuration_set: str,
    ) -> SentMail:
        now = datetime.now(UTC)
        received = ReceivedMail(
            sender=sender, recipients=recipients, received_at=now, peer="SES", raw=raw
        )
        mail = SentMail(
            id=f"0c00{self.store.add(received)}-000000",
            source=sender,
            recipients=recipients,
            tags=tags,
            configuration_set=configuration_set,
            at=now,
        )
        self.mails.append(mail)
        return mail

    # Events

    def _events_of(self, mail: SentMail) -> list[dict[str, Any]]:
        if not mail.configuration_set:
            return []
        return [ses_events.an_event("Send", mail), *self._fate(mail)]

    def _fate(self, mail: SentMail) -> list[dict[str, Any]]:
        """What the simulator and the account's suppression list do; else it is delivered."""
        name = mail.recipients[0].partition("@")[0].partition("+")[0]
        if mail.recipients[0].lower() in self.suppressed:
            return [ses_events.bounce(mail, "Permanent", "OnAccountSuppressionList")]
        if not mail.recipients[0].endswith(_SIMULATOR):
            return [ses_events.delivery(mail)]
        delivered = ses_events.delivery(mail)
        return {
            "bounce": [ses_events.bounce(mail, code="smtp; 550 5.1.1 user unknown")],
            "complaint": [delivered, ses_events.complaint(mail)],
            "suppressionlist": [ses_events.bounce(mail, "Permanent", "Suppressed")],
        }.get(name, [delivered])

    # Identities

    def _known(self, name: str) -> str:
        if name not in self.identities:
            raise Refused("NotFoundException", f"Email identity {name} does not exist.")
        return name

    def _known_as_suppressed(self, asked: dict[str, Any]) -> str:
        address = asked["EmailAddress"].lower()
        if address not in self.suppressed:
            text = f"Email address {address} does not exist on your suppression list."
            raise Refused("NotFoundException", text)
        return address

    def _identity(self, name: str) -> dict[str, Any]:
        verified = self.identities[name]
        return {
            "IdentityType": _type(name),
            "VerifiedForSendingStatus": verified,
            "DkimAttributes": {
                "SigningEnabled": _type(name) == "DOMAIN",
                "Status": "SUCCESS" if verified else "PENDING",
                "Tokens": ["aaa", "bbb", "ccc"] if _type(name) == "DOMAIN" else [],
            },
            **self._mail_from(name),
        }

    def _mail_from(self, name: str) -> dict[str, Any]:
        if name not in self.mail_from:
            return {}
        told = {
            "MailFromDomain": self.mail_from[name],
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        }
        return {"MailFromAttributes": told}


def an_account(directory: Path, **chosen: Any) -> Ses:
    """Return a new account: in the sandbox, with nothing verified, unless chosen otherwise."""
    return Ses(store=MailboxStore(directory / "ses"), **chosen)


def _recipients(asked: dict[str, Any]) -> tuple[str, ...]:
    named = [each for group in asked.get("Destination", {}).values() for each in group]
    recipients = tuple(address for _, address in getaddresses(named))
    if not recipients or len(recipients) > _MOST_RECIPIENTS:
        raise Refused("BadRequestException", "Recipient count must be between 1 and 50.")
    for each in recipients:
        if not each.isascii():
            text = "Local address contains non-ASCII characters, or domain is not in punycode."
            raise Refused("BadRequestException", text)
    return recipients


def _meet(fault: Fault) -> None:
    if not fault.error:
        raise Silence(fault.silent)
    raise Refused(fault.error, fault.text)


def _type(name: str) -> str:
    return "EMAIL_ADDRESS" if "@" in name else "DOMAIN"
