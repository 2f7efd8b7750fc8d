"""Whatever breaks wherever: what the transport says of a mail is true."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pabal.domain.outcome import Verdict
from pabal.transport.smtp.settings import Security
from servers.smtp import Conduct, Sink, make_certificates
from transport.contract import a_mail, an_envelope
from transport.smtp_places import LONG, transport_to

MAILS = 300


class Unlucky(Sink):
    """Something goes wrong at every tenth step or so."""

    def __init__(self, conduct: Conduct, seed: int) -> None:
        super().__init__(conduct)
        self.dice = random.Random(seed)

    def mishap(self, place: str) -> str:
        if self.dice.random() > 0.1:
            return ""
        return self.dice.choice(
            ["close", "reset", "421"] if place != "kept" else ["close", "reset"]
        )

    def holds(self, _recipients: Sequence[str], answer: Callable[[], None]) -> bool:
        if self.dice.random() > 0.1:
            return False
        asyncio.get_running_loop().call_later(0.1, answer)
        return True


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("way", ["grouped", "one by one", "tls"])
async def test_every_outcome_is_true(way: str, seed: int, tmp_path: Path) -> None:
    """Accepted: kept once. Failed: not kept. Unknown: kept or not. Never kept twice."""
    certificates = make_certificates(tmp_path)
    secure = way == "tls"
    extensions = ("SIZE",) if way == "one by one" else ("PIPELINING",)
    conduct = Conduct(extensions=extensions, tls=certificates.good() if secure else None)
    recipients = [f"r{n}@x.example" for n in range(MAILS)]
    async with (
        Unlucky(conduct, seed) as sink,
        transport_to(
            sink.port,
            connections=4,
            security=Security.STARTTLS if secure else Security.NONE,
            ca_file=certificates.ca_file,
            timeouts=replace(LONG, hurry=0.02),
        ) as transport,
    ):
        outcomes = await asyncio.gather(
            *(transport.submit(an_envelope(r), [*a_mail(r), b"x\r\n" * 9000]) for r in recipients)
        )
    kept = Counter(sink.recipients)
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    assert max(kept.values()) == 1
    for recipient, outcome in zip(recipients, outcomes, strict=True):
        if outcome.verdict is Verdict.ACCEPTED:
            assert kept[recipient] == 1
        elif outcome.verdict is not Verdict.UNKNOWN:
            assert kept[recipient] == 0, outcome
    assert verdicts[Verdict.ACCEPTED] > MAILS / 3
    assert verdicts[Verdict.UNKNOWN] > 0
    assert verdicts[Verdict.TRANSIENT] > 0
