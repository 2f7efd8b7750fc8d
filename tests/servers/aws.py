"""Amazon SNS as far as we see it: it signs messages, and shows its certificate over HTTPS."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from pabal.feedback.fetching import Fetcher

TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:ses-events"
HOST = "sns.ap-northeast-2.amazonaws.com"
CERTIFICATE = f"https://{HOST}/SimpleNotificationService-0123456789abcdef.pem"
CONFIRMS = f"https://{HOST}/?Action=ConfirmSubscription&Token=2336"
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = (
    "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip


@dataclass
class Sns:
    """asked: paths, in order. answers: the status for those that are not the certificate."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    ca_file: Path
    port: int = 0
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        """Fetch over real HTTPS, with the port of this server instead of Amazon's."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        here = f"https://localhost:{self.port}{parts.path}{query}"
        return Fetcher(allow_loopback=True, ca_file=self.ca_file).get(here)

    def message(self, event, *, version="2", type="Notification", key=None, **changed) -> dict:
        """Return a signed message. changed: fields, before it is signed."""
        told = {
            "Type": type,
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Message": event if isinstance(event, str) else json.dumps(event),
            "Timestamp": "2026-11-25T03:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE,
            **({} if type == "Notification" else {"SubscribeURL": CONFIRMS, "Token": "2336"}),
            **changed,
        }
        names = NOTIFICATION if type == "Notification" else CONFIRMATION
        signed = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        signer = key or self.key
        signature = signer.sign(signed.encode(), padding.PKCS1v15(), algorithm)
        return told | {"Signature": base64.b64encode(signature).decode()}


@contextmanager
def running_sns(directory: Path) -> Iterator[Sns]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = a_certificate(key).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    ca_file = directory / "ca.pem"
    ca_file.write_bytes(pem)
    (directory / "server.pem").write_bytes(private + pem)
    sns = Sns(key=key, certificate=pem, ca_file=ca_file)

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            sns.asked.append(self.path)
            is_certificate = self.path.endswith(".pem")
            body = sns.certificate if is_certificate else b"<ConfirmSubscriptionResponse/>"
            self.send_response(200 if is_certificate else sns.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    sns.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield sns
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_certificate(key: rsa.RSAPrivateKey, *, days: tuple[int, int] = (-1, 30)) -> x509.Certificate:
    """Return a certificate for localhost, valid from and until so many days from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.DNSName(HOST)]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
