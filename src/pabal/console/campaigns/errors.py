"""What is refused about campaigns.

PabalError
  Refusal
    NotADraft         it was started meanwhile
    ChangedMeanwhile  somebody else has changed the draft
    NotReady          something keeps it from being started
    NotTheirs         nobody approves what they wrote themselves
    TooLate           a scheduled campaign has begun, or is about to
    NothingToDecide   no A/B test is under way
    DecidedAlready    somebody was quicker with the A/B test
    SentOnAws         what became of it is not in the database here
    HitsUnknown       who opened it or clicked in it is not known
    HitsOnAws         what was opened and clicked is not all in the database here
"""

from pabal.domain.errors import Refusal


class NotADraft(Refusal):
    code = "not-a-draft"
    message = "This campaign has been started and cannot be changed any more."
    remedy = "Duplicate it to send something similar, or cancel it while it is being sent."


class ChangedMeanwhile(Refusal):
    code = "changed-meanwhile"
    message = "Somebody else has changed this draft meanwhile."
    remedy = "Look at their version, then take it over or put yours in its place."


class NotReady(Refusal):
    code = "not-ready"
    message = "The campaign cannot be started yet."
    remedy = "Have it checked again: what is started is exactly what was checked."


class NotTheirs(Refusal):
    code = "not-theirs"
    message = "You changed this campaign last, so somebody else has to approve it."
    remedy = "Ask another owner or approver to look at it."


class TooLate(Refusal):
    code = "too-late"
    message = "The campaign is being sent already, or is about to be."
    remedy = "Pause or cancel it on its report page."


class NothingToDecide(Refusal):
    code = "nothing-to-decide"
    message = "This campaign has no A/B test that waits for a decision."
    remedy = "Look at its report: it tells what was decided, and by whom."


class DecidedAlready(Refusal):
    code = "decided-already"
    message = "It is decided already: the rest gets variant {letter}."
    remedy = "Cancel the campaign to stop what has not been sent."


class SentOnAws(Refusal):
    code = "sent-on-aws"
    message = "AWS has sent campaign {campaign}, so nobody can be searched for by it here."
    remedy = "Ask for a campaign that was sent from here, for a list or for an attribute."


class HitsUnknown(Refusal):
    code = "hits-unknown"
    message = "Of campaign {campaign} it was not recorded, or not kept, who opened or clicked."
    remedy = "Ask for a campaign that recorded it, of the last 400 days, or for who was sent it."


class HitsOnAws(Refusal):
    code = "hits-on-aws"
    message = "AWS has sent campaigns, so not all that was opened and clicked is known here."
    remedy = "Ask for a campaign that was sent from here, for a list or for an attribute."
