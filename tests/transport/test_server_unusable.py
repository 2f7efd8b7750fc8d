"""Settings that cannot work say why, in words that help; nothing falls back to plain text."""

import asyncio
from pathlib import Path

import pytest

from pabal.domain.outcome import Scope, Verdict
from pabal.transport.errors import (
    CertificateRefused,
    LoginRefused,
    LoginUnavailable,
    ServerUnusable,
    TlsUnavailable,
)
from pabal.transport.smtp.probe import probe
from pabal.transport.smtp.settings import Security
from servers.smtp import Certificates, Conduct, ScriptedServer, Sink, free_port, make_certificates
from transport.contract import a_mail, an_envelope
from transport.smtp_places import SHORT, settings_for, transport_to

BY_STARTTLS, FROM_START = Security.STARTTLS, Security.TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


async def refusal(conduct: Conduct, **settings: object) -> tuple[ServerUnusable, Sink]:
    """Submit two mails to a sink of that conduct, and return the error that both raise."""
    async with Sink(conduct) as sink, transport_to(sink.port, **settings) as transport:
        errors = await asyncio.gather(
            *(transport.submit(an_envelope(), a_mail()) for _ in range(2)),
            return_exceptions=True,
        )
        first, second = errors
        assert isinstance(first, ServerUnusable)
        assert isinstance(second, ServerUnusable)
        assert first is not second
        assert sink.mails == 0
        assert f"127.0.0.1:{sink.port}" in str(first)
        return first, sink


@pytest.mark.parametrize("security", [BY_STARTTLS, FROM_START])
@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("expired", "has expired"),
        ("from_a_stranger", "authority that this machine does not trust"),
        ("for_another_name", "is for another"),
        ("signed_by_itself", "is signed by itself"),
    ],
)
async def test_a_bad_certificate_is_refused(
    security: Security, which: str, words: str, certificates: Certificates
) -> None:
    """The login and the mails never leave towards somebody who is not proven."""
    conduct = Conduct(
        tls=getattr(certificates, which)(),
        tls_from_start=security is FROM_START,
        login=("shop", "secret"),
    )
    error, sink = await refusal(
        conduct,
        security=security,
        ca_file=certificates.ca_file,
        username="shop",
        password="secret",
    )
    assert isinstance(error, CertificateRefused)
    assert words in str(error)
    assert not any(command.startswith("AUTH") for command in sink.commands)


async def test_a_certificate_of_our_own_authority_needs_its_file(
    certificates: Certificates,
) -> None:
    error, _ = await refusal(Conduct(tls=certificates.good()), security=BY_STARTTLS)
    assert isinstance(error, CertificateRefused)
    assert "PABAL_SMTP_CA_FILE" in error.advise()


async def test_a_file_of_authorities_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    error, _ = await refusal(Conduct(), security=BY_STARTTLS, ca_file=missing)
    assert isinstance(error, CertificateRefused)
    assert str(missing) in str(error)


async def test_a_file_that_holds_no_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    error, _ = await refusal(Conduct(), security=BY_STARTTLS, ca_file=tmp_path / "empty.pem")
    assert "empty.pem holds no certificates" in str(error)


async def test_a_server_without_starttls_is_not_used() -> None:
    """No fall-back to plain text, which whoever sits between could force."""
    error, sink = await refusal(
        Conduct(login=("shop", "secret")),
        security=BY_STARTTLS,
        username="shop",
        password="secret",
    )
    assert isinstance(error, TlsUnavailable)
    assert "does not offer STARTTLS" in str(error)
    assert [command.split()[0] for command in sink.commands] == ["EHLO"]


async def test_a_server_that_refuses_starttls_is_not_used(certificates: Certificates) -> None:
    conduct = Conduct(tls=certificates.good(), replies={"STARTTLS": "502 5.5.1 switched off"})
    error, _ = await refusal(conduct, security=BY_STARTTLS)
    assert isinstance(error, TlsUnavailable)
    assert "502 switched off" in str(error)


async def test_a_server_that_cannot_encrypt_at_the_moment_is_tried_later(
    certificates: Certificates,
) -> None:
    """454 to STARTTLS is a passing failure (RFC 3207 4)."""
    conduct = Conduct(tls=certificates.good(), replies={"STARTTLS": "454 4.7.0 not now"})
    async with (
        Sink(conduct) as sink,
        transport_to(sink.port, security=BY_STARTTLS) as transport,
    ):
        outcome = await transport.submit(an_envelope(), a_mail())
    assert (outcome.verdict, outcome.scope) == (Verdict.TRANSIENT, Scope.ACCOUNT)


async def test_a_plain_server_on_a_tls_port_is_explained() -> None:
    error, _ = await refusal(Conduct(), security=FROM_START)
    assert isinstance(error, TlsUnavailable)
    assert "does not answer with TLS on this port" in str(error)


async def test_a_server_with_an_old_tls_is_not_used() -> None:
    """RFC 8996: nothing below TLS 1.2. Such a server answers with this alert."""
    async with (
        ScriptedServer(r"S. bytes \x15\x03\x01\x00\x02\x02\x46") as server,
        transport_to(server.port, security=FROM_START) as transport,
    ):
        with pytest.raises(TlsUnavailable, match=r"no TLS version from 1\.2 on"):
            await transport.submit(an_envelope(), a_mail())


async def test_a_refused_login_names_the_user_and_the_servers_words() -> None:
    error, sink = await refusal(
        Conduct(login=("shop", "secret")), username="shop", password="wrong one"
    )
    assert isinstance(error, LoginRefused)
    assert "shop" in str(error)
    assert "535" in str(error)
    assert "wrong one" not in str(error)
    assert not any(command.startswith("MAIL") for command in sink.commands)


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "PLAIN", "LOGIN"])
async def test_a_good_login_is_taken_by_either_mechanism(mechanisms: str) -> None:
    conduct = Conduct(login=("가게", "비밀 번호"), mechanisms=mechanisms)
    async with (
        Sink(conduct) as sink,
        transport_to(sink.port, username="가게", password="비밀 번호") as transport,
    ):
        outcome = await transport.submit(an_envelope(), a_mail())
    assert outcome.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("conduct", "offered"),
    [
        (Conduct(), "none"),
        (Conduct(login=("shop", "secret"), mechanisms="GSSAPI XOAUTH2"), "GSSAPI, XOAUTH2"),
    ],
    ids=["no login", "only others"],
)
async def test_a_server_that_takes_no_such_login_is_not_used(
    conduct: Conduct, offered: str
) -> None:
    error, _ = await refusal(conduct, username="shop", password="secret")
    assert isinstance(error, LoginUnavailable)
    assert f"it offers {offered}" in str(error)


async def test_every_error_says_what_to_do_next() -> None:
    kinds = [TlsUnavailable, CertificateRefused, LoginUnavailable, LoginRefused]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert len({kind.remedy for kind in kinds}) == len(kinds)


async def test_plain_text_put_in_behind_starttls_is_not_heard(certificates: Certificates) -> None:
    """Somebody on the way adds words to the answer to STARTTLS (CVE-2011-0411)."""
    sink = Injecting(certificates)
    async with (
        sink,
        transport_to(sink.port, security=BY_STARTTLS, ca_file=certificates.ca_file) as transport,
    ):
        outcome = await transport.submit(an_envelope(), a_mail())
    assert outcome.verdict is Verdict.ACCEPTED
    assert outcome.text == "OK"


class Injecting(Sink):
    """Says more than the answer to STARTTLS before TLS begins."""

    def __init__(self, certificates: Certificates) -> None:
        super().__init__(Conduct(tls=certificates.good()))

    def answer_to_starttls(self) -> str:
        return "220 2.0.0 go on\r\n250-injected\r\n250 AUTH PLAIN"


# The probe


async def test_the_probe_tells_what_the_server_is_like(certificates: Certificates) -> None:
    conduct = Conduct(tls=certificates.good(), login=("shop", "secret"))
    async with Sink(conduct) as sink:
        facts = await probe(
            settings_for(
                sink.port,
                security=BY_STARTTLS,
                ca_file=certificates.ca_file,
                username="shop",
                password="secret",
            )
        )
    assert facts.greeting == "sink.test ESMTP"
    assert facts.extensions.pipelining
    assert facts.extensions.size_limit_bytes == 33_554_432
    assert facts.tls_version == "TLSv1.3"
    assert facts.certificate is not None
    assert "127.0.0.1" in facts.certificate.names
    assert facts.certificate.valid_until.tzinfo is not None
    assert 0 < facts.round_trip_seconds < 1
    assert sink.commands[-1] == "QUIT"


async def test_the_probe_of_a_plain_server_has_no_certificate_to_tell() -> None:
    async with Sink() as sink:
        facts = await probe(settings_for(sink.port))
    assert (facts.tls_version, facts.certificate) == ("", None)


@pytest.mark.parametrize(
    ("dialogue", "words"),
    [
        ("S: 554 5.7.1 go away\n", "554 go away"),
        ("S: HTTP/1.1 400\n", "does not speak SMTP"),
        ("S. close\n", "closed the connection"),
        ("S. silence\n", "no answer"),
    ],
)
async def test_the_probe_raises_whatever_is_wrong(dialogue: str, words: str) -> None:
    async with ScriptedServer(dialogue) as server:
        with pytest.raises(ServerUnusable, match=words):
            await probe(settings_for(server.port, timeouts=SHORT))


async def test_the_probe_of_a_server_that_is_not_there_raises() -> None:
    with pytest.raises(ServerUnusable, match="refused"):
        await probe(settings_for(free_port()))
