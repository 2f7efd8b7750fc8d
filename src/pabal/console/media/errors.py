"""Why an image is not taken away.

Refusal
  ImageInUse    a mail that is still to be sent shows it
"""

from pabal.domain.errors import Refusal


class ImageInUse(Refusal):
    code = "image-in-use"
    message = "It is still used: {where}."
    remedy = "Take it out there first."
