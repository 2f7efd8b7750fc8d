"""What is proposed follows from what was measured, and says why."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.classify import classify, network_failure
from pabal.domain.outcome import Reply, Stage
from pabal.transport.smtp.extensions import Extensions
from pabal.transport.smtp.measured import Asked, Complaint, Measured, Rung
from pabal.transport.smtp.probe import ServerFacts
from pabal.transport.smtp.proposing import Reason, mails_per_second, propose
from pabal.transport.smtp.providers import PROVIDERS, provider_of

FACTS = ServerFacts(
    greeting="mx",
    extensions=Extensions(),
    tls_version="",
    certificate=None,
    round_trip_seconds=0.01,
)
TRIED = Measured(
    facts=FACTS,
    connections=4,
    envelopes=[Rung(connections=4, count=16, seconds=0.1)],
    envelopes_carried=25,
    mails=[],
    mails_carried=0,
    complaints=[],
)


def rungs(**per_second: float) -> list[Rung]:
    """c1=10 stands for ten mails a second over one connection."""
    return [
        Rung(connections=int(name[1:]), count=100, seconds=100 / rate)
        for name, rate in per_second.items()
    ]


def complaint(asked: Asked, code: int, *, per_second: float = 10, **more: object) -> Complaint:
    outcome = classify(Reply(code=code), stage=Stage.MAIL)
    return Complaint(asked=asked, outcome=outcome, connections=2, per_second=per_second, **more)  # type: ignore[arg-type]


def test_a_server_that_took_everything_gets_all_that_was_tried() -> None:
    proposal = propose(TRIED, None)
    assert proposal is not None
    assert (proposal.connections, proposal.connections_because) == (4, Reason.TAKEN)
    assert (proposal.rate, proposal.rate_because) == (None, Reason.NO_COMPLAINT)
    assert mails_per_second(TRIED, proposal) is None


def test_a_refused_connection_is_the_limit() -> None:
    refused = replace(TRIED, connections=2, complaints=[complaint(Asked.CONNECTION, 421)])
    proposal = propose(refused, None)
    assert proposal is not None
    assert (proposal.connections, proposal.connections_because) == (2, Reason.REFUSED)
    assert proposal.rate is None


@pytest.mark.parametrize(
    ("measured", "connections", "because"),
    [
        (rungs(c1=10, c2=20, c4=40), 4, Reason.TAKEN),
        (rungs(c1=10, c2=20, c4=21), 2, Reason.NOT_FASTER),
        (rungs(c1=10, c2=9, c4=8), 1, Reason.NOT_FASTER),
        (rungs(c1=10), 4, Reason.TAKEN),
    ],
    ids=["each helps", "two are enough", "one is enough", "too few mails to tell"],
)
def test_connections_that_do_not_help_are_not_proposed(measured, connections, because) -> None:
    proposal = propose(replace(TRIED, mails=measured), None)
    assert proposal is not None
    assert (proposal.connections, proposal.connections_because) == (connections, because)


def test_a_server_that_asked_for_less_gets_less() -> None:
    throttled = replace(TRIED, complaints=[complaint(Asked.MAIL, 454, per_second=10)])
    proposal = propose(throttled, None)
    assert proposal is not None
    assert (proposal.rate, proposal.rate_because) == (8, Reason.COMPLAINED)


@given(st.floats(0.001, 5000))
def test_the_rate_is_below_the_complaint_and_not_far_below(per_second: float) -> None:
    throttled = replace(TRIED, complaints=[complaint(Asked.MAIL, 451, per_second=per_second)])
    proposal = propose(throttled, None)
    assert proposal is not None
    assert proposal.rate is not None
    assert 0.7 * per_second <= proposal.rate <= 0.81 * per_second
    assert len(f"{proposal.rate:g}".replace("0.", "").strip("0").replace(".", "")) <= 2


def test_the_end_of_a_connection_is_no_reason_for_less() -> None:
    limit = complaint(Asked.MAIL, 421, carried=10, ends_connection=True)
    proposal = propose(replace(TRIED, complaints=[limit]), None)
    assert proposal is not None
    assert proposal.rate is None


@pytest.mark.parametrize("complained", [False, True])
def test_nothing_is_proposed_for_a_server_that_took_nothing(complained: bool) -> None:
    complaints = [complaint(Asked.ENVELOPE, 550)] if complained else []
    assert propose(replace(TRIED, envelopes=[], complaints=complaints), None) is None


def test_documented_limits_win() -> None:
    provider = provider_of("SMTP.office365.com")
    assert provider is not None
    proposal = propose(replace(TRIED, mails=rungs(c1=10, c2=20, c4=40)), provider)
    assert proposal is not None
    assert (proposal.connections, proposal.connections_because) == (3, Reason.DOCUMENTED)
    assert (proposal.rate, proposal.rate_because) == (0.5, Reason.DOCUMENTED)
    assert mails_per_second(replace(TRIED, mails=rungs(c1=10, c2=20)), proposal) == 0.5


def test_what_is_predicted_is_what_the_proposal_can_do() -> None:
    measured = replace(TRIED, mails=rungs(c1=10, c2=20, c4=21))
    proposal = propose(measured, None)
    assert proposal is not None
    assert mails_per_second(measured, proposal) == pytest.approx(20)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("email-smtp.ap-northeast-2.amazonaws.com", "Amazon SES"),
        ("smtp.gmail.com", "Gmail"),
        ("smtp.office365.com", "Microsoft 365"),
        ("smtp.gmail.com.example", None),
        ("127.0.0.1", None),
    ],
)
def test_providers_are_known_by_their_host(host: str, name: str | None) -> None:
    provider = provider_of(host)
    assert (provider and provider.name) == name


def test_a_host_belongs_to_one_provider() -> None:
    hosts = [host for provider in PROVIDERS for host in provider.hosts]
    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize(
    ("said", "is_limit", "asks_for_less"),
    [
        (complaint(Asked.CONNECTION, 421), True, False),
        (complaint(Asked.MAIL, 421, carried=10, ends_connection=True), True, False),
        (complaint(Asked.MAIL, 421, carried=0, ends_connection=True), False, True),
        (complaint(Asked.ENVELOPE, 451, carried=10), False, True),
        (complaint(Asked.ENVELOPE, 550, carried=10), False, False),
    ],
)
def test_a_limit_of_connections_is_told_from_a_request_for_less(
    said: Complaint, is_limit: bool, asks_for_less: bool
) -> None:
    assert (said.is_limit, said.asks_for_less) == (is_limit, asks_for_less)


def test_a_connection_that_broke_asks_for_nothing() -> None:
    lost = network_failure("gone", stage=Stage.MAIL, last_byte_left=False)
    broke = Complaint(asked=Asked.MAIL, outcome=lost, connections=1, per_second=10)
    assert not broke.asks_for_less
    assert not broke.is_limit
