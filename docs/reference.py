"""Writes docs/settings.md and docs/cli.md from the program itself: `make docs`."""

from collections.abc import Iterator
from pathlib import Path

import click

HERE = Path(__file__).parent


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
    for name, field in Settings.model_fields.items():
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
    if isinstance(default, tuple):
        return "`" + ",".join(f"{each:g}" for each in default) + "`"
    return f"`{default}`"


def pages() -> dict[Path, str]:
    """Return what the generated pages should say."""
    return {HERE / "settings.md": settings_page(), HERE / "cli.md": commands_page()}


if __name__ == "__main__":
    from pabal.cli.language import speak

    speak("en")
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
