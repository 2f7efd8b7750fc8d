"""A sending domain's records: what to publish, and what the DNS says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from pabal.authentication.examination import Examination, Passing, examine
from pabal.authentication.records import DnsRecord
from pabal.authentication.senders import likely_senders
from pabal.configuration.keyring import load_keyring
from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.campaigns.advice import advice
from pabal.console.campaigns.drafting import used_bounce_domain
from pabal.console.campaigns.words import SEVERITY_TONES
from pabal.console.design.components import Tone
from pabal.console.domains.adding import (
    add_domain,
    checked_domain,
    governing,
    records,
)
from pabal.console.domains.models import SendingDomain
from pabal.console.domains.sending import how_it_leaves
from pabal.console.organisation.forms import DomainForm
from pabal.domain.errors import PabalError
from pabal.pipeline.local.wiring import Workshop
from pabal.preflight.checks.authentication import judge_examination
from pabal.preflight.finding import Finding

_PASSING: dict[Passing, tuple[Promise, Tone]] = {
    Passing.YES: (_("passes"), Tone.GOOD),
    Passing.NO: (_("does not pass"), Tone.BAD),
    Passing.UNSURE: (_("not known"), Tone.WARN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFinding:
    """A finding in the reader's language."""

    tone: Tone
    what: str
    remedy: str
    rule: str


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_SENDERS)
def domain(request: SignedInRequest, name: str) -> HttpResponse:
    """The records that a domain publishes; before it was added, the form that adds it."""
    found = governing(name)
    form = DomainForm(request.POST or None)
    if request.method == "POST" and found is None and form.is_valid():
        try:
            _add(name, form, now=timezone.now())
        except PabalError as error:
            form.refuse(error)
        else:
            audit.note(request.user, audit.Deed.DOMAIN_ADDED, name, now=timezone.now())
            messages.success(
                request, gettext("Keys were made. Publish these records where your DNS is kept.")
            )
            return redirect("organisation:domain", name)
    shown: Sequence[DnsRecord] = records(found) if found else ()
    context = {"name": name, "found": found, "form": form, "records": shown}
    return render(request, "organisation/domain.html", context)


@require_safe
@requires(Act.EDIT_SENDERS)
def look(request: SignedInRequest, name: str) -> HttpResponse:
    """What the DNS says at this moment, as a part of the page above."""
    try:
        workshop = _workshop()
        sending = how_it_leaves(workshop, checked_domain(name), used_bounce_domain(name))
        seen = examine(sending, workshop.lookups())
    except PabalError as error:
        return render(request, "organisation/look.html", {"trouble": error.explain(gettext)})
    context = {"seen": seen, "rows": _rows(seen), "findings": _shown(judge_examination(seen))}
    return render(request, "organisation/look.html", context)


def _add(name: str, form: DomainForm, *, now: datetime) -> SendingDomain:
    """Raises what add_domain raises, and DomainRefused."""
    workshop = _workshop()
    wanted = form.wanted(checked_domain(name), used_bounce_domain(name))
    if not wanted.spf and wanted.transport is SendingDomain.Transport.SMTP:
        wanted = replace(wanted, spf=likely_senders(workshop.mail_host, workshop.lookups()))
    return add_domain(wanted, keyring=load_keyring(settings.PABAL.home), now=now)


def _workshop() -> Workshop:
    return Workshop(settings.PABAL)


def _rows(seen: Examination) -> list[tuple[str, Promise, Tone, str]]:
    policy = seen.dmarc.policy
    keys = ", ".join(key.expected.name for key in seen.keys if key.expected.signs)
    return [
        ("DMARC", *_PASSING[seen.passes], policy.text if policy else gettext("no record")),
        ("DKIM", *_PASSING[seen.dkim_passes], keys or gettext("no key is known")),
        ("SPF", *_PASSING[seen.spf_passes], seen.spf.text or gettext("no record")),
    ]


def _shown(findings: Iterable[Finding]) -> list[ShownFinding]:
    return [
        ShownFinding(
            tone=SEVERITY_TONES[finding.severity],
            what=finding.explain(gettext),
            remedy=advice(finding),
            rule=finding.rule,
        )
        for finding in findings
    ]
