"""What people write instead: the same mails by well-known libraries, without any record."""

import asyncio
import json
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from email import policy
from email.message import EmailMessage
from pathlib import Path

import jinja2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench import template
from bench.laps import Lap, Stopwatch
from bench.people import recipients
from pabal.domain.recipient import Recipient
from pabal.message.filters import comma, won, written_date

CONNECTIONS = 4
_NODEMAILER = Path(__file__).with_name("nodemailer")


def plain_loop(port: int, count: int) -> Lap:
    """What people write: Jinja, EmailMessage and smtplib, one connection."""
    mails = _plain_mails(recipients(count))
    with smtplib.SMTP("127.0.0.1", port) as server:
        watch = Stopwatch()
        for mail in mails:
            server.send_message(mail)
        return watch.lap()


def an_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed_loop(port: int, count: int) -> Lap:
    """The same loop with DKIM, rsa-2048, by the library that Python has for it."""
    import dkim

    pem = an_rsa_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    mails = _plain_mails(recipients(count))
    with smtplib.SMTP("127.0.0.1", port) as server:
        watch = Stopwatch()
        for mail in mails:
            raw = mail.as_bytes(policy=policy.SMTP)
            signature = dkim.sign(raw, b"bench", b"hanbit.example", pem)
            server.sendmail(mail["From"], [mail["To"]], signature + raw)
        return watch.lap()


def django_messages(port: int, count: int) -> Lap:
    from django.conf import settings
    from django.core.mail import EmailMultiAlternatives, get_connection

    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_USE_LOCALTIME=False)
    html, text, subject = _jinja()

    def mails() -> Iterator[EmailMultiAlternatives]:
        for person in recipients(count):
            values = _values(person)
            mail = EmailMultiAlternatives(
                subject.render(values), text.render(values), "news@hanbit.example",
                [person.address.wire],
            )  # fmt: skip
            mail.attach_alternative(html.render(values), "text/html")
            yield mail

    watch = Stopwatch()
    # A list, as its documentation has it: send_messages asks for the length.
    get_connection("django.core.mail.backends.smtp.EmailBackend").send_messages(list(mails()))
    return watch.lap()


def aiosmtplib_connections(port: int, count: int) -> Lap:
    import aiosmtplib

    async def run() -> Lap:
        mails = iter(_plain_mails(recipients(count)))
        clients = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port) for _ in range(CONNECTIONS)]
        for client in clients:
            await client.connect()

        async def work(client: aiosmtplib.SMTP) -> None:
            for mail in mails:
                await client.send_message(mail)

        watch = Stopwatch()
        await asyncio.gather(*map(work, clients))
        return watch.lap()

    return asyncio.run(run())


def has_nodemailer() -> bool:
    return bool(shutil.which("node")) and (_NODEMAILER / "node_modules").is_dir()


def nodemailer_pool(port: int, count: int) -> Lap:
    """nodemailer's pool with nunjucks, which takes the same template."""
    source = template.source()
    campaign = {
        "template": {"subject": source.subject, "html": source.body, "text": source.text},
        "people": [
            {"to": person.address.wire, "values": _values(person)} for person in recipients(count)
        ],
    }
    run = subprocess.run(
        ["node", str(_NODEMAILER / "send.mjs"), str(port), str(CONNECTIONS)],
        input=json.dumps(campaign),
        capture_output=True,
        check=True,
        text=True,
    )
    return Lap(**json.loads(run.stdout))


def _jinja() -> tuple[jinja2.Template, jinja2.Template, jinja2.Template]:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"comma": comma, "won": won, "date": written_date}
    source = template.source()
    html, text, subject = map(environment.from_string, (source.body, source.text, source.subject))
    return html, text, subject


def _plain_mails(people: Iterator[Recipient]) -> Iterator[EmailMessage]:
    html, text, subject = _jinja()
    for person in people:
        values = _values(person)
        mail = EmailMessage()
        mail["From"] = "news@hanbit.example"
        mail["To"] = person.address.wire
        mail["Subject"] = subject.render(values)
        mail.set_content(text.render(values))
        mail.add_alternative(html.render(values), subtype="html")
        yield mail


def _values(person: Recipient) -> dict[str, object]:
    plan = template.plan()
    delivery = person.delivery(plan.id)
    return dict(person.attributes) | {
        "unsubscribe_url": template.LINKS.unsubscribe(delivery),
        "preferences_url": template.LINKS.preferences(delivery),
        "sender": asdict(plan.sender),
    }
