"""A real Dovecot for the tests: IMAP and POP3, with TLS, on loopback, in a directory."""

import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import trustme

from pabal.feedback.roads.maildir import Maildir
from servers.smtp import free_port

PASSWORD = "p@ss:w/ord%"
URL_PASSWORD = "p%40ss%3Aw%2Ford%25"
_PROTOCOLS = ("imap", "imaps", "pop3", "pop3s")

_SETTINGS = """\
protocols = imap pop3
listen = 127.0.0.1
base_dir = {run}
state_dir = {run}
log_path = {log}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain
first_valid_uid = 0
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={homes}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server. Every user name is a mailbox with the one password."""

    homes: Path
    ports: dict[str, int]
    ca_file: Path
    owner: int

    def url(self, protocol: str, user: str, *, options: str = "") -> str:
        """protocol: imaps, imap, pop3s or pop3."""
        port = self.ports[protocol]
        return f"{protocol}://{user}:{URL_PASSWORD}@localhost:{port}/INBOX{options}"

    def maildir(self, user: str) -> Path:
        return self.homes / user / "Maildir"

    def deliver(self, user: str, *mails: bytes) -> None:
        """Put mails into a user's mailbox, as a mail server would."""
        for number, mail in enumerate(mails):
            Maildir(self.maildir(user)).deliver(mail, moment=1_764_000_000 + number)
        for path in (self.homes / user).rglob("*"):
            os.chown(path, self.owner, -1)
        os.chown(self.homes / user, self.owner, -1)

    def mails(self, user: str) -> list[Path]:
        return sorted(p for part in ("new", "cur") for p in (self.maildir(user) / part).iterdir())


@contextmanager
def start_dovecot(directory: Path) -> Iterator[Dovecot]:
    """Run Dovecot until the block is left. Skips nothing: requirements/system.sh installs it."""
    program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "Dovecot is missing: sh requirements/system.sh"
    server = _prepare(directory)
    process = subprocess.Popen([program, "-F", "-c", directory / "dovecot.conf"])
    try:
        _wait_for(server.ports.values(), process, directory / "log")
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _prepare(directory: Path) -> Dovecot:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(directory / "server.pem"))
    is_root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody" if is_root else getpass.getuser())
    own_group = subprocess.check_output(["id", "-gn"], text=True).strip()
    (directory / "homes").mkdir()
    directory.chmod(0o755)
    ports = {protocol: free_port() for protocol in _PROTOCOLS}
    settings = _SETTINGS.format(
        run=directory / "run",
        log=directory / "log",
        internal="dovecot" if is_root else owner.pw_name,
        internal_group="dovecot" if is_root else own_group,
        login="dovenull" if is_root else owner.pw_name,
        certificate=directory / "server.pem",
        key=directory / "server.pem",
        password=PASSWORD.replace("%", "%%"),
        uid=owner.pw_uid,
        gid=owner.pw_gid,
        homes=directory / "homes",
        **ports,
    )
    (directory / "dovecot.conf").write_text(settings)
    return Dovecot(directory / "homes", ports, directory / "ca.pem", owner.pw_uid)


def _wait_for(ports, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = monotonic() + 20
    for port in ports:
        while True:
            assert process.poll() is None, log.read_text() if log.exists() else "no log"
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert monotonic() < deadline, log.read_text() if log.exists() else "no log"
            sleep(0.05)
