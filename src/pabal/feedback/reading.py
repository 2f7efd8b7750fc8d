"""What a mail in the bounce mailbox is, and what it says. Decides nothing about anybody."""

from pabal.feedback import mime
from pabal.feedback.arf import is_complaint, read_complaint
from pabal.feedback.automatic import is_automatic_answer
from pabal.feedback.bounce_text import is_bounce_text, read_bounce_text
from pabal.feedback.dsn import is_dsn, read_dsn
from pabal.feedback.letter import Letter, Reading, Sort
from pabal.feedback.seals import Seals


def read_letter(letter: Letter, seals: Seals) -> Reading:
    """Say what a mail is taken for. The same mail gives the same events every time.

    Raises MailRefused: it is made to break whoever reads it.
    """
    message = mime.parse(letter.raw)
    about = seals.identify(message, letter.recipient)
    # Reports first: servers mark their bounces as automatic answers, which they are.
    if is_dsn(message):
        return Reading(sort=Sort.BOUNCE, events=read_dsn(message, letter, about))
    if is_complaint(message):
        return Reading(sort=Sort.COMPLAINT, events=read_complaint(message, letter, about))
    if is_bounce_text(message):
        return Reading(sort=Sort.BOUNCE, events=read_bounce_text(message, letter, about))
    if is_automatic_answer(message):
        return Reading(sort=Sort.AUTOMATIC_ANSWER)
    if leaver := seals.leaver(message, letter.recipient):
        return Reading(sort=Sort.UNSUBSCRIBE, leaver=leaver)
    return Reading(sort=Sort.OTHER)
