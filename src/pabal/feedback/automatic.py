"""Automatic answers: holidays, receipts, robots. They are no bounce (RFC 3834, RFC 8098)."""

import re

from pabal.feedback import mime
from pabal.feedback.mime import Part

_MARKS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "X-Mail-Autoreply",
    "X-AutoReply-From",
    "X-Vacation",
)
_SUBJECT = re.compile(
    r"auto(matic)?[ -]?(reply|response|answer)|autoreply|^auto:|out of (the )?office|vacation|"
    r"on leave|abwesenheit|automatische antwort|réponse automatique|risposta automatica|"
    r"respuesta automática|автоответ|自动回复|自動返信|부재|자동\s?(응답|회신|답장)|휴가",
    re.IGNORECASE,
)


def is_automatic_answer(message: Part) -> bool:
    """Whether a program has answered instead of a person."""
    submitted = mime.field(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if mime.field(message, "Return-Path") == "<>":  # RFC 5321 4.5.5: nobody is to answer it
        return True
    if any(message.get(name) for name in _MARKS) or _is_receipt(message):
        return True
    precedence = mime.field(message, "Precedence").lower()
    return precedence == "auto_reply" or bool(_SUBJECT.search(mime.field(message, "Subject")))


def _is_receipt(message: Part) -> bool:
    """Whether it is a disposition notification: "read", "deleted without being read"."""
    return any(
        part.get_content_type() == "message/disposition-notification"
        for part in mime.parts(message)
    )
