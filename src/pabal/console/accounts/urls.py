from allauth.account import views as allauth
from allauth.mfa.totp import views as totp
from allauth.usersessions import views as sessions
from csp.decorators import csp_update
from django.urls import include, path, re_path

from pabal.console.accounts import views

_ours = [
    path("sign-in/<str:token>", views.link, name="link"),
    path("language/", views.language, name="language"),
]

# The pages of allauth that Pabal has, under the names by which allauth knows them.
urlpatterns = [
    path("", include((_ours, "accounts"))),
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("sign-up/", allauth.signup, name="account_signup"),
    path("account/inactive/", allauth.account_inactive, name="account_inactive"),
    path("account/again/", allauth.reauthenticate, name="account_reauthenticate"),
    path("account/password/", allauth.password_change, name="account_change_password"),
    path("account/password/first/", allauth.password_set, name="account_set_password"),
    path("forgotten/", allauth.password_reset, name="account_reset_password"),
    path("forgotten/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "forgotten/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # The code that is scanned comes as an image within the page.
    path(
        "account/factors/totp/activate/",
        csp_update({"img-src": ["data:"]})(totp.activate_totp),
        name="mfa_activate_totp",
    ),
    path("account/factors/", include("allauth.mfa.urls")),
    path("account/sessions/", sessions.list_usersessions, name="usersessions_list"),
]
