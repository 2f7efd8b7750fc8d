"""Why a source is not edited as blocks, or a change to one is not made. Nothing is changed then.

InputError
  NotBlocks             the source cannot be taken apart without a doubt: which, and in which line
    NotMjml             it is HTML
    NoBody
    NotClosed
    ClosesAnother
    StrayBracket
    UnknownBlock
    WrongPlace
    Torn                an element crosses the end of a block of template tags
    NotBetweenBlocks    a tag that no block can be moved past
    TooDeep             blocks in blocks without end
  BreaksTheMail         what was filled in would leave something that is no mail
Refusal
  CannotStand           blocks of this kind do not stand there
"""

from pabal.domain.errors import InputError, Refusal


class NotBlocks(InputError):
    code = "not-blocks"
    message = "Line {line}: {reason}"
    remedy = "Nothing has been changed. Edit it as code, or mend that line there."


class NotMjml(NotBlocks):
    code = "not-mjml"
    message = "It is HTML, and the visual editor is made for MJML."
    remedy = "Edit it as code."


class NoBody(NotBlocks):
    code = "no-body"
    message = "It has no <mj-body>, or more than one."


class NotClosed(NotBlocks):
    code = "not-closed"
    message = "Line {line}: {what} is not closed."


class ClosesAnother(NotBlocks):
    code = "closes-another"
    message = "Line {line}: </{name}> does not close what was opened last."


class StrayBracket(NotBlocks):
    code = "stray-bracket"
    message = "Line {line}: “<” does not begin an element here."


class UnknownBlock(NotBlocks):
    code = "unknown-block"
    message = "Line {line}: <{name}> is no block."


class WrongPlace(NotBlocks):
    code = "wrong-place"
    message = "Line {line}: <{name}> cannot stand in <{parent}>."


class Torn(NotBlocks):
    code = "torn"
    message = "Line {line}: an element begins within template tags and ends outside of them."


class NotBetweenBlocks(NotBlocks):
    code = "not-between-blocks"
    message = "Line {line}: {{% {keyword} %}} cannot stand between blocks."


class TooDeep(NotBlocks):
    code = "too-deep"
    message = "Line {line}: too many blocks stand in each other."


class BreaksTheMail(InputError):
    code = "breaks-the-mail"
    message = "This would break the mail. {reason}"
    remedy = "Correct what you typed. The mail is as it was before."


class CannotStand(Refusal):
    code = "cannot-stand"
    message = "It cannot stand there."
    remedy = "Sections stand below each other; texts, images and buttons stand in their columns."
