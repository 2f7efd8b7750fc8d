"""Importing hundreds of rows at a time comes to the same as taking them one by one."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.console import a_list
from builders.files import DATA, a_csv_file
from builders.slow_import import Said, SlowImport
from pabal.console.audience.importing.bases import ConsentBasis
from pabal.console.audience.importing.importing import import_file
from pabal.console.audience.importing.report import Result
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.audience.verifying import verify_consents
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.domain.suppression import EVERYTHING, Reason, Suppression

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 3, 0, 0, 250, tzinfo=UTC)
DAY = timedelta(days=1)
WORDING = "광고성 정보 수신동의"
HEADER = ("email", "이름", "적립금", "크기", "언어", "수신동의", "수신동의일시", "가입경로")

Rows = list[tuple[str, ...]]
Event = Callable[[List, datetime], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many rows became what, what was said of them, and what is in the database then."""

    counts: Mapping[Result, int]
    said: Mapping[int, Said]
    tables: Sequence[list[tuple[object, ...]]]


def quickly(path: Path, into: List, now: datetime) -> Outcome:
    report = import_file(path, into, basis=ConsentBasis(wording=WORDING), now=now)
    counts = {each: getattr(report.counts, each.name.lower()) for each in Result}
    said = {entry.row: (entry.result, entry.notes) for entry in report.entries}
    return Outcome(counts=counts, said=said, tables=tables())


def slowly(path: Path, into: List, now: datetime) -> Outcome:
    """The same without a trace: it is taken back."""
    with transaction.atomic():
        rows = dict(SlowImport(file=path.name, into=into, wording=WORDING, now=now).rows(path))
        content = tables()
        transaction.set_rollback(True)
    counts = Counter(result for result, _notes in rows.values())
    said = {number: said for number, said in rows.items() if said[1]}
    return Outcome(counts={each: counts[each] for each in Result}, said=said, tables=content)


def tables() -> list[list[tuple[object, ...]]]:
    """What is in the database, but for the numbers of rows; every chain of consent is whole."""
    who = "subscriber__address"
    assert verify_consents().is_whole
    return [
        list(rows)
        for rows in (
            Subscriber.objects.order_by("address").values_list(
                "address", "email", "wire", "language", "attributes", "created_at", "updated_at"
            ),
            Membership.objects.order_by(who, "list").values_list(
                who, "list", "status", "consented_at", "changed_at"
            ),
            Consent.objects.order_by(who, "pk").values_list(
                who, "action", "purpose", "source", "wording", "happened_at", "recorded_at"
            ),
            LedgerSuppression.objects.order_by("address", "scope").values_list(
                "address", "scope", "reason"
            ),
        )
    ]


addresses = st.sampled_from(
    "jiho@example.com JIHO@Example.COM Info@shop.kr info@shop.kr a@한국.kr a@xn--3e0b707e.kr "
    "민수@한국.kr a.b+c@naver.com ａ.ｂ@naver.com nobody x@@y.kr".split()
) | st.sampled_from(["", " a.b+c@naver.com ", "a@x.kr\r\nBcc: b@x.kr"])
rows = st.tuples(
    addresses,
    st.sampled_from(["이지호", "박하준", "", " 이지호 ", "=1+1", "줄\n바꿈"]),
    st.sampled_from(["1200", "1,200", "많이", ""]),
    st.sampled_from(["M", "L", ""]),
    st.sampled_from(["ko", "EN", "", "fr"]),
    st.sampled_from(["Y", "동의", "N", "", "아마"]),
    st.sampled_from(
        # The hours of a history begin at noon in Seoul.
        ["2026-01-05 16:13", "2026-11-24T12:30:00.5+09:00", "2026. 11. 24. 오후 2:30", "", "?"]
    ),
    st.sampled_from(["회원가입", "", " 행사 "]),
)
files = st.lists(rows.filter(any), min_size=1, max_size=12)


def a_file(rows: Rows, folder: Path) -> Path:
    return a_csv_file(folder / "고객.csv", [HEADER, *rows])


def somebody_leaves(how: Callable[..., object], number: int) -> Event:
    def leave(into: List, now: datetime) -> None:
        everybody = Subscriber.objects.order_by("pk")
        if count := everybody.count():
            target = [into] if how is leave_list else []
            how(everybody[number % count], *target, source="one-click", now=now)

    return leave


def an_address_bounces(address: str) -> Event:
    stop = Suppression(address=address, scope=EVERYTHING, reason=Reason.BOUNCE, since=NOW)
    return lambda _into, _now: joined_ledger().suppress(stop)


leavings = st.builds(
    somebody_leaves, st.sampled_from([leave_list, leave_list, leave_everything]), st.integers(0, 5)
)
bounces = st.builds(an_address_bounces, st.sampled_from(["jiho@example.com", "info@shop.kr"]))
histories = st.lists(st.tuples(files | leavings | bounces, st.booleans()), min_size=1, max_size=7)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories)
def test_whatever_files_say_and_whoever_leaves_between(
    tmp_path: Path, history: Sequence[tuple[Rows | Event, bool]]
):
    with transaction.atomic():
        news, offers = a_list(), a_list("행사", identifier="offers")
        for hour, (event, is_about_offers) in enumerate(history):
            into, now = offers if is_about_offers else news, NOW + timedelta(hours=hour)
            if isinstance(event, list):
                path = a_file(event, tmp_path)
                assert slowly(path, into, now) == quickly(path, into, now)
            else:
                event(into, now)
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", ["customers-200.csv", "customers-messy-cp949.csv"])
def test_real_files_and_the_same_again(name: str):
    news = a_list()
    for now in (NOW, NOW + DAY):
        wanted = slowly(DATA / name, news, now)
        assert quickly(DATA / name, news, now) == wanted


def test_a_file_of_more_rows_than_are_taken_at_once(tmp_path: Path):
    """Some are there before, some come twice and far apart, some have left, some come back."""
    news = a_list()
    quickly(a_file([a_row(number) for number in range(0, 1_000, 3)], tmp_path), news, NOW)
    for subscriber in Subscriber.objects.order_by("pk")[:40]:
        leave_list(subscriber, news, source="one-click", now=NOW)
    agreed = ("2026-01-05 16:13", "2026-11-24 14:30")  # before they left, and behind it
    path = a_file([a_row(n % 970, agreed[n % 2], str(n % 7)) for n in range(1_000)], tmp_path)
    wanted = slowly(path, news, NOW + DAY)
    assert quickly(path, news, NOW + DAY) == wanted
    assert (wanted.counts[Result.KEPT_OUT], wanted.counts[Result.REFUSED]) == (20, 30)


def a_row(number: int, agreed: str = "2026-01-05 16:13", points: str = "1200") -> tuple[str, ...]:
    address = f"customer{number}@{('example.com', 'Naver.com', '한국.kr')[number % 3]}"
    return (address, f"고객 {number}", points, "", "ko", "Y", agreed, "회원가입")
