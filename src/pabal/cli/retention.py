"""`pabal retention`: how long what is kept."""

import click

from pabal.cli.command import command, open_workshop
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.tidying import make_tidying
from pabal.configuration.settings import Settings, load_settings

commands = click.Group()


@commands.group("retention", help=_("How long what is kept that may name people."))
def retention() -> None: ...


@command(retention, "show", _("Show for how long what is kept, and by which setting."))
def show(output: Output) -> None:
    settings = load_settings()
    output.table(
        [_("What"), _("Kept for"), _("Setting")],
        [
            *((what, _say_days(days), name) for what, days, name in _kept(settings)),
            (_("log of consent"), _("always: it is the proof that the law asks for"), "–"),
        ],
    )
    output.result({name: days or None for _what, days, name in _kept(settings)})


@command(retention, "apply", _("Forget now what is too old; workers do it by themselves."))
def apply(output: Output) -> None:
    forgotten = make_tidying(open_workshop()).retain()
    output.say(
        _("Forgotten: {packages} packages, {mails} mails, details of {events} events.").format(
            packages=forgotten.packages, mails=forgotten.mails, events=forgotten.events
        )
    )
    output.result(
        {
            "packages": forgotten.packages,
            "mails": forgotten.mails,
            "events": forgotten.events,
        }
    )


def _kept(settings: Settings) -> list[tuple[str, int, str]]:
    return [
        (
            _("recipients of campaigns that have ended, on disk"),
            settings.retain_packages,
            "PABAL_RETAIN_PACKAGES",
        ),
        (_("mails in the built-in mailbox"), settings.retain_mails, "PABAL_RETAIN_MAILS"),
        (
            _("words of servers, details of events"),
            settings.retain_replies,
            "PABAL_RETAIN_REPLIES",
        ),
    ]


def _say_days(days: int) -> str:
    return _("{days} days").format(days=days) if days else _("ever")
