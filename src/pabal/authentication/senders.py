"""Who sends for a domain, as far as the mail server's name tells."""

from ipaddress import ip_address

from pabal.authentication.lookups import Lookups

# What the providers' own pages tell their customers to include.
_PROVIDERS = {
    ".amazonaws.com": "amazonses.com",
    ".gmail.com": "_spf.google.com",
    ".google.com": "_spf.google.com",
    ".office365.com": "spf.protection.outlook.com",
    ".sendgrid.net": "sendgrid.net",
    ".mailgun.org": "mailgun.org",
}


def likely_senders(host: str, lookups: Lookups) -> tuple[str, ...]:
    """Guess the SPF terms for mails that are handed to a mail server.

    A provider's include where the host is one's; else the host's own public addresses, which
    is right for a server that delivers by itself. Nothing for a host that only we can reach.
    """
    for suffix, include in _PROVIDERS.items():
        if f".{host}".endswith(suffix):
            return (f"include:{include}",)
    return tuple(f"ip{ip_address(each).version}:{each}" for each in _public(host, lookups))


def _public(host: str, lookups: Lookups) -> list[str]:
    try:
        found = [str(ip_address(host))]
    except ValueError:
        found = [record for answer in lookups.addresses(host) for record in answer.records]
    return [address for address in found if ip_address(address).is_global]
