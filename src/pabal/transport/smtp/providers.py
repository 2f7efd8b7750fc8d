"""Limits that large providers document for submission; measuring them would mean to break them."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """hosts: patterns. None: not documented, or different for each account."""

    name: str
    hosts: tuple[str, ...]
    connections: int | None = None
    mails_per_minute: int | None = None
    mails_per_day: int | None = None


PROVIDERS = (
    # learn.microsoft.com: Exchange, “smtp-submission-improvements”
    Provider(
        name="Microsoft 365",
        hosts=("smtp.office365.com", "smtp-legacy.office365.com", "smtp-mail.outlook.com"),
        connections=3,
        mails_per_minute=30,
        mails_per_day=10_000,
    ),
    # support.google.com/a/answer/166852; 500 for personal and trial accounts
    Provider(name="Gmail", hosts=("smtp.gmail.com",), mails_per_day=2_000),
    # SES: manage-sending-quotas. Each account has its own; a new one 1/s and 200 a day.
    Provider(
        name="Amazon SES", hosts=("email-smtp.*.amazonaws.com", "email-smtp.*.amazonaws.com.cn")
    ),
)


def provider_of(host: str) -> Provider | None:
    """Return the provider that a mail server belongs to, None for any other."""
    for provider in PROVIDERS:
        if any(fnmatchcase(host.lower(), pattern) for pattern in provider.hosts):
            return provider
    return None
