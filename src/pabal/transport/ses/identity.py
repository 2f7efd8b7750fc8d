"""What SES knows of a sending domain: which keys it signs with, and where bounces go."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pabal.transport.errors import AccountNotRead
from pabal.transport.ses.settings import SesSettings, ses_client

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

_HOSTED = "dkim.amazonses.com"  # where SES keeps keys, unless it names another zone


@dataclass(frozen=True, slots=True, kw_only=True)
class SesIdentity:
    """A domain that SES signs for.

    tokens: of Easy DKIM; each is a CNAME below `name` into `zone`. Empty where it signs with
    a key of one's own. mail_from: the domain of the envelope sender; "" for SES's own.
    """

    name: str
    tokens: tuple[str, ...]
    zone: str
    mail_from: str


def read_identity(settings: SesSettings, domain: str) -> SesIdentity | None:
    """Ask SES for a domain or the nearest above it; None where it knows neither. Blocks.

    SES: creating-identities: an identity covers the domains below it.

    Raises AccountNotRead, AwsRegionMissing, MissingExtra.
    """
    client = ses_client(settings)
    from botocore.exceptions import BotoCoreError, ClientError

    labels = domain.split(".")
    try:
        for count in range(len(labels) - 1):
            if found := _read(client, ".".join(labels[count:])):
                return found
    except (BotoCoreError, ClientError) as error:
        raise AccountNotRead(server="Amazon SES", reason=str(error)) from error
    return None


def _read(client: "SESV2Client", name: str) -> SesIdentity | None:
    try:
        said = client.get_email_identity(EmailIdentity=name)
    except client.exceptions.NotFoundException:
        return None
    dkim, mail_from = said.get("DkimAttributes", {}), said.get("MailFromAttributes", {})
    by_ses = dkim.get("SigningAttributesOrigin", "AWS_SES") != "EXTERNAL"
    return SesIdentity(
        name=name,
        tokens=tuple(dkim.get("Tokens", ())) if by_ses else (),
        zone=dkim.get("SigningHostedZone") or _HOSTED,
        mail_from=mail_from.get("MailFromDomain", ""),
    )
