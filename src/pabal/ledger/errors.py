"""What the ledger refuses, and when it cannot say.

PabalError
  Refusal
    CampaignNotOpen     the campaign has no ledger yet
    CampaignOver        the campaign was cancelled
  Unavailable
    LedgerUnavailable   locked, full, restarted: wait and repeat, which is safe
SettingsError
  LedgerTableMissing    there is no such table on DynamoDB
"""

from pabal.domain.errors import Refusal, SettingsError, Unavailable


class CampaignNotOpen(Refusal):
    code = "campaign-not-open"
    message = "The campaign {campaign} has not been started."
    remedy = "Start it with `pabal campaign send`."


class CampaignOver(Refusal):
    code = "campaign-over"
    message = "The campaign {campaign} was cancelled, so nothing of it is sent again."
    remedy = "Start a new campaign for these recipients."


class LedgerUnavailable(Unavailable):
    code = "ledger-unavailable"
    message = "The database cannot be used at the moment: {reason}"
    remedy = (
        "Pabal waits and goes on by itself. If it lasts, look at the disk's space and at the "
        "database server."
    )


class LedgerTableMissing(SettingsError):
    code = "ledger-table-missing"
    message = "There is no table {table} on DynamoDB in this region."
    remedy = "Deploy the AWS pipeline there, or name the table and the region that it is in."
