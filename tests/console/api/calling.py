"""A program that asks the API with a key, as curl would: no cookies, CSRF checked."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from pabal.console.campaigns.models import Campaign

BASE = "/api/v1/"
Prove = Callable[[Campaign], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """key: the text of one; "" for none."""

    key: str = ""

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """body: what is written as JSON; bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        answer = Client(enforce_csrf_checks=True).generic(
            method,
            BASE + path,
            b"" if body is None else data,
            content_type="application/json",
            headers=headers,
        )
        assert not answer.cookies, "a program has no session"
        return answer


def told(answer: HttpResponse, status: int = 200) -> Any:
    """Return what an answer says, which has to have this status."""
    assert answer.status_code == status, answer.content.decode()
    return json.loads(answer.content)


def refused(answer: HttpResponse, status: int) -> str:
    """Return the code of an error; an error is always a whole problem (RFC 9457)."""
    problem = told(answer, status)
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["status"] == status
    assert all(problem[name] for name in ("type", "title", "detail", "code", "remedy"))
    return str(problem["code"])
