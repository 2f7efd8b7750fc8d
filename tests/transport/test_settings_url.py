"""A mail server's URL is read strictly, and its password is told to nobody."""

from pathlib import Path

import pytest

from pabal.transport.smtp.settings import Security, Timeouts, smtp_settings


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://mail.example", "mail.example", 587, Security.STARTTLS),
        ("smtp://mail.example:2525", "mail.example", 2525, Security.STARTTLS),
        ("smtp://mail.example:25?tls=none", "mail.example", 25, Security.NONE),
        ("smtp://127.0.0.1?tls=none", "127.0.0.1", 25, Security.NONE),
        ("smtps://mail.example", "mail.example", 465, Security.TLS),
        ("smtps://[::1]:4650/", "::1", 4650, Security.TLS),
    ],
)
def test_scheme_and_port_say_how_it_is_reached(
    url: str, host: str, port: int, security: Security
) -> None:
    settings = smtp_settings(url)
    assert (settings.host, settings.port, settings.security) == (host, port, security)


def test_the_login_is_percent_decoded() -> None:
    settings = smtp_settings("smtp://shop%40x.example:p%3Aw%2F%EB%B9%84@mail.example")
    assert (settings.username, settings.password) == ("shop@x.example", "p:w/비")


def test_the_password_does_not_show() -> None:
    assert "secret" not in repr(smtp_settings("smtp://shop:secret@mail.example"))


def test_what_stands_beside_the_url_is_kept() -> None:
    settings = smtp_settings("smtp://mail.example", connections=7, ca_file=Path("ca.pem"))
    assert (settings.connections, settings.ca_file) == (7, Path("ca.pem"))


def test_the_standards_times_can_be_stretched_and_no_others() -> None:
    """RFC 5321 4.5.3.2: time-outs should be easy to reconfigure."""
    usual, longer = Timeouts(), smtp_settings("smtp://mail.example", patience=2).timeouts
    assert (longer.greeting, longer.mail, longer.rcpt) == (600, 600, 600)
    assert (longer.data, longer.block, longer.content) == (240, 360, 1200)
    assert longer.slowest == usual.slowest / 2
    assert (longer.connect, longer.idle, longer.quit) == (usual.connect, usual.idle, usual.quit)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://shop:secret@",
        "smtp://mail.example:port",
        "smtp://mail.example:0x19",
        "smtp://mail.example:70000",
        "smtp://mail.example/path",
        "smtp://mail.example?tls=maybe",
        "smtp://mail.example?tls=none&tls=none",
        "smtp://mail.example?timeout=5",
        "smtp://mail.example#secret",
        "smtps://mail.example?tls=none",
        "smtp://:secret@mail.example",
        "smtp://[::1",
    ],
)
def test_what_is_not_such_a_url_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+") as refused:
        smtp_settings(url)
    assert "secret" not in str(refused.value)
