"""What can be asked, as the form and the sentences about a segment say it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.conditions import About, Match, Test

MATCHES: dict[Match, Promise] = {
    Match.ALL: _("all of these"),
    Match.ANY: _("any of these"),
}

ABOUTS: dict[About, Promise] = {
    About.ATTRIBUTE: _("Attribute"),
    About.LANGUAGE: _("Language"),
    About.LIST: _("List"),
    About.TOPIC: _("Topic"),
    About.CONSENT: _("Date of consent"),
    About.ADDED: _("Date added"),
    About.CAMPAIGN: _("Campaign"),
}

TEST_WORDS: dict[Test, Promise] = {
    Test.IS: _("is"),
    Test.IS_NOT: _("is not"),
    Test.CONTAINS: _("contains"),
    Test.CONTAINS_NOT: _("does not contain"),
    Test.BEGINS: _("begins with"),
    Test.IS_SET: _("is known"),
    Test.IS_EMPTY: _("is not known"),
    Test.EQUALS: _("is exactly"),
    Test.LESS: _("is less than"),
    Test.AT_MOST: _("is at most"),
    Test.MORE: _("is more than"),
    Test.AT_LEAST: _("is at least"),
    Test.BETWEEN: _("is between"),
    Test.ON: _("is on the day"),
    Test.BEFORE: _("is before"),
    Test.AFTER: _("is after"),
    Test.FROM_TO: _("is from … to"),
    Test.LAST_DAYS: _("is in the last days:"),
    Test.NEXT_DAYS: _("is in the next days:"),
    Test.LONGER_AGO: _("is longer ago than days:"),
    Test.YES: _("is yes"),
    Test.NO: _("is no"),
    Test.ON_LIST: _("is on it"),
    Test.LEFT_LIST: _("has left it"),
    Test.NEVER_ON_LIST: _("was never on it"),
    Test.WANTS: _("wants it"),
    Test.WANTS_NOT: _("does not want it"),
    Test.SENT: _("was a recipient"),
    Test.GOT: _("was sent it"),
    Test.GOT_NOT: _("was a recipient, and it was not sent"),
    Test.NOT_SENT: _("was no recipient"),
}

# {subject}: an attribute's name, or of ABOUTS with a name. {until}: the second value.
IN_WORDS: dict[Test, Promise] = {
    Test.IS: _("{subject} is {value}"),
    Test.IS_NOT: _("{subject} is not {value}"),
    Test.CONTAINS: _("{subject} contains {value}"),
    Test.CONTAINS_NOT: _("{subject} does not contain {value}"),
    Test.BEGINS: _("{subject} begins with {value}"),
    Test.IS_SET: _("{subject} is known"),
    Test.IS_EMPTY: _("{subject} is not known"),
    Test.EQUALS: _("{subject} is exactly {value}"),
    Test.LESS: _("{subject} is less than {value}"),
    Test.AT_MOST: _("{subject} is at most {value}"),
    Test.MORE: _("{subject} is more than {value}"),
    Test.AT_LEAST: _("{subject} is at least {value}"),
    Test.BETWEEN: _("{subject} is between {value} and {until}"),
    Test.ON: _("{subject} is {value}"),
    Test.BEFORE: _("{subject} is before {value}"),
    Test.AFTER: _("{subject} is after {value}"),
    Test.FROM_TO: _("{subject} is from {value} to {until}"),
    Test.LAST_DAYS: _("{subject} is in the last {value} days"),
    Test.NEXT_DAYS: _("{subject} is in the next {value} days"),
    Test.LONGER_AGO: _("{subject} is more than {value} days ago"),
    Test.YES: _("{subject} is yes"),
    Test.NO: _("{subject} is no"),
    Test.ON_LIST: _("{subject}: on it"),
    Test.LEFT_LIST: _("{subject}: has left it"),
    Test.NEVER_ON_LIST: _("{subject}: was never on it"),
    Test.WANTS: _("{subject}: wants it"),
    Test.WANTS_NOT: _("{subject}: does not want it"),
    Test.SENT: _("{subject}: was a recipient"),
    Test.GOT: _("{subject}: was sent it"),
    Test.GOT_NOT: _("{subject}: was a recipient, and it was not sent"),
    Test.NOT_SENT: _("{subject}: was no recipient"),
}
