"""The names of the machines that send, and of those that take bounces."""

from dataclasses import dataclass

from pabal.authentication.lookups import Answer, Kind, Lookups, reverse_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseName:
    """The name of an address, and whether it leads back to it (RFC 1912 2.1).

    unanswered: whether one of the questions has no answer.
    """

    address: str
    names: tuple[str, ...] = ()
    confirmed: bool = False
    unanswered: bool = False


_NAMES = 5  # more are not looked at; nobody needs them


def reverse(address: str, lookups: Lookups) -> ReverseName:
    answer = lookups.ask(reverse_name(address), Kind.PTR)
    if answer.trouble is not None:
        return ReverseName(address=address, unanswered=True)
    kind = Kind.AAAA if ":" in address else Kind.A
    back = [lookups.ask(name, kind) for name in answer.records[:_NAMES]]
    confirmed = any(address in each.records for each in back)
    silent = any(each.trouble is not None for each in back)
    return ReverseName(
        address=address,
        names=answer.records,
        confirmed=confirmed,
        unanswered=silent and not confirmed,
    )


def takes_mail(domain: str, lookups: Lookups) -> Answer:
    """Return the answer for where mail to a domain goes: MX, or else its address.

    RFC 5321 5.1: without MX the domain's own address is tried.
    """
    answer = lookups.ask(domain, Kind.MX)
    if not answer.void:
        return answer
    for address in lookups.addresses(domain):
        if not address.void:
            return address
    return answer
