"""What the functions keep in the bucket beside packages: reports, and what is behind links.

Links are followed for as long as mails lie in mailboxes, so that what they need outlives the
package: where they lead, and what the pages for leaving name.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from botocore.exceptions import BotoCoreError, ClientError

from pabal.domain.identity import CampaignId
from pabal.domain.tracking import Tracking
from pabal.pipeline.aws.errors import ServiceUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_SERVICE = "Amazon S3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What is behind the links of a campaign's mails.

    digest: of the package that it is sent from.
    tracking: what its mails let us see. links: where the tracked ones lead; numbered from 1.
    sender: lines with whom the law wants named (정보통신망법 50(4)).
    """

    digest: str
    list_name: str
    tracking: Tracking
    links: tuple[str, ...]
    sender: tuple[str, ...]

    def to_bytes(self) -> bytes:
        told = asdict(self) | {"tracking": self.tracking.value}
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        told = json.loads(content)
        return cls(
            digest=told["digest"],
            list_name=told["list_name"],
            tracking=Tracking(told["tracking"]),
            links=tuple(told["links"]),
            sender=tuple(told["sender"]),
        )


class Bucket:
    """Every method raises ServiceUnavailable: repeat it."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def keep_report(self, campaign: CampaignId, content: bytes) -> None:
        """Write what became of a campaign where people and the console read it."""
        self._put(f"reports/{campaign}.json", content)

    def keep_linked(self, campaign: CampaignId, linked: Linked) -> None:
        self._put(_key(campaign), linked.to_bytes())

    def linked(self, campaign: CampaignId) -> Linked | None:
        """Return what is behind a campaign's links; None where it was never sent from here."""
        with _asking():
            try:
                answer = self._client.get_object(Bucket=self._name, Key=_key(campaign))
            except self._client.exceptions.NoSuchKey:
                return None
            return Linked.from_bytes(answer["Body"].read())

    def _put(self, key: str, content: bytes) -> None:
        with _asking():
            self._client.put_object(
                Bucket=self._name, Key=key, Body=content, ContentType="application/json"
            )


def _key(campaign: CampaignId) -> str:
    return f"links/{campaign}.json"


@contextmanager
def _asking() -> Generator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ServiceUnavailable(service=_SERVICE, reason=str(error)) from error
