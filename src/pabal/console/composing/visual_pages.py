"""What the visual editor asks for: the blocks of a source, changed, and the mail to point at.

The source comes with each request and goes back with the answer; nothing is kept here, so
that saving, drafts and undoing are those of the page.
"""

from collections.abc import Callable, Mapping

from django.http import HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.composing.inserting import of_everybody, of_readers
from pabal.console.composing.keeping_pages import mail_frame
from pabal.console.design.framing import CANVAS_POLICY
from pabal.console.visual.arranging import Side, delete, duplicate, insert, move, step
from pabal.console.visual.edits import Changed
from pabal.console.visual.errors import CannotStand, NotBlocks, NotMjml
from pabal.console.visual.filling import fill_in
from pabal.console.visual.marking import marked
from pabal.console.visual.pieces import piece_of
from pabal.console.visual.reading import read
from pabal.console.visual.showing import shown_block, shown_fields
from pabal.domain.errors import InputError, Refusal
from pabal.message.source import Markup, Source

_FIELD = "field-"
_ALIGNMENTS = [
    ("", _("As usual")),
    ("left", _("Left")),
    ("center", _("Centre")),
    ("right", _("Right")),
]


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def blocks(request: SignedInRequest) -> JsonResponse:
    """The blocks of a source, after the change that is asked for, if one is."""
    source = request.POST.get("body", "").replace("\r\n", "\n")
    try:
        changed = _changed(source, request.POST)
        return JsonResponse(_shown(changed))
    except (InputError, Refusal) as error:
        said, is_closed = f"{error.explain(gettext)} {error.advise(gettext)}", False
        if isinstance(error, NotBlocks):
            said = f"{gettext('The visual editor cannot show this source safely.')} {said}"
            is_closed = True
        return JsonResponse({"said": said, "is_closed": is_closed})


@require_POST
@requires(Act.EDIT_CAMPAIGNS)
def canvas(request: SignedInRequest) -> HttpResponse:
    """The mail as it is compiled to be sent, with a class on each block to find it by."""
    try:
        body = marked(request.POST.get("body", "").replace("\r\n", "\n"))
    except NotBlocks:
        body = ""
    source = Source(subject="", body=body, markup=Markup.MJML)
    answer = mail_frame(source, request.POST.get("as", ""))
    answer["Content-Security-Policy"] = CANVAS_POLICY
    return answer


def _changed(source: str, asked: QueryDict) -> Changed:
    """Raises InputError, Refusal."""
    if asked.get("markup") == Markup.HTML.value:
        raise NotMjml
    number = _number(asked.get("block"))
    deed = _DEEDS.get(asked.get("do", ""))
    if deed is None:
        return Changed(source=source, selected=number)
    return deed(source, number, asked)


def _fill(source: str, number: int | None, asked: QueryDict) -> Changed:
    values = {
        name.removeprefix(_FIELD): str(asked[name]) for name in asked if name.startswith(_FIELD)
    }
    return fill_in(source, _there(number), values)


def _insert(source: str, number: int | None, asked: QueryDict) -> Changed:
    piece = piece_of(asked.get("piece", ""))
    if piece is None:
        raise CannotStand
    target = _number(asked.get("target"))
    return insert(source, piece.written(), piece.names, target, _side(asked))


def _move(source: str, number: int | None, asked: QueryDict) -> Changed:
    return move(source, _there(number), _there(_number(asked.get("target"))), _side(asked))


_DEEDS: Mapping[str, Callable[[str, int | None, QueryDict], Changed]] = {
    "fill": _fill,
    "insert": _insert,
    "move": _move,
    "up": lambda source, number, _: step(source, _there(number), up=True),
    "down": lambda source, number, _: step(source, _there(number), up=False),
    "duplicate": lambda source, number, _: duplicate(source, _there(number)),
    "delete": lambda source, number, _: delete(source, _there(number)),
}


def _shown(changed: Changed) -> dict[str, object]:
    body = read(changed.source)
    path = body.path_to(changed.selected) if changed.selected is not None else ()
    node = path[-1] if path else None
    context = {
        "blocks": [shown_block(changed.source, body)],
        "block": node and shown_block(changed.source, node),
        "selected": node and node.number,
        "fields": shown_fields(changed.source, node) if node else (),
        "has_logic": bool(node and node.has_logic_in_head),
        "alignments": _ALIGNMENTS,
        "of_readers": of_readers(),
        "of_everybody": of_everybody(),
    }
    return {
        "body": changed.source,
        "selected": node and node.number,
        "outline": render_to_string("visual/outline.html", context),
        "fields": render_to_string("visual/fields.html", context),
    }


def _side(asked: QueryDict) -> Side:
    return Side.BEFORE if asked.get("side") == Side.BEFORE.value else Side.AFTER


def _there(number: int | None) -> int:
    """Raises CannotStand: no block was named."""
    if number is None:
        raise CannotStand
    return number


def _number(text: object) -> int | None:
    is_number = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 7
    return int(str(text)) if is_number else None
