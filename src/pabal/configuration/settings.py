"""Every setting, its default and what is allowed; docs/settings.md is made from this."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from pabal.configuration.errors import SettingsRefused
from pabal.configuration.reading import split_at_commas, with_scheme
from pabal.configuration.returning import ReturningSettings
from pabal.configuration.stack import StackSettings
from pabal.domain.domain_rate import DomainRates, parse_domain_rates
from pabal.domain.rate import Rate

_TOKEN_LENGTH = 16  # characters


class Settings(StackSettings, ReturningSettings):
    """What the operator chose, from `PABAL_*` in the environment or in `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="PABAL_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(
        default=Path("pabal-data"),
        description="Directory for the database, packages, keys and the built-in mailbox.",
        examples=["a directory that Pabal may write to"],
    )
    database_url: str = Field(
        default="",
        description="Database; empty for SQLite in the home directory.",
        examples=["sqlite:///path/to/file.sqlite3", "postgresql://user:password@host:5432/name"],
    )
    smtp_url: str = Field(
        default="",
        description=(
            "Mail server; empty for the built-in mailbox. smtp:// uses STARTTLS, which "
            "?tls=none turns off; smtps:// is TLS from the first byte."
        ),
        examples=["smtp://user:password@host:587", "smtps://user:password@host:465"],
    )
    smtp_ca_file: Path | None = Field(
        default=None,
        description="Certificates to trust beside the system's, as PEM.",
        examples=["a PEM file"],
    )
    dkim_key_file: Path | None = Field(
        default=None,
        description=(
            "Private key (PEM, RSA or Ed25519) that signs mails by DKIM, for domains without keys "
            "of their own (`pabal domain add`); empty where the mail server signs. `pabal doctor` "
            "shows the DNS record to publish."
        ),
        examples=["a PEM file"],
    )
    dkim_selector: str = Field(
        default="pabal",
        description="Selector under which the DKIM key is published.",
        examples=["letters, digits and hyphens"],
    )
    dns_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="DNS servers to ask; empty for the system's.",
        examples=["IP addresses with or without a port, such as 192.0.2.53,192.0.2.54:5353"],
    )
    domain_check: Literal["on", "strict", "warn", "off"] = Field(
        default="on",
        description=(
            "What preflight does about a From domain whose mails would not pass DMARC. on refuses "
            "them, but warns where the DNS does not answer and only notes it in a trial; strict "
            "refuses in each case; warn refuses nothing; off asks nobody."
        ),
        examples=["on", "strict", "warn", "off"],
    )
    smtp_connections: int = Field(
        default=4,
        ge=1,
        le=50,
        description="Connections to the mail server, or calls to SES, at once.",
        examples=["1 to 50"],
    )
    smtp_patience: float = Field(
        default=1.0,
        ge=0.01,
        le=4,
        description=(
            "How long to wait for the mail server, as a multiple of what RFC 5321 says: five "
            "minutes for an answer, ten behind the final dot. Less makes more doubtful mails."
        ),
        examples=["0.01 to 4"],
    )
    web_address: str = Field(
        default="127.0.0.1:8025",
        description="Where `pabal serve` listens.",
        examples=["host:port"],
    )
    mailbox_address: str = Field(
        default="127.0.0.1:8026",
        description="Where the built-in mailbox listens for SMTP.",
        examples=["host:port on a loopback address"],
    )
    metrics_address: str = Field(
        default="",
        description=(
            "Where `pabal worker` shows what it counts, at /metrics; empty for nowhere. "
            "`pabal serve` shows it with the pages' own /metrics."
        ),
        examples=["host:port"],
    )
    metrics_token: str = Field(
        default="",
        description=(
            "What a reader of /metrics has to send as `Authorization: Bearer …`; empty for "
            "readers on this machine only."
        ),
        examples=["at least 16 letters, digits and signs, without spaces"],
    )
    base_url: str = Field(
        default="",
        description="How customers reach the public pages; empty for the web address.",
        examples=["https://mail.shop.example"],
    )
    daily_limit: int = Field(
        default=500,
        ge=1,
        description="Mails in any 24 hours.",
        examples=["a whole number from 1"],
    )
    rate: float | None = Field(
        default=None,
        gt=0,
        description="Mails a second over all workers; empty for as fast as the server takes them.",
        examples=["a number above 0"],
    )
    burst: int = Field(
        default=1,
        ge=1,
        description="Mails at once within the rate.",
        examples=["a whole number from 1"],
    )
    domain_rates: str = Field(
        default="",
        description=(
            "Mails a second (s), minute (min) or hour (h) over all workers to recipient domains "
            "that take fewer. Domains with commas between them share a rate, and so do all below "
            "*.example; of several the nearest counts."
        ),
        examples=["rates with spaces between, such as naver.com=5/s daum.net,hanmail.net=100/min"],
    )
    max_mail_bytes: int = Field(
        default=10_000_000,
        ge=10_000,
        description="Largest mail on the wire, in bytes.",
        examples=["a whole number from 10000"],
    )
    retry_waits: Annotated[tuple[float, ...], NoDecode] = Field(
        default=(15.0, 45.0, 120.0),
        description="Seconds before the first, second and third retry, +-20 %.",
        examples=["up to three numbers, such as 15,45,120"],
    )
    lease_seconds: float = Field(
        default=30.0,
        ge=1,
        le=600,
        description="How long a silent worker keeps what it has claimed.",
        examples=["1 to 600"],
    )
    check_links: bool = Field(
        default=True,
        description="Whether preflight visits the links of a mail to see that they lead somewhere.",
        examples=["true", "false"],
    )
    check_spam: bool = Field(
        default=True,
        description="Whether preflight shows a mail to SpamAssassin, where that is installed.",
        examples=["true", "false"],
    )
    language: Literal["auto", "ko", "en"] = Field(
        default="auto",
        description="Language of commands and pages; auto follows the terminal or browser.",
        examples=["auto", "ko", "en"],
    )
    time_zone: str = Field(
        default="Asia/Seoul",
        description="Time zone for dates shown to people.",
        examples=["a name such as Asia/Seoul"],
    )

    @property
    def database(self) -> str:
        """The database's URL, default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'pabal.sqlite3'}"

    @property
    def public_url(self) -> str:
        """Where the public pages are reached, without a slash at its end."""
        return (self.base_url or f"http://{self.web_address}").rstrip("/")

    @property
    def mail_server(self) -> str:
        """The mail server's URL, default filled in."""
        return self.smtp_url or self._mailbox_url

    @property
    def keeps_mails(self) -> bool:
        """Whether mails go to the built-in mailbox, where its pages show them."""
        return self.transport == "smtp" and self.mail_server == self._mailbox_url

    @property
    def reads_returns(self) -> bool:
        """Whether what is mailed to the bounce domain comes to Pabal."""
        return bool(self.bounce_url) if self.leave_by_mail is None else self.leave_by_mail

    @property
    def _mailbox_url(self) -> str:
        return f"smtp://{self.mailbox_address}?tls=none"

    @property
    def name_servers(self) -> tuple[tuple[str, int], ...]:
        """The DNS servers to ask, each an address and a port."""
        return tuple(map(_address_and_port, self.dns_servers))

    @property
    def waits(self) -> tuple[timedelta, ...]:
        return tuple(timedelta(seconds=seconds) for seconds in self.retry_waits)

    @property
    def pace(self) -> Rate | None:
        return Rate(per_second=self.rate, burst=self.burst) if self.rate else None

    @property
    def domain_paces(self) -> DomainRates:
        return DomainRates(parse_domain_rates(self.domain_rates))

    @field_validator("domain_rates")
    @classmethod
    def _readable_rates(cls, value: str) -> str:
        parse_domain_rates(value)
        return value

    @field_validator("retry_waits", "dns_servers", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_at_commas(value)

    @field_validator("dns_servers")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            wrong = [port for _, port in map(_address_and_port, value) if not 0 < port < 65536]
        except ValueError:
            wrong = [0]
        if wrong:
            raise ValueError("not IP addresses, with or without a port")
        return value

    @field_validator("retry_waits")
    @classmethod
    def _few_waits(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if len(value) > 3 or any(wait <= 0 for wait in value):
            raise ValueError("at most three waits, each above 0 seconds")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, value: str) -> str:
        return with_scheme(value, "sqlite", "postgresql", "postgres")

    @field_validator("smtp_url")
    @classmethod
    def _smtp_scheme(cls, value: str) -> str:
        return with_scheme(value, "smtp", "smtps")

    @field_validator("base_url")
    @classmethod
    def _web_scheme(cls, value: str) -> str:
        return with_scheme(value, "http", "https")

    @field_validator("web_address", "mailbox_address")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("not a host, a colon and a port")
        return value

    @field_validator("metrics_address")
    @classmethod
    def _empty_or_host_and_port(cls, value: str) -> str:
        return cls._host_and_port(value) if value else value

    @field_validator("metrics_token")
    @classmethod
    def _hard_to_guess(cls, value: str) -> str:
        if value and len(value) < _TOKEN_LENGTH:
            raise ValueError("so short a token can be guessed")
        if " " in value or not (value.isascii() and value.isprintable()):
            raise ValueError("not all of it can be sent in a header")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("not a known time zone") from error
        return value


def _address_and_port(server: str) -> tuple[str, int]:
    """Split 192.0.2.53:5353 or [2001:db8::53]:5353; the port may be left out."""
    if server.count(":") > 1 and not server.startswith("["):
        host, port = server, ""
    else:
        host, _, port = server.partition("]:" if server.startswith("[") else ":")
    return str(ip_address(host.strip("[]"))), int(port or 53)


_SECRET = frozenset({"database_url", "smtp_url", "metrics_token", "bounce_url"})


def load_settings() -> Settings:
    """Read the settings.

    Raises SettingsRefused: names the first wrong one and what is allowed.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        value = "…" if name in _SECRET else str(first["input"])
        raise SettingsRefused(
            name=f"PABAL_{name.upper()}",
            value=value,
            reason=first["msg"].removeprefix("Value error, "),
            allowed=", ".join(map(str, Settings.model_fields[name].examples or [])),
        ) from None
