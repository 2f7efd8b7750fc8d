"""TLS over bytes, without a socket (RFC 8314, RFC 3207)."""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pabal.transport.errors import CertificateRefused
from pabal.transport.smtp.settings import Security, SmtpSettings

_READ_BYTES = 65536

# OpenSSL's X509_V_ERR_*, for which its own words help few people.
_VERDICTS = {
    9: "its certificate is not valid yet.",
    10: "its certificate has expired.",
    18: "its certificate is signed by itself.",
    19: "its certificate comes from an authority that this machine does not trust.",
    20: "its certificate comes from an authority that this machine does not trust.",
    21: "its certificate comes from an authority that this machine does not trust.",
    62: "its certificate is for another name.",
    64: "its certificate is for another IP address.",
}


def tls_context(settings: SmtpSettings) -> ssl.SSLContext | None:
    """Trust the system's authorities and the settings' own; ask for TLS 1.2 (RFC 8996).

    Returns None where the settings want no TLS. It takes some milliseconds, so keep it.

    Raises CertificateRefused: the file of authorities cannot be read.
    """
    if settings.security is Security.NONE:
        return None
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(settings.ca_file)
        except OSError as error:
            reason = f"the file {settings.ca_file} holds no certificates ({error})."
            raise CertificateRefused(server=settings.server, reason=reason) from error
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a server's certificate says, as OpenSSL writes it.

    names: for which it holds. valid_until: with a time zone.
    """

    subject: str
    names: tuple[str, ...]
    valid_until: datetime


def explain_certificate(error: ssl.SSLCertVerificationError) -> str:
    """Say in a sentence what is wrong with a certificate."""
    known = _VERDICTS.get(error.verify_code)
    return known or f"its certificate does not hold: {error.verify_message}."


def explain_tls(error: ssl.SSLError) -> str:
    """Say in a sentence why no TLS came about."""
    reason = error.reason or ""
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason or "RECORD_LAYER" in reason:
        return "it does not answer with TLS on this port."
    if "PROTOCOL" in reason:
        return "it speaks no TLS version from 1.2 on."
    return f"{(error.strerror or reason or 'the handshake failed').rstrip('.')}."


class TlsLayer:
    """One TLS session: encrypted bytes on one side, plain ones on the other."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self.ended = False

    @property
    def version(self) -> str:
        return self._session.version() or ""

    def certificate(self) -> Certificate | None:
        """Return the server's certificate; None before it has been checked."""
        found: Any = self._session.getpeercert()
        if not found:
            return None
        subject = [f"{name}={value}" for part in found.get("subject", ()) for name, value in part]
        until = ssl.cert_time_to_seconds(found["notAfter"])
        return Certificate(
            subject=", ".join(subject),
            names=tuple(value for _, value in found.get("subjectAltName", ())),
            valid_until=datetime.fromtimestamp(until, UTC),
        )

    def shake_hands(self) -> bool:
        """Go on with the handshake; return whether it is done. Raises ssl.SSLError."""
        try:
            self._session.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def feed(self, data: bytes) -> None:
        self._incoming.write(data)

    def take_output(self) -> bytes:
        """Return what is to be written now, encrypted."""
        return self._outgoing.read()

    def encrypt(self, data: bytes) -> bytes:
        self._session.write(data)
        return self._outgoing.read()

    def decrypt(self, data: bytes) -> bytes:
        """Return the plain bytes that are complete. Raises ssl.SSLError.

        Sets `ended` where the server has said that nothing more comes (close_notify): it
        may wait for our goodbye, so the socket does not tell.
        """
        self._incoming.write(data)
        plain = b""
        with suppress(ssl.SSLWantReadError):
            while part := self._session.read(_READ_BYTES):
                plain += part
            self.ended = True
        return plain

    def say_goodbye(self) -> bytes:
        """Return the bytes that end the session. Raises ssl.SSLError."""
        with suppress(ssl.SSLWantReadError):
            self._session.unwrap()
        return self._outgoing.read()
