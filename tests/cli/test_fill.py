"""`pabal fill` makes what pages are tried with, as if people had used them."""

from builders.installed import Installation


def test_an_empty_database_is_filled_and_a_full_one_left_alone(tmp_path) -> None:
    installation = Installation(tmp_path / "home")
    installation.run("init")

    made = installation.ask(
        "fill", "--subscribers", "1200", "--campaigns", "2", "--recipients", "100"
    )
    assert made == {"subscribers": 1200, "campaigns": 2, "recipients": 100}
    campaigns = installation.ask("campaign", "list")
    assert len(campaigns) == 2
    assert installation.ask("consent", "verify")["whole"]

    assert "already" in installation.run("fill", status=1)
