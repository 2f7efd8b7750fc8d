"""A connection that is reset is noticed soon, on every event loop, whatever came before."""

import asyncio
import socket
import struct
from collections.abc import Callable

import pytest
import uvloop

from pabal.transport.smtp.channel import Channel, ConnectionLost, Silence

_LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
_LONG = 30.0  # seconds: nobody waits for so long who notices


@pytest.mark.parametrize("loop", _LOOPS)
@pytest.mark.parametrize("said", [b"", b"220 ready\r\n"], ids=["silent", "in mid-sentence"])
def test_a_reset_is_noticed(loop: str, said: bytes) -> None:
    with asyncio.Runner(loop_factory=_LOOPS[loop]) as runner:
        runner.run(_be_reset(said))


async def _be_reset(said: bytes) -> None:
    now = asyncio.get_running_loop().time
    with socket.create_server(("127.0.0.1", 0)) as server:
        channel = await Channel.connect("127.0.0.1", server.getsockname()[1], seconds=_LONG)
        peer, _ = server.accept()
        # Both arrive before the loop looks again: bytes, and the reset behind them.
        peer.sendall(said)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        began = now()
        with pytest.raises(ConnectionLost) as lost:
            await _hear_to_the_end(channel)
        channel.close()
    assert not isinstance(lost.value, Silence)
    assert "reset" in str(lost.value)
    assert now() - began < _LONG / 2


async def _hear_to_the_end(channel: Channel) -> None:
    now = asyncio.get_running_loop().time
    while True:
        await channel.receive(since=now(), quiet=_LONG, stuck=_LONG)
