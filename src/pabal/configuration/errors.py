"""Why the program does not start, or not go on.

SettingsError
  SettingsRefused   a setting has a value that is not allowed
  SealBroken        a secret in the database does not open with this installation's keys
  AwsRegionMissing  nobody says in which region of Amazon Web Services to work
  StackNotNamed     campaigns are to be sent on AWS, and it is not said where
"""

from pabal.domain.errors import SettingsError


class SettingsRefused(SettingsError):
    code = "settings-refused"
    message = "The setting {name} cannot be “{value}”: {reason}"
    remedy = "Allowed: {allowed}. Set it in the environment or in .env."


class SealBroken(SettingsError):
    code = "seal-broken"
    message = "The secret of {place} in the database does not open with the keys in PABAL_HOME."
    remedy = (
        "Put the file `keys` of the installation that made it into PABAL_HOME, on every host "
        "that runs a worker; or make new keys with `pabal domain rotate`."
    )


class AwsRegionMissing(SettingsError):
    code = "aws-region-missing"
    message = "Nobody says in which region of Amazon Web Services to work."
    remedy = "Set PABAL_AWS_REGION, such as ap-northeast-2."


class StackNotNamed(SettingsError):
    code = "stack-not-named"
    message = "The pipeline on AWS cannot be asked: {names} are not set."
    remedy = "`pabal aws settings` prints them for a stack that is deployed; put them into .env."
