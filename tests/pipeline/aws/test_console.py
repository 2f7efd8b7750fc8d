"""An operator's day with a console here and the sending on AWS: by its own commands and worker."""

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def console(stack, tmp_path_factory):
    installation = stack.console(tmp_path_factory.mktemp("console") / "home")
    installation.campaign = installation.with_campaign(6)
    return installation


def test_a_campaign_goes_out_and_its_report_is_read_from_there(console, stack):
    console.run("campaign", "send", console.campaign)
    report = console.ask("campaign", "report", console.campaign)
    assert {s: n for s, n in report["counts"].items() if n} == {"sent": 6}
