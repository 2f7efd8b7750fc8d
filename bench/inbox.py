"""`make bench-inbox`: what SpamAssassin and rspamd make of the mails that Pabal writes.

Neither asks the network: it is the mail that is judged, not who sends it. A mail written to
be spam is judged in the same run, so that a filter that sees nothing is found out.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage

from bench import template
from bench.contenders import a_dkim_key, a_renderer
from bench.figures import Demand, publish
from bench.installation import demo_source
from bench.people import recipients
from bench.rspamd import ask, running_rspamd
from pabal.message.compile import compile_source
from pabal.message.dkim import Signing
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.preflight.spam import Verdict, weigh

_WANTED = 2.0  # SpamAssassin's points
_LEFT_ALONE = 4.0  # rspamd's points, from which it greylists


def main() -> None:
    mails: dict[str, Callable[[], bytes]] = {
        "the benchmarks' mail, 100 KB": lambda: _rendered(a_renderer()),
        "the same with a product grid": lambda: _rendered(a_renderer(grid=True)),
        "the same, signed": lambda: _rendered(a_renderer(signing=Signing(keys=(a_dkim_key(),)))),
        "the demo's promotion": lambda: _rendered(_demo_renderer()),
        "written to be spam": _spam,
    }
    rows, figures, demands = [], {}, []
    with running_rspamd() as port:
        for name, make in mails.items():
            mail = make()
            verdict, opinion = weigh(mail), ask(port, mail)
            assert verdict is not None, "SpamAssassin gave no answer"
            rows.append(
                [name, f"{len(mail) / 1000:.0f}", f"{verdict.score:.1f}", _heaviest(verdict),
                 f"{opinion.score:.1f}", opinion.action]
            )  # fmt: skip
            figures[name] = {"spamassassin": verdict.score, "rspamd": opinion.score}
            demands += _demands(name, figures[name])
    publish(
        "inbox",
        "Spam filters without a network",
        ["mail", "KB", "SpamAssassin", "of which", "rspamd", "does"],
        rows,
        figures=figures,
        demands=demands,
    )


def _demands(name: str, scores: Mapping[str, float]) -> list[Demand]:
    if name == "written to be spam":
        return [Demand(name=f"SpamAssassin, {name}", value=scores["spamassassin"], at_least=5)]
    return [
        Demand(name=f"SpamAssassin, {name}", value=scores["spamassassin"], at_most=_WANTED),
        Demand(name=f"rspamd, {name}", value=scores["rspamd"], at_most=_LEFT_ALONE),
    ]


def _heaviest(verdict: Verdict) -> str:
    return ", ".join(f"{name} {points}" for points, name, _ in verdict.rules[:2] if points > 0)


def _rendered(renderer: Renderer) -> bytes:
    mail = renderer.render(next(recipients(1)), date=datetime.now(UTC))
    return b"".join(mail.buffers)


def _demo_renderer() -> Renderer:
    plan, limits = template.plan(), Limits()
    return Renderer(
        compile_source(demo_source(), plan, limits=limits),
        plan,
        links=template.LINKS,
        bounce_secret=b"b" * 32,
        limits=limits,
    )


def _spam() -> bytes:
    mail = EmailMessage()
    mail["From"] = "Dr. Winner <winner@hanbit.example>"
    mail["To"] = "c0@example.com"
    mail["Subject"] = "VIAGRA 100% FREE!!! YOU HAVE WON $1,000,000"
    words = (
        "CHEAP VIAGRA CIALIS ONLINE PHARMACY, 100% GUARANTEED! Dear friend, you have WON"
        " $1,000,000 US dollars in the lottery. Act now, no prescription needed. Click below."
    )
    mail.set_content(words)
    mail.add_alternative(f"<html><h1>{words}</h1><font size=+6>{words}</font></html>", "html")
    return mail.as_bytes()


if __name__ == "__main__":
    main()
