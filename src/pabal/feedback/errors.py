"""What cannot be read, and roads that cannot be used.

PabalError
  InputError
    MailRefused       a mail that is made to break whoever reads it
    EventUnreadable   JSON that is no event of SES
"""

from pabal.domain.errors import InputError


class MailRefused(InputError):
    code = "feedback-mail-refused"
    message = "The mail is not read: {reason}"
    remedy = "Look at it by hand; nothing was done about it, and it stays where it is."


class EventUnreadable(InputError):
    code = "feedback-event-unreadable"
    message = "This is no event of Amazon SES: {reason}"
    remedy = "See that only the notifications of SES are sent here."
