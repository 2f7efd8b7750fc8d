"""Who may see what: one table over all pages that are not public."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from builders.console import ACCEPTED, a_campaign, a_user, settled, started
from pabal.console.accounts.access import ALLOWED, Act, may
from pabal.console.accounts.models import Role, User
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.transport.mailbox.store import MailboxStore

PUBLIC = {"public:unsubscribe", "public:preferences", "accounts:sign-in", "accounts:link"}
LEADING_ON = {"reports:start"}
POST_ONLY = {"accounts:sign-out", "accounts:language"}
# Pages that not all roles may open, and what takes only POST, by who may.
_MARKETERS = {Role.OWNER, Role.MARKETER}
FOR_SOME = {
    "composing:new": ("/campaigns/new/", _MARKETERS),
    "composing:edit": ("/campaigns/{draft}/edit/", _MARKETERS),
    "composing:delete": ("/campaigns/{draft}/delete/", _MARKETERS),
    "reports:cancel": ("/campaigns/{started}/cancel/", _MARKETERS),
    "composing:trials": ("/campaigns/{draft}/tests/", _MARKETERS),
}
DEEDS = {
    "composing:save": ("/campaigns/{draft}/save/", _MARKETERS),
    "composing:test": ("/campaigns/{draft}/test/", _MARKETERS),
    "composing:approve": ("/campaigns/{draft}/approve/", {Role.OWNER, Role.APPROVER}),
    "composing:start": ("/campaigns/{draft}/start/", _MARKETERS),
    "composing:take-back": ("/campaigns/{draft}/take-back/", _MARKETERS),
    "composing:duplicate": ("/campaigns/{draft}/duplicate/", _MARKETERS),
    "composing:archive": ("/campaigns/{draft}/archive/", _MARKETERS),
    "reports:pause": ("/campaigns/{draft}/pause/", _MARKETERS),
    "reports:resume": ("/campaigns/{draft}/resume/", _MARKETERS),
    "reports:settle": ("/campaigns/{draft}/deliveries/nothing/settle/", _MARKETERS),
}
SIGNED_BY_THEIR_SENDER = {"hooks:sns", "hooks:events"}


@pytest.fixture
def draft(news: List) -> Campaign:
    return a_campaign(news)


@pytest.fixture
def pages(
    campaign: Campaign, draft: Campaign, minji: Subscriber, mailbox: MailboxStore
) -> dict[str, str]:
    """An address of each page that asks for a role."""
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    return {
        "reports:campaigns": "/campaigns/",
        "reports:campaign": f"/campaigns/{campaign.pk}/",
        "reports:live": f"/campaigns/{campaign.pk}/live/",
        "reports:spread": f"/campaigns/{campaign.pk}/spread/",
        "reports:export": f"/campaigns/{campaign.pk}/export/",
        "reports:compare": "/campaigns/compare/",
        "reports:deliveries": f"/campaigns/{campaign.pk}/deliveries/",
        "reports:story": f"/campaigns/{campaign.pk}/deliveries/{delivery}/",
        "composing:review": f"/campaigns/{draft.pk}/review/",
        "composing:preview": f"/campaigns/{draft.pk}/preview/",
        "composing:frame": f"/campaigns/{draft.pk}/preview/mail",
        "composing:reach": f"/campaigns/{draft.pk}/reach/",
        "composing:check": f"/campaigns/{draft.pk}/check/",
        "mailbox:inbox": "/mailbox/",
        "mailbox:mail": "/mailbox/nothing/",
        "mailbox:html": "/mailbox/nothing/html",
        "mailbox:raw": "/mailbox/nothing/raw",
        "mailbox:of-delivery": f"/mailbox/of/{delivery}/",
    }


def test_every_page_is_in_a_table(pages: dict[str, str]) -> None:
    """A new page is put under a rule here, or this fails."""
    assert set(_names(get_resolver())) == (
        set(pages)
        | PUBLIC
        | LEADING_ON
        | POST_ONLY
        | set(FOR_SOME)
        | set(DEEDS)
        | SIGNED_BY_THEIR_SENDER
    )


@pytest.mark.parametrize("role", list(Role))
def test_all_roles_may_see(pages: dict[str, str], role: Role) -> None:
    client = Client()
    client.force_login(a_user(f"{role.value}@shop.example", role=role))

    for name, path in pages.items():
        assert client.get(path).status_code in (200, 404), name


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", FOR_SOME)
def test_some_pages_are_for_some_roles(
    campaign: Campaign, draft: Campaign, role: Role, name: str
) -> None:
    started(campaign, [])
    path, allowed = FOR_SOME[name]
    client = Client()
    client.force_login(a_user(f"{role.value}@shop.example", role=role))

    answer = client.get(path.format(draft=draft.pk, started=campaign.pk))
    assert (answer.status_code == 200) == (role in allowed)
    assert answer.status_code in (200, 403)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", DEEDS)
def test_deeds_are_for_some_roles_and_only_by_post(draft: Campaign, role: Role, name: str) -> None:
    path, allowed = DEEDS[name]
    client = Client()
    client.force_login(a_user(f"{role.value}@shop.example", role=role))

    assert client.get(path.format(draft=draft.pk)).status_code == 405
    answer = client.post(path.format(draft=draft.pk), {})
    assert (answer.status_code != 403) == (role in allowed)


@pytest.mark.parametrize("name", DEEDS)
def test_deeds_need_a_session_and_a_token(
    draft: Campaign, as_charlie: Client, alice: User, name: str
) -> None:
    """A form of another site cannot do them in somebody's name."""
    path = DEEDS[name][0].format(draft=draft.pk)
    assert as_charlie.post(path).status_code == 403
    as_charlie.force_login(alice)
    assert as_charlie.post(path).status_code == 403


def test_a_stranger_is_led_to_the_sign_in_page(pages: dict[str, str], as_charlie: Client) -> None:
    for name, path in pages.items():
        answer = as_charlie.get(path)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/sign-in/?next="), name


def test_whoever_was_shut_out_is_a_stranger(
    pages: dict[str, str], as_alice: Client, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    for name, path in pages.items():
        assert as_alice.get(path).status_code == 302, name


def test_no_page_changes_anything_by_get(pages: dict[str, str], as_alice: Client) -> None:
    for name, path in pages.items():
        assert as_alice.post(path).status_code == 405, name


def test_only_owner_and_marketer_decide_over_mails(db: None) -> None:
    for act in (Act.SETTLE_DOUBT, Act.SUPPRESS):
        allowed = {role for role in Role if may(a_user(f"{act}{role}@x.kr", role=role), act)}
        assert allowed == {Role.OWNER, Role.MARKETER}


def test_every_role_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Role)


def _names(resolver: URLResolver, prefix: str = "") -> list[str]:
    names: list[str] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            names += _names(entry, f"{entry.app_name}:" if entry.app_name else prefix)
        elif isinstance(entry, URLPattern) and entry.name:
            names.append(prefix + entry.name)
    return names
