"""The examples of docs/api.md do what stands below them, one after the other."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test import Client

from console.api.calling import Caller, Prove
from pabal.console.api.operations import OPERATIONS
from pabal.console.campaigns.models import Campaign

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
HOST = "https://mail.shop.example"
_EXAMPLE = re.compile(r"```sh\n(curl .*?)\n```(?:\n```json\n(.*?)\n```)?", re.DOTALL)
_STATUS = re.compile(r" +# (\d{3})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """status: what the comment behind it says, or 200. answer: None where none is shown."""

    words: Sequence[str]
    status: int
    answer: Any

    def run(self) -> Any:
        """Ask as curl does, by the four of its options that the page uses."""
        words = list(self.words[1:])
        method, headers, body, url = "", {}, "", ""
        while words:
            match words.pop(0):
                case "-X":
                    method = words.pop(0)
                case "-H":
                    name, _, value = words.pop(0).partition(": ")
                    headers[name] = value
                case "-d":
                    body = words.pop(0)
                case address:
                    url = address
        assert url.startswith(HOST), self.words
        kind = headers.pop("Content-Type", "")
        path = url.removeprefix(HOST)
        return Client().generic(method or "GET", path, body, content_type=kind, headers=headers)


def examples(names: dict[str, str]) -> list[Example]:
    """Read the page, with the shell's variables filled in."""
    found: list[Example] = []
    for command, answer in _EXAMPLE.findall(PAGE.read_text("utf-8")):
        status = _STATUS.search(command)
        text = re.sub(r"\$([A-Z]+)", lambda m: names[m[1]], _STATUS.sub("", command))
        words = shlex.split(text.replace("\\\n", " "))
        shown = json.loads(answer) if answer else None
        found.append(Example(words=words, status=int(status[1]) if status else 200, answer=shown))
    return found


def test_each_example_does_what_it_says(shop: Caller, campaign: Campaign, prove: Prove) -> None:
    names = {"PABAL": HOST, "KEY": shop.key, "CAMPAIGN": campaign.pk, "DIGEST": prove(campaign)}

    for example in examples(names):
        answer = example.run()
        assert answer.status_code == example.status, (example.words, answer.content.decode())
        if example.answer is not None:
            assert _shape(json.loads(answer.content)) == _shape(example.answer), example.words


def test_every_operation_has_an_example() -> None:
    names = {"PABAL": HOST, "KEY": "key", "CAMPAIGN": "{id}", "DIGEST": "digest"}
    shown = set()
    for example in examples(names):
        path = next(each for each in example.words if each.startswith(HOST)).partition("?")[0]
        method = example.words[2] if example.words[1] == "-X" else "GET"
        path = path.removeprefix(f"{HOST}/api/v1/").replace("jisu@customer.example", "{address}")
        shown.add((method, path))

    assert {(each.method, each.path) for each in OPERATIONS} <= shown


def _shape(value: object) -> object:
    """What there is, by name and kind; what values there are is the example's own."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    return type(value)
