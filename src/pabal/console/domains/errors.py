"""What is refused of sending domains.

PabalError
  InputError
    UnknownDomain, DomainRefused, OptionRefused, BounceHostUnknown, SendersUnknown, TermRefused,
    TokensRefused
  Refusal
    DomainExists, DomainInUse, KeysElsewhere, KeysNotPublished, NothingReplaced, TooEarly
"""

from pabal.domain.errors import InputError, Refusal


class UnknownDomain(InputError):
    code = "unknown-domain"
    message = "There is no sending domain “{domain}”. There are: {names}"
    remedy = "Use one of these, or add it with `pabal domain add`."


class DomainRefused(InputError):
    code = "domain-refused"
    message = "“{value}” is not a domain."
    remedy = "Write a domain such as shop.example, without a scheme, a port or an @."


class OptionRefused(InputError):
    code = "domain-option-refused"
    message = "{option} cannot be “{value}”."
    remedy = "Allowed are values such as {example}."


class BounceHostUnknown(InputError):
    code = "bounce-host-unknown"
    message = "Nobody has said which host takes the mail for {domain}, to which bounces go."
    remedy = "Say so with --bounce-host."


class SendersUnknown(InputError):
    code = "senders-unknown"
    message = "Nobody has said which servers send the mails of {domain}."
    remedy = (
        'Say so with --spf: "ip4:192.0.2.1" for a server with this address, or '
        '"include:…" as your mail provider tells you.'
    )


class TermRefused(InputError):
    code = "spf-term-refused"
    message = "“{term}” is no term that names who sends."
    remedy = (
        "Write terms of SPF, such as ip4:192.0.2.1 or include:spf.example; “v=spf1” and “all” "
        "are added."
    )


class TokensRefused(InputError):
    code = "tokens-refused"
    message = "Amazon SES gives three tokens for a domain, and {count} were given."
    remedy = "Copy them from the CNAME names that SES shows: --token A --token B --token C."


class DomainExists(Refusal):
    code = "domain-exists"
    message = "{domain} was added already."
    remedy = "`pabal domain show {domain}` prints its records again."


class DomainInUse(Refusal):
    code = "domain-in-use"
    message = "Senders use {domain}: {senders}. Without its keys their mails are not signed."
    remedy = "Add --force if this is meant; the keys are gone then."


class KeysElsewhere(Refusal):
    code = "keys-elsewhere"
    message = "Amazon SES keeps the keys of {domain}, and changes them by itself."
    remedy = "Nothing needs to be done."


class KeysNotPublished(Refusal):
    code = "keys-not-published"
    message = "The next keys of {domain} are not to be seen in the DNS yet: {names}"
    remedy = "Publish their records (`pabal domain show {domain}`), wait, and repeat the command."


class NothingReplaced(Refusal):
    code = "nothing-replaced"
    message = "{domain} has no keys that were replaced."
    remedy = "`pabal domain rotate {domain}` replaces those that sign."


class TooEarly(Refusal):
    code = "too-early"
    message = (
        "The keys of {domain} were replaced on {date}; mails on their way may still need them."
    )
    remedy = "Wait until {until}, or add --now."
