"""Why a text is no e-mail address, in words of ours: a library's are in English alone."""

import re

from pabal.domain.errors import Explained

_LONGEST_LOCAL = 64  # bytes, RFC 5321 4.5.3.1.1
_LONGEST_ADDRESS = 254  # bytes, RFC 3696, erratum 1690
_NOT_IN_LOCAL = re.compile(r'[()<>\[\]:;,\\"]')  # RFC 5322 3.2.3: specials
_NOT_IN_DOMAIN = re.compile(r"[^\w.-]")


class AddressFault(Explained):
    """What is wrong with it. No sentence has blanks, so that each can be kept as it is."""

    code = "address-fault"
    message = "it is not written like one"


class NoAtSign(AddressFault):
    code = "no-at-sign"
    message = "there is no @ in it"


class SeveralAtSigns(AddressFault):
    code = "several-at-signs"
    message = "there is more than one @ in it"


class NothingBeforeAt(AddressFault):
    code = "nothing-before-at"
    message = "nothing stands before the @"


class NothingBehindAt(AddressFault):
    code = "nothing-behind-at"
    message = "nothing stands behind the @"


class TooLong(AddressFault):
    code = "address-too-long"
    message = "it is too long"


class SpaceInside(AddressFault):
    code = "space-inside"
    message = "there is a space in it"


class PeriodAstray(AddressFault):
    code = "period-astray"
    message = "a period stands where none may, or two stand together"


class NoPeriod(AddressFault):
    code = "no-period"
    message = "there is no period behind the @"


class SignNotAllowed(AddressFault):
    code = "sign-not-allowed"
    message = "there is a sign in it that no address may have"


def fault_of(text: str) -> AddressFault:
    """Say what is most likely wrong with a text that is no address."""
    local, at, domain = text.rpartition("@")
    if not at:
        return NoAtSign()
    if "@" in local:
        return SeveralAtSigns()
    if not local or not domain:
        return NothingBehindAt() if local else NothingBeforeAt()
    return _fault_in(local, domain)


def _fault_in(local: str, domain: str) -> AddressFault:
    whole = f"{local}@{domain}"
    if len(local.encode()) > _LONGEST_LOCAL or len(whole.encode()) > _LONGEST_ADDRESS:
        return TooLong()
    if re.search(r"\s", whole):
        return SpaceInside()
    if not all([*local.split("."), *domain.split(".")]):
        return PeriodAstray()
    if "." not in domain:
        return NoPeriod()
    if _NOT_IN_LOCAL.search(local) or _NOT_IN_DOMAIN.search(domain):
        return SignNotAllowed()
    return AddressFault()
