"""Only what SNS has signed counts, whatever else a message says of itself."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pabal.feedback.errors import FetchFailed, MessageForged, MessageUnreadable
from pabal.feedback.fetching import MAX_BYTES, Fetcher
from pabal.feedback.sns import Kind, Signatures, is_of_sns, read_message
from servers.aws import CERTIFICATE, TOPIC, a_certificate, running_sns

NOW = datetime.now(UTC)
EVENT = {"eventType": "Delivery"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with running_sns(tmp_path_factory.mktemp("sns")) as server:
        yield server


@pytest.fixture
def sns(shared):
    shared.asked.clear()
    return shared


def check(sns, told, *, now=NOW, signatures=None):
    message = read_message(json.dumps(told))
    (signatures or Signatures(sns.fetch)).check(message, now=now)
    return message


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("type", [kind.value for kind in Kind])
def test_what_sns_has_signed_is_believed(sns, version, type):
    message = check(sns, sns.message("가\n나", version=version, type=type))
    assert (message.kind, message.topic, message.message) == (Kind(type), TOPIC, "가\n나")


def test_a_subject_is_signed_where_there_is_one(sns):
    told = sns.message(EVENT, Subject="Amazon SES")
    check(sns, told)
    with pytest.raises(MessageForged):
        check(sns, told | {"Subject": "other"})
    del told["Subject"]
    with pytest.raises(MessageForged):
        check(sns, told)


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "{}"},
        {"MessageId": "another"},
        {"Timestamp": "2026-11-25T04:00:00.000Z"},
        {"TopicArn": TOPIC + "2"},
        {"SignatureVersion": "1"},
        {"Signature": ""},
        {"Signature": "AAAA"},
        {"Subject": "added"},
    ],
)
def test_whoever_changes_anything_is_refused(sns, changed):
    with pytest.raises(MessageForged, match="does not fit"):
        check(sns, sns.message(EVENT) | changed)


def test_a_confirmation_signs_its_token_and_its_address(sns):
    told = sns.message("confirm", type="SubscriptionConfirmation")
    for name in ("Token", "SubscribeURL"):
        with pytest.raises(MessageForged):
            check(sns, told | {name: "https://sns.us-east-1.amazonaws.com/other"})


def test_a_key_that_is_not_of_sns_signs_nothing(sns):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(MessageForged):
        check(sns, sns.message(EVENT, key=other))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.us-east-1.amazonaws.com/a.pem",
        "https://evil.example#sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/a.pem",
        "https://user@sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com:8443/a.pem",
        "https://sns.us-east-1.amazonaws.com:x/a.pem",
        "https://bucket.s3.amazonaws.com/a.pem",
        "https://sns.evil.amazonaws.com/a.pem",
        "https://snsxus-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com.org/a.pem",
        "https://sns.us-east-1.amazonaws.com\\@evil.example/a.pem",
        "https://[::1]/a.pem",
        "https://[",
        "file:///etc/passwd",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(sns, url):
    """4.1: "SigningCertURL only https on sns.<region>.amazonaws.com"."""
    assert not is_of_sns(url)
    with pytest.raises(MessageForged, match="not at an address of SNS"):
        check(sns, sns.message(EVENT, SigningCertURL=url))
    assert sns.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "sns.us-east-1.amazonaws.com",
        "sns.us-gov-west-1.amazonaws.com",
        "sns.cn-north-1.amazonaws.com.cn",
        "sns.ap-southeast-5.amazonaws.com",
    ],
)
def test_every_region_has_an_address_of_sns(host):
    assert is_of_sns(f"https://{host}/a.pem")


def test_a_certificate_is_fetched_once(sns):
    signatures = Signatures(sns.fetch)
    for _ in range(3):
        check(sns, sns.message(EVENT), signatures=signatures)
    assert len(sns.asked) == 1


@pytest.mark.parametrize("days", [-2, 31])
def test_a_certificate_counts_while_it_is_valid(sns, days):
    with pytest.raises(MessageForged, match="not valid at this time"):
        check(sns, sns.message(EVENT), now=NOW + timedelta(days=days))


def test_what_is_no_certificate_for_rsa_proves_nothing(sns):
    told = sns.message(EVENT)
    elliptic = a_certificate(ec.generate_private_key(ec.SECP256R1()))
    pem = elliptic.public_bytes(serialization.Encoding.PEM)
    for answer in (pem, b"<html>", b""):
        with pytest.raises(MessageForged):
            check(sns, told, signatures=Signatures(lambda url, answer=answer: answer))


@pytest.mark.parametrize(
    "body",
    ["", "x", "[]", "[" * 100_000, '{"a":' * 100_000, "null", '"Notification"', "{}", "1" * 5000],
)
def test_garbage_is_unreadable(body):
    with pytest.raises(MessageUnreadable):
        read_message(body)


@pytest.mark.parametrize(
    "changed",
    [
        {"Type": ["Notification"]},
        {"Type": "Other"},
        {"Signature": "not base64!"},
        {"Signature": "é"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": 2},
    ],
)
def test_a_message_without_its_form_is_unreadable(sns, changed):
    with pytest.raises(MessageUnreadable):
        read_message(json.dumps(sns.message(EVENT) | changed))


def test_half_a_character_is_forged_and_breaks_nothing(sns):
    with pytest.raises(MessageForged):
        check(sns, sns.message(EVENT) | {"Message": "\ud800"})


# Fetching


def test_nothing_on_this_machine_or_beside_it_is_fetched(sns):
    """Whoever could choose an address must not reach what only we reach."""
    for url in (f"https://localhost:{sns.port}/a.pem", "http://169.254.169.254/latest/meta-data"):
        with pytest.raises(FetchFailed):
            Fetcher(ca_file=sns.ca_file).get(url)
    assert sns.asked == []


def test_a_server_that_is_not_trusted_is_not_read(sns):
    with pytest.raises(FetchFailed, match="SSLError"):
        Fetcher(allow_loopback=True).get(f"https://localhost:{sns.port}/a.pem")


def test_what_is_too_long_is_cut_and_what_is_not_200_fails(sns):
    whole = sns.certificate
    try:
        sns.certificate = b"x" * (MAX_BYTES + 1)
        assert len(sns.fetch(CERTIFICATE)) == MAX_BYTES
        sns.status = 302
        with pytest.raises(FetchFailed, match="302"):
            sns.fetch("https://sns.ap-northeast-2.amazonaws.com/other")
    finally:
        sns.certificate, sns.status = whole, 200
