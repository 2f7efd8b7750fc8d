"""No speed is bought with a promise: what the server received is what was meant.

A sample of signed mails is read back from smtp-sink, compared byte for byte (decoded) with
the plain rendering, and verified by dkimpy.
"""

import email
import email.policy
import re
import tempfile
from pathlib import Path

import dkim
import uvloop

from bench.contenders import a_dkim_key, a_renderer, message_over_smtp
from bench.people import recipients
from bench.sink_of_postfix import smtp_sink
from pabal.message.dkim import DkimKey, Signing
from pabal.message.encode import canonical

MAILS = 40

# What smtp-sink puts in front of the mail when it writes it to a file.
_ITS_OWN = re.compile(
    rb"\A(?:X-[A-Z][a-z]+-[A-Z][a-z]+: [^\n]*\n)*Received: [^\n]*\n(?:[ \t][^\n]*\n)*"
)


def check_sample(*, grid: bool) -> int:
    """Send a sample and check it; return how many mails were checked.

    Raises AssertionError: a mail is not what it should be.
    """
    key = a_dkim_key()
    people = {person.address.wire: person for person in recipients(MAILS)}
    renderer = a_renderer(grid=grid, signing=Signing(keys=(key,)))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)  # smtp-sink writes as nobody
        with smtp_sink("-d", f"{folder}/%s.") as port:
            uvloop.run(message_over_smtp(renderer, list(people.values()), port))
        received = [path.read_bytes() for path in Path(folder).iterdir()]
    assert len(received) == MAILS
    for dumped in received:
        wire = _ITS_OWN.sub(b"", dumped).replace(b"\n", b"\r\n")
        mail = email.message_from_bytes(wire, policy=email.policy.default)
        plain = renderer.plain(people.pop(str(mail["To"])))
        assert mail["Subject"] == plain.subject
        for kind, wanted in (("html", plain.html), ("plain", plain.text)):
            part = mail.get_body((kind,))
            assert part is not None
            assert part.get_payload(decode=True) == canonical(wanted).encode()
        assert dkim.verify(wire, dnsfunc=_published(key))
    assert not people
    return MAILS


def _published(key: DkimKey):
    def look_up(name: bytes, timeout: float = 5) -> bytes | None:
        return key.dns_record.encode() if name.decode().rstrip(".") == key.dns_name else None

    return look_up
