"""Settings for what comes back, what is told to subscribers, and what is forgotten."""

import re
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from pabal.configuration.reading import split_at_commas, with_scheme
from pabal.domain.tracking import Tracking

_SECRET_LENGTH = 32  # characters
_TOPIC = re.compile(r"arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")


class ReturningSettings(BaseSettings):
    """Bounces and complaints, opens and clicks, notices, retention."""

    bounce_url: str = Field(
        default="",
        description=(
            "Mailbox to which bounces and complaints come, or a queue of SQS into which SES tells "
            "its events; empty where none is read. What is understood is removed from it, "
            "everything else is left there as read, or put into the queue's dead-letter queue."
        ),
        examples=[
            "imaps://user:password@host/INBOX",
            "pop3s://user:password@host",
            "maildir:///path",
            "sqs://sqs.REGION.amazonaws.com/ACCOUNT/NAME",
        ],
    )
    leave_by_mail: bool | None = Field(
        default=None,
        description=(
            "Whether the mailto address of List-Unsubscribe is one at the bounce domain, mails "
            "to which Pabal reads and obeys; the sender's contact address otherwise. Without a "
            "value: where PABAL_BOUNCE_URL has one. Say true where bounces come by LMTP."
        ),
        examples=["true", "false"],
    )
    bounce_seconds: float = Field(
        default=60,
        ge=1,
        le=86_400,
        description="Seconds between two visits to that mailbox.",
        examples=["1 to 86400"],
    )
    soft_bounces: int = Field(
        default=5,
        ge=2,
        le=100,
        description="Soft bounces, of as many mails, after which an address is paused.",
        examples=["2 to 100"],
    )
    soft_bounce_days: float = Field(
        default=14,
        ge=0,
        le=365,
        description="Over how many days at least they must have come.",
        examples=["0 to 365"],
    )
    sns_topics: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description=(
            "Topics of Amazon SNS that may tell events of SES at /hooks/sns; their subscriptions "
            "are confirmed by themselves. Empty for none."
        ),
        examples=["ARNs, such as arn:aws:sns:ap-northeast-2:123456789012:ses-events"],
    )
    webhook_secret: str = Field(
        default="",
        description=(
            "With what a service signs the events that it tells at /hooks/events "
            "(docs/webhooks.md); empty where none does."
        ),
        examples=["at least 32 letters, digits and signs, without spaces"],
    )
    tracking: Tracking = Field(
        default=Tracking.OFF,
        description=(
            "What may be recorded of readers: that they open mails, what they click, both (on), "
            "or nothing (docs/tracking.md). A campaign may ask for less, never for more. Turned "
            "off, links in mails that were sent before lead on, and nothing is recorded any more."
        ),
        examples=[each.value for each in Tracking],
    )
    pause_bounces: float = Field(
        default=5,
        ge=0,
        le=100,
        description=(
            "Percent of a campaign's mails that bounce for good, at which it is paused; 0 for "
            "never. SES looks into an account at 5 % and may stop it at 10 %."
        ),
        examples=["0 to 100"],
    )
    pause_complaints: float = Field(
        default=0.3,
        ge=0,
        le=100,
        description=(
            "Percent of a campaign's mails that are reported as spam, at which it is paused; 0 for "
            "never. Gmail asks for less than 0.1 % and never 0.3 %; SES may stop an account at "
            "0.5 %."
        ),
        examples=["0 to 100"],
    )
    pause_mails: int = Field(
        default=100,
        ge=1,
        description=(
            "Mails that a campaign must have sent before it is paused for one of these, or a "
            "sending domain is judged. Fewer than three bounces or complaints pause nothing."
        ),
        examples=["a whole number from 1"],
    )
    notices: bool = Field(
        default=True,
        description=(
            "Whether people are told the result of consenting and refusing, and of their consent "
            "every two years, as Korean law wants it (정보통신망법 50)."
        ),
        examples=["true", "false"],
    )
    notice_days: int = Field(
        default=14,
        ge=1,
        le=14,
        description="Days after which an imported consent is too old to tell its result.",
        examples=["1 to 14"],
    )
    retain_packages: int = Field(
        default=90,
        ge=0,
        description=(
            "Days for which the recipients of a campaign are kept on disk when it has ended, for "
            "doubts that are sent again; 0 for ever. Doubtful deliveries keep theirs."
        ),
        examples=["a whole number from 0"],
    )
    retain_mails: int = Field(
        default=30,
        ge=0,
        description="Days for which the built-in mailbox keeps a mail; 0 for ever.",
        examples=["a whole number from 0"],
    )
    retain_replies: int = Field(
        default=365,
        ge=0,
        description=(
            "Days for which the words of servers and the details of events are kept, which may "
            "name people; 0 for ever. Codes stay, and so does the log of consent: it is the proof "
            "that the law asks for (정보통신망법 50(1))."
        ),
        examples=["a whole number from 0"],
    )

    @field_validator("sns_topics", mode="before")
    @classmethod
    def _split_topics(cls, value: Any) -> Any:
        return split_at_commas(value)

    @field_validator("bounce_url")
    @classmethod
    def _mailbox_scheme(cls, value: str) -> str:
        return with_scheme(value, "imaps", "imap", "pop3s", "pop3", "maildir", "sqs")

    @field_validator("sns_topics")
    @classmethod
    def _topics(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_TOPIC.fullmatch(each) for each in value):
            raise ValueError("not ARNs of topics with commas between them")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _long_secret(cls, value: str) -> str:
        if value and len(value) < _SECRET_LENGTH:
            raise ValueError("so short a secret can be guessed")
        if " " in value or not (value.isascii() and value.isprintable()):
            raise ValueError("it has spaces, or signs that are not ASCII")
        return value
