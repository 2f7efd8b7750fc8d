"""What is wrong with a template or a mail; all of it the user can mend.

PabalError
  InputError
    TemplateError       syntax, unknown names: with field, line and column
      MissingValue      a recipient lacks a value that the template needs
      MisplacedTag      the markup around a tag does not let it stand there
      TemplateLimit     too slow or too large for one recipient
    MessageTooLarge
    HeaderInjection     a value for a header has a line end or a control character
    DkimKeyRefused      a DKIM key, or its place in the DNS, that verifiers would not accept
    CompiledUnreadable  the package holds something else than this version compiles
"""

from pabal.domain.errors import InputError


class TemplateError(InputError):
    code = "template-error"
    message = "The template is wrong in {field}, line {line}, column {column}: {reason}"
    remedy = "Correct the template at this place."


class MissingValue(TemplateError):
    code = "missing-value"
    message = (
        "The template needs “{name}” ({field}, line {line}), and the recipient has no such value."
    )
    remedy = (
        'Add the column to the customer file, or write a fallback: {{{{ {name} | default("…") }}}}.'
    )


class MisplacedTag(TemplateError):
    code = "misplaced-tag"
    message = "“{tag}” cannot stand where it does ({field}, line {line}): {reason}"
    remedy = (
        "Put {{% … %}} around whole elements, rows or columns, and {{{{ … }}}} into text or the"
        " value of an attribute."
    )


class TemplateLimit(TemplateError):
    code = "template-limit"
    message = "The template does too much for one mail in {field}, line {line}: {reason}"
    remedy = "Use shorter loops and shorter texts at this place."


class MessageTooLarge(InputError):
    code = "message-too-large"
    message = "The mail is {size} bytes; at most {limit} are allowed."
    remedy = "Make the template or the attachments smaller, or raise PABAL_MAX_MAIL_BYTES."


class HeaderInjection(InputError):
    code = "header-injection"
    message = "The value for the header {header} contains a line end or a control character."
    remedy = "Remove it from the customer's data or from the campaign."


class DkimKeyRefused(InputError):
    code = "dkim-key-refused"
    message = "The DKIM key cannot be used: {reason}."
    remedy = "Make a new RSA key of 2048 bits or an Ed25519 key, and publish its record in the DNS."


class CompiledUnreadable(InputError):
    code = "compiled-unreadable"
    message = "The campaign was prepared by another version of Pabal."
    remedy = "Prepare the campaign again."
