"""The roads to a bounce mailbox, each on a real one: a directory, and Dovecot."""

import itertools
import ssl

import pytest

from feedback.roads.contract import BOUNCE, RoadContract
from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.roads.choosing import road_to
from pabal.feedback.roads.maildir import Maildir

_names = (f"user{n}" for n in itertools.count())


class TestMaildir(RoadContract):
    @pytest.fixture
    def road(self, tmp_path):
        return road_to(f"maildir://{tmp_path}/box%20one")

    @pytest.fixture
    def deliver(self, tmp_path):
        box = Maildir(tmp_path / "box one")

        def deliver(*mails):
            for part in ("tmp", "new", "cur"):
                (tmp_path / "box one" / part).mkdir(parents=True, exist_ok=True)
            for moment, mail in enumerate(mails, 1_764_000_000):
                box.deliver(mail, moment=moment)

        return deliver

    @pytest.fixture
    def left(self, tmp_path):
        return lambda: [p.read_bytes() for p in (tmp_path / "box one").rglob("*") if p.is_file()]

    @pytest.fixture
    def nowhere(self, tmp_path):
        return road_to(f"maildir://{tmp_path}/nowhere")

    def test_two_readers_at_once_do_not_disturb_each_other(self, road, deliver):
        deliver(BOUNCE, BOUNCE)
        with road.visit() as mine, road.visit() as theirs:
            for found, same in zip(mine.waiting(), theirs.waiting(), strict=True):
                mine.remove(found)
                theirs.remove(same)
                theirs.keep(same)
        assert self.subjects(road) == []


class _OnDovecot(RoadContract):
    protocol = ""
    options = ""

    @pytest.fixture
    def user(self):
        return next(_names)

    @pytest.fixture
    def road(self, dovecot, user):
        return road_to(
            dovecot.url(self.protocol, user, options=self.options), ca_file=dovecot.ca_file
        )

    @pytest.fixture
    def deliver(self, dovecot, user):
        dovecot.maildir(user).mkdir(parents=True)
        return lambda *mails: dovecot.deliver(user, *mails)

    @pytest.fixture
    def left(self, dovecot, user):
        return lambda: [path.read_bytes() for path in dovecot.mails(user)]

    @pytest.fixture
    def nowhere(self, dovecot, user):
        url = dovecot.url(self.protocol, user, options=self.options)
        return road_to(url.replace("p%40ss", "wrong"), ca_file=dovecot.ca_file)

    def test_a_server_that_is_not_there_is_unavailable(self, dovecot):
        port = dovecot.ports[self.protocol]
        url = dovecot.url(self.protocol, "x", options=self.options).replace(f":{port}", ":1")
        with pytest.raises(RoadUnavailable) as unavailable, road_to(url).visit():
            pass
        assert "p@ss" not in str(unavailable.value)


class TestImaps(_OnDovecot):
    protocol = "imaps"

    def test_only_unread_mails_are_waiting(self, road, deliver, dovecot, user):
        deliver(BOUNCE, BOUNCE)
        new = dovecot.maildir(user) / "new"
        first = sorted(new.iterdir())[0]
        first.rename(dovecot.maildir(user) / "cur" / f"{first.name}:2,S")
        assert len(self.subjects(road)) == 1

    def test_a_certificate_of_a_stranger_is_refused(self, dovecot, user):
        road = road_to(dovecot.url(self.protocol, user))
        with pytest.raises(RoadUnavailable) as unavailable, road.visit():
            pass
        assert isinstance(unavailable.value.__cause__, ssl.SSLError)


class TestImapWithStarttls(_OnDovecot):
    protocol = "imap"


class TestImapWithoutTls(_OnDovecot):
    protocol = "imap"
    options = "?tls=none"


class TestPop3s(_OnDovecot):
    protocol = "pop3s"

    def test_a_line_without_end_keeps_nobody_else_waiting(self, road, deliver):
        """poplib gives up on it; the next visit goes on behind it."""
        deliver(b"Subject: x\r\n\r\n" + b"z" * 5_000 + b"\r\n", BOUNCE)
        with pytest.raises(RoadUnavailable):
            self.subjects(road)
        assert self.subjects(road) == [b"550 5.1.1 gone\n"]


class TestPop3WithStls(_OnDovecot):
    protocol = "pop3"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://a:b@host", "it does not begin with"),
        ("imaps://host/INBOX", "names no host, or no user"),
        ("imaps://u:secret@host:port/INBOX", "port"),
        ("imap://u:secret@mail.example/INBOX?tls=none", "readable over the network"),
        ("imaps://u:secret@host/?retries=4", "not known: retries"),
        ("maildir://", "names no directory"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(url, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        road_to(url)
    assert "secret" not in str(refused.value)
