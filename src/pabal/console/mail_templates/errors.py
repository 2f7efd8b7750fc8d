"""Why a template is not kept as it was asked.

Refusal
  TemplateChanged    somebody else has kept a version meanwhile
InputError
  NameTaken          another template has the name
"""

from pabal.domain.errors import InputError, Refusal


class TemplateChanged(Refusal):
    code = "template-changed"
    message = "{who} has saved version {number} meanwhile."
    remedy = "Look below at what differs. Save again to make yours the newest: theirs is kept too."


class NameTaken(InputError):
    code = "template-name-taken"
    message = "Another template has this name."
    remedy = "Choose another one."
