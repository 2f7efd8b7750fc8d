"""What operations take: bodies and queries. An unknown field is refused, not passed over."""

from typing import Annotated, Self

from django.utils.translation import gettext
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from pabal.console.accounts.models import Language
from pabal.console.audience.importing.mapping import attribute_name
from pabal.console.audience.text_order import is_attribute_name
from pabal.domain.consent import Basis

MOST_CAMPAIGNS = 100
_LONGEST_VALUE = 2_000
_MOST_ATTRIBUTES = 100


def _without_nul(text: str) -> str:
    if "\0" in text:  # PostgreSQL has none in texts
        raise ValueError(gettext("A NUL character cannot be kept."))
    return text


def _attribute(name: str) -> str:
    if not is_attribute_name(name) or attribute_name(name) != name:
        usable = attribute_name(name)
        raise ValueError(gettext("Templates cannot use this name. %s would do.") % (usable,))
    return name


Text = Annotated[str, AfterValidator(_without_nul)]
AttributeName = Annotated[str, Field(max_length=100), AfterValidator(_attribute)]
AttributeValue = Annotated[Text, Field(max_length=_LONGEST_VALUE)]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Asked):
    """No fields."""


class CampaignsAsked(Asked):
    """after: the id of the last campaign of the page before; without it, the first page."""

    after: Annotated[str, Field(pattern=r"^[0-9a-z]{8}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_CAMPAIGNS)] = 50


class StartAsked(Asked):
    """digest: of the check that passed, as the campaign shows it."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ConsentAsked(Asked):
    """Why the person may be sent advertising (정보통신망법 50(1)).

    wording: the text that they agreed to; of a transaction, the kind of goods that they bought.
    at: when they agreed, or the transaction ended. source: how, such as a form or an order.
    """

    basis: Basis = Basis.CONSENT
    wording: Annotated[Text, Field(min_length=1, max_length=1_000)]
    at: AwareDatetime
    source: Annotated[Text, Field(min_length=1, max_length=200)]


class SubscriberAsked(Asked):
    """What is not said stays as it is.

    attributes: by name; null takes one away. list: the identifier of a list to put them on.
    consent: without one they get notices only.
    """

    language: Language | None = None
    attributes: Annotated[
        dict[AttributeName, AttributeValue | None], Field(max_length=_MOST_ATTRIBUTES)
    ] = {}
    list: Annotated[Text, Field(min_length=1, max_length=255)] | None = None
    consent: ConsentAsked | None = None

    @model_validator(mode="after")
    def _consent_is_to_a_list(self) -> Self:
        if self.consent is not None and self.list is None:
            raise ValueError(gettext("A consent is to a list: name it."))
        return self


class UnsubscribeAsked(Asked):
    """list: its identifier; null, which has to be said, for everything. source: how they asked."""

    list: Annotated[Text, Field(min_length=1, max_length=255)] | None
    source: Annotated[Text, Field(max_length=200)] = ""
