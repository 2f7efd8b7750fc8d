"""Why a source is not edited as blocks, or a change to one is not made. Nothing is changed then.

InputError
  NotBlocks       the source cannot be taken apart without a doubt
  BreaksTheMail   what was filled in would leave something that is no mail
Refusal
  CannotStand     blocks of this kind do not stand there
"""

from pabal.domain.errors import InputError, Refusal


class NotBlocks(InputError):
    code = "not-blocks"
    message = "The visual editor cannot show this source safely (line {line}: {reason})."
    remedy = "Nothing has been changed. Edit it as code, or mend that line there."


class BreaksTheMail(InputError):
    code = "breaks-the-mail"
    message = "This would break the mail: {reason}"
    remedy = "Correct what you typed. The mail is as it was before."


class CannotStand(Refusal):
    code = "cannot-stand"
    message = "It cannot stand there."
    remedy = "Sections stand below each other; texts, images and buttons stand in their columns."
