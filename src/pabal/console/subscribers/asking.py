"""What the table is asked to show, as it stands in the page's address."""

import enum
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_LONGEST = 320


class State(enum.Enum):
    """How somebody stands: to the list that is asked for, or to any."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    NOT_AGREED = "not-agreed"
    SUPPRESSED = "suppressed"


class Sort(enum.Enum):
    NEWEST = "newest"
    ADDRESS = "address"
    NAME = "name"


STATES: dict[State, Promise] = {
    State.SUBSCRIBED: _("Subscribed"),
    State.UNSUBSCRIBED: _("Unsubscribed"),
    State.NOT_AGREED: _("On a list without consent to advertising"),
    State.SUPPRESSED: _("Not mailed"),
}
SORTS: dict[Sort, Promise] = {
    Sort.NEWEST: _("Newest first"),
    Sort.ADDRESS: _("By address"),
    Sort.NAME: _("By name"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """search: the beginning of an address or a name. list, topic, segment: numbers, None for all.

    sort: counts where nothing is searched for; what is found comes by address, then by name.
    after: where the page before ended (finding.Page.next_after); "" for the first.
    """

    search: str = ""
    list: int | None = None
    topic: int | None = None
    segment: int | None = None
    state: State | None = None
    sort: Sort = Sort.NEWEST
    after: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """Read it from an address; what makes no sense is passed over."""
        state, sort = query.get("state", ""), query.get("sort", "")
        return cls(
            search=_text(query.get("q", "")),
            list=_number(query.get("list", "")),
            topic=_number(query.get("topic", "")),
            segment=_number(query.get("segment", "")),
            state=State(state) if state in {each.value for each in State} else None,
            sort=Sort(sort) if sort in {each.value for each in Sort} else Sort.NEWEST,
            after=_text(query.get("after", "")),
        )

    @property
    def is_for_everybody(self) -> bool:
        return not (self.search or self.list or self.topic or self.segment or self.state)

    def link(self, *, after: str = "") -> str:
        """Return the address of the same, on another page."""
        asked = {
            "q": self.search,
            "list": self.list or "",
            "topic": self.topic or "",
            "segment": self.segment or "",
            "state": self.state.value if self.state else "",
            "sort": "" if self.sort is Sort.NEWEST else self.sort.value,
            "after": after,
        }
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def for_all_pages(self) -> "Asked":
        return replace(self, after="")

    def without_search(self) -> str:
        """Say what was asked for, but for a name or an address."""
        return replace(self, search="").link().removeprefix("?")


def _text(text: str) -> str:
    return text.replace("\0", "").strip()[:_LONGEST]  # PostgreSQL has no NUL in texts


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
