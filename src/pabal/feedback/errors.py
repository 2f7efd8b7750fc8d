"""What cannot be read, and roads that cannot be used.

PabalError
  InputError
    MailRefused       a mail that is made to break whoever reads it
    EventUnreadable   JSON that is no event of SES
    MessageUnreadable a request that is no message of SNS, or does not follow docs/webhooks.md
  Refusal
    MessageForged     a request that is not from whom it says
  Unavailable
    FetchFailed       what a message of SNS names cannot be had: SNS repeats it
    RoadUnavailable   the bounce mailbox cannot be reached: go again later
"""

from pabal.domain.errors import InputError, Refusal, Unavailable


class MailRefused(InputError):
    code = "feedback-mail-refused"
    message = "The mail is not read: {reason}"
    remedy = "Look at it by hand; nothing was done about it, and it stays where it is."


class EventUnreadable(InputError):
    code = "feedback-event-unreadable"
    message = "This is no event of Amazon SES: {reason}"
    remedy = "See that only the notifications of SES are sent here."


class MessageUnreadable(InputError):
    code = "hook-message-unreadable"
    message = "The message cannot be read: {reason}"
    remedy = "See that only SNS, or services that follow docs/webhooks.md, are sent here."


class MessageForged(Refusal):
    code = "hook-message-forged"
    message = "The message is refused: {reason}"
    remedy = "See docs/webhooks.md on who may send here, and how it is signed."


class FetchFailed(Unavailable):
    code = "hook-fetch-failed"
    message = "{url} cannot be fetched: {reason}"
    remedy = "SNS repeats its message by itself. If it lasts, see whether this host reaches AWS."


class RoadUnavailable(Unavailable):
    code = "bounce-mailbox-unavailable"
    message = "The bounce mailbox {place} cannot be read: {reason}"
    remedy = (
        "Pabal goes there again by itself, and nothing is lost meanwhile. If it lasts, look at "
        "PABAL_BOUNCE_URL and at the mail server."
    )
