"""`pabal doctor --smtp` as an operator types it: no mail without being told, and clear words."""

import email
import re
import subprocess
from email.policy import default

import pytest

from builders.installed import Installation
from servers.smtp import Conduct, running_sink

FROM = ("--from", "news@shop.example")
ME = "me@shop.example"


@pytest.fixture
def installation(tmp_path):
    """Nothing is set up but the mail server."""
    return Installation(tmp_path / "home")


def at(installation, sink, **settings):
    installation.settings |= {"PABAL_SMTP_URL": sink.url} | settings
    return installation


def test_without_being_told_no_mail_is_sent(installation):
    with running_sink() as sink:
        found = at(installation, sink).ask("doctor", "--smtp", *FROM)
        assert found["greeting"] == "sink.test ESMTP"
        assert "PIPELINING" in found["extensions"]
        assert found["connections"] == {"taken": 4, "reply": None}
        assert found["envelopes_on_a_connection"]["taken"] >= 9
        assert found["proposal"]["PABAL_SMTP_CONNECTIONS"] == 4
        assert found["proposal"]["PABAL_RATE"] is None
        assert (found["mails"], found["predictions"], found["complaint"]) == ([], [], None)
        verbs = {command.partition(" ")[0] for command in sink.commands}
        assert verbs == {"EHLO", "NOOP", "MAIL", "RSET", "QUIT"}
        assert len(sink.commands) <= 200


def test_with_an_address_of_ones_own_real_mails_are_sent_and_predicted_from(installation):
    with running_sink(keep=True) as sink:
        found = at(installation, sink).ask(
            "doctor", "--smtp", *FROM, "--to", ME, "--mails", "14", "--size", "50", "--yes"
        )
        assert sink.recipients == [ME] * 14
        mails = [email.message_from_bytes(raw, policy=default) for raw in sink.contents]
    assert sum(rung["count"] for rung in found["mails"]) == 14
    assert [each["mails"] for each in found["predictions"]] == [200, 500]
    for each in found["predictions"]:
        # 15 + 45 + 120 s, and a fifth more
        assert each["seconds_with_retries"] - each["seconds"] == pytest.approx(216)
    assert {mail["To"] for mail in mails} == {ME}
    assert {mail["Auto-Submitted"] for mail in mails} == {"auto-generated"}
    assert len({mail["Message-ID"] for mail in mails}) == 14
    assert {mail["From"].addresses[0].addr_spec for mail in mails} == {"news@shop.example"}
    assert all(re.search(r"\d+ of 14 from `pabal doctor`", mail["Subject"]) for mail in mails)
    assert all(45_000 < len(raw) < 60_000 for raw in sink.contents)
    assert all("You may delete it." in mail.get_content() for mail in mails)


@pytest.mark.parametrize(("answer", "sent"), [("y\n", 2), ("n\n", 0), ("", 0)])
def test_real_mails_need_somebody_s_yes(installation, answer, sent):
    with running_sink() as sink:
        done = subprocess.run(
            at(installation, sink).command(
                "doctor", "--smtp", *FROM, "--to", ME, "--mails", "2", "--size", "1"
            ),
            env=installation.environment,
            cwd=installation.home.parent,
            input=answer,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert f"Send 2 mails of 1 KB through 127.0.0.1:{sink.port} to {ME}?" in done.stdout
        assert sink.mails == sent
        assert bool(sink.connections) is bool(sent)
    assert done.returncode == (0 if sent else 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", ME), "needs --smtp"),
        (("--smtp", "--mails", "3"), "--mails needs --to"),
        (("--smtp", *FROM, "--to", ME, "--mails", "3", "--json"), "needs --yes"),
        (("--smtp", "--mails", "101"), "not in the range"),
        (("--smtp", "--connections", "21"), "not in the range"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_done(installation, arguments, words):
    with running_sink() as sink:
        assert words in at(installation, sink).run("doctor", *arguments, status=2)
        assert sink.connections == 0


def test_without_a_sender_it_asks_for_one(installation, tmp_path):
    with running_sink() as sink:
        error = at(installation, sink).ask("doctor", "--smtp", status=1)["error"]
        assert error["code"] == "no-trial-sender"
        assert sink.connections == 0
        ready = at(Installation(tmp_path / "ready"), sink)
        ready.with_list()
        ready.ask("doctor", "--smtp")
        assert any("MAIL FROM:<news@shop.example>" in command for command in sink.commands)


@pytest.mark.parametrize(
    ("conduct", "code", "status"),
    [
        (Conduct(replies={"RCPT": "550 5.1.1 no such user"}), "trial-recipient-refused", 1),
        (Conduct(replies={"RCPT": "554 5.7.1 relay denied"}), "trial-recipient-refused", 1),
        (Conduct(replies={"MAIL": "550 5.7.1 not verified"}), "trial-sender-refused", 1),
        (Conduct(replies={"MAIL": "552 5.3.4 too big"}), "trial-mail-refused", 1),
        (Conduct(replies={"MAIL": "451 4.7.1 slow down"}), "server-asks-for-less", 75),
    ],
    ids=["nobody", "relay", "sender", "size", "throttled"],
)
def test_what_the_server_refuses_has_a_remedy(installation, conduct, code, status):
    with running_sink(conduct) as sink:
        arguments = ("doctor", "--smtp", *FROM, "--to", ME)
        complaint = at(installation, sink).ask(*arguments, status=status)["complaint"]
        assert complaint["code"] == code
        said = installation.run(*arguments, status=status)
    assert complaint["message"] in said
    assert f"→ {complaint['remedy']}" in said
    assert "Proposal" not in said


@pytest.mark.parametrize(
    ("conduct", "login", "code"),
    [
        (Conduct(greeting="421 4.7.0 busy"), "", "server-busy"),
        (Conduct(login=("shop", "right")), "shop:wrong@", "server-login-refused"),
        (Conduct(), "shop:secret@", "server-without-login"),
    ],
    ids=["busy", "login", "no login"],
)
def test_a_server_that_lets_nobody_in_is_explained(installation, conduct, login, code):
    with running_sink(conduct) as sink:
        url = f"smtp://{login}127.0.0.1:{sink.port}?tls=none"
        installation.settings["PABAL_SMTP_URL"] = url
        error = installation.ask("doctor", "--smtp", *FROM, status=1)["error"]
    assert error["code"] == code
    assert error["remedy"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("smtp://127.0.0.1:1?tls=none", "server-unreachable"),
        ("smtp://127.0.0.1:{port}", "server-without-tls"),
        ("smtps://127.0.0.1:{port}", "server-without-tls"),
    ],
)
def test_no_server_and_no_tls_are_told_apart(installation, url, code):
    with running_sink() as sink:
        installation.settings["PABAL_SMTP_URL"] = url.format(port=sink.port)
        error = installation.ask("doctor", "--smtp", *FROM, status=1)["error"]
    assert error["code"] == code


def test_a_throttled_server_gets_a_rate(installation):
    """It complains in the middle of the mails: what it had taken says how fast is too fast."""
    conduct = Conduct(
        extensions=(),
        mails_per_connection=4,
        at_mail=True,
        farewell="454 4.7.0 rate exceeded",
    )
    with running_sink(conduct) as sink:
        arguments = ("--to", ME, "--mails", "20", "--size", "1", "--yes")
        found = at(installation, sink).ask("doctor", "--smtp", *FROM, *arguments)
    assert found["complaint"]["code"] == "server-asks-for-less"
    assert found["proposal"]["rate_because"] == "complained"
    assert found["proposal"]["PABAL_RATE"] > 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Limits", "at least 4: no limit was met", "no promise", "--mails 20"]),
        ("ko", ["제한", "4 이상 (제한에 닿지 않음)", "보장하지는 않습니다", "--mails 20"]),
    ],
)
def test_a_figure_without_a_limit_is_called_a_floor(installation, language, words):
    with running_sink() as sink:
        at(installation, sink, PABAL_LANGUAGE=language)
        said = re.sub(r"\s+", " ", installation.run("doctor", "--smtp", *FROM))
    assert [word for word in words if word not in said] == []
