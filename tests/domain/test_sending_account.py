"""What an account at a service allows."""

import pytest

from pabal.domain.quota import Quota
from pabal.domain.rate import Rate
from pabal.domain.sending_account import SendingAccount, stricter_quota, stricter_rate


def an_account(**chosen) -> SendingAccount:
    standard = {
        "in_sandbox": True,
        "may_send": True,
        "standing": "HEALTHY",
        "per_second": 1.0,
        "per_day": 200,
        "sent": 0,
        "verified": frozenset({"shop.example", "alice@customer.example"}),
    }
    return SendingAccount(**{**standard, **chosen})


@pytest.mark.parametrize(
    ("address", "verified"),
    [
        ("news@shop.example", True),
        ("News@Mail.Shop.Example", True),
        ("alice@customer.example", True),
        ("bob@customer.example", False),
        ("news@notshop.example", False),
        ("news@example", False),
    ],
)
def test_an_address_is_verified_by_itself_its_domain_or_one_above(address, verified):
    """SES: creating-identities: "a domain includes its subdomains"."""
    assert an_account().is_verified(address) is verified


def test_the_stricter_quota_is_the_one_with_less_left():
    ours = Quota(limit=500, used=400)
    assert stricter_quota(ours, Quota(limit=200, used=150)).remaining == 50
    assert stricter_quota(ours, Quota(limit=50_000, used=0)) is ours
    assert stricter_quota(ours, None) is ours


def test_the_stricter_rate_is_the_slower_one():
    slow, fast = Rate(per_second=1), Rate(per_second=14)
    assert stricter_rate(slow, fast) is stricter_rate(fast, slow) is slow
    assert stricter_rate(None, fast) is fast
    assert stricter_rate(None, None) is None


def test_an_account_that_says_nothing_limits_nothing():
    account = an_account(per_second=0, per_day=None)
    assert (account.rate, account.quota) == (None, None)
