"""What cannot be read, and roads that cannot be used.

PabalError
  InputError
    MailRefused       a mail that is made to break whoever reads it
    EventUnreadable   JSON that is no event of SES
  Unavailable
    RoadUnavailable   the bounce mailbox cannot be reached: go again later
"""

from pabal.domain.errors import InputError, Unavailable


class MailRefused(InputError):
    code = "feedback-mail-refused"
    message = "The mail is not read: {reason}"
    remedy = "Look at it by hand; nothing was done about it, and it stays where it is."


class EventUnreadable(InputError):
    code = "feedback-event-unreadable"
    message = "This is no event of Amazon SES: {reason}"
    remedy = "See that only the notifications of SES are sent here."


class RoadUnavailable(Unavailable):
    code = "bounce-mailbox-unavailable"
    message = "The bounce mailbox {place} cannot be read: {reason}"
    remedy = (
        "Pabal goes there again by itself, and nothing is lost meanwhile. If it lasts, look at "
        "PABAL_BOUNCE_URL and at the mail server."
    )
