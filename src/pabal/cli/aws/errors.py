"""What can go wrong with the pipeline on AWS before it runs.

SettingsError
  CheckoutMissing     Pabal was installed without its template
  PackagesNotHad      the functions' dependencies cannot be installed
  StackFailed         CloudFormation did not make it
  StackMissing        there is no such stack
"""

from pabal.domain.errors import SettingsError


class CheckoutMissing(SettingsError):
    code = "checkout-missing"
    message = "The template for AWS is not here: this Pabal was installed without it."
    remedy = "Run the command from a checkout of Pabal's repository."


class PackagesNotHad(SettingsError):
    code = "packages-not-had"
    message = "What the functions need cannot be installed: {reason}"
    remedy = "See whether pip reaches its package index from here, then repeat."


class StackFailed(SettingsError):
    code = "stack-failed"
    message = "CloudFormation has not deployed {stack}: {reason}"
    remedy = "Mend what it names and repeat; what was there before still is."


class StackMissing(SettingsError):
    code = "stack-missing"
    message = "There is no stack {stack} in this region."
    remedy = "Deploy it with `pabal aws deploy`, or name the stack and the region that it is in."
