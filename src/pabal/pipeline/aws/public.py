"""Lambda `public`: the pages behind the links of a mail, open to everybody who has one.

Whoever leaves is out for the very next mail: the ledger is told before the answer, and the
console when it listens next, on EC2 or wherever it runs.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pabal.domain.errors import Unavailable
from pabal.domain.identity import CampaignId
from pabal.domain.suppression import EVERYTHING, TRACKING, Reason, Suppression
from pabal.domain.token import Purpose, TokenInvalid
from pabal.domain.tracking import Tracking
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Delivery, Ledger
from pabal.pipeline.aws import pages, tracked
from pabal.pipeline.aws.answers import Answer, form_of, page_answer, text_answer
from pabal.pipeline.aws.bucket import Linked
from pabal.pipeline.aws.calls import part_of, read_link
from pabal.pipeline.aws.errors import CallUnreadable
from pabal.pipeline.aws.returns import Left, Objected, to_json
from pabal.pipeline.aws.web_view import web_view
from pabal.pipeline.aws.wiring import Workshop, workshop

_LOG = logging.getLogger("pabal.public")
_ONE_CLICK = "List-Unsubscribe"  # RFC 8058 3.1
_LOOKS = ("GET", "HEAD")  # they change nothing: scanners fetch what is behind links


def handler(event: Mapping[str, Any], _context: object) -> Answer:
    """A request of the HTTP API (payload 2.0) in, a page out."""
    language = pages.language_of(part_of(event, "headers").get("accept-language", ""))
    try:
        return answer(event, language, workshop())
    except (TokenInvalid, CallUnreadable, CampaignNotOpen) as error:
        _LOG.warning("a link is refused: %s", error)
        return page_answer(404, pages.not_valid(language))
    except Unavailable as error:
        _LOG.error("a page fails: %s", error)
        return page_answer(503, pages.try_again(language))


def answer(event: Mapping[str, Any], language: str, parts: Workshop) -> Answer:
    """Raises TokenInvalid, CampaignNotOpen: the link leads to nothing. CallUnreadable."""
    method = str(part_of(part_of(event, "requestContext"), "http").get("method", "GET"))
    kind = str(event.get("rawPath", ""))[1:2]
    if follow := _FOLLOWED.get(kind):
        return follow(event, method, parts) if method in _LOOKS else text_answer(405, "")
    if method not in (*_LOOKS, "POST"):
        return text_answer(405, "")
    if kind == "w":
        return web_view(event, language, parts) if method in _LOOKS else text_answer(405, "")
    page = _page(event, kind, language, parts)
    return page.act(form_of(event)) if method == "POST" else page.show()


_FOLLOWED: Mapping[str, Callable[[Mapping[str, Any], str, Workshop], Answer]] = {
    "c": tracked.click,
    "o": tracked.look,
}
_PURPOSES = {"u": Purpose.UNSUBSCRIBE, "p": Purpose.PREFERENCES}


def _page(event: Mapping[str, Any], kind: str, language: str, parts: Workshop) -> "_Page":
    """Return whose page a link leads to. Raises TokenInvalid, CampaignNotOpen."""
    purpose = _PURPOSES.get(kind)
    if purpose is None:
        raise TokenInvalid
    delivery = parts.ledger().delivery(read_link(event, parts.links.keys, purpose))
    if delivery is None:
        raise TokenInvalid
    scopes = parts.ledger().run(delivery.campaign).scopes
    return _Page(
        parts=parts,
        language=language,
        delivery=delivery,
        linked=_linked(delivery.campaign, parts),
        scopes=[scope for scope in scopes if scope.startswith("list:")] or [EVERYTHING],
        is_choosing=purpose is Purpose.PREFERENCES,
    )


def _linked(campaign: CampaignId, parts: Workshop) -> Linked | None:
    """Return what a page names; nobody's leaving depends on it."""
    try:
        return parts.linked(campaign)
    except Unavailable as error:
        _LOG.warning("a page is shown without names: %s", error)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A recipient's own page: to leave, or to choose.

    scopes: what a mail's unsubscribe link leaves: its list; everything where it has none.
    linked: None where nobody can say: by a Pabal that kept nothing, or while S3 does not answer.
    """

    parts: Workshop
    language: str
    delivery: Delivery
    linked: Linked | None
    scopes: Sequence[str]
    is_choosing: bool

    def show(self) -> Answer:
        stops = self._ledger.suppressions([self.delivery.address], self.scopes)
        stop = stops.get(self.delivery.address)
        if stop is not None and (stop.scope == EVERYTHING or not self.is_choosing):
            everything = stop.scope == EVERYTHING
            return page_answer(200, pages.has_left(self._reader, everything=everything))
        if not self.is_choosing:
            return page_answer(200, pages.ask(self._reader))
        return self._choose(has_left=stop is not None)

    def act(self, form: Mapping[str, str]) -> Answer:
        """Do what a form asks for; also what a mail program's one click does."""
        if _ONE_CLICK in form:
            self._leave(self.scopes, "one-click")
            return text_answer(200, "unsubscribed\n")
        source = "preferences page" if self.is_choosing else "confirm page"
        match form.get("action"), self.is_choosing:
            case "leave", _:
                self._leave(self.scopes, source)
                everything = self.scopes == [EVERYTHING]
            case "leave everything", _:
                self._leave([EVERYTHING], source)
                everything = True
            case "object", True:
                self._object(source)
                return self.show()
            case _:
                return text_answer(400, "nothing was asked for\n")
        return page_answer(200, pages.has_left(self._reader, everything=everything))

    def _choose(self, *, has_left: bool) -> Answer:
        stops = self._ledger.suppressions([self.delivery.address], [TRACKING])
        asked = self.linked.tracking if self.linked else Tracking.OFF
        page = pages.choose(
            self._reader,
            has_left=has_left,
            is_recorded=asked.within(self.parts.surroundings.tracking) is not Tracking.OFF,
            objects=self.delivery.address in stops,
        )
        return page_answer(200, page)

    def _leave(self, scopes: Sequence[str], source: str) -> None:
        """The ledger first: it decides about the next mail."""
        now = self.parts.now()
        for scope in scopes:
            self._stop(scope, source, now)
        name = self.delivery.id
        told = (
            to_json(Left(delivery=name, scope=scope, source=source, at=now)) for scope in scopes
        )
        self.parts.queues.put(self.parts.surroundings.returns_queue, told)
        _LOG.info("the recipient of %s leaves", name, extra={"delivery": name})

    def _object(self, source: str) -> None:
        """Record nothing more of somebody, and forget what was (GDPR 21(3), 17(1)(c))."""
        now, name = self.parts.now(), self.delivery.id
        self._stop(TRACKING, source, now)
        self._ledger.forget_hits(self.delivery.address)
        told = to_json(Objected(delivery=name, at=now))
        self.parts.queues.put(self.parts.surroundings.returns_queue, [told])
        _LOG.info("the recipient of %s objects", name, extra={"delivery": name})

    def _stop(self, scope: str, source: str, now: datetime) -> None:
        self._ledger.suppress(
            Suppression(
                address=self.delivery.address,
                scope=scope,
                reason=Reason.UNSUBSCRIBED,
                since=now,
                detail=source,
            )
        )

    @property
    def _ledger(self) -> Ledger:
        return self.parts.ledger()

    @property
    def _reader(self) -> pages.Reader:
        linked = self.linked
        return pages.Reader(
            language=self.language,
            address=self.delivery.address,
            leaves=linked.list_name if linked and self.scopes != [EVERYTHING] else "",
            sender=linked.sender if linked else (),
        )
