"""Requests and answers of API Gateway's HTTP API, payload format 2.0."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from pabal.pipeline.aws.calls import LARGEST_CALL
from pabal.pipeline.aws.errors import BodyTooLarge, CallUnreadable

Answer = dict[str, Any]

# A link is as good as a password: it stays out of caches, logs and indexes.
_SECLUDED = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
# What public pages may do: nothing but be read and send their own form.
_PAGE_HEADERS = {
    **_SECLUDED,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}

# A mail was written by a marketer and shows a customer's own values: no script runs, and
# nothing is known to it of the pages it stands among.
_MAIL_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src https: http: data:; "
    "style-src 'unsafe-inline'; font-src https:; sandbox allow-popups "
    "allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
}


def body_of(event: Mapping[str, Any]) -> bytes:
    """Return a request's body. Raises BodyTooLarge, CallUnreadable."""
    body = str(event.get("body") or "")
    if len(body) > LARGEST_CALL * 4 // 3 + 4:
        raise BodyTooLarge(limit=LARGEST_CALL)
    try:
        content = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    except binascii.Error as error:
        raise CallUnreadable(reason="its body is no base64") from error
    if len(content) > LARGEST_CALL:
        raise BodyTooLarge(limit=LARGEST_CALL)
    return content


def form_of(event: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the fields of a form; of several with one name the first."""
    told = parse_qs(body_of(event).decode(errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in told.items()}


def json_answer(status: int, told: Mapping[str, Any]) -> Answer:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": json.dumps(told, ensure_ascii=False),
    }


def page_answer(status: int, page: str) -> Answer:
    return {"statusCode": status, "headers": _PAGE_HEADERS, "body": page}


def mail_answer(html: str) -> Answer:
    return {"statusCode": 200, "headers": {**_PAGE_HEADERS, **_MAIL_HEADERS}, "body": html}


def redirect_answer(target: str) -> Answer:
    return {"statusCode": 302, "headers": {**_SECLUDED, "Location": target}, "body": ""}


def image_answer(image: bytes) -> Answer:
    headers = {**_SECLUDED, "Content-Type": "image/gif"}
    body = base64.b64encode(image).decode()
    return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True}


def text_answer(status: int, text: str) -> Answer:
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": text}
