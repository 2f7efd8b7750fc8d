"""Who may read the metrics, rule by rule."""

import pytest

from pabal.telemetry.access import Gate, is_loopback

TOKEN = "correct-horse-battery"
HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8025"}
ELSEWHERE = {"REMOTE_ADDR": "10.0.0.7", "HTTP_HOST": "mail.shop.example"}


def with_token(authorization, request=ELSEWHERE):
    return Gate(token=TOKEN).refusal(request | {"HTTP_AUTHORIZATION": authorization})


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_whoever_knows_the_token_may_read_from_anywhere(authorization):
    assert with_token(authorization) == ""
    assert with_token(authorization, HERE | {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}) == ""


@pytest.mark.parametrize(
    "authorization",
    ["", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}"],
)
@pytest.mark.parametrize("request_", [HERE, ELSEWHERE])
def test_where_there_is_a_token_nothing_else_counts(authorization, request_):
    assert "PABAL_METRICS_TOKEN" in with_token(authorization, request_)


def test_a_token_that_is_no_text_is_refused_and_breaks_nothing():
    assert with_token("Bearer \xff\xfe\udc80")


@pytest.mark.parametrize("remote", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost", "LOCALHOST:8025", "[::1]:8025"])
def test_without_a_token_this_machine_may_read(remote, host):
    assert Gate(token="").refusal({"REMOTE_ADDR": remote, "HTTP_HOST": host}) == ""


@pytest.mark.parametrize("remote", ["10.0.0.7", "::ffff:10.0.0.7", "2001:db8::1", "", "localhost."])
def test_without_a_token_no_other_machine_may_read(remote):
    assert "only this machine" in Gate(token="").refusal(HERE | {"REMOTE_ADDR": remote})


@pytest.mark.parametrize(
    "header",
    ["X_FORWARDED_FOR", "FORWARDED", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "X_REAL_IP", "VIA"],
)
def test_what_came_through_a_proxy_is_not_of_this_machine(header):
    assert Gate(token="").refusal(HERE | {f"HTTP_{header}": "127.0.0.1"})


def test_behind_a_proxy_that_does_not_say_so_only_a_token_opens():
    assert "PABAL_BASE_URL" in Gate(token="", behind_proxy=True).refusal(HERE)
    gate = Gate(token=TOKEN, behind_proxy=True)
    assert gate.refusal(HERE | {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}) == ""


@pytest.mark.parametrize("host", ["evil.example:8025", "", "127.0.0.1.evil.example", "[::1", "a]b"])
def test_a_page_that_lets_its_name_lead_here_reads_nothing(host):
    """DNS rebinding: the browser is on this machine, the name is the stranger's."""
    assert Gate(token="").refusal(HERE | {"HTTP_HOST": host})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "shop.example", "192.168.0.1"])
def test_an_address_for_others_is_not_loopback(host):
    assert not is_loopback(host)
