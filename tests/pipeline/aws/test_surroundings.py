"""A function is set by the same names, with the same defaults, as a host of one's own."""

from pathlib import Path

import pytest

from pabal.configuration.errors import SettingsRefused
from pabal.configuration.settings import Settings
from pabal.pipeline.aws.surroundings import Surroundings
from pabal.pipeline.local.wiring import Workshop


def test_what_is_not_told_is_as_on_a_host(tmp_path: Path) -> None:
    here, there = Workshop(Settings(home=tmp_path)), Surroundings({})
    assert there.bounce_policy == here.bounce_policy
    assert there.reputation_limits == here.reputation_limits
    assert there.waits == here.settings.waits


def test_what_is_told_is_heeded() -> None:
    told = {
        "PABAL_PAUSE_BOUNCES": "2.5",
        "PABAL_PAUSE_COMPLAINTS": "0",
        "PABAL_PAUSE_MAILS": "40",
        "PABAL_SOFT_BOUNCES": "3",
        "PABAL_SOFT_BOUNCE_DAYS": "7",
    }
    there = Surroundings(told)
    limits, policy = there.reputation_limits, there.bounce_policy
    assert (limits.bounces, limits.complaints, limits.mails) == (0.025, 0.0, 40)
    assert (policy.soft, policy.soft_span.days) == (3, 7)


def test_what_is_no_number_is_named() -> None:
    with pytest.raises(SettingsRefused) as refused:
        _ = Surroundings({"PABAL_PAUSE_BOUNCES": "a few"}).reputation_limits
    assert "PABAL_PAUSE_BOUNCES" in refused.value.explain(str)
