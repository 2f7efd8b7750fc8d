"""What a marketer writes: the source of a mail, with Jinja in every field."""

import enum
from dataclasses import dataclass, field


class Markup(enum.Enum):
    MJML = "mjml"
    HTML = "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The parts of a mail before it is compiled.

    subject: one line; for advertising, without “(광고)”: the compiler puts it in front.
    preview: what mail programs show behind the subject; "" for what the body says.
    body: MJML or HTML.
    text: the plain-text part; "" to have it made from the HTML.
    """

    subject: str
    body: str
    markup: Markup = Markup.MJML
    text: str = ""
    preview: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a template may go for one recipient.

    seconds: of rendering. output_bytes: of each rendered field, as UTF-8.
    mail_bytes: of the whole mail on the wire.
    """

    seconds: float = field(default=2.0)
    output_bytes: int = field(default=4_000_000)
    mail_bytes: int = field(default=10_000_000)
