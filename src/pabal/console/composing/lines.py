"""Lines that are typed into forms."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

LONGEST = 200  # characters of a name, a subject or a preview text


class Line(forms.CharField):
    """A text that is refused where it is too long, and never cut while somebody types."""

    def __init__(self, longest: int = LONGEST, **options: Any) -> None:
        message = _("Use %(limit_value)d characters at most; it has %(show_value)d.")
        super().__init__(validators=[MaxLengthValidator(longest, message)], **options)
