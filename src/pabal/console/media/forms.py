"""What a marketer uploads."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.media.preparing import (
    LONGEST,
    NotAnImage,
    PreparedImage,
    TooManyPixels,
    prepare_image,
)


class ImageForm(forms.Form):
    file = forms.FileField(
        label=_("Image"),
        help_text=_("PNG, JPEG, GIF or WebP, up to 10 MB. It is made 1,200 pixels wide at most."),
        widget=forms.ClearableFileInput(
            attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}
        ),
    )
    alt = forms.CharField(
        label=_("What it shows"),
        max_length=200,
        help_text=_("Read out, and shown where images are not."),
    )

    def clean_file(self) -> PreparedImage:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if upload.size is None or upload.size > LONGEST:
            raise forms.ValidationError(gettext("This file is larger than 10 MB."))
        try:
            return prepare_image(upload.read())
        except NotAnImage:
            message = gettext("This is no PNG, JPEG, GIF or WebP image, or it is damaged.")
        except TooManyPixels:
            message = gettext("This image has too many pixels. Make it smaller first.")
        raise forms.ValidationError(message)
