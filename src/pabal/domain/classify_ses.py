"""What SES answers, into outcomes: one table, each row with its source.

Codes are those that SES itself gives for the same over SMTP (SES: troubleshoot-smtp), so
that reports speak one language. SES says nothing of the recipient's mailbox when it takes
a mail; that comes later, as an event.
"""

import re
from dataclasses import dataclass

from pabal.domain.outcome import Outcome, Reply, Scope, Stage, Throttle, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    verdict: Verdict
    scope: Scope
    code: int
    stage: Stage = Stage.CONTENT
    throttle: Throttle | None = None


_TOO_FAST = _Meaning(
    verdict=Verdict.TRANSIENT, scope=Scope.MESSAGE, code=454, throttle=Throttle.EVERYBODY
)
_FAILING = _Meaning(verdict=Verdict.TRANSIENT, scope=Scope.MESSAGE, code=451)
_NO_ANSWER = _Meaning(verdict=Verdict.UNKNOWN, scope=Scope.MESSAGE, code=0)
_STOPPED = _Meaning(verdict=Verdict.PERMANENT, scope=Scope.ACCOUNT, code=554)
_LOGIN = _Meaning(verdict=Verdict.PERMANENT, scope=Scope.ACCOUNT, code=535, stage=Stage.AUTH)
_THIS_MAIL = _Meaning(verdict=Verdict.PERMANENT, scope=Scope.MESSAGE, code=554)
_ADDRESS = _Meaning(verdict=Verdict.PERMANENT, scope=Scope.ADDRESS, code=554)
_USED_UP = _Meaning(verdict=Verdict.PERMANENT, scope=Scope.ACCOUNT, code=454)

_MEANINGS = {
    # SESv2 API: SendEmail, errors
    "TooManyRequestsException": _TOO_FAST,
    "LimitExceededException": _USED_UP,
    "AccountSuspendedException": _STOPPED,
    "SendingPausedException": _STOPPED,
    "MailFromDomainNotVerifiedException": _STOPPED,
    "NotFoundException": _STOPPED,  # the configuration set, which every mail names
    "MessageRejected": _THIS_MAIL,
    "BadRequestException": _THIS_MAIL,
    # SESv2 API: of other calls, with HTTP 500
    "InternalServiceErrorException": _FAILING,
    # SES API: common errors
    "InternalFailure": _FAILING,
    "ServiceUnavailable": _FAILING,
    "ServiceUnavailableException": _FAILING,
    "Throttling": _TOO_FAST,
    "ThrottlingException": _TOO_FAST,
    "RequestExpired": _LOGIN,
    "AccessDenied": _LOGIN,
    "AccessDeniedException": _LOGIN,
    "IncompleteSignature": _LOGIN,
    "InvalidClientTokenId": _LOGIN,
    "MissingAuthenticationToken": _LOGIN,
    "OptInRequired": _LOGIN,
    # AWS: Signature Version 4, troubleshooting
    "InvalidSignatureException": _LOGIN,
    "SignatureDoesNotMatch": _LOGIN,
    "UnrecognizedClientException": _LOGIN,
    "ExpiredToken": _LOGIN,
    "ExpiredTokenException": _LOGIN,
}
# RFC 9110 15.6.3, 15.6.5: a gateway had passed the request on, and heard nothing sensible.
_PASSED_ON = frozenset({502, 504})

# SES: manage-sending-quotas-errors. Only the rate passes within minutes.
_DAILY_QUOTA = re.compile(r"daily (message|sending) quota", re.IGNORECASE)
# SES: troubleshoot-error-messages. Behind the colon stand those who failed.
_NOT_VERIFIED = re.compile(
    r"not verified.*?(?:region [^:]*:(?P<who>.*))?$", re.IGNORECASE | re.DOTALL
)
# SES: what it says of addresses that it cannot read.
_UNREADABLE = re.compile(
    r"(local address|domain) (contains|starts|ends)|missing final '@domain'|illegal address",
    re.IGNORECASE,
)


def accepted_by_ses(message_id: str) -> Outcome:
    """message_id: what SES calls the mail from here on, in its events too."""
    reply = Reply(code=250, text=f"Ok {message_id}")
    return Outcome(verdict=Verdict.ACCEPTED, reply=reply, text=reply.text)


def classify_ses(name: str, text: str, *, status: int, recipient: str) -> Outcome:
    """Say what a refusal of SES means for the delivery.

    name: of the exception. status: of HTTP. recipient: whom the mail was for.
    """
    meaning = _meaning(name, text, status, recipient)
    said = f"{name}: {text}" if text else name
    if meaning.verdict is Verdict.UNKNOWN:
        return Outcome(verdict=Verdict.UNKNOWN, text=f"HTTP {status} {said}")
    return Outcome(
        verdict=meaning.verdict,
        scope=meaning.scope,
        stage=meaning.stage,
        reply=Reply(code=meaning.code, text=said),
        text=said,
        throttle=meaning.throttle,
    )


def _meaning(name: str, text: str, status: int, recipient: str) -> _Meaning:
    if _DAILY_QUOTA.search(text):
        return _USED_UP
    if name == "MessageRejected" and (found := _NOT_VERIFIED.search(text)):
        return _ADDRESS if _names_only(recipient, found["who"]) else _STOPPED
    if name in ("BadRequestException", "MessageRejected") and _UNREADABLE.search(text):
        return _ADDRESS
    return _MEANINGS.get(name) or _by_status(status)


def _names_only(recipient: str, who: str | None) -> bool:
    """Whether it is the recipient alone that is not verified, as the sandbox wants it."""
    named = {each.strip().lower() for each in (who or "").split(",")} - {""}
    return named == {recipient.lower()}


def _by_status(status: int) -> _Meaning:
    if status in _PASSED_ON:
        return _NO_ANSWER
    if status == 429:
        return _TOO_FAST
    return _FAILING if status >= 500 else _THIS_MAIL
