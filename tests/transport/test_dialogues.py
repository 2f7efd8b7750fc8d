"""Conversations with servers, good and bad, written down in dialogues/*.smtp."""

import asyncio
import re
from pathlib import Path

import pytest

from pabal.transport.smtp.settings import Timeouts
from servers.smtp import ScriptedServer
from transport.contract import a_mail, an_envelope, until
from transport.smtp_places import transport_to

DIALOGUES = {
    path.stem: path.read_text()
    for path in sorted((Path(__file__).parent / "dialogues").glob("*.smtp"))
}
PATIENCE = Timeouts(
    connect=2, greeting=1, mail=1, rcpt=1, data=1, block=1, content=1, idle=0.3, quit=0.3
)


@pytest.mark.parametrize("name", DIALOGUES)
async def test_the_conversation_goes_as_it_is_written(name: str) -> None:
    """As many mails as there are outcomes in the file, all waiting, over one connection."""
    text = DIALOGUES[name]
    expected = _header(text, "outcomes").split()
    username, _, password = _header(text, "login").partition(" ")
    server = ScriptedServer(text)
    async with server:
        async with transport_to(
            server.port, timeouts=PATIENCE, username=username, password=password
        ) as transport:
            outcomes = await asyncio.gather(
                *(
                    transport.submit(an_envelope(f"r{n}@x.example"), a_mail())
                    for n in range(len(expected))
                )
            )
        assert [outcome.verdict.value for outcome in outcomes] == expected
        assert server.deviations == []
        await until(lambda: server.unfinished == 0)
    assert all(content == b"".join(a_mail()) for content in server.contents)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^# {name}: (.*)$", text, re.MULTILINE)
    return found.group(1) if found else ""
