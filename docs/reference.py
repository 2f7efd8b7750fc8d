"""Writes docs/settings.md, docs/cli.md and docs/metrics.md from the program: `make docs`."""

import enum
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from pabal.telemetry.metrics import Metric

HERE = Path(__file__).parent

_ABOUT_METRICS = """\
# Metrics

In the text format of Prometheus, at `/metrics`. `pabal doctor` says where that is. An example
of what to scrape, and alerts, are in [deploy/prometheus](../deploy/prometheus).

| what runs | what to scrape |
| --- | --- |
| `pabal serve` | the pages: what the database knows, and what the worker beside them counts |
| `pabal serve --no-worker` | the pages: what the database knows |
| `pabal worker` | its own `PABAL_METRICS_ADDRESS`: what this worker counts |

`pabal campaign send` in a terminal sends in a process of its own, which is not scraped; what
becomes of its mails is in the database's metrics.

## Who may read them

Whoever sends `Authorization: Bearer TOKEN` with the token that `PABAL_METRICS_TOKEN` is set to.
Without that setting, only requests from this machine, to a loopback address: not through a
proxy, and not at all where `PABAL_BASE_URL` is set, since behind a proxy everybody seems to be on
this machine. All others get 403 and the reason. A worker's page is plain HTTP: let it listen in
a network of your own.

```
python3 -c 'import secrets; print(secrets.token_urlsafe())'    # a token
curl -H "Authorization: Bearer $PABAL_METRICS_TOKEN" https://mail.shop.example/metrics
```

## What to know when reading

* `verdict` is accepted, transient, permanent or unknown (no answer came); `scope` is whom a failure
  concerns: address, message or account; `code` is the class of the server's reply: 2xx, 4xx, 5xx,
  other, or none where no server spoke.
* No metric carries an address, a subject or a campaign.
* A domain gets a name of its own when it has had many mails: 10 for the first ten names, 100 for
  the next ten, 1,000 for the last ten. Whatever came before, and all other domains, count as
  `other`. Each process names anew when it starts.
* Counters begin at 0 with their process. Over several workers they are added up:
  `sum(rate(pabal_attempts_total[1m]))` is the rate in mails a second.
* Where the database is out of reach, the pages still answer, with `pabal_database_up 0`, the
  reason in a comment, and what the worker counts.
"""
_OF_PROCESS = """\
Beside these, `pabal_worker_process_*`: CPU, memory, open files and start of the worker's process,
as every program with Prometheus' client library shows them; on Linux only.
"""


def settings_page() -> str:
    """Return the page of all settings."""
    from pabal.configuration.settings import Settings

    lines = [
        "# Settings",
        "",
        "From the environment, or from a file `.env` in the working directory; the environment",
        "wins. A wrong value is refused at the start, with its name and what is allowed.",
        "",
        "| setting | default | allowed | what it does |",
        "| --- | --- | --- | --- |",
    ]
    own = Settings.__annotations__
    for name, field in sorted(Settings.model_fields.items(), key=lambda each: each[0] not in own):
        default = _plain(field.default)
        allowed = ", ".join(
            f"`{each}`" if ":" in str(each) else str(each) for each in field.examples or []
        )
        lines.append(f"| `PABAL_{name.upper()}` | {default} | {allowed} | {field.description} |")
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Return the page of all commands, in English."""
    from pabal.cli.main import commands_group

    lines = [
        "# Commands",
        "",
        "Every command takes `--json`. Exit status: 0 done, 1 refused or",
        "failed, 2 wrong usage, 75 try again later.",
        "",
    ]
    group = commands_group()
    for name, command in _walk(group, "pabal"):
        context = click.Context(command, info_name=name, max_content_width=90, terminal_width=90)
        lines += [f"## `{name}`", "", "```", command.get_help(context), "```", ""]
    return "\n".join(lines)


def metrics_page() -> str:
    """Return the page of all metrics."""
    from pabal.console.metrics.catalogue import CONSOLE_METRICS
    from pabal.sending.measures import WORKER_METRICS

    return (
        "\n".join(
            [
                _ABOUT_METRICS,
                "## What the database knows, at the moment of asking",
                "",
                *_table(CONSOLE_METRICS),
                "",
                "## What a worker counts, since it was started",
                "",
                *_table(WORKER_METRICS),
                "",
                _OF_PROCESS,
            ]
        ).rstrip("\n")
        + "\n"
    )


def _table(metrics: Iterable[Metric]) -> Iterator[str]:
    yield "| metric | labels | type | unit | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for metric in metrics:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        kind = metric.kind.value
        yield f"| `{metric.name}` | {labels} | {kind} | {metric.unit} | {metric.meaning} |"


def _walk(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        if isinstance(command, click.Group):
            yield from _walk(command, f"{name} {each}")
        elif command is not None:
            yield f"{name} {each}", command


def _plain(default: object) -> str:
    if default in ("", None):
        return "empty"
    if isinstance(default, enum.Enum):
        return f"`{default.value}`"
    if isinstance(default, tuple):
        return "`" + ",".join(f"{each:g}" for each in default) + "`"
    return f"`{default}`"


def pages() -> dict[Path, str]:
    """Return what the generated pages should say."""
    return {
        HERE / "settings.md": settings_page(),
        HERE / "cli.md": commands_page(),
        HERE / "metrics.md": metrics_page(),
    }


if __name__ == "__main__":
    from pabal.cli.language import speak

    speak("en")
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
