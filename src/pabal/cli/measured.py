"""What was measured of a mail server, as people and programs read it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from pabal.cli.diagnosis import Diagnosis, Fit
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import say_bytes, say_duration, say_reply
from pabal.transport.smtp.measured import Asked, Complaint, Rung
from pabal.transport.smtp.probe import ServerFacts
from pabal.transport.smtp.proposing import Proposal, Reason
from pabal.transport.smtp.providers import Provider
from pabal.transport.smtp.settings import SmtpSettings


def show_diagnosis(output: Output, diagnosis: Diagnosis) -> None:
    """Print what was measured, what was complained of, and what is proposed."""
    output.heading(_("Mail server {server}").format(server=diagnosis.server.server))
    output.table(["", ""], list(_facts(diagnosis.measured.facts, diagnosis.server)))
    _show_rungs(output, diagnosis)
    if diagnosis.proposal is not None:
        output.heading(_("Limits"))
        output.table(["", ""], list(_limits(diagnosis)))
    if diagnosis.trouble is not None:
        output.heading(diagnosis.trouble.explain(_))
        output.say(f"  → {diagnosis.trouble.advise(_)}")
    if diagnosis.proposal is not None:
        _show_proposal(output, diagnosis.proposal)
        _show_predictions(output, diagnosis)


def _facts(facts: ServerFacts, server: SmtpSettings) -> Iterator[tuple[str, str]]:
    yield _("greeting"), facts.greeting
    yield _("encryption"), encryption(facts)
    yield _("login"), server.username or _("none")
    yield _("extensions"), ", ".join(sorted(facts.extensions.keywords)) or _("none")
    limit = facts.extensions.size_limit_bytes
    yield _("largest mail"), say_bytes(limit) if limit else _("not said")
    yield (
        _("round trip"),
        _("{milliseconds} ms").format(milliseconds=f"{facts.round_trip_seconds * 1000:.3g}"),
    )


def encryption(facts: ServerFacts) -> str:
    """Say how a server is spoken to, and until when its certificate holds."""
    if facts.certificate is None:
        return _("none")
    return _("{version}, certificate valid until {date}").format(
        version=facts.tls_version, date=f"{facts.certificate.valid_until:%Y-%m-%d}"
    )


def _show_rungs(output: Output, diagnosis: Diagnosis) -> None:
    measured, size = diagnosis.measured, say_bytes(diagnosis.plan.size_bytes)
    if measured.envelopes:
        output.heading(_("Envelopes, offered and taken back: nobody gets a mail"))
        _show_table(output, measured.envelopes, _("envelopes"))
    if measured.mails:
        output.heading(
            _(
                "Mails of {size}, really sent: they count at the provider, not in PABAL_DAILY_LIMIT"
            ).format(size=size)
        )
        _show_table(output, measured.mails, _("mails"))


def _show_table(output: Output, rungs: Sequence[Rung], what: str) -> None:
    output.table(
        [f"{heading}#" for heading in (_("connections"), what, _("a second"))],
        [(rung.connections, rung.count, f"{rung.per_second:,.1f}") for rung in rungs],
    )


def _limits(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    measured = diagnosis.measured
    refused = diagnosis.limit(Asked.CONNECTION)
    yield _("connections at once"), _say_limit(measured.connections, refused)
    ended = diagnosis.limit(Asked.ENVELOPE)
    yield _("envelopes on a connection"), _say_limit(measured.envelopes_carried, ended)
    if measured.mails:
        ended = diagnosis.limit(Asked.MAIL)
        yield _("mails on a connection"), _say_limit(measured.mails_carried, ended)
    if declared := measured.facts.extensions.mails_per_connection:
        yield _("declared by the server"), _("{count} mails on a connection").format(count=declared)
    if diagnosis.provider is not None:
        yield (
            _("documented by {provider}").format(provider=diagnosis.provider.name),
            _say_documented(diagnosis.provider),
        )


def _say_limit(taken: int, limit: Complaint | None) -> str:
    """A limit that was not met is a floor, and no promise either."""
    if limit is None:
        return _("at least {count}: no limit was met").format(count=taken)
    return _("{count}, then: {reply}").format(count=taken, reply=say_reply(limit.outcome))


def _say_documented(provider: Provider) -> str:
    limits = (
        (_("{count} connections"), provider.connections),
        (_("{count} mails a minute"), provider.mails_per_minute),
        (_("{count} mails a day"), provider.mails_per_day),
    )
    said = [text.format(count=f"{count:,}") for text, count in limits if count]
    return ", ".join(said) or _("a rate and a quota for each account, shown in its console")


def _show_proposal(output: Output, proposal: Proposal) -> None:
    rate = f"{proposal.rate:g}" if proposal.rate else ""
    output.heading(_("Proposal"))
    output.table(
        ["", ""],
        [
            (
                f"PABAL_SMTP_CONNECTIONS={proposal.connections}",
                REASONS[proposal.connections_because],
            ),
            (f"PABAL_RATE={rate}", REASONS[proposal.rate_because]),
        ],
    )


def _show_predictions(output: Output, diagnosis: Diagnosis) -> None:
    if not diagnosis.predictions:
        output.say()
        output.say(
            _(
                "How many mails a second the server takes cannot be told from envelopes, only that "
                "it is not more. To know it, send some to yourself: "
                "`pabal doctor --smtp --to you@shop.example --mails 20`"
            )
        )
        return
    output.heading(_("Prediction, if it stays so fast; five minutes are wanted"))
    output.table(
        [f"{_('mails')}#", f"{_('without a retry')}#", f"{_('with all retries')}#", _("in time")],
        [
            (
                each.mails,
                say_duration(each.plain),
                say_duration(each.with_retries),
                IN_TIME[each.fits],
            )
            for each in diagnosis.predictions
        ],
    )


def diagnosis_as_json(diagnosis: Diagnosis) -> dict[str, object]:
    measured, proposal, trouble = diagnosis.measured, diagnosis.proposal, diagnosis.trouble
    facts, limit = measured.facts, diagnosis.limit
    return {
        "server": diagnosis.server.server,
        "greeting": facts.greeting,
        "tls": facts.tls_version,
        "certificate_valid_until": facts.certificate and facts.certificate.valid_until.isoformat(),
        "extensions": sorted(facts.extensions.keywords),
        "size_limit_bytes": facts.extensions.size_limit_bytes,
        "round_trip_seconds": facts.round_trip_seconds,
        "connections": _limit_as_json(measured.connections, limit(Asked.CONNECTION)),
        "envelopes": [_rung_as_json(rung) for rung in measured.envelopes],
        "envelopes_on_a_connection": _limit_as_json(
            measured.envelopes_carried, limit(Asked.ENVELOPE)
        ),
        "mails": [_rung_as_json(rung) for rung in measured.mails],
        "mails_on_a_connection": _limit_as_json(measured.mails_carried, limit(Asked.MAIL)),
        "declared_mails_on_a_connection": facts.extensions.mails_per_connection,
        "provider": diagnosis.provider and diagnosis.provider.name,
        "complaint": trouble
        and {"code": trouble.code, "message": trouble.explain(_), "remedy": trouble.advise(_)},
        "proposal": proposal and _proposal_as_json(proposal),
        "predictions": [
            {
                "mails": each.mails,
                "seconds": each.plain.total_seconds(),
                "seconds_with_retries": each.with_retries.total_seconds(),
            }
            for each in diagnosis.predictions
        ],
    }


def _rung_as_json(rung: Rung) -> dict[str, object]:
    return asdict(rung) | {"per_second": rung.per_second}


def _limit_as_json(taken: int, limit: Complaint | None) -> dict[str, object]:
    """taken is the limit where there is a reply, and a floor where there is none."""
    return {"taken": taken, "reply": limit and say_reply(limit.outcome)}


def _proposal_as_json(proposal: Proposal) -> dict[str, object]:
    return {
        "PABAL_SMTP_CONNECTIONS": proposal.connections,
        "connections_because": proposal.connections_because.name.lower().replace("_", "-"),
        "PABAL_RATE": proposal.rate,
        "rate_because": proposal.rate_because.name.lower().replace("_", "-"),
    }


IN_TIME = {
    Fit.ALWAYS: _("yes"),
    Fit.WITHOUT_RETRIES: _("without retries"),
    Fit.NEVER: _("no"),
}

REASONS = {
    Reason.DOCUMENTED: _("The provider documents this limit."),
    Reason.REFUSED: _("One more was refused."),
    Reason.NOT_FASTER: _("More were hardly faster."),
    Reason.TAKEN: _("All that were tried were taken; `--connections` tries more."),
    Reason.COMPLAINED: _("A fifth below the rate at which the server complained."),
    Reason.NO_COMPLAINT: _(
        "Empty: nothing was complained of. That is no promise for more mails or a longer time."
    ),
}
