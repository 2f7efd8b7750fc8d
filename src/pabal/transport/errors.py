"""Why a transport cannot be used at all; what a server says of one mail is an Outcome.

SettingsError
  ServerUnusable            the server answers, but not in a way that the settings allow
    ServerUnreachable       it does not answer, or hangs up
    ServerBusy              it lets nobody in at the moment, or not us
    TlsUnavailable          it does not encrypt, or not well enough
    CertificateRefused      its certificate proves nothing, or something else
    LoginUnavailable        it takes no login, or none of a kind that Pabal knows
    LoginRefused            it does not know this login
    SesUnusable             there is no way to ask Amazon SES
      AwsLoginMissing       no credentials for it were found
      AccountNotRead        it does not say what the account may send
  MailboxAddressRefused     the built-in mailbox cannot listen there
"""

from pabal.domain.errors import SettingsError


class ServerUnusable(SettingsError):
    code = "server-unusable"
    message = "The mail server {server} cannot be used: {reason}"
    remedy = (
        "Check PABAL_SMTP_URL, the login and the server's certificate; `pabal doctor` tries them."
    )


class ServerUnreachable(ServerUnusable):
    code = "server-unreachable"
    message = "The mail server {server} cannot be reached: {reason}"
    remedy = (
        "Check the host and the port in PABAL_SMTP_URL, and whether the network lets this machine "
        "out there: many hosts block port 25, few 587 and 465."
    )


class ServerBusy(ServerUnusable):
    code = "server-busy"
    message = "The mail server {server} does not let us in at the moment: {reason}"
    remedy = (
        "Wait some minutes and repeat. If it stays so, ask the provider how many connections and "
        "mails it takes."
    )


class TlsUnavailable(ServerUnusable):
    code = "server-without-tls"
    message = "The connection to the mail server {server} cannot be encrypted: {reason}"
    remedy = (
        "Check the port and the scheme of PABAL_SMTP_URL: smtp:// begins with STARTTLS (mostly "
        "port 587), smtps:// is TLS from the first byte (mostly port 465)."
    )


class CertificateRefused(ServerUnusable):
    code = "server-certificate"
    message = "The mail server {server} does not prove who it is: {reason}"
    remedy = (
        "Use the name that stands in the certificate, or name the file of the authority that "
        "issued it in PABAL_SMTP_CA_FILE."
    )


class LoginUnavailable(ServerUnusable):
    code = "server-without-login"
    message = "The mail server {server} takes no login that Pabal knows: {reason}"
    remedy = "Take the login out of PABAL_SMTP_URL, or use the provider's submission server."


class LoginRefused(ServerUnusable):
    code = "server-login-refused"
    message = "The mail server {server} refused the login of {username}: {reason}"
    remedy = (
        "Check the user name and the password in PABAL_SMTP_URL; characters such as @ : / are "
        "written percent-encoded there."
    )


class SesUnusable(ServerUnusable):
    code = "ses-unusable"
    message = "Amazon SES cannot be used: {reason}"
    remedy = "Check PABAL_AWS_REGION and the credentials; `pabal doctor` tries them."


class AwsLoginMissing(SesUnusable):
    code = "aws-login-missing"
    message = "There are no credentials for Amazon SES: {reason}"
    remedy = (
        "Give the machine a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
        "AWS_PROFILE."
    )


class AccountNotRead(SesUnusable):
    code = "ses-account-not-read"
    message = "Amazon SES does not say what this account may send: {reason}"
    remedy = (
        "Check the region, and that the credentials allow ses:GetAccount and "
        "ses:ListEmailIdentities."
    )


class MailboxAddressRefused(SettingsError):
    code = "mailbox-address-refused"
    message = "The built-in mailbox cannot listen on {address}: {reason}"
    remedy = "Set PABAL_MAILBOX_ADDRESS to a free port of 127.0.0.1."
