"""Why a package cannot be used.

PabalError
  Refusal
    PackageChanged     its content is not what was approved
    PackageMissing     it was never written, or it was removed
  Unavailable
    StoreUnavailable   the disk or the bucket does not answer; wait and repeat
"""

from pabal.domain.errors import Refusal, Unavailable


class PackageChanged(Refusal):
    code = "package-changed"
    message = "“{name}” in the package of campaign {campaign} is not what was approved."
    remedy = "Nothing was sent from it. Prepare the campaign again with `pabal campaign preflight`."


class PackageMissing(Refusal):
    code = "package-missing"
    message = "The package of campaign {campaign} has no “{name}”."
    remedy = "Prepare the campaign again with `pabal campaign preflight`."


class StoreUnavailable(Unavailable):
    code = "store-unavailable"
    message = "The package of campaign {campaign} cannot be written or read: {reason}"
    remedy = "Look at the disk's space and at the rights of PABAL_HOME, then repeat."
