"""What is refused over the API. What other rooms refuse is passed on as they say it.

PabalError
  InputError
    LengthMissing    a body that does not say where it ends
    RequestTooLarge  a body of more than there may be
    RequestInvalid   what was sent is not what the operation takes
    NotThere
      PathUnknown, CampaignUnknown, SubscriberUnknown, ListUnknown
  Refusal
    NotLetIn
      KeyMissing, KeyUnknown
    TooOften         the key has asked more than it may in a minute
    KeyForbids       the key's role does not allow it
    MethodRefused    the path is not asked that way
    NotUnderWay      the campaign has not been started, or its time has not come
    AlreadyOver      the campaign has ended otherwise
    HasLeft          the person said no, and nothing younger says yes
  Unavailable
    DatabaseAway     it does not answer
    Unforeseen       a mistake of ours
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pabal.domain.errors import InputError, Refusal, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """pointer: of the part of the body that is wrong (RFC 6901), as a fragment."""

    pointer: str
    detail: str


class RequestTooLarge(InputError):
    code = "request-too-large"
    message = "The request's body is larger than {most} bytes."
    remedy = "Send less at once."


class LengthMissing(InputError):
    code = "length-missing"
    message = "The request does not say how long its body is."
    remedy = "Send the header Content-Length, with a body that is not chunked."


class RequestInvalid(InputError):
    code = "request-invalid"
    message = "What was sent is not what this operation takes."
    remedy = "See “errors” in this answer, and /api/v1/openapi.json."

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = faults
        super().__init__()


class NotThere(InputError): ...


class PathUnknown(NotThere):
    code = "path-unknown"
    message = "There is nothing at this address."
    remedy = "See /api/v1/openapi.json for what there is."


class CampaignUnknown(NotThere):
    code = "campaign-unknown"
    message = "There is no campaign “{campaign}”."
    remedy = "Ask for the campaigns first; each has an id."


class SubscriberUnknown(NotThere):
    code = "subscriber-unknown"
    message = "Nobody with this address is a subscriber."
    remedy = "Look whether the address is spelled as it was given."


class ListUnknown(NotThere):
    code = "list-unknown"
    message = "There is no list “{list}” that is in use."
    remedy = "Name a list by its identifier, as subscribers' lists show it."


class NotLetIn(Refusal): ...


class KeyMissing(NotLetIn):
    code = "key-missing"
    message = "The request has no API key."
    remedy = "Send the header “Authorization: Bearer” with a key that an owner has made."


class KeyUnknown(NotLetIn):
    code = "key-unknown"
    message = "There is no such API key, or it was revoked or has expired."
    remedy = "Ask an owner for another key."


class TooOften(Refusal):
    code = "too-often"
    message = "This API key has asked {most} times within a minute."
    remedy = "Ask again in {seconds} seconds."


class KeyForbids(Refusal):
    code = "key-forbids"
    message = "The role of this API key does not allow it."
    remedy = "Ask an owner for a key with another role."


class MethodRefused(Refusal):
    code = "method-refused"
    message = "This address is not asked that way."
    remedy = "Use one of the methods in the header “Allow”."


class NotUnderWay(Refusal):
    code = "not-under-way"
    message = "The campaign has not been started, or its time has not come."
    remedy = "Start it first; one that waits for its time is taken back on its page."


class AlreadyOver(Refusal):
    code = "already-over"
    message = "The campaign has ended; it stays as it is."
    remedy = "Nothing is to be done: no mail of it that has not begun is sent any more."


class HasLeft(Refusal):
    code = "has-left"
    message = "The person has left “{list}” or taken their consent back; nothing was changed."
    remedy = "Only a consent given later brings them back. Leave the list out to change the rest."


class DatabaseAway(Unavailable):
    code = "database-away"
    message = "The database does not answer, so it is not known whether it was done."
    remedy = "Repeat it later, which is safe."


class Unforeseen(Unavailable):
    code = "unforeseen"
    message = "Pabal has made a mistake, so it is not known whether it was done."
    remedy = "Repeating it is safe. If it stays so, the log of the pages says more."
