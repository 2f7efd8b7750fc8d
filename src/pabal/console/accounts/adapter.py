"""What allauth asks us: who may join, from whom its mails are, how its secrets are kept."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from pabal.configuration.keyring import load_keyring
from pabal.configuration.sealing import seal, unseal
from pabal.console.accounts.models import organisation

_PURPOSE = "second-factor"
_PLACE = "mfa_authenticator"


class AccountAdapter(DefaultAccountAdapter):
    """Nobody joins by themselves: members are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_from_email(self) -> str:
        return organisation().email or "pabal@localhost"

    def format_email_subject(self, subject: str) -> str:
        return f"[{organisation().name or 'Pabal'}] {subject}"


class SealingAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed: the database alone signs nobody in."""

    def encrypt(self, text: str) -> str:
        keyring = load_keyring(settings.PABAL.home)
        return seal(keyring, text.encode(), purpose=_PURPOSE, place=_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        keyring = load_keyring(settings.PABAL.home)
        return unseal(keyring, encrypted_text, purpose=_PURPOSE, place=_PLACE).decode()
