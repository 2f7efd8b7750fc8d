"""What the AWS pipeline refuses.

PabalError
  InputError
    CallUnreadable      a request, a ticket or a step's input is not what it ought to be
      BodyTooLarge
  Refusal
    AlreadyStarted      it has been started, and nobody has said that it failed
    EventRefused        an event that is not of our SES, or of no delivery of ours
  Unavailable
    ServiceUnavailable  a service of AWS does not answer; wait and repeat
"""

from pabal.domain.errors import InputError, Refusal, Unavailable


class CallUnreadable(InputError):
    code = "call-unreadable"
    message = "This cannot be read: {reason}."
    remedy = "Compare it with docs/aws.md, and send it again."


class BodyTooLarge(CallUnreadable):
    code = "body-too-large"
    message = "The request is larger than {limit} bytes."
    remedy = "Send what docs/aws.md names, and nothing else."


class AlreadyStarted(Refusal):
    code = "campaign-already-launched"
    message = "Campaign {campaign} has been started already."
    remedy = "Look at it with `pabal aws status`; a second start would send nothing more."


class EventRefused(Refusal):
    code = "event-refused"
    message = "This event is not used: {reason}."
    remedy = "It is in the dead-letter queue; `pabal aws redrive feedback` tries it once more."


class ServiceUnavailable(Unavailable):
    code = "service-unavailable"
    message = "{service} does not answer: {reason}"
    remedy = "Pabal repeats it by itself. If it lasts, look at the AWS Health Dashboard."
