"""Replies into outcomes: one place, tables first.

The basic code decides between transient and permanent (RFC 5321 4.2.1); the enhanced
code (RFC 3463 and the IANA registry) and the stage decide whom it concerns. Text is
read only where servers give nothing better, and beside a code it may only acquit an
address, never convict it.
"""

import re
from dataclasses import replace

from pabal.domain.outcome import Concern, Outcome, Reply, Scope, Stage, Throttle, Verdict

_NO_SUCH_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# 5.1.2 (no such host) may be a passing fault of DNS, so it does not suppress by itself.
_SUPPRESS = _NO_SUCH_MAILBOX - {"5.1.2"}
_MAILBOX_FULL = frozenset({"4.2.2", "5.2.2"})
_OUR_MAIL = re.compile(r"5\.2\.3|5\.3\.4|5\.5\.\d+|5\.6\.\d+")
# The sender's address (RFC 3463 3.2), and its SPF, DKIM and DNS (RFC 7372; Outlook's 515).
# Many servers say so at RCPT only, so that the stage does not tell.
_SENDER = re.compile(r"5\.1\.[78]|5\.7\.(2[0-7]|515)")
_POLICY = re.compile(r"5\.7\.\d+")
# "Other" of its kind (RFC 3463 3.1 to 3.4): says no more than the basic code.
_UNSPECIFIC = re.compile(r"[245]\.[0-3]\.0")
_NO_SUCH_USER_TEXT = re.compile(
    r"no such (user|recipient|mailbox|address)|user unknown|unknown user|"
    r"invalid (recipient|mailbox)|"
    r"no mailbox here by that name|disabled or discontinued|doesn't have an? .{0,40}account|"
    r"(mailbox|recipient|user|address|account) .{0,40}"
    r"(does not exist|not found|doesn't exist|unknown)|"
    r"존재하지 않는 (?!도메인|호스트|서버)",
    re.IGNORECASE,
)
# Said beside "no such mailbox" by servers that give one code for everything: Gmail has
# 5.2.1 for a mailbox that gets too much at once, sendmail 5.1.1 for any 550 to RCPT.
_ACQUITS_TEXT = re.compile(
    r"\bspam|black ?list|block(ed|ing| ?list)|\b(rbl|dnsbl)\b|reputation|denied by policy|"
    r"at a rate|too (quickly|fast|many)|rate limit|temporar|"
    r"over ?quota|quota exceeded|mailbox (is )?full|"
    r"sender (address|domain|verif)|domain of sender|"
    r"스팸|차단|초과|일시|발신",
    re.IGNORECASE,
)
_POLICY_TEXT = re.compile(
    r"\bspam|black ?list|block(ed|ing| ?list)|\b(rbl|dnsbl|spf|dkim|dmarc)\b|reputation|"
    r"polic(y|ies)|unsolicited|스팸|차단",
    re.IGNORECASE,
)
_RELAY_DENIED_TEXT = re.compile(r"relay", re.IGNORECASE)
# SES says both with 454; only the rate passes by itself. SES: troubleshoot-smtp
_DAILY_QUOTA_TEXT = re.compile(r"daily (message|sending) quota", re.IGNORECASE)
_SENDER_REFUSED_TEXT = re.compile(
    r"not verified|not authori[sz]ed|sending (is )?paused|suspended", re.IGNORECASE
)
# SES: 454, "Maximum sending rate exceeded". Microsoft 365: 432, more than three connections.
_SERVER_THROTTLES = frozenset({432, 454})
_GREYLIST_TEXT = re.compile(r"gr[ae]y-?list", re.IGNORECASE)
# Greylisting filters say 4.7.1, and so does Postfix of who sends too much (anvil).
_TOO_MANY_TEXT = re.compile(r"\brate\b|too (many|much)|limit|throttl", re.IGNORECASE)


def classify(reply: Reply, *, stage: Stage) -> Outcome:
    """Say what a server's reply means for the delivery. Source: docs/rules.md 1a."""
    if 200 <= reply.code < 300 and stage is Stage.CONTENT:
        return _outcome(Verdict.ACCEPTED, Scope.MESSAGE, stage, reply)
    if 500 <= reply.code < 600 and not _is_full(reply, stage):
        return _permanent(reply, stage)
    return _transient(reply, stage)


def network_failure(text: str, *, stage: Stage, last_byte_left: bool) -> Outcome:
    """Say what a lost, refused or silent connection means.

    last_byte_left: the whole mail was written, so the server may have accepted it
    although no answer came (RFC 1047): the outcome is then unknown.
    """
    if last_byte_left:
        return Outcome(verdict=Verdict.UNKNOWN, stage=Stage.CONTENT, text=text)
    early = stage in (Stage.CONNECT, Stage.AUTH)
    scope = Scope.ACCOUNT if early else Scope.MESSAGE
    return Outcome(verdict=Verdict.TRANSIENT, scope=scope, stage=stage, text=text)


def concern(reply: Reply) -> Concern:
    """Say whom a refusal is about that was told later, when no conversation shows it."""
    said = replace(reply, enhanced="") if is_unspecific(reply.enhanced) else reply
    passing = reply.code // 100 == 4 or reply.enhanced.startswith("4.")
    if not passing and _names_no_mailbox(said):
        return Concern.MAILBOX_GONE
    if said.enhanced == "5.1.2":
        return Concern.NO_HOST
    if said.enhanced in _MAILBOX_FULL:
        return Concern.MAILBOX_FULL
    if _is_policy(said):
        return Concern.SENDER
    if _OUR_MAIL.fullmatch(said.enhanced):
        return Concern.MAIL
    return Concern.UNKNOWN


def is_unspecific(enhanced: str) -> bool:
    """Whether an enhanced code is missing or says no more than "refused"."""
    return not enhanced or _UNSPECIFIC.fullmatch(enhanced) is not None


def _is_policy(reply: Reply) -> bool:
    """Whether the sender is refused: its addresses, its names, what it is known for."""
    if not reply.enhanced or reply.enhanced in _SUPPRESS:
        return bool(_POLICY_TEXT.search(reply.text))
    policy = _SENDER.fullmatch(reply.enhanced) or _POLICY.fullmatch(reply.enhanced)
    return bool(policy) or reply.enhanced.startswith("4.7.")


def _transient(reply: Reply, stage: Stage) -> Outcome:
    if _DAILY_QUOTA_TEXT.search(reply.text):
        return _outcome(Verdict.PERMANENT, Scope.ACCOUNT, stage, reply)
    early = stage in (Stage.CONNECT, Stage.AUTH)
    scope = Scope.ACCOUNT if early else Scope.MESSAGE
    if _is_full(reply, stage):
        scope = Scope.ADDRESS
    return Outcome(
        verdict=Verdict.TRANSIENT,
        scope=scope,
        stage=stage,
        reply=reply,
        text=reply.text,
        throttle=_throttle(reply, stage),
    )


def _throttle(reply: Reply, stage: Stage) -> Throttle | None:
    if reply.code in _SERVER_THROTTLES:
        return Throttle.EVERYBODY
    if reply.code != 421 and not reply.enhanced.startswith("4.7."):
        return None
    if stage in (Stage.CONNECT, Stage.AUTH, Stage.MAIL):
        return Throttle.EVERYBODY
    return None if _is_greylisting(reply) else Throttle.DOMAIN


def _is_greylisting(reply: Reply) -> bool:
    """Whether it is about a first attempt; who says so by 421 wants nobody else either."""
    if reply.code not in (450, 451):
        return False
    by_code = reply.enhanced == "4.7.1" and not _TOO_MANY_TEXT.search(reply.text)
    return by_code or bool(_GREYLIST_TEXT.search(reply.text))


def _is_full(reply: Reply, stage: Stage) -> bool:
    """Whether the mailbox has no room, which passes even where the code says 5."""
    # RFC 5321 4.5.3.1.10: a bare 552 to RCPT is to be treated as 452.
    bare = reply.code == 552 and not reply.enhanced and stage is Stage.RCPT
    return bare or reply.enhanced in _MAILBOX_FULL


def _permanent(reply: Reply, stage: Stage) -> Outcome:
    if stage in (Stage.CONNECT, Stage.AUTH) or _concerns_all(reply, stage):
        return _outcome(Verdict.PERMANENT, Scope.ACCOUNT, stage, reply)
    if _OUR_MAIL.fullmatch(reply.enhanced) or (reply.code == 552 and not reply.enhanced):
        return _outcome(Verdict.PERMANENT, Scope.MESSAGE, stage, reply)
    if stage is Stage.RCPT or reply.enhanced in _NO_SUCH_MAILBOX or _names_nobody(reply):
        return _address_refused(reply, stage)
    return _outcome(Verdict.PERMANENT, Scope.MESSAGE, stage, reply)


def _concerns_all(reply: Reply, stage: Stage) -> bool:
    """Whether every other recipient would be refused alike."""
    if reply.code == 530 or _SENDER.fullmatch(reply.enhanced):
        return True
    if stage is Stage.MAIL:
        about_size = reply.enhanced == "5.3.4" or (reply.code == 552 and not reply.enhanced)
        return not about_size
    if stage is Stage.RCPT:
        # A policy refusal here may be this recipient's own; "relay denied" never is.
        return bool(_RELAY_DENIED_TEXT.search(reply.text))
    return bool(_POLICY.fullmatch(reply.enhanced) or _SENDER_REFUSED_TEXT.search(reply.text))


def _names_nobody(reply: Reply) -> bool:
    return not reply.enhanced and bool(_NO_SUCH_USER_TEXT.search(reply.text))


def _names_no_mailbox(reply: Reply) -> bool:
    """Whether the mailbox does not exist, and nothing in the words speaks against it."""
    gone = reply.enhanced in _SUPPRESS or _names_nobody(reply)
    return gone and not _ACQUITS_TEXT.search(reply.text)


def _address_refused(reply: Reply, stage: Stage) -> Outcome:
    scope = Scope.MESSAGE if _POLICY.fullmatch(reply.enhanced) else Scope.ADDRESS
    return Outcome(
        verdict=Verdict.PERMANENT,
        scope=scope,
        stage=stage,
        reply=reply,
        text=reply.text,
        suppress=_names_no_mailbox(reply),
    )


def _outcome(verdict: Verdict, scope: Scope, stage: Stage, reply: Reply) -> Outcome:
    return Outcome(verdict=verdict, scope=scope, stage=stage, reply=reply, text=reply.text)
