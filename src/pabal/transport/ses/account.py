"""What SES says of the account: its quota, its rate, whether it is in the sandbox."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pabal.domain.sending_account import SendingAccount
from pabal.transport.errors import AccountNotRead
from pabal.transport.ses.settings import SesSettings, ses_client

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

_PAGE = 1000  # identities


def read_account(settings: SesSettings, *, with_identities: bool = True) -> SendingAccount:
    """Ask SES. Blocks for some calls, of which SES allows one a second.

    with_identities: also which addresses and domains are verified.

    Raises AccountNotRead, AwsRegionMissing, MissingExtra.
    """
    client = ses_client(settings)
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _read(client, with_identities=with_identities)
    except (BotoCoreError, ClientError) as error:
        raise AccountNotRead(server="Amazon SES", reason=str(error)) from error


def _read(client: "SESV2Client", *, with_identities: bool) -> SendingAccount:
    said = client.get_account()
    quota = said.get("SendQuota", {})
    per_day = quota.get("Max24HourSend", 0.0)
    in_sandbox = not said.get("ProductionAccessEnabled", False)
    return SendingAccount(
        in_sandbox=in_sandbox,
        may_send=said.get("SendingEnabled", False),
        standing=said.get("EnforcementStatus", ""),
        per_second=quota.get("MaxSendRate", 0.0),
        # SESv2 API: SendQuota; -1 is no limit.
        per_day=None if per_day < 0 else int(per_day),
        sent=int(quota.get("SentLast24Hours", 0.0)),
        verified=frozenset(_verified(client) if with_identities else ()),
    )


def _verified(client: "SESV2Client") -> Iterator[str]:
    page = client.list_email_identities(PageSize=_PAGE)
    while True:
        for identity in page.get("EmailIdentities", []):
            if identity.get("VerificationStatus") == "SUCCESS" and identity.get("SendingEnabled"):
                yield identity.get("IdentityName", "").lower()
        token = page.get("NextToken")
        if token is None:
            return
        page = client.list_email_identities(PageSize=_PAGE, NextToken=token)
