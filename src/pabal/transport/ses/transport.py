"""The SES transport: SendEmail with the mail as it is, a few calls at once in threads."""

import asyncio
import re
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pabal.domain.classify import network_failure
from pabal.domain.classify_ses import accepted_by_ses, classify_ses
from pabal.domain.errors import SettingsError
from pabal.domain.identity import split_delivery_id
from pabal.domain.outcome import Outcome, Reply, Scope, Stage, Verdict
from pabal.transport.errors import AwsLoginMissing, SesUnusable
from pabal.transport.port import Envelope
from pabal.transport.ses.settings import SesSettings, ses_client

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sesv2.type_defs import MessageTagTypeDef, SendEmailRequestTypeDef

_SES = "Amazon SES"
_SHUT_DOWN = "Pabal shut down before the mail was sent."
_ONLY_ASCII = "SES takes no address with characters outside ASCII before the @."
_FEEDBACK_ID = re.compile(rb"^Feedback-ID: ([^:\r\n]+):([^:\r\n]+):", re.MULTILINE)
_NOT_IN_A_TAG = re.compile(r"[^A-Za-z0-9_-]")


class SesTransport:
    """Submits mails to Amazon SES. Implements transport.port.Transport.

    SES makes the envelope's sender itself; the one of the envelope is not used. Given as
    FromEmailAddress it would replace the mail's From header, name and all. What comes back
    is known by the tags `campaign` and `delivery`.
    """

    def __init__(self, settings: SesSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.calls, thread_name_prefix="ses")
        self._slots = asyncio.Semaphore(settings.calls)
        self._client: asyncio.Future[SESV2Client] | None = None
        self._calls: set[asyncio.Future[Outcome]] = set()
        self._closing = False

    async def submit(self, envelope: Envelope, mail: Sequence[bytes]) -> Outcome:
        """Offer one mail and return what SES said; see transport.port.Transport.

        Raises SesUnusable: no region, no credentials, boto3 is not installed.
        """
        if envelope.needs_smtputf8:
            return _not_ascii()
        client = await self._connected()
        async with self._slots:
            if self._closing:
                return _not_sent(_SHUT_DOWN)
            loop = asyncio.get_running_loop()
            call = loop.run_in_executor(self._threads, self._send, client, envelope, mail)
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
            # A call cannot be taken back: whoever stops waiting for it leaves it to `close`.
            return await asyncio.shield(call)

    @property
    def open_connections(self) -> int:
        """How many calls are under way."""
        return len(self._calls)

    async def close(self) -> None:
        """Wait for what is on the wire. Mails that were not begun come back as transient."""
        self._closing = True
        if self._calls:
            await asyncio.wait(self._calls)
        self._threads.shutdown(wait=False)

    async def _connected(self) -> "SESV2Client":
        """Return the client; the first to ask makes it, in a thread, since that reads files."""
        if self._client is None:
            loop = asyncio.get_running_loop()
            self._client = loop.run_in_executor(None, ses_client, self._settings)
        try:
            return await asyncio.shield(self._client)
        except SettingsError as error:
            raise SesUnusable(server=_SES, reason=error) from error

    def _send(self, client: "SESV2Client", envelope: Envelope, mail: Sequence[bytes]) -> Outcome:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            response = client.send_email(**self._request(envelope, mail))
        except ClientError as error:
            said = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            name, text = said.get("Code", ""), said.get("Message", "")
            return classify_ses(name, text, status=status, recipient=envelope.recipient)
        except BotoCoreError as error:
            return _failed(error)
        return accepted_by_ses(response["MessageId"])

    def _request(self, envelope: Envelope, mail: Sequence[bytes]) -> "SendEmailRequestTypeDef":
        raw = b"".join(mail)
        request: SendEmailRequestTypeDef = {
            "Destination": {"ToAddresses": [envelope.recipient]},
            "Content": {"Raw": {"Data": raw}},
            "EmailTags": [*_tags(envelope), *_feedback_tags(raw)],
        }
        if self._settings.configuration_set:
            request["ConfigurationSetName"] = self._settings.configuration_set
        return request


def _tags(envelope: Envelope) -> "list[MessageTagTypeDef]":
    if envelope.delivery is None:
        return []
    campaign, _ = split_delivery_id(envelope.delivery)
    return [
        {"Name": "campaign", "Value": campaign},
        {"Name": "delivery", "Value": envelope.delivery},
    ]


def _feedback_tags(mail: bytes) -> "list[MessageTagTypeDef]":
    """Keep the first two fields of the mail's Feedback-ID, whose place SES's own takes.

    By them Gmail's Postmaster Tools group complaints (docs/rules.md S14); what a tag may
    not hold becomes a hyphen.
    """
    head, _end, _body = mail.partition(b"\r\n\r\n")
    found = _FEEDBACK_ID.search(head)
    fields = found.groups() if found else ()
    return [
        {"Name": f"ses:feedback-id-{letter}", "Value": _NOT_IN_A_TAG.sub("-", field.decode())}
        for letter, field in zip("ab", fields, strict=False)
    ]


def _failed(error: Exception) -> Outcome:
    """Say what a failure of the network means: whether the mail may have left decides.

    Raises AwsLoginMissing: there was nothing to sign the request with.
    """
    from botocore import exceptions as aws

    text = str(error)
    if isinstance(
        error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.CredentialRetrievalError
    ):
        raise AwsLoginMissing(server=_SES, reason=text) from error
    if isinstance(error, aws.ParamValidationError):
        return Outcome(verdict=Verdict.PERMANENT, scope=Scope.MESSAGE, text=text)
    if isinstance(
        error, aws.EndpointConnectionError | aws.ConnectTimeoutError | aws.ProxyConnectionError
    ):
        return _not_sent(text)
    if isinstance(error, aws.SSLError) and _is_about_certificate(error):
        return _not_sent(text)
    # Read time-outs, connections that were closed, answers that are none: it may have been sent.
    return network_failure(text, stage=Stage.CONTENT, last_byte_left=True)


def _is_about_certificate(error: BaseException | None) -> bool:
    """Whether the server's certificate was refused, before anything was sent."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        reason = getattr(error, "reason", None) or getattr(error, "kwargs", {}).get("error")
        error = (
            reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__
        )
    return False


def _not_sent(text: str) -> Outcome:
    return network_failure(text, stage=Stage.CONNECT, last_byte_left=False)


def _not_ascii() -> Outcome:
    """botocore, sesv2, Destination: the local part is ASCII; domains are in punycode."""
    return Outcome(
        verdict=Verdict.PERMANENT,
        scope=Scope.ADDRESS,
        reply=Reply(code=553, text=_ONLY_ASCII),
        text=_ONLY_ASCII,
    )
