"""What is refused about templates.

PabalError
  Refusal
    TemplateChanged  somebody else has saved another version
"""

from pabal.domain.errors import Refusal


class TemplateChanged(Refusal):
    code = "template-changed"
    message = "Somebody else has saved this template meanwhile."
    remedy = (
        "Nothing is lost: your text is below, theirs beside it. Save yours as the next version,"
        " or copy what you need from theirs."
    )
