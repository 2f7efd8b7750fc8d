"""Who may see what: one table over all pages that are not public."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from builders.console import ACCEPTED, a_campaign, a_segment, a_user, settled, started
from pabal.console.accounts.access import ALLOWED, Act, may
from pabal.console.accounts.models import Role, User
from pabal.console.api.operations import OPERATIONS
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.transport.mailbox.store import MailboxStore

PUBLIC = {
    "media:image",
    "public:unsubscribe",
    "public:preferences",
    "public:move",
    "public:own-data",
    "public:move-confirm",
    "public:web-view",
    "public:join",
    "public:join-confirm",
    "public:click",
    "public:look",
    "accounts:link",
}
# Getting in, and one's own account: allauth asks for whoever it is, and for nobody's role.
ONES_OWN = {
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "usersessions_list",
}
POST_ONLY = {"accounts:language", "subscribers:columns", "segments:count-draft"}
# Pages that not all may see, with what they ask for.
GUARDED = {
    "subscribers:confirmations": ("/subscribers/confirmations/", Act.START_CAMPAIGNS),
    "media:images": ("/images/", Act.EDIT_CAMPAIGNS),
    "media:choose": ("/images/choose/", Act.EDIT_CAMPAIGNS),
    "media:delete": (f"/images/{'0' * 32}.png/delete/", Act.EDIT_CAMPAIGNS),
    "composing:templates": ("/templates/", Act.SEE_REPORTS),
    "composing:gallery-frame": ("/templates/gallery/weekly_letter/mail", Act.SEE_REPORTS),
    "composing:template": ("/templates/1/", Act.SEE_REPORTS),
    "composing:template-edit": ("/templates/1/edit/", Act.EDIT_CAMPAIGNS),
    "composing:template-delete": ("/templates/1/delete/", Act.EDIT_CAMPAIGNS),
    "composing:template-frame": ("/templates/1/1/mail", Act.SEE_REPORTS),
    "organisation:set-up": ("/set-up/", Act.MANAGE),
    "organisation:settings": ("/settings/", Act.EDIT_SENDERS),
    "organisation:details": ("/settings/organisation/", Act.MANAGE),
    "organisation:sending": ("/settings/sending/", Act.MANAGE),
    "organisation:activity": ("/settings/activity/", Act.MANAGE),
    "organisation:members": ("/settings/members/", Act.MANAGE),
    "api:keys": ("/settings/keys/", Act.MANAGE),
    "api:revoke": ("/settings/keys/1/revoke/", Act.MANAGE),
    "organisation:senders": ("/settings/senders/", Act.EDIT_SENDERS),
    "organisation:sender-new": ("/settings/senders/new/", Act.EDIT_SENDERS),
    "organisation:sender": ("/settings/senders/1/", Act.EDIT_SENDERS),
    "organisation:domain": ("/settings/domains/shop.example/", Act.EDIT_SENDERS),
    "organisation:domain-look": ("/settings/domains/127.0.0.1/look/", Act.EDIT_SENDERS),
}
GUARDED_POSTS = {
    "organisation:member": ("/settings/members/1/", Act.MANAGE),
    "composing:template-new": ("/templates/new/", Act.EDIT_CAMPAIGNS),
    "composing:template-check": ("/templates/check/", Act.EDIT_CAMPAIGNS),
    "composing:template-look": ("/templates/look/", Act.EDIT_CAMPAIGNS),
    "composing:blocks": ("/content/blocks/", Act.EDIT_CAMPAIGNS),
    "composing:canvas": ("/content/canvas/", Act.EDIT_CAMPAIGNS),
    "composing:template-restore": ("/templates/1/restore/", Act.EDIT_CAMPAIGNS),
}
# The same for campaigns: pages, and what takes only POST.
CAMPAIGN_PAGES = {
    "composing:new": ("/campaigns/new/", Act.EDIT_CAMPAIGNS),
    "composing:edit": ("/campaigns/{draft}/edit/", Act.EDIT_CAMPAIGNS),
    "composing:keep": ("/campaigns/{draft}/keep/", Act.EDIT_CAMPAIGNS),
    "composing:delete": ("/campaigns/{draft}/delete/", Act.EDIT_CAMPAIGNS),
    "composing:trials": ("/campaigns/{draft}/tests/", Act.EDIT_CAMPAIGNS),
    "reports:cancel": ("/campaigns/{started}/cancel/", Act.START_CAMPAIGNS),
}
CAMPAIGN_DEEDS = {
    "composing:save": ("/campaigns/{draft}/save/", Act.EDIT_CAMPAIGNS),
    "composing:test": ("/campaigns/{draft}/test/", Act.EDIT_CAMPAIGNS),
    "composing:approve": ("/campaigns/{draft}/approve/", Act.APPROVE_CAMPAIGNS),
    "composing:start": ("/campaigns/{draft}/start/", Act.START_CAMPAIGNS),
    "composing:take-back": ("/campaigns/{draft}/take-back/", Act.START_CAMPAIGNS),
    "composing:duplicate": ("/campaigns/{draft}/duplicate/", Act.EDIT_CAMPAIGNS),
    "composing:archive": ("/campaigns/{draft}/archive/", Act.EDIT_CAMPAIGNS),
    "reports:pause": ("/campaigns/{draft}/pause/", Act.START_CAMPAIGNS),
    "reports:decide": ("/campaigns/{draft}/decide/", Act.START_CAMPAIGNS),
    "reports:resume": ("/campaigns/{draft}/resume/", Act.START_CAMPAIGNS),
    "reports:settle": ("/campaigns/{draft}/deliveries/nothing/settle/", Act.SETTLE_DOUBT),
}
# What only those may open or do who edit the audience.
EDITORS = {
    "imports:imports",
    "imports:add",
    "imports:run",
    "imports:progress",
    "imports:set-up",
    "imports:start",
    "imports:rows",
    "imports:delete",
    "segments:add",
    "segments:edit",
    "segments:draft",
    "segments:delete",
    "lists:add-list",
    "lists:edit-list",
    "lists:archive-list",
    "lists:add-topic",
    "lists:edit-topic",
    "lists:archive-topic",
    "subscribers:add",
    "subscribers:edit",
    "subscribers:export",
    "subscribers:join",
    "subscribers:leave",
    "subscribers:stop",
    "subscribers:lift",
    "subscribers:data",
    "subscribers:erase",
}
# What a key opens, and no session: console/api/test_operations.py. What describes it names nobody.
BY_KEY = {f"api:v1 {operation.path}" for operation in OPERATIONS} | {"api:v1 nothing"}
DESCRIBING = {"api:openapi"}
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
        "home:start": "/",
        "reports:campaigns": "/campaigns/",
        "reports:campaign": f"/campaigns/{campaign.pk}/",
        "reports:live": f"/campaigns/{campaign.pk}/live/",
        "reports:spread": f"/campaigns/{campaign.pk}/spread/",
        "reports:use": f"/campaigns/{campaign.pk}/use/",
        "reports:experiment": f"/campaigns/{campaign.pk}/experiment/",
        "composing:click-map": f"/campaigns/{campaign.pk}/clicks/",
        "composing:click-map-mail": f"/campaigns/{campaign.pk}/clicks/mail",
        "reports:export": f"/campaigns/{campaign.pk}/export/",
        "reports:compare": "/campaigns/compare/",
        "reports:returning": "/campaigns/returned/",
        "reports:deliveries": f"/campaigns/{campaign.pk}/deliveries/",
        "reports:story": f"/campaigns/{campaign.pk}/deliveries/{delivery}/",
        "composing:review": f"/campaigns/{draft.pk}/review/",
        "composing:preview": f"/campaigns/{draft.pk}/preview/",
        "composing:frame": f"/campaigns/{draft.pk}/preview/mail",
        "composing:reach": f"/campaigns/{draft.pk}/reach/",
        "composing:check": f"/campaigns/{draft.pk}/check/",
        "subscribers:table": "/subscribers/",
        "subscribers:profile": f"/subscribers/{minji.pk}/",
        "lists:lists": "/lists/",
        "lists:topics": "/topics/",
        "segments:segments": "/segments/",
        "segments:count": f"/segments/{a_segment('grade', 'GOLD').pk}/count/",
        "mailbox:inbox": "/mailbox/",
        "mailbox:mail": "/mailbox/nothing/",
        "mailbox:html": "/mailbox/nothing/html",
        "mailbox:raw": "/mailbox/nothing/raw",
        "mailbox:of-delivery": f"/mailbox/of/{delivery}/",
    }


def test_every_page_is_in_a_table(pages: dict[str, str]) -> None:
    """A new page is put under a rule here, or this fails."""
    guarded = {*GUARDED, *GUARDED_POSTS, *CAMPAIGN_PAGES, *CAMPAIGN_DEEDS}
    in_a_table = set(pages) | guarded | PUBLIC | ONES_OWN | POST_ONLY | SIGNED_BY_THEIR_SENDER
    in_a_table |= EDITORS | BY_KEY | DESCRIBING
    names = {name for name in _names(get_resolver()) if not name.startswith("mfa_")}
    assert names == in_a_table


@pytest.mark.parametrize("role", list(Role))
def test_only_owner_and_marketer_edit_the_audience(minji: Subscriber, role: Role) -> None:
    """An address that is asked for by the wrong method was let through to the view."""
    client = Client()
    client.force_login(a_user(f"{role.value}@shop.example", role=role))
    may_edit = role in (Role.OWNER, Role.MARKETER)

    for name in sorted(EDITORS):
        path = _path_of(name)
        for method in (client.get, client.post):
            status = method(path).status_code
            assert (status == 403) != may_edit or status == 405, (name, status)
        assert Client().get(path).status_code == 302, name


@pytest.mark.parametrize("role", list(Role))
def test_all_roles_may_see(pages: dict[str, str], role: Role) -> None:
    client = Client()
    client.force_login(a_user(f"{role.value}@shop.example", role=role))

    for name, path in pages.items():
        assert client.get(path).status_code in (200, 404), name


@pytest.mark.parametrize("role", list(Role))
def test_a_guarded_page_is_for_those_who_may(db: None, role: Role) -> None:
    user = a_user(f"{role.value}@shop.example", role=role)
    client = Client()
    client.force_login(user)

    for name, (path, act) in GUARDED.items():
        expected = (200, 302, 404) if may(user, act) else (403,)
        assert client.get(path).status_code in expected, name
    for name, (path, act) in GUARDED_POSTS.items():
        expected = (200, 302, 404) if may(user, act) else (403,)
        assert client.post(path).status_code in expected, name


def test_nobody_who_is_not_signed_in_gets_to_a_guarded_page(as_charlie: Client) -> None:
    for name, (path, _act) in (GUARDED | GUARDED_POSTS).items():
        assert as_charlie.get(path)["Location"].startswith("/sign-in/?next="), name


@pytest.mark.parametrize("page", ["factors/", "factors/totp/activate/", "password/", "sessions/"])
def test_ones_own_account_is_for_whoever_it_is(as_charlie: Client, page: str) -> None:
    assert as_charlie.get(f"/account/{page}")["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", CAMPAIGN_PAGES)
def test_a_campaigns_page_is_for_those_who_may(
    campaign: Campaign, draft: Campaign, role: Role, name: str
) -> None:
    started(campaign, [])
    path, act = CAMPAIGN_PAGES[name]
    user, client = a_user(f"{role.value}@shop.example", role=role), Client()
    client.force_login(user)

    answer = client.get(path.format(draft=draft.pk, started=campaign.pk))
    assert answer.status_code == (200 if may(user, act) else 403)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", CAMPAIGN_DEEDS)
def test_a_deed_is_done_by_those_who_may_and_only_by_post(
    draft: Campaign, role: Role, name: str
) -> None:
    path, act = CAMPAIGN_DEEDS[name]
    user, client = a_user(f"{role.value}@shop.example", role=role), Client()
    client.force_login(user)

    assert client.get(path.format(draft=draft.pk)).status_code == 405
    answer = client.post(path.format(draft=draft.pk), {})
    assert (answer.status_code != 403) == may(user, act)


@pytest.mark.parametrize("name", CAMPAIGN_DEEDS)
def test_a_deed_needs_a_session_and_a_token(
    draft: Campaign, as_charlie: Client, alice: User, name: str
) -> None:
    """A form of another site cannot do it in somebody's name."""
    path = CAMPAIGN_DEEDS[name][0].format(draft=draft.pk)
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


def _path_of(name: str) -> str:
    """Return the address of a page, where everything that it is about has the number 1."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=[1])


def _names(resolver: URLResolver, prefix: str = "") -> list[str]:
    names: list[str] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            names += _names(entry, f"{entry.app_name}:" if entry.app_name else prefix)
        elif isinstance(entry, URLPattern) and entry.name:
            names.append(prefix + entry.name)
    return names
