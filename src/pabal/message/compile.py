"""Source -> Compiled, once a campaign.

MJML and CSS inlining run here, with Jinja's tags shielded from them; what is left for
each recipient is Jinja and the encoding of what it prints.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, meta

from pabal.domain.campaign import CampaignPlan, Kind
from pabal.domain.experiment import LETTERS
from pabal.domain.tracking import Tracking
from pabal.message.compiled import CLICKS, OPENS, SEAL, Compiled, Field, Tracked
from pabal.message.complaints import in_short
from pabal.message.encode import smaller_encoding
from pabal.message.environment import MailEnvironment
from pabal.message.errors import TemplateError
from pabal.message.inline import inlined
from pabal.message.meter import Meter
from pabal.message.mjml import html_of_mjml, styles_of_mjml
from pabal.message.plaintext import text_of_html
from pabal.message.preheader import with_preheader
from pabal.message.shield import BODY, Shielded, shield
from pabal.message.source import Limits, Markup, Source
from pabal.message.tags import Tag, Text, cut, put_together
from pabal.message.template import LiveTemplate
from pabal.message.tracking import Numbering, mark_html, track_text

ADVERTISING_PREFIX = "(광고)"  # 정보통신망법 시행령 별표 6: at the very start, exactly so
RESERVED = frozenset({CLICKS, OPENS, SEAL}) | frozenset(
    "email language unsubscribe_url preferences_url web_view_url sender campaign list_name".split()
)
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair: UTF-8 has no such thing
_ROOT = re.compile(r"<(?:mjml|!doctype|html)\b", re.IGNORECASE)
_WRITTEN_PREFIX = re.compile(rf"(?:\s*{re.escape(ADVERTISING_PREFIX)})*\s*")

Pieces = list[Text | Tag]


def compile_variants(
    sources: Sequence[Source], plan: CampaignPlan, *, limits: Limits
) -> Sequence[Compiled]:
    """Prepare the variants of a mail. One numbering of links serves all of them.

    Raises what `compile_source` does; behind the first, details say of which variant.
    """
    numbering, done = Numbering(), list[Compiled]()
    for letter, source in zip(LETTERS, sources, strict=False):
        try:
            done.append(compile_source(source, plan, limits=limits, numbering=numbering))
        except TemplateError as error:
            if done:
                error.details = {**error.details, "variant": letter}
            raise
    return done


def compile_source(
    source: Source, plan: CampaignPlan, *, limits: Limits, numbering: Numbering | None = None
) -> Compiled:
    """Prepare a source for rendering.

    numbering: the links that other variants of the mail have already.
    Raises TemplateError: with field, line and column of what the marketer wrote.
    """
    subject = put_together("subject", _subject(source, plan))
    written = _cut(BODY, _with_preview(source, limits))
    _try(put_together(BODY, written), limits, autoescape=True)
    body = _body(written, source.markup)
    html, text = _parts(source, body, Tracking.OFF, Numbering())
    fields = (subject, html, text)
    lives = [_try(field, limits, autoescape=field is html) for field in fields]
    return Compiled(
        subject=subject,
        html=html,
        text=text,
        html_encoding=smaller_encoding("".join(lives[1].statics)),
        text_encoding=smaller_encoding("".join(lives[2].statics)),
        needs=_needs(fields, limits),
        tracked=_tracked(source, body, plan.tracking, limits, numbering or Numbering()),
    )


def _tracked(
    source: Source, body: "_Body", tracking: Tracking, limits: Limits, numbering: Numbering
) -> Tracked | None:
    if tracking is Tracking.OFF:
        return None
    html, text = _parts(source, body, tracking, numbering)
    _try(html, limits, autoescape=True)
    _try(text, limits, autoescape=False)
    return Tracked(html=html, text=text, links=tuple(numbering.targets))


def _parts(
    source: Source, body: "_Body", tracking: Tracking, numbering: Numbering
) -> tuple[Field, Field]:
    """Make HTML and text. What stands in front of the document stays in front of it."""
    marked = mark_html(body.html, body.shielded, tracking, numbering)
    html = body.before + marked.restored(body.shielded.restore(marked.html))
    if source.text.strip():
        written = _cut("text", source.text, lines_of_tags_vanish=True)
        text = put_together("text", track_text(written, tracking, numbering))
    else:
        made = _text_of(body.before) + text_of_html(marked.html, body.shielded)
        text = put_together(BODY, marked.restored(made))
    return put_together(BODY, html), text


def _subject(source: Source, plan: CampaignPlan) -> Pieces:
    """One line, with the prefix that the law wants, once, whoever wrote it."""
    pieces = _cut("subject", source.subject.strip())
    for piece in pieces:
        if isinstance(piece, Text) and "\n" in piece.text:
            line = piece.line + 1
            raise TemplateError(field="subject", line=line, column=1, reason="it is one line")
    if plan.kind is not Kind.ADVERTISING:
        return pieces
    first, *others = pieces or [Text(text="")]
    if isinstance(first, Text):
        first = Text(text=_WRITTEN_PREFIX.sub("", first.text, count=1))
    return [Text(text=f"{ADVERTISING_PREFIX} "), first, *others]


def _with_preview(source: Source, limits: Limits) -> str:
    preview = _cut("preview", source.preview)
    _try(put_together("preview", preview), limits, autoescape=True)
    return with_preheader(source.body, source.markup, preview)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """The finished HTML, shielded, and what stands in front of it."""

    before: Pieces
    html: str
    shielded: Shielded


def _body(written: Pieces, markup: Markup) -> _Body:
    before, document = _split_at_root(written)
    shielded = shield(document)
    if markup is Markup.MJML:
        html = inlined(html_of_mjml(shielded), shielded, only=styles_of_mjml(shielded))
    else:
        html = inlined(shielded.markup, shielded)
    return _Body(before=before, html=html, shielded=shielded)


def _split_at_root(written: Pieces) -> tuple[Pieces, Pieces]:
    for index, piece in enumerate(written):
        match = _ROOT.search(piece.text) if isinstance(piece, Text) else None
        if match and isinstance(piece, Text):
            head, tail = piece.text[: match.start()], piece.text[match.start() :]
            line = piece.line + head.count("\n")
            before = [*written[:index], Text(text=head.strip(), line=piece.line)]
            return before, [Text(text=tail, line=line), *written[index + 1 :]]
    return [], written


def _text_of(before: Pieces) -> Pieces:
    shielded = shield(before)
    return text_of_html(shielded.markup, shielded)


def _cut(field: str, source: str, *, lines_of_tags_vanish: bool = False) -> Pieces:
    half = _HALF.search(source)
    if half:
        line = source.count("\n", 0, half.start()) + 1
        column = half.start() - source.rfind("\n", 0, half.start())
        reason = f"the character U+{ord(half[0]):04X} cannot be in a mail"
        raise TemplateError(field=field, line=line, column=column, reason=reason)
    try:
        return list(cut(source, lines_of_tags_vanish=lines_of_tags_vanish))
    except TemplateSyntaxError as error:
        reason = in_short(error.message or "")
        raise TemplateError(field=field, line=error.lineno, column=1, reason=reason) from None


def _try(field: Field, limits: Limits, *, autoescape: bool) -> LiveTemplate:
    return LiveTemplate(field, Meter(limits), autoescape=autoescape)


def _needs(fields: Sequence[Field], limits: Limits) -> tuple[str, ...]:
    environment = MailEnvironment(Meter(limits), autoescape=False)
    names: set[str] = set()
    for field in fields:
        names |= meta.find_undeclared_variables(environment.parse(field.template))
    return tuple(sorted(names - RESERVED - set(environment.globals)))
