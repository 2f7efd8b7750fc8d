"""Whom the benchmarks mail: as many people as wanted, each with values of their own."""

import csv
from collections.abc import Iterator
from pathlib import Path

from pabal.domain.address import restore_address
from pabal.domain.identity import subscriber_key
from pabal.domain.recipient import Recipient


def recipients(count: int) -> Iterator[Recipient]:
    for number in range(count):
        yield Recipient(
            key=subscriber_key(number + 1),
            position=number,
            address=restore_address(f"c{number}@example.com"),
            language="ko",
            attributes=attributes(number),
        )


def attributes(number: int) -> dict[str, str]:
    return {
        "name": f"김민지{number}",
        "grade": ("WELCOME", "SILVER", "GOLD", "PLATINUM")[number % 4],
        "coupon_code": f"HB26{number:08d}",
        "discount": str(5 + number % 16),
        "points": str(number * 37 % 250_000),
        "favorite_brand": ("하루한벌", "오후세시", "느린바늘")[number % 3],
        "favorite_category": ("가방", "모자", "신발", "니트", "아우터", "셔츠")[number % 6],
        "last_order": f"2026-{number % 10 + 1:02}-15",
    }


def write_customers(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        names = ["email", *attributes(0), "consent_at", "consent_source"]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for number in range(count):
            writer.writerow(
                {"email": f"c{number}@example.com"}
                | attributes(number)
                | {"consent_at": "2026-01-15T10:00:00+09:00", "consent_source": "회원가입"}
            )
