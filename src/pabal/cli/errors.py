"""What the commands refuse.

PabalError
  InputError
    UnknownCampaign, AmbiguousCampaign, UnknownList, UnknownTopic, NoSender, FileUnreadable
    FileUnwritable
    UnknownSubscriber
    NoTrialSender, NoBounceMailbox, AddressInUse
    TooManyVariants, UnknownVariant, NotSeen
  Refusal
    NotInitialised, AlreadyStarted, PreflightFailed, NotDoubtful, NotPaused, DemoWouldOverwrite
    GoodsInUse, NotEmpty, NotSentYet, TracksTooMuch
    TrialSenderRefused, TrialRecipientRefused, TrialMailRefused, RefusedOnAws
  Unavailable
    DatabaseUnavailable, ServerAsksForLess, TrialBrokeOff
SettingsError
  MetricsAddressRefused
"""

from pabal.domain.errors import InputError, Refusal, SettingsError, Unavailable


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


class UnknownSegment(InputError):
    code = "unknown-segment"
    message = "There is no segment “{name}”. There are: {names}"
    remedy = "Use one of these, or make it on the page of segments."


class UnknownExclusion(InputError):
    code = "unknown-exclusion"
    message = "“{text}” does not say what is left out."
    remedy = "Write segment:NAME, list:NAME or campaign:ID."


class NotSentYet(Refusal):
    code = "not-sent-yet"
    message = "“{campaign}” has not gone to everybody yet, so its readers cannot be left out."
    remedy = "Wait until it has, or leave out a list or a segment."


class NoTime(InputError):
    code = "no-time"
    message = "--local-to says by whose clock, and nothing says when."
    remedy = "Add --at."


class TimeHasPassed(InputError):
    code = "time-has-passed"
    message = "It is later than {time} already, for somebody at least."
    remedy = "Choose a later time; by local clocks, the first is 14 hours ahead of UTC."


class UnknownSubscriber(InputError):
    code = "unknown-subscriber"
    message = "Nobody with the address {address} is known."
    remedy = "Check how it is written. `pabal why` tells what was sent to it and what stops it."


class GoodsInUse(Refusal):
    code = "goods-in-use"
    message = "People are on “{name}” because they bought “{goods}”."
    remedy = "They may be sent advertising of that kind alone. Make another list with its own."


class TracksTooMuch(Refusal):
    code = "tracks-too-much"
    message = "A campaign cannot track “{asked}” where PABAL_TRACKING allows “{allowed}”."
    remedy = "Ask for less, or set PABAL_TRACKING if the organisation has decided to track."


class TooManyVariants(InputError):
    code = "too-many-variants"
    message = "An A/B test has {most} variants at most, A included."
    remedy = "Name fewer subjects with --subject-b."


class UnknownVariant(InputError):
    code = "unknown-variant"
    message = "There is no variant “{text}”. There are: {letters}"
    remedy = "Name one of these."


class NotSeen(InputError):
    code = "not-seen"
    message = "Clicks are not recorded, so nothing could decide the A/B test."
    remedy = "Decide with `pabal campaign decide`, without --decide-after; or set PABAL_TRACKING."


class NoSender(InputError):
    code = "no-sender"
    message = "There is no sender identity yet."
    remedy = "Tell who the mail is from with `pabal sender add`."


class FileUnreadable(InputError):
    code = "file-unreadable"
    message = "The file {path} cannot be read: {reason}"
    remedy = "Check the path and the rights to the file."


class FileUnwritable(InputError):
    code = "file-unwritable"
    message = "The file {path} cannot be written: {reason}"
    remedy = "Check the path, the rights to the directory and the disk's space."


class NoTrialSender(InputError):
    code = "no-trial-sender"
    message = "There is no sender identity to measure the mail server with."
    remedy = (
        "Name an address that the mail server lets you send from: "
        "`pabal doctor --smtp --from news@shop.example`"
    )


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


class TrialSenderRefused(Refusal):
    code = "trial-sender-refused"
    message = "The mail server takes nothing from {sender}: {reply}"
    remedy = (
        "Send from an address that belongs to your login, and have the provider verify it; "
        "`--from` tries another. If it speaks of a quota, wait until there is room again."
    )


class TrialRecipientRefused(Refusal):
    code = "trial-recipient-refused"
    message = "The mail server does not take mails to {recipient}: {reply}"
    remedy = (
        "Name an address of your own with `--to`. A server that refuses everybody wants a login: "
        "put it into PABAL_SMTP_URL."
    )


class TrialMailRefused(Refusal):
    code = "trial-mail-refused"
    message = "The mail server refused a trial mail: {reply}"
    remedy = "The server's words say what it misses; `--size` tries smaller mails."


class NotEmpty(Refusal):
    code = "not-empty"
    message = "There are subscribers already."
    remedy = "Set PABAL_HOME to a new directory, run `pabal init`, and fill that."


class ServerAsksForLess(Unavailable):
    code = "server-asks-for-less"
    message = "The mail server asks for less: {reply}"
    remedy = (
        "Nothing more was asked of it. Keep to what is proposed, if anything is; wait some minutes "
        "before you measure again, and ask the provider about its limits."
    )


class TrialBrokeOff(Unavailable):
    code = "trial-broke-off"
    message = "The mail server broke off the measuring: {reply}"
    remedy = "Wait some minutes and repeat. A mail that was on its way may have arrived."


class RefusedOnAws(Refusal):
    code = "refused-on-aws"
    message = "AWS has not begun campaign {campaign}: {reason}"
    remedy = "Mend what it names, then copy the campaign with `pabal campaign copy` and send that."


class DatabaseUnavailable(Unavailable):
    code = "database-unavailable"
    message = "The database cannot be used: {reason}"
    remedy = (
        "Look at PABAL_DATABASE_URL, at the database server and at the disk's space, then repeat "
        "the command; what was not finished left nothing behind."
    )


class MetricsAddressRefused(SettingsError):
    code = "metrics-address-refused"
    message = "Metrics cannot be shown at {address}: {reason}"
    remedy = "Set PABAL_METRICS_ADDRESS to a free port; every worker of a host needs its own."
