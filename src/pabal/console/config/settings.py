"""Django's settings, made of Pabal's; nothing is to be configured here."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from pabal.configuration.handover import load_worker_page
from pabal.configuration.keyring import load_keyring
from pabal.configuration.settings import load_settings
from pabal.console.config.databases import database
from pabal.console.config.mail import email_settings

PABAL = load_settings()

_keyring = load_keyring(PABAL.home)
_numbers = sorted(_keyring.masters, reverse=True)
_public = urlsplit(PABAL.public_url)
_is_https = _public.scheme == "https"
_web_host = PABAL.web_address.rpartition(":")[0].strip("[]")

SECRET_KEY = _keyring.derive("django").hex()
SECRET_KEY_FALLBACKS = [_keyring.derive("django", number).hex() for number in _numbers[1:]]
DEBUG = False

_local_hosts = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [_public.hostname or "localhost", *_local_hosts]
if _web_host not in {"0.0.0.0", "::"}:  # noqa: S104 compared, not bound
    ALLOWED_HOSTS.append(_web_host)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "pabal.console.design",
    "pabal.console.accounts",  # its templates come before allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "pabal.console.audience",
    "pabal.console.domains",
    "pabal.console.campaigns",
    "pabal.console.mail_templates",
    "pabal.console.media",
    "pabal.console.visual",
    "pabal.console.composing",
    "pabal.console.segments",
    "pabal.console.imports",
    "pabal.console.lists",
    "pabal.console.subscribers",
    "pabal.console.reports",
    "pabal.console.mailbox",
    "pabal.console.public",
    "pabal.console.organisation",
    "pabal.console.home",
    "pabal.console.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "pabal.console.metrics.page.MetricsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pabal.console.accounts.language.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pabal.console.design.unreachable.UnreachableMiddleware",
]

ROOT_URLCONF = "pabal.console.config.urls"
WSGI_APPLICATION = "pabal.console.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "pabal.console.design.templatetags.design",
                "pabal.console.accounts.templatetags.accounts",
                "pabal.console.organisation.templatetags.organisation",
            ],
        },
    }
]

MESSAGE_TAGS = {25: "good", 30: "warn", 40: "bad"}  # of django.contrib.messages, for the sheet

DATABASES = {"default": database(PABAL.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counts of wrong passwords, which all hosts have to share
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
    }
}

# People

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:start"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "pabal.console.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever invites somebody vouches for the address
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
MFA_ADAPTER = "pabal.console.accounts.adapter.SealingAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Pabal"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _is_https

# Mails to those who work with Pabal: a forgotten password, an invitation

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 20
globals().update(email_settings(PABAL.mail_server))

# Languages and time

LANGUAGE_CODE = "en" if PABAL.language == "en" else "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parents[2] / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = PABAL.time_zone

# What the browser may do

SESSION_COOKIE_NAME = "pabal_session"
SESSION_COOKIE_SECURE = _is_https
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
CSRF_COOKIE_NAME = "pabal_csrf"
CSRF_COOKIE_SECURE = _is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PABAL.public_url]
LANGUAGE_COOKIE_NAME = "pabal_language"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _is_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _is_https else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "connect-src": [SELF],
        "style-src": [SELF, NONCE],  # the code editor writes its own
        "img-src": [SELF],
        "font-src": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
    }
}

# The style sheet comes out of the package itself; nothing has to be collected.

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

LOGGING_CONFIG = None
MAILBOX_DIRECTORY = PABAL.home / "mailbox"
HOOKS_FETCH = None  # how pabal.console.hooks fetches; None for the guarded way
METRICS_OF_WORKER = load_worker_page()
