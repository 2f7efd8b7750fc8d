"""How Amazon SES is reached, and a client for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pabal.configuration.aws import aws_client

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client


@dataclass(frozen=True, slots=True, kw_only=True)
class SesSettings:
    """An account of SES in a region, and how to use it.

    region: "" for what the environment says.
    configuration_set: through which events are published; "" for the identity's own.
    calls: at most so many at once.
    connect_timeout, read_timeout: in seconds. Who waits too briefly for an answer has a
    doubtful mail, so the second is long.
    """

    region: str = ""
    configuration_set: str = ""
    calls: int = 4
    connect_timeout: float = 10
    read_timeout: float = 60


def ses_client(settings: SesSettings) -> "SESV2Client":
    """Make a client that never repeats a request: SES has no idempotency key, and a mail
    whose answer is late would be sent twice.

    Raises MissingExtra, AwsRegionMissing.
    """
    client = aws_client(
        "sesv2",
        purpose="Amazon SES",
        region=settings.region,
        connections=settings.calls,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        attempts=1,
    )
    return cast("SESV2Client", client)
