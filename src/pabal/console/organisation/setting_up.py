"""The first person's answers, made into an account, an organisation and a sender."""

from datetime import datetime
from typing import Any

from django.db import transaction

from pabal.console.accounts.audit import Deed, note
from pabal.console.accounts.models import User
from pabal.console.campaigns.drafting import add_sender_identity
from pabal.console.campaigns.models import SenderIdentity
from pabal.console.organisation.forms import SetUpForm


@transaction.atomic
def keep_answers(form: SetUpForm, *, now: datetime) -> SenderIdentity:
    """Keep everything or nothing. The owner's sessions of before end with the new password."""
    answers = form.cleaned_data
    organisation = form.save()
    owner = _named(form.owner, answers)
    note(owner, Deed.SET_UP, organisation.name, now=now)
    return add_sender_identity(
        {
            "name": answers["sender_name"],
            "address": answers["sender_address"],
            "company": organisation.name,
            "postal_address": organisation.postal_address,
            "phone": organisation.phone,
            "contact_email": organisation.email,
        }
    )


def _named(owner: User, answers: dict[str, Any]) -> User:
    owner.email = answers["owner_email"]
    owner.name = answers["owner_name"]
    owner.set_password(answers["password"])
    owner.save()
    return owner
