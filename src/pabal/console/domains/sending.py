"""How mails from a domain leave, whoever knows it: what was added, SES, or a file with a key."""

from dataclasses import replace

from pabal.authentication.dkim import ExpectedKey
from pabal.authentication.examination import Sending
from pabal.authentication.records import (
    SES_SPF,
    ses_bounce_host,
    ses_keys,
    ses_own_bounce_domain,
)
from pabal.console.domains.adding import sending_of
from pabal.pipeline.local.wiring import Workshop
from pabal.transport.ses.identity import SesIdentity


def how_it_leaves(workshop: Workshop, domain: str, bounce_domain: str) -> Sending:
    """Return what was added for a domain, else what SES does for it, else PABAL_DKIM_KEY_FILE.

    Raises what Workshop.signing and Workshop.ses_identity do.
    """
    sending = sending_of(domain, bounce_domain)
    if sending.keys:
        return sending
    if identity := workshop.ses_identity(domain):
        return _sent_by_ses(sending, identity, workshop.settings.aws_region)
    signing = workshop.signing(domain)
    keys = signing.keys if signing else ()
    expected = (ExpectedKey(name=key.dns_name, record=key.dns_record) for key in keys)
    return replace(sending, keys=tuple(expected))


def _sent_by_ses(sending: Sending, identity: SesIdentity, region: str) -> Sending:
    return replace(
        sending,
        bounce_domain=identity.mail_from or ses_own_bounce_domain(region),
        keys=ses_keys(identity.name, identity.tokens, identity.zone),
        spf=SES_SPF,
        bounce_host=ses_bounce_host(region) if identity.mail_from else "",
    )
