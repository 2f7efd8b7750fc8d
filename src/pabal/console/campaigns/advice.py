"""What a finding advises whoever reads it in the browser, where a command would not help them."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.preflight.finding import Finding

_PUBLISH = _("Publish the record as the page of the domain shows it.")
_ADD = _("Add the domain: Settings, Senders. Its page shows what to publish.")
_NEW_KEYS = _("Whoever runs Pabal makes new keys: `pabal domain rotate`.")

_INSTEAD: dict[str, Promise] = {
    "consent-grounds": _("The page of each subscriber shows the record."),
    "left-out": _("Nothing is to be done; the page of each subscriber tells why."),
    "domain-not-asked": _("Before real use, add the domain and look at its page."),
    "domain-check-off": _("Look at the page of the domain: it asks the DNS now."),
    "dkim-missing": _PUBLISH,
    "dkim-several": _("Leave the one that the page of the domain shows."),
    "dkim-revoked": _PUBLISH,
    "dkim-broken": _("Publish the record as the page of the domain shows it; it is often cut."),
    "dkim-other-key": _PUBLISH,
    "dkim-weak": _NEW_KEYS,
    "dkim-too-short": _NEW_KEYS,
    "dkim-without-rsa": _("Publish the RSA key beside it, as the page of the domain shows it."),
    "dkim-not-aligned": _ADD,
    "dmarc-fails": _("Publish {records}: the page of the domain shows how."),
    "dmarc-unsure": _ADD,
    "spf-not-aligned": _("Give the sender a bounce domain below the domain in From."),
}


def advice(finding: Finding) -> str:
    """Return what to do, by pages where there is one for it."""
    if instead := _INSTEAD.get(finding.code):
        return str(instead).format(**finding.details)
    return finding.advise(gettext)
