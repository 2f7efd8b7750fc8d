"""What an operator scrapes, of real processes that send to a real mail server."""

import time
from contextlib import contextmanager

import pytest

from builders.installed import Installation
from builders.metrics import Scraped, scrape
from pabal.console.metrics.catalogue import CONSOLE_METRICS
from pabal.sending.measures import WORKER_METRICS
from servers.smtp import Conduct, free_port, running_sink

TOKEN = "correct-horse-battery"
NAMES = {metric.name for metric in (*CONSOLE_METRICS, *WORKER_METRICS)}


@pytest.fixture
def sink():
    conduct = Conduct(
        replies_to={
            "c1@example.com": "550 5.1.1 no such user",
            "c2@example.com": "451 4.3.0 busy",
            "c3@example.com": "552 5.3.4 too large",
        }
    )
    with running_sink(conduct) as sink:
        yield sink


def an_address():
    return f"127.0.0.1:{free_port()}"


def installed(tmp_path, sink, **settings):
    return Installation(
        tmp_path / "home",
        {
            "PABAL_SMTP_URL": sink.url,
            "PABAL_WEB_ADDRESS": an_address(),
            "PABAL_RETRY_WAITS": "0.1,0.2",
            **settings,
        },
    )


@contextmanager
def running(installation, *command, **settings):
    """Run a command until the block is left; it must end well when it is told to."""
    own = Installation(installation.home, installation.settings | settings)
    log = installation.home.parent / f"{free_port()}.log"
    process = own.start(*command, log=log)
    try:
        yield
    finally:
        process.terminate()
        status = process.wait(60)
    assert status == 0, log.read_text()


def until(what, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := what():
                return found
        except (OSError, AssertionError):
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def sent(installation, campaign):
    """Start a campaign, wait for its end, and return how many deliveries are in which state."""
    installation.run("campaign", "send", campaign, "--detach")
    ended = "finished"
    until(lambda: installation.ask("campaign", "status", campaign)["state"] == ended)
    counts = installation.ask("campaign", "report", campaign)["counts"]
    return {state: count for state, count in counts.items() if count}


def test_one_scrape_of_serve_tells_what_ledger_and_mail_server_say(tmp_path, sink):
    installation = installed(tmp_path, sink)
    pages = installation.settings["PABAL_WEB_ADDRESS"]
    campaign = installation.with_campaign(60)
    assert f"metrics: http://{pages}/metrics, for readers on this machine" in installation.run(
        "doctor"
    )
    with running(installation, "serve"):
        until(lambda: scrape(pages))
        counts = sent(installation, campaign)
        seen = Scraped.of(pages)
    assert counts == {"sent": 57, "failed": 3}
    assert seen.sum("pabal_attempts_total", verdict="accepted") == sink.mails == 57
    assert seen.sum("pabal_attempts_total", verdict="transient", code="4xx") == 3
    assert seen.sum("pabal_attempts_total", verdict="permanent", scope="address") == 1
    assert seen.by("pabal_decisions_total", "happening") == {
        "accepted": 57, "deferred": 2, "gave up": 1, "refused": 2,
    }  # fmt: skip
    assert seen.sum("pabal_attempts_total", domain="example.com") == 62 - 9
    assert seen.sum("pabal_render_seconds_count") == 62
    assert seen.sum("pabal_worker_up") == seen.sum("pabal_workers_alive") == 1
    assert seen.by("pabal_campaign_last_deliveries", "state") == counts
    assert 0 < seen.sum("pabal_campaign_last_seconds") < 60
    assert seen.sum("pabal_worker_process_resident_memory_bytes") > 1_000_000
    assert "@" not in seen.text


def test_what_is_scraped_is_what_the_reference_page_names(tmp_path, sink):
    nowhere = f"maildir://{tmp_path}/nowhere"
    installation = installed(tmp_path, sink, PABAL_RATE="100", PABAL_BOUNCE_URL=nowhere)
    installation.with_list()

    def scraped():
        seen = Scraped.of(installation.settings["PABAL_WEB_ADDRESS"])
        return seen if "pabal_bounce_mailbox_up" in seen.text else None

    with running(installation, "serve"):
        seen = until(scraped)
    assert seen.sum("pabal_bounce_mailbox_up") == 0
    families = {f.name + "_total" * (f.type == "counter") for f in seen.families}
    unnamed = {name for name in families - NAMES if "_worker_process_" not in name}
    assert unnamed == set()
    assert NAMES - families == {
        "pabal_campaign_last_seconds",
        "pabal_campaign_last_deliveries",
        "pabal_harm_ratio",
    }


def test_two_workers_and_the_pages_are_scraped_apart_and_add_up(tmp_path, sink, postgres_server):
    url = postgres_server.fresh_database()
    secured = {"PABAL_DATABASE_URL": url, "PABAL_METRICS_TOKEN": TOKEN, "PABAL_RATE": "150"}
    installation = installed(tmp_path, sink, **secured)
    pages, one, two = installation.settings["PABAL_WEB_ADDRESS"], an_address(), an_address()
    campaign = installation.with_campaign(300)
    with (
        running(installation, "serve", "--no-worker"),
        running(installation, "worker", PABAL_METRICS_ADDRESS=one),
        running(installation, "worker", PABAL_METRICS_ADDRESS=two),
    ):
        for address in (pages, one, two):
            until(lambda address=address: scrape(address, token=TOKEN))
            assert scrape(address)[0] == scrape(address, token="something else")[0] == 403
        counts = sent(installation, campaign)
        whole, *workers = (Scraped.of(address, token=TOKEN) for address in (pages, one, two))
    postgres_server.drop_database(url)
    shares = [each.sum("pabal_attempts_total", verdict="accepted") for each in workers]
    assert sum(shares) == sink.mails == counts["sent"] == 297
    assert all(shares)
    assert len({each.text_of("pabal_worker_info", "worker") for each in workers}) == 2
    assert whole.sum("pabal_workers_alive") == 2
    assert not whole.has("pabal_worker_up")
    assert not whole.has("pabal_attempts_total")
    assert not workers[0].has("pabal_workers_alive")


def test_without_its_database_the_pages_tell_that_and_what_the_worker_counted(
    tmp_path, sink, postgres_server
):
    url = postgres_server.fresh_database()
    installation = installed(tmp_path, sink, PABAL_DATABASE_URL=url)
    pages = installation.settings["PABAL_WEB_ADDRESS"]
    campaign = installation.with_campaign(20)
    with running(installation, "serve"):
        until(lambda: scrape(pages))
        sent(installation, campaign)
        postgres_server.drop_database(url)
        seen = Scraped.of(pages)
    assert seen.sum("pabal_database_up") == 0
    assert seen.sum("pabal_worker_up") == 1
    assert seen.sum("pabal_attempts_total", verdict="accepted") == sink.mails
    assert not seen.has("pabal_doubts")
    assert seen.text.startswith("# The database: ")
    assert "Traceback" not in seen.text


def test_an_address_that_is_taken_is_said_with_what_to_do(tmp_path, sink):
    with running_sink() as other:
        taken = f"127.0.0.1:{other.port}"
        installation = installed(tmp_path, sink, PABAL_METRICS_ADDRESS=taken)
        installation.with_list()
        error = installation.ask("worker", status=1)["error"]
    assert error["code"] == "metrics-address-refused"
    assert taken in error["message"]
    assert "PABAL_METRICS_ADDRESS" in error["remedy"]


def test_the_doctor_tells_who_cannot_read(tmp_path, sink):
    installation = installed(tmp_path, sink, PABAL_METRICS_ADDRESS="0.0.0.0:9100")
    installation.settings["PABAL_BASE_URL"] = "https://mail.shop.example"
    installation.with_list()
    said = installation.run("doctor", status=1)
    assert "metrics, for nobody, since PABAL_BASE_URL is set" in said
    assert "http://0.0.0.0:9100/metrics refuses readers on other machines" in said
    installation.settings["PABAL_METRICS_TOKEN"] = TOKEN
    said = installation.run("doctor")
    assert "for readers who know PABAL_METRICS_TOKEN" in said
    assert TOKEN not in said
