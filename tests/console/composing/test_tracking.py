"""What is recorded of a campaign's readers is chosen on its draft's page."""

import pytest
from django.test import Client

from pabal.console.campaigns.models import Campaign

Filled = dict[str, str]


@pytest.mark.parametrize("chosen", ["", "off", "opens", "clicks", "on"])
def test_a_choice_is_kept_and_shown_again(
    as_bob: Client, campaign: Campaign, filled: Filled, chosen: str
) -> None:
    as_bob.post(f"/campaigns/{campaign.pk}/save/", filled | {"tracking": chosen})

    campaign.refresh_from_db()
    page = as_bob.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    select = page.split('name="tracking"')[1].split("</select>")[0]
    assert campaign.tracking == chosen
    assert f'value="{chosen}" selected' in select


def test_another_choice_voids_what_was_checked(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    """The links of the mails would be others."""
    Campaign.objects.update(prepared_digest="d" * 64)
    as_typing.post(f"/campaigns/{campaign.pk}/save/", filled | {"tracking": "off"})

    campaign.refresh_from_db()
    assert campaign.prepared_digest == ""


def test_what_is_no_choice_is_refused_and_nothing_changes(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    Campaign.objects.update(tracking="off")
    as_typing.post(f"/campaigns/{campaign.pk}/save/", filled | {"tracking": "everything"})

    campaign.refresh_from_db()
    assert campaign.tracking == "off"


def test_a_page_that_does_not_ask_records_no_more(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    """It was opened before an update, and is saved behind it."""
    Campaign.objects.update(tracking="off")
    unasked = {name: value for name, value in filled.items() if name != "tracking"}
    as_typing.post(f"/campaigns/{campaign.pk}/save/", unasked | {"subject": "다른 제목"})

    campaign.refresh_from_db()
    assert (campaign.tracking, campaign.subject) == ("off", "다른 제목")
