"""A shop tells who its customers are, what they agreed to, and that they want to go."""

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from builders.console import NOW, a_subscriber
from console.api.calling import Caller, refused, told
from pabal.console.accounts.models import AuditEntry, Role, User
from pabal.console.api.keys import make_key
from pabal.console.api.models import ApiKey
from pabal.console.audience.models import Consent, List, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.suppression import EVERYTHING

JISU = "subscribers/jisu@customer.example"
AGREED = {
    "basis": "consent",
    "wording": "광고성 정보 수신에 동의합니다",
    "at": "2026-11-20T09:00:00+09:00",
    "source": "order 1234",
}


def _at(moment: datetime) -> dict[str, str]:
    return AGREED | {"at": moment.isoformat()}


def test_somebody_is_added_with_what_they_agreed_to(shop: Caller, news: List) -> None:
    asked = {"attributes": {"name": "지수"}, "list": news.identifier, "consent": AGREED}

    answer = told(shop.ask("PUT", JISU, asked))

    assert answer == told(shop.ask("GET", JISU))
    assert (answer["address"], answer["attributes"]) == ("jisu@customer.example", {"name": "지수"})
    (on,) = answer["lists"]
    assert (on["list"], on["status"], on["consented_at"]) == (
        "news",
        "subscribed",
        "2026-11-20T00:00:00Z",
    )
    (record,) = Consent.objects.all()
    assert record.wording == AGREED["wording"]
    assert record.source == f"order 1234 ({ApiKey.objects.get()})"


def test_putting_the_same_again_changes_and_records_nothing(shop: Caller, news: List) -> None:
    asked = {"attributes": {"name": "지수"}, "list": news.identifier, "consent": AGREED}

    first, second = (told(shop.ask("PUT", JISU, asked)) for _ in range(2))

    assert first == second
    assert Consent.objects.count() == 1
    assert AuditEntry.objects.filter(act__startswith="subscriber").count() == 1


def test_what_is_not_said_stays_and_null_takes_away(shop: Caller, minji: Subscriber) -> None:
    asked = {"attributes": {"grade": "GOLD", "coupon": None}, "language": "en"}

    answer = told(shop.ask("PUT", "subscribers/MINJI@customer.example", asked))

    assert answer["attributes"] == {"name": "김민지", "grade": "GOLD"}
    assert answer["language"] == "en"
    assert [each["list"] for each in answer["lists"]] == ["news"]
    assert Subscriber.objects.count() == 1


def test_without_a_consent_nobody_is_sent_advertising(shop: Caller, news: List) -> None:
    answer = told(shop.ask("PUT", JISU, {"list": news.identifier}))

    assert answer["lists"][0]["consented_at"] is None
    assert not Consent.objects.exists()


def test_a_purchase_lets_the_same_kind_of_goods_be_advertised(shop: Caller, news: List) -> None:
    bought = AGREED | {"basis": "transaction", "wording": "의류"}
    asked = {"list": news.identifier, "consent": bought}
    assert refused(shop.ask("PUT", JISU, asked), 422) == "goods-unsaid"
    List.objects.update(goods="신발")
    assert refused(shop.ask("PUT", JISU, asked), 422) == "goods-differ"
    assert not Subscriber.objects.exists(), "what is refused is refused as a whole"
    List.objects.update(goods="의류")

    (on,) = told(shop.ask("PUT", JISU, asked))["lists"]

    assert (on["consented_at"], on["transaction_ended_at"]) == (None, "2026-11-20T00:00:00Z")


def test_who_has_left_comes_back_by_a_later_consent_alone(
    shop: Caller, minji: Subscriber, news: List
) -> None:
    path = f"subscribers/{minji.email}"
    told(shop.ask("POST", f"{path}/unsubscribe", {"list": news.identifier}))
    asked: dict[str, Any] = {"attributes": {"grade": "GOLD"}, "list": news.identifier}

    assert refused(shop.ask("PUT", path, asked), 409) == "has-left"
    assert refused(shop.ask("PUT", path, asked | {"consent": AGREED}), 409) == "has-left"
    minji.refresh_from_db()
    assert "grade" not in minji.attributes, "what is refused is refused as a whole"

    later = asked | {"consent": _at(timezone.now())}
    assert told(shop.ask("PUT", path, later))["lists"][0]["status"] == "subscribed"


@pytest.mark.parametrize(
    ("consent", "pointer"),
    [
        ({"wording": ""}, "#/consent/wording"),
        ({"source": ""}, "#/consent/source"),
        ({"at": "2026-11-20T09:00:00"}, "#/consent/at"),
        ({"at": "2999-01-01T00:00:00Z"}, "#/consent/at"),
        ({"basis": "habit"}, "#/consent/basis"),
    ],
)
def test_a_consent_that_could_not_be_shown_is_none(
    shop: Caller, news: List, consent: dict[str, str], pointer: str
) -> None:
    """정보통신망법 50(1)."""
    answer = shop.ask("PUT", JISU, {"list": news.identifier, "consent": AGREED | consent})

    assert refused(answer, 422) == "request-invalid"
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert not Subscriber.objects.exists()


def test_a_consent_is_to_a_list_that_is_in_use(shop: Caller, news: List) -> None:
    assert refused(shop.ask("PUT", JISU, {"consent": AGREED}), 422) == "request-invalid"
    List.objects.update(archived_at=NOW)

    assert refused(shop.ask("PUT", JISU, {"list": "news"}), 404) == "list-unknown"
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("name", ["VIP 등급", "email", "", "1st", "a\0b"])
def test_an_attribute_has_a_name_that_templates_can_use(shop: Caller, name: str) -> None:
    answer = shop.ask("PUT", JISU, {"attributes": {name: "x"}})

    assert refused(answer, 422) == "request-invalid"


@pytest.mark.parametrize(
    "address", ["nobody", "a@b@c", "a%00@customer.example", "a%20b@shop.example"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_no_address_is_said_to_be_none(shop: Caller, method: str, address: str) -> None:
    body = {} if method == "PUT" else None

    assert refused(shop.ask(method, f"subscribers/{address}", body), 422) == "address-invalid"


def test_leaving_everything_has_to_be_said(shop: Caller, minji: Subscriber) -> None:
    """A body that was lost on its way does not take somebody off all lists."""
    path = f"subscribers/{minji.email}/unsubscribe"
    assert refused(shop.ask("POST", path), 411) == "length-missing"
    assert refused(shop.ask("POST", path, {}), 422) == "request-invalid"
    assert minji.memberships.get().status == "subscribed"

    answer = told(shop.ask("POST", path, {"list": None, "source": "by telephone"}))

    assert answer["stopped"]["reason"] == "unsubscribed"
    assert answer["lists"][0]["status"] == "unsubscribed"
    assert joined_ledger().suppressions([minji.address], [EVERYTHING])


def test_a_list_that_was_put_away_can_still_be_left(shop: Caller, minji: Subscriber) -> None:
    List.objects.update(archived_at=NOW)

    answer = told(shop.ask("POST", f"subscribers/{minji.email}/unsubscribe", {"list": "news"}))
    assert answer["lists"][0]["status"] == "unsubscribed"


def test_who_is_erased_is_gone_and_is_not_put_back(shop: Caller, minji: Subscriber) -> None:
    path = f"subscribers/{minji.email}"
    for _ in range(2):
        assert shop.ask("DELETE", path).status_code == 204

    assert refused(shop.ask("GET", path), 404) == "subscriber-unknown"
    assert refused(shop.ask("PUT", path, {}), 409) == "was-erased"
    noted = AuditEntry.objects.filter(act="subscriber erased").values_list("subject", flat=True)
    assert list(noted) == [f"#{minji.pk}"]


@pytest.mark.parametrize(("method", "end"), [("GET", ""), ("DELETE", ""), ("POST", "/unsubscribe")])
def test_a_stranger_is_not_there(shop: Caller, news: List, method: str, end: str) -> None:
    body = {"list": None} if end else None

    assert refused(shop.ask(method, JISU + end, body), 404) == "subscriber-unknown"


def test_an_address_may_hold_a_slash(shop: Caller, news: List) -> None:
    path = "subscribers/sales%2Fseoul@customer.example"
    told(shop.ask("PUT", path, {"list": "news"}))

    answer = told(shop.ask("POST", f"{path}/unsubscribe", {"list": "news"}))
    assert answer["address"] == "sales/seoul@customer.example"


_NAMES = st.sampled_from(["name", "grade", "등급"])
_PATCH = st.dictionaries(_NAMES, st.none() | st.text(max_size=20), max_size=3)


class TestAttributes(TestCase):
    """Whatever is put, one after the other: the last word about each attribute holds."""

    @classmethod
    def setUpTestData(cls) -> None:
        owner = User.objects.create_user(email="alice@shop.example", role=Role.OWNER)
        cls.shop = Caller(key=make_key("web shop", Role.MARKETER, by=owner, now=NOW)[1])
        cls.person = a_subscriber("jisu@customer.example", attributes={"name": "지수"})

    @settings(max_examples=30)
    @given(st.lists(_PATCH, max_size=3))
    def test_the_last_word_holds_and_repeating_it_changes_nothing(
        self, patches: list[dict[str, str | None]]
    ) -> None:
        held = dict(told(self.shop.ask("GET", JISU))["attributes"])
        for patch in patches:
            answer = self.shop.ask("PUT", JISU, {"attributes": patch})
            if any("\0" in (value or "") for value in patch.values()):
                assert refused(answer, 422) == "request-invalid"
                continue
            before, held = held, told(answer)["attributes"]
            assert told(self.shop.ask("PUT", JISU, {"attributes": patch}))["attributes"] == held
            for name in {*before, *held} - {*patch}:
                assert held.get(name) == before.get(name)
            assert not [name for name, value in patch.items() if value is None and name in held]


def test_no_address_stands_in_the_log(
    shop: Caller, news: List, caplog: pytest.LogCaptureFixture
) -> None:
    """Django writes down the path of whatever it refuses."""
    refused(shop.ask("GET", JISU), 404)
    refused(Caller().ask("GET", JISU), 401)
    refused(shop.ask("PUT", JISU, []), 422)

    assert "jisu" not in caplog.text
