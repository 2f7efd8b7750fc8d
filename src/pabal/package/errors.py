"""Why a package cannot be used.

PabalError
  Refusal
    PackageChanged     its content is not what was approved
    PackageMissing     it was never written, or it was removed
  Unavailable
    StoreUnavailable   the disk does not answer; wait and repeat
      BucketUnavailable  the bucket does not
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


class BucketUnavailable(StoreUnavailable):
    code = "bucket-unavailable"
    remedy = "Check the bucket's name, its region and the credentials, then repeat."
