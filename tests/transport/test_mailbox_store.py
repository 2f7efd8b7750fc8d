"""The mailbox keeps what it gets: durably, newest first, and behind ids that open nothing else."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pabal.transport.mailbox.store import CountingStore, MailboxStore, ReceivedMail

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def a_received_mail(number: int = 0, *, size: int = 0) -> ReceivedMail:
    return ReceivedMail(
        sender="bounce@shop.example",
        recipients=(f"민수{number}@customer.example",),
        received_at=NOON + timedelta(seconds=number),
        peer="127.0.0.1:40000",
        raw=f"Subject: {number}\r\nTo: x\r\n\r\nbody\r\n".encode() + b"x" * size,
    )


@pytest.fixture
def store(tmp_path: Path) -> MailboxStore:
    return MailboxStore(tmp_path / "mailbox")


def test_a_mail_is_read_back_as_it_came(store: MailboxStore) -> None:
    given = a_received_mail()
    mail = store.get(store.add(given))
    assert mail is not None
    assert (mail.sender, mail.recipients, mail.received_at, mail.peer, mail.raw) == (
        given.sender,
        given.recipients,
        given.received_at,
        given.peer,
        given.raw,
    )


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\x00\xff\n\r", b"{}\n{}"])
def test_any_bytes_are_kept(store: MailboxStore, raw: bytes) -> None:
    mail = ReceivedMail(sender="", recipients=("a@x",), received_at=NOON, peer="", raw=raw)
    stored = store.get(store.add(mail))
    assert stored is not None
    assert stored.raw == raw


def test_the_newest_comes_first_and_pages_join(store: MailboxStore) -> None:
    for number in range(25):
        store.add(a_received_mail(number))
    assert store.count() == 25
    first, second, third = (store.page(offset=offset, limit=10) for offset in (0, 10, 20))
    subjects = [mail.header.split(b"\r\n")[0] for mail in [*first, *second, *third]]
    assert subjects == [f"Subject: {n}".encode() for n in reversed(range(25))]
    assert len(third) == 5


@pytest.mark.parametrize(("offset", "limit"), [(3, 10), (100, 10), (0, 0), (-5, -5)])
def test_a_page_beyond_the_end_is_empty(store: MailboxStore, offset: int, limit: int) -> None:
    for number in range(3):
        store.add(a_received_mail(number))
    assert list(store.page(offset=offset, limit=limit)) == []


def test_a_summary_has_the_header_and_the_size(store: MailboxStore) -> None:
    store.add(a_received_mail(size=100_000))
    [summary] = store.page()
    assert summary.header == b"Subject: 0\r\nTo: x"
    assert summary.size_bytes == len(a_received_mail(size=100_000).raw)
    assert summary.recipients == ("민수0@customer.example",)


@pytest.mark.parametrize(
    "mail_id",
    [
        "",
        ".",
        "..",
        "../index",
        "..%2findex",
        "a" * 30 + "\n",
        "A" * 30,
        "0" * 30,
        "a/../" * 6,
        "\0",
    ],
)
def test_an_id_that_is_none_finds_nothing(store: MailboxStore, mail_id: str) -> None:
    """Least of all a file outside the mailbox."""
    store.add(a_received_mail())
    assert store.get(mail_id) is None


def test_ids_cannot_be_guessed_from_one_another(store: MailboxStore) -> None:
    one, other = (store.add(a_received_mail()) for _ in range(2))
    assert one != other
    assert one.isalnum()


def test_clearing_deletes_everything(store: MailboxStore) -> None:
    ids = [store.add(a_received_mail(number)) for number in range(5)]
    assert store.clear() == 5
    assert store.count() == 0
    assert list(store.page()) == []
    assert store.get(ids[0]) is None
    store.add(a_received_mail(9))
    assert [mail.header[:10] for mail in store.page()] == [b"Subject: 9"]


def test_another_process_sees_what_is_written(store: MailboxStore, tmp_path: Path) -> None:
    reader = MailboxStore(tmp_path / "mailbox")
    store.add(a_received_mail(1))
    assert reader.count() == 1
    reader.clear()
    assert store.count() == 0
    store.add(a_received_mail(2))
    assert [mail.header[:10] for mail in reader.page()] == [b"Subject: 2"]


def test_a_lost_index_is_made_again(store: MailboxStore, tmp_path: Path) -> None:
    for number in range(5):
        store.add(a_received_mail(number))
    (tmp_path / "mailbox" / "index").unlink()
    again = MailboxStore(tmp_path / "mailbox")
    assert [mail.header[:10] for mail in again.page(limit=2)] == [b"Subject: 4", b"Subject: 3"]


def test_a_mail_that_lost_its_place_in_the_index_is_found_by_the_next_writer(
    store: MailboxStore, tmp_path: Path
) -> None:
    """The process died between the rename and the index."""
    store.add(a_received_mail(0))
    index = tmp_path / "mailbox" / "index"
    before = index.read_bytes()
    store.add(a_received_mail(1))
    index.write_bytes(before)
    again = MailboxStore(tmp_path / "mailbox")
    again.add(a_received_mail(2))
    assert [mail.header[:10] for mail in again.page()] == [
        b"Subject: 2",
        b"Subject: 1",
        b"Subject: 0",
    ]


def test_what_was_never_finished_is_not_there(store: MailboxStore, tmp_path: Path) -> None:
    """The process died while it wrote."""
    (tmp_path / "mailbox" / "unfinished" / ("a" * 30)).write_bytes(b"{half")
    again = MailboxStore(tmp_path / "mailbox")
    again.add(a_received_mail())
    assert again.count() == 1
    assert again.get("a" * 30) is None


def test_many_threads_may_add_at_once(store: MailboxStore) -> None:
    threads = [
        threading.Thread(target=lambda: [store.add(a_received_mail(n)) for n in range(20)])
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count() == 100
    assert len({mail.id for mail in store.page(limit=200)}) == 100


def test_a_counting_store_only_counts() -> None:
    store = CountingStore()
    store.add(a_received_mail(size=10))
    store.add(a_received_mail(size=10))
    assert (store.count, store.bytes) == (2, 2 * len(a_received_mail(size=10).raw))
