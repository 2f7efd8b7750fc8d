"""Where mails are signed: beside the event loop, where there is a core for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pabal.message.render import UnsignedMail, WireMessage

_MOST_THREADS = 4


class Signatory:
    """Signs mails by DKIM.

    An RSA signature of a 100 KB mail takes a quarter of a millisecond, nearly all of it
    without the GIL, so that other mails are rendered and sent meanwhile.

    cores: that this process may use. On one alone a thread would only get in the way.
    """

    def __init__(self, cores: int) -> None:
        threads = min(cores - 1, _MOST_THREADS)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sign") if threads > 0 else None

    async def sign(self, mail: UnsignedMail) -> WireMessage:
        """Return the mail with its signatures; as it is where the campaign has no key."""
        if self._pool is None or mail.signer is None:
            return mail.sign()
        return await asyncio.get_running_loop().run_in_executor(self._pool, mail.sign)
