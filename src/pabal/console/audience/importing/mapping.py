"""Which column means what: guessed by name, shown, and overridden where the guess is wrong."""

import csv
import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pabal.console.audience.importing.errors import (
    ColumnsAmbiguous,
    ColumnTwice,
    ColumnUnnamed,
    NoEmailColumn,
    OverrideRefused,
)

EMAIL = "email"
LANGUAGE = "language"
CONSENT = "consent"  # yes or no
CONSENT_AT = "consent_at"
CONSENT_SOURCE = "consent_source"
TRANSACTION_ENDED_AT = "transaction_ended_at"  # of a purchase, 정보통신망법 50(1)1

LEAVE_OUT = "-"

# These steer the import; two columns for one of them would be a guess with consequences.
_STEERING = (EMAIL, LANGUAGE, CONSENT, CONSENT_AT, CONSENT_SOURCE, TRANSACTION_ENDED_AT)

_NAMES = {
    EMAIL: "이메일 이메일주소 메일 메일주소 전자우편 전자우편주소 전자메일 email emailaddress mail",
    "name": "이름 성명 성함 고객명 회원명 수신자명 name fullname customername",
    "grade": "등급 회원등급 고객등급 멤버십등급 grade tier membership level",
    "coupon_code": "쿠폰번호 쿠폰코드 쿠폰 couponcode coupon",
    "discount": "할인율 할인 discount discountrate",
    "points": "적립금 포인트 적립포인트 보유포인트 마일리지 points point mileage",
    "favorite_brand": "선호브랜드 관심브랜드 favoritebrand favouritebrand brand",
    "favorite_category": "선호카테고리 관심카테고리 선호분류 favoritecategory favouritecategory "
    "category",
    "last_order": "최근주문 최근주문일 최근구매일 마지막주문일 lastorder lastorderdate "
    "lastpurchase",
    LANGUAGE: "언어 선호언어 로케일 language lang locale",
    CONSENT: "수신동의 수신동의여부 광고수신동의 마케팅수신동의 메일수신동의 이메일수신동의 "
    "메일수신여부 수신여부 consent optin subscribed",
    CONSENT_AT: "수신동의일시 수신동의일 수신동의일자 수신동의시각 수신동의날짜 동의일시 동의일 "
    "동의일자 동의시각 consentat consentdate consenttime consentedat optindate",
    TRANSACTION_ENDED_AT: "거래종료일 거래종료일시 거래종료 거래관계종료일 계약종료일 "
    "transactionendedat transactionended transactionend transactionenddate",
    CONSENT_SOURCE: "수신동의경로 동의경로 수신동의출처 가입경로 consentsource optinsource",
}
_TARGETS = {name: target for target, names in _NAMES.items() for name in names.split()}

# What templates get from Pabal itself, and the words of Jinja.
# fmt: off
_RESERVED = frozenset([
    "email", "sender", "campaign", "unsubscribe_url", "preferences_url", "web_view_url",
    "list_name", "language",
    "consent", "consent_at", "consent_source", "transaction_ended_at",
    "and", "as", "block", "call", "context", "do", "elif", "else", "endif", "extends", "false",
    "filter", "for", "from", "if", "import", "in", "include", "is", "loop", "macro", "namespace",
    "none", "not", "or", "raw", "recursive", "self", "set", "super", "true", "with", "without",
    "caller", "cycler", "dict", "joiner", "lipsum", "range", "varargs", "kwargs",
])
# fmt: on
_NOT_OF_NAMES = re.compile(r"[\s_\-./()\[\]*:]+")


class How(enum.Enum):
    """How the meaning of a column was found."""

    GUESSED = "guessed from its name"
    GIVEN = "as you said"
    OWN_NAME = "under its own name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the file.

    index: from 0. header: as the file calls it.
    target: the field or attribute that it fills; LEAVE_OUT where it is not imported.
    """

    index: int
    header: str
    target: str
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What every column means. Exactly one is the e-mail address."""

    columns: tuple[Column, ...]

    def column(self, target: str) -> Column | None:
        return next((column for column in self.columns if column.target == target), None)

    @property
    def attributes(self) -> tuple[Column, ...]:
        """The columns that templates can use."""
        return tuple(c for c in self.columns if c.target not in (*_STEERING, LEAVE_OUT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a person said: `left=right`, either FIELD=COLUMN or COLUMN=-."""

    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.left}={self.right}"


def parse_overrides(text: str) -> tuple[Override, ...]:
    """Read `email=이메일주소,grade=-`. A name with a comma stands in double quotes.

    Raises OverrideRefused: a part has no “=”.
    """
    parts = next(csv.reader([text], skipinitialspace=True), []) if text.strip() else []
    return tuple(map(_parse_override, parts))


def _parse_override(part: str) -> Override:
    left, equals, right = (piece.strip() for piece in part.partition("="))
    if not (left and equals and right):
        raise OverrideRefused(override=part, reason="it is not NAME=NAME.", columns="…")
    return Override(left=left, right=right)


def map_columns(header: Sequence[str], overrides: Iterable[Override] = ()) -> ColumnMapping:
    """Say what each column means: what was said first, then what its name suggests.

    A name that suggests nothing becomes an attribute of that name, made fit for templates.

    Raises ColumnsRefused: no or several e-mail columns, names that are missing or occur
    twice, an override that fits no column.
    """
    _check_names(header)
    given = _apply(header, overrides)
    taken = set(given.values())
    columns: list[Column] = []
    guesses = _guess(header, given)
    for index, name in enumerate(header):
        if index in given:
            target, how = given[index], How.GIVEN
        elif index in guesses:
            target, how = guesses[index], How.GUESSED
        else:
            target = _free(attribute_name(name), taken | set(guesses.values()))
            how = How.OWN_NAME
        taken.add(target)
        columns.append(Column(index=index, header=name, target=target, how=how))
    mapping = ColumnMapping(columns=tuple(columns))
    if mapping.column(EMAIL) is None:
        raise NoEmailColumn(columns=_listed(header))
    return mapping


def attribute_name(header: str) -> str:
    """Turn a column's name into one that `{{ }}` takes, such as “VIP 등급” into vip_등급.

    Never a name that Pabal or Jinja uses itself: those get an underscore behind.
    """
    text = unicodedata.normalize("NFKC", header).casefold()
    name = re.sub(r"\W+", "_", text).strip("_")
    if not name.isidentifier():
        name = f"column_{name}".rstrip("_")
    # Marks and digits of some scripts may stand in \w and not in an identifier.
    name = "".join(letter for letter in name if f"a{letter}".isidentifier())
    return f"{name}_" if name in _RESERVED else name


def known_fields() -> Sequence[str]:
    """Return the fields that a column can fill beside an attribute of its own name."""
    return tuple(_NAMES)


def likely_targets(header: Sequence[str]) -> Sequence[str]:
    """Guess what each column is, where `map_columns` would refuse: for a person to correct.

    A field goes to the first column that suggests it; the others are attributes.

    Raises ColumnsRefused: names are missing or occur twice.
    """
    _check_names(header)
    targets: list[str] = []
    for name in header:
        suggested = _suggested(name)
        is_free = suggested is not None and suggested not in targets
        targets.append(
            suggested if is_free and suggested else _free(attribute_name(name), set(targets))
        )
    return targets


def _check_names(header: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for number, name in enumerate(header, start=1):
        if not name:
            raise ColumnUnnamed(number=number)
        key = unicodedata.normalize("NFKC", name).casefold()
        if key in seen:
            raise ColumnTwice(column=name, first=seen[key], second=number)
        seen[key] = number


def _apply(header: Sequence[str], overrides: Iterable[Override]) -> dict[int, str]:
    given: dict[int, str] = {}
    for override in overrides:
        index, target = _find(header, override)
        if index in given or (target != LEAVE_OUT and target in given.values()):
            raise _refused(override, header, "the column or the field was given before.")
        given[index] = target
    return given


def _find(header: Sequence[str], override: Override) -> tuple[int, str]:
    if override.right == LEAVE_OUT:
        return _index(header, override, override.left, by_meaning=True), LEAVE_OUT
    target = override.left
    usable = target in _NAMES or (target == attribute_name(target))
    if not usable:
        raise _refused(override, header, f"“{target}” cannot be the name of a field.")
    return _index(header, override, override.right, by_meaning=False), target


def _index(header: Sequence[str], override: Override, name: str, *, by_meaning: bool) -> int:
    wanted = unicodedata.normalize("NFKC", name).casefold()
    for index, column in enumerate(header):
        if unicodedata.normalize("NFKC", column).casefold() == wanted:
            return index
    if by_meaning:
        for index, column in enumerate(header):
            if name in (_suggested(column), attribute_name(column)):
                return index
    raise _refused(override, header, f"there is no column “{name}”.")


def _guess(header: Sequence[str], given: dict[int, str]) -> dict[int, str]:
    """The first column that suggests a field gets it; two for a steering one are refused."""
    guesses: dict[int, str] = {}
    holders: dict[str, str] = {}
    for index, name in enumerate(header):
        target = _suggested(name)
        if index in given or target is None or target in given.values():
            continue
        if target not in holders:
            holders[target] = name
            guesses[index] = target
        elif target in _STEERING:
            raise ColumnsAmbiguous(first=holders[target], second=name, target=target)
    return guesses


def _suggested(header: str) -> str | None:
    folded = unicodedata.normalize("NFKC", header).casefold()
    return _TARGETS.get(_NOT_OF_NAMES.sub("", folded))


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _listed(header: Sequence[str]) -> str:
    return ", ".join(f"“{name[:40]}”" for name in header[:30])


def _refused(override: Override, header: Sequence[str], reason: str) -> OverrideRefused:
    return OverrideRefused(override=str(override), reason=reason, columns=_listed(header))
