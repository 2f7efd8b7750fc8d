"""An e-mail address: what is shown, what goes on the wire, what identifies a person."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from pabal.domain.address_faults import fault_of
from pabal.domain.errors import InputError

# RFC 5322 3.2.3: a dot-atom, but for signs that hardly an address has.
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_LONGEST_LOCAL = 64  # RFC 5321 4.5.3.1.1
_LONGEST_ADDRESS = 254  # RFC 3696, erratum 1690
_DOMAINS_KNOWN = 4096


class AddressError(InputError):
    code = "address-invalid"
    message = "“{address}” is not an e-mail address: {reason}"
    remedy = "Correct the address, or leave the row out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A checked address.

    original: as it was given, without surrounding white space; for display.
    local: the part before the @, as given (it belongs to the receiving host).
    domain: lower case, international names as ASCII (IDNA 2008).
    """

    original: str
    local: str
    domain: str

    @property
    def wire(self) -> str:
        """The address for the envelope and the headers."""
        return f"{self.local}@{self.domain}"

    @property
    def identity(self) -> str:
        """What two spellings of one address have in common; the key for every look-up.

        No provider's rules about dots or plus tags are applied: elsewhere they would
        make one person of two.
        """
        return f"{self.local.casefold()}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it (RFC 6531); SES is none."""
        return not self.local.isascii()


def parse_address(text: str) -> Address:
    """Check the grammar of an address and normalise it. Looks nothing up.

    Raises AddressError: the text is not one address; `reason` says why.
    """
    trimmed = text.strip()
    return _parse_plain(trimmed) or _parse_any(trimmed)


def _parse_plain(trimmed: str) -> Address | None:
    """Answer as `_parse_any` does where that is easy to see, in a tenth of the time.

    A million addresses have few domains, so a domain is checked once. None: not so easy.
    """
    local, at, domain = trimmed.partition("@")
    if not at or not _PLAIN_LOCAL.fullmatch(local):
        return None
    if len(local) > _LONGEST_LOCAL or len(trimmed) > _LONGEST_ADDRESS:
        return None
    if not local.islower() and local.lower() in _role_names():
        return None
    checked = _plain_domain(domain)
    return Address(original=trimmed, local=local, domain=checked) if checked else None


@cache
def _role_names() -> frozenset[str]:
    """Names such as postmaster, of which the library makes small letters (RFC 2142)."""
    from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

    return frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)


@lru_cache(maxsize=_DOMAINS_KNOWN)
def _plain_domain(domain: str) -> str:
    """Return Address.domain; "" where it is none, or its letters are not all ASCII."""
    if not domain.isascii():
        return ""
    try:
        checked = _parse_any(f"a@{domain}")
    except AddressError:
        return ""
    return "" if "xn--" in checked.domain else checked.domain


def _parse_any(trimmed: str) -> Address:
    # Imported here: a Lambda that only sends reads addresses that were checked before.
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(trimmed, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise AddressError(address=_shown(trimmed), reason=fault_of(trimmed)) from error
    return Address(original=trimmed, local=checked.local_part, domain=checked.ascii_domain)


def restore_address(wire: str, original: str = "") -> Address:
    """Make an Address of one that was checked before and kept as `Address.wire`."""
    local, _, domain = wire.rpartition("@")
    return Address(original=original or wire, local=local, domain=domain)


def domain_of(identity: str) -> str:
    """Return the domain of an Address.identity."""
    return identity.rpartition("@")[2]


def _shown(text: str) -> str:
    """Keep line ends and endless values out of messages."""
    return "".join(c if c.isprintable() else "·" for c in text[:80])
