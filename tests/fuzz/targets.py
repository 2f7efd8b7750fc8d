"""Every parser of what anybody may have written, with what it is fed and what it promises."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from builders.files import a_workbook
from builders.returned import CORPUS, DELIVERY, FOUND_AT, LINKS, SECRET, sealed
from fuzz import promises
from fuzz.feed import around, damaged, damaged_archive, objects, octet_pieces, odd_text, pieces
from fuzz.words import CSV, DNS, EVENT, HOOK, JINJA, MARKUP, MIME, SMTP, SNS
from pabal.domain.identity import leaving_local_part, verp_local_part
from pabal.domain.token import Purpose
from pabal.feedback import webhook
from pabal.message.source import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A parser.

    feed: makes what it reads. seconds: of processor time that one input may take.
    """

    name: str
    feed: st.SearchStrategy[Any]
    read: Callable[[Any], None]
    seconds: float = 5.0


@cache
def targets() -> dict[str, Target]:
    return {target.name: target for target in _targets()}


def _targets() -> list[Target]:
    template = st.tuples(
        pieces(*JINJA, most=6),
        pieces(*JINJA, *MARKUP, most=25),
        st.sampled_from(Markup),
        odd_text,
    )
    token = LINKS.sign(Purpose.UNSUBSCRIBE, DELIVERY)
    signature = webhook.signature_of(b"[]", secret="s" * 32, at=FOUND_AT)
    local_parts = (verp_local_part(DELIVERY, SECRET), leaving_local_part(DELIVERY, SECRET))
    workbooks = damaged([_workbook()]) | damaged_archive(_workbook())
    page = pieces(*MARKUP, "style='display:none'", "font-size:9e9px", " hidden", most=40)
    return [
        Target(
            name="letter", feed=damaged(_letters()) | octet_pieces(*MIME), read=promises.of_letter
        ),
        Target(name="ses", feed=objects(EVENT), read=promises.of_ses_event),
        Target(name="sns", feed=objects(SNS), read=promises.of_sns_message),
        Target(name="webhook", feed=objects(HOOK), read=promises.of_webhook_event),
        Target(name="signature", feed=around(signature), read=promises.of_signature),
        Target(name="token", feed=around(token), read=promises.of_token),
        Target(
            name="seal",
            feed=st.one_of(*map(around, local_parts)),
            read=promises.of_bounce_address,
        ),
        Target(
            name="address",
            feed=around("a.b+c@mail.example.com") | odd_text,
            read=promises.of_address,
        ),
        Target(name="record", feed=pieces(*DNS, most=40), read=promises.of_record),
        Target(name="reply", feed=octet_pieces(*SMTP), read=promises.of_reply),
        Target(name="csv", feed=octet_pieces(*CSV), read=promises.of_table("customers.csv")),
        Target(name="xlsx", feed=workbooks, read=promises.of_table("customers.xlsx")),
        Target(name="template", feed=template, read=promises.of_template),
        Target(name="page", feed=page, read=promises.of_page),
    ]


@cache
def _letters() -> list[bytes]:
    return [sealed(path.read_bytes()) for path in sorted(CORPUS.glob("*.eml"))]


def _workbook() -> bytes:
    with tempfile.TemporaryDirectory(prefix="pabal-fuzz-") as directory:
        rows = [["email", "name"], ["a@example.com", "김민지"], ["b@x", 7.0]]
        return a_workbook(Path(directory) / "customers.xlsx", rows).read_bytes()
