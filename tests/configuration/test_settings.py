"""Settings: defaults that work, and refusals that name the setting and what is allowed."""

import pytest

from pabal.configuration.errors import SettingsRefused
from pabal.configuration.keyring import load_keyring, rotate_keyring
from pabal.configuration.settings import Settings, load_settings
from pabal.domain.token import Purpose


@pytest.fixture(autouse=True)
def empty_surroundings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PABAL_{name.upper()}", raising=False)


def test_the_defaults_work_without_any_setting():
    settings = load_settings()
    assert settings.database == "sqlite:///pabal-data/pabal.sqlite3"
    assert settings.mail_server == "smtp://127.0.0.1:8026?tls=none"
    assert settings.public_url == "http://127.0.0.1:8025"
    assert [wait.total_seconds() for wait in settings.waits] == [15, 45, 120]
    assert settings.pace is None


def test_the_environment_wins_over_the_env_file(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("PABAL_DAILY_LIMIT=10\nPABAL_RATE=2.5\n")
    monkeypatch.setenv("PABAL_DAILY_LIMIT", "20")
    settings = load_settings()
    assert (settings.daily_limit, settings.rate) == (20, 2.5)


def test_rates_of_domains_are_found_by_domain(monkeypatch):
    assert not load_settings().domain_paces
    monkeypatch.setenv("PABAL_DOMAIN_RATES", "naver.com=5/s *.example=60/min")
    paces = load_settings().domain_paces
    assert paces.of("naver.com").rate.per_second == 5
    assert paces.of("shop.example").rate.per_second == 1
    assert paces.of("gmail.com") is None


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PABAL_DAILY_LIMIT", "-3", "whole number"),
        ("PABAL_DAILY_LIMIT", "many", "whole number"),
        ("PABAL_SMTP_CONNECTIONS", "51", "1 to 50"),
        ("PABAL_SMTP_PATIENCE", "0", "0.01 to 4"),
        ("PABAL_DATABASE_URL", "mysql://x", "postgresql://"),
        ("PABAL_SMTP_URL", "http://mail", "smtp://"),
        ("PABAL_BASE_URL", "ftp://mail", "https://"),
        ("PABAL_WEB_ADDRESS", "8025", "host:port"),
        ("PABAL_MAILBOX_ADDRESS", "127.0.0.1:99999", "host:port"),
        ("PABAL_METRICS_ADDRESS", "9100", "host:port"),
        ("PABAL_METRICS_TOKEN", "fifteen-letters", "at least 16"),
        ("PABAL_METRICS_TOKEN", "has a space and more", "without spaces"),
        ("PABAL_METRICS_TOKEN", "비밀번호로는좋지않습니다정말로", "letters, digits"),
        ("PABAL_RETRY_WAITS", "1,2,3,4", "three"),
        ("PABAL_RETRY_WAITS", "soon", "three"),
        ("PABAL_RETRY_WAITS", "0", "three"),
        ("PABAL_RATE", "0", "above 0"),
        ("PABAL_DOMAIN_RATES", "naver.com=fast", "naver.com=5/s"),
        ("PABAL_LANGUAGE", "fr", "ko"),
        ("PABAL_TIME_ZONE", "Asia/Atlantis", "Asia/Seoul"),
        ("PABAL_LEASE_SECONDS", "0.1", "1 to 600"),
        ("PABAL_DNS_SERVERS", "ns1.shop.example", "IP addresses"),
        ("PABAL_DNS_SERVERS", "192.0.2.53,", "IP addresses"),
        ("PABAL_DNS_SERVERS", "192.0.2.53:0", "IP addresses"),
        ("PABAL_DNS_SERVERS", "192.0.2.53:x", "IP addresses"),
        ("PABAL_DOMAIN_CHECK", "maybe", "strict"),
    ],
)
def test_a_wrong_value_is_refused_by_name(monkeypatch, name, value, allowed):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as refusal:
        load_settings()
    assert refusal.value.details["name"] == name
    assert allowed in refusal.value.advise()


def test_dns_servers_may_have_a_port(monkeypatch):
    servers = "192.0.2.53, 192.0.2.54:5353,2001:db8::53,[2001:db8::54]:5353,[::1]"
    monkeypatch.setenv("PABAL_DNS_SERVERS", servers)
    assert load_settings().name_servers == (
        ("192.0.2.53", 53),
        ("192.0.2.54", 5353),
        ("2001:db8::53", 53),
        ("2001:db8::54", 5353),
        ("::1", 53),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("PABAL_SMTP_URL", "http://user:geheim@mail"), ("PABAL_METRICS_TOKEN", "geheim")],
)
def test_a_secret_is_not_shown_in_a_refusal(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as refusal:
        load_settings()
    assert "geheim" not in refusal.value.explain()


def test_keys_are_made_once_and_only_ours_to_read(tmp_path):
    first = load_keyring(tmp_path / "home")
    assert load_keyring(tmp_path / "home") == first
    assert (tmp_path / "home" / "keys").stat().st_mode & 0o777 == 0o600


def test_links_stay_valid_after_a_new_key(tmp_path):
    """Links keep working after key rotation; new ones are signed with the new key."""
    token = load_keyring(tmp_path).token_keys.sign(Purpose.UNSUBSCRIBE, "x")
    keys = rotate_keyring(tmp_path).token_keys
    assert keys.verify(token, Purpose.UNSUBSCRIBE) == "x"
    assert keys.sign(Purpose.UNSUBSCRIBE, "x") != token


@pytest.mark.parametrize("content", ["", "1 zz", "1 00ff", "nonsense"])
def test_a_broken_key_file_is_refused_and_not_replaced(tmp_path, content):
    (tmp_path / "keys").write_text(content)
    with pytest.raises(SettingsRefused):
        load_keyring(tmp_path)
    assert (tmp_path / "keys").read_text() == content
