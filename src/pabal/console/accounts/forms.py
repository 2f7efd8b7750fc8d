from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """E-mail and password. It does not say which of the two was wrong."""

    error_messages = {
        "invalid_login": _("No account has this e-mail address and password."),
        "inactive": _("No account has this e-mail address and password."),
    }
