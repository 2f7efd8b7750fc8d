"""What the commands refuse.

PabalError
  InputError
    UnknownCampaign, AmbiguousCampaign, UnknownList, UnknownTopic, NoSender, FileUnreadable,
    NoBounceMailbox, AddressInUse
  Refusal
    NotInitialised, AlreadyStarted, PreflightFailed, NotDoubtful, NotPaused,
    DemoWouldOverwrite
  Unavailable
    DatabaseUnavailable
"""

from pabal.domain.errors import InputError, Refusal, Unavailable


class UnknownCampaign(InputError):
    code = "unknown-campaign"
    message = "There is no campaign “{campaign}”."
    remedy = "`pabal campaign list` shows them."


class AmbiguousCampaign(InputError):
    code = "ambiguous-campaign"
    message = "Several campaigns are called “{campaign}”: {ids}"
    remedy = "Name the one that you mean by its id."


class UnknownList(InputError):
    code = "unknown-list"
    message = "There is no list “{name}”. There are: {names}"
    remedy = "Use one of these, or make it with `pabal list add`."


class UnknownTopic(InputError):
    code = "unknown-topic"
    message = "There is no topic “{name}”. There are: {names}"
    remedy = "Use one of these, or make it with `pabal topic add`."


class NoSender(InputError):
    code = "no-sender"
    message = "There is no sender identity yet."
    remedy = "Tell who the mail is from with `pabal sender add`."


class FileUnreadable(InputError):
    code = "file-unreadable"
    message = "The file {path} cannot be read: {reason}"
    remedy = "Check the path and the rights to the file."


class NoBounceMailbox(InputError):
    code = "no-bounce-mailbox"
    message = "No bounce mailbox is set."
    remedy = "Set PABAL_BOUNCE_URL, or name one: `pabal feedback read --from maildir:///path`."


class AddressInUse(InputError):
    code = "address-in-use"
    message = "Nothing can listen on {address}: {reason}"
    remedy = "Name another address, as host:port."


class NotInitialised(Refusal):
    code = "not-initialised"
    message = "There is no Pabal database at {database} yet, or it is older than this Pabal."
    remedy = "Make or update it with `pabal init`."


class AlreadyStarted(Refusal):
    code = "already-started"
    message = "The campaign {campaign} was started already and is {state}."
    remedy = (
        "`pabal campaign resume {campaign}` goes on with it; nobody is mailed twice. To mail "
        "again, make a new one with `pabal campaign copy {campaign}`."
    )


class PreflightFailed(Refusal):
    code = "preflight-failed"
    message = "Preflight found {count} errors; nothing was sent."
    remedy = "Mend what is listed above and start again."


class NotDoubtful(Refusal):
    code = "not-doubtful"
    message = "There is nothing doubtful about {address} in campaign {campaign}."
    remedy = "`pabal why {address} {campaign}` tells what became of it."


class NotPaused(Refusal):
    code = "not-paused"
    message = "No bounce has stopped mails to {address}."
    remedy = "`pabal why {address}` tells what keeps it out; whoever left or complained stays out."


class DemoWouldOverwrite(Refusal):
    code = "demo-would-overwrite"
    message = "The directory {home} is in use and was not made by the demo."
    remedy = "Name another one: PABAL_HOME=build/demo pabal demo"


class DatabaseUnavailable(Unavailable):
    code = "database-unavailable"
    message = "The database cannot be used: {reason}"
    remedy = (
        "Look at PABAL_DATABASE_URL, at the database server and at the disk's space, then repeat "
        "the command; what was not finished left nothing behind."
    )
