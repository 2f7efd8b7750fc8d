"""Where mails are signed: beside the event loop, where there is a core for it."""

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from pabal.message.render import UnsignedMail, WireMessage

_MOST_THREADS = 4


class Signatory:
    """Signs mails by DKIM.

    An RSA signature of a 100 KB mail takes a quarter of a millisecond, nearly all of it
    without the GIL, so that other mails are rendered and sent meanwhile.

    cores: that this process may use. On one alone a thread would only get in the way: the
    event loop signs, one mail between two looks at its sockets. So those before it travel,
    and there is still something to sign while the ledger commits.
    """

    def __init__(self, cores: int) -> None:
        threads = min(cores - 1, _MOST_THREADS)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sign") if threads > 0 else None
        self._line: deque[tuple[UnsignedMail, asyncio.Future[WireMessage]]] = deque()

    async def sign(self, mail: UnsignedMail) -> WireMessage:
        """Return the mail with its signatures; as it is where the campaign has no key.

        Raises whatever signing raises, and signs the others all the same.
        """
        if mail.signer is None:
            return mail.sign()
        loop = asyncio.get_running_loop()
        if self._pool is not None:
            return await loop.run_in_executor(self._pool, mail.sign)
        signed = loop.create_future()
        self._line.append((mail, signed))
        if len(self._line) == 1:
            loop.call_soon(self._sign_next)
        return await signed

    def _sign_next(self) -> None:
        mail, signed = self._line.popleft()
        if self._line:
            asyncio.get_running_loop().call_soon(self._sign_next)
        if signed.cancelled():
            return
        try:
            signed.set_result(mail.sign())
        except Exception as error:
            signed.set_exception(error)
