"""Why somebody's record is not changed as it was asked.

InputError
  AddressTaken         somebody else has the address
  ScopeUnknown         a list or topic that somebody has left is none of ours
Refusal
  NotOursToLift        the person themselves stopped the mails, or complained
  WasErased            the person asked to be forgotten
"""

from pabal.domain.errors import InputError, Refusal


class AddressTaken(InputError):
    code = "address-taken"
    message = "There is already a subscriber with the address {address}."
    remedy = "Open that subscriber instead."


class ScopeUnknown(InputError):
    code = "scope-unknown"
    message = "There is no list or topic “{scope}” to leave."
    remedy = (
        "See whether the list was deleted, and whether the functions on AWS are this console's."
    )


class NotOursToLift(Refusal):
    code = "stop-not-ours"
    message = "Nobody but the person may undo this: {reason}."
    remedy = "They can come back by their preferences page or by signing up again."


class WasErased(Refusal):
    code = "was-erased"
    message = "Whoever has this address asked to be erased."
    remedy = "They can come back by signing up themselves."
