"""A field brought to life: Jinja's code, its static texts, and errors with their place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2 import TemplateError as JinjaError
from jinja2.runtime import new_context
from markupsafe import escape

from pabal.message.compiled import Field
from pabal.message.complaints import in_short
from pabal.message.environment import MailEnvironment, MissingName
from pabal.message.errors import MissingValue, TemplateError, TemplateLimit
from pabal.message.meter import LimitReached, Meter
from pabal.message.statics import StaticText

_WENT_WRONG = (
    JinjaError,
    LimitReached,
    ArithmeticError,
    AssertionError,  # Jinja's filters assert what they expect
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


_CHOOSING = (nodes.CondExpr, nodes.And, nodes.Or, nodes.Filter, nodes.Getitem)
_ONLY_WAY: frozenset[object] = frozenset()
_LONGEST_CHARACTER = 4  # octets in UTF-8


class LiveTemplate:
    """Runs one field for one recipient after another."""

    def __init__(
        self,
        field: Field,
        meter: Meter,
        *,
        autoescape: bool,
        known: Mapping[str, Any] | None = None,
    ) -> None:
        """known: what is the same for all recipients; `run` is given it too.

        Raises TemplateError: it is no template, or not one for mails.
        """
        self._field = field
        self._meter = meter
        self._environment = MailEnvironment(meter, autoescape=autoescape, known=known)
        self._file = f"<{field.name}>"
        try:
            code = self._environment.compile(field.template, filename=self._file)
        except TemplateSyntaxError as error:
            raise self._wrong(error.lineno, in_short(error.message or "")) from None
        except ValueError:  # Python reads no number of more than 4,300 digits
            raise self._wrong(1, "it has a number that is too long") from None
        namespace = self._environment.globals
        self._template = Template.from_code(self._environment, code, namespace)
        self._context = new_context(self._environment, None, {}, {}, shared=True)

    @property
    def statics(self) -> list[StaticText]:
        """The texts that every rendering shares."""
        return self._environment.statics

    def way(self, pieces: Sequence[str]) -> frozenset[object]:
        """Return what stands for those of the template's own texts that `pieces` has.

        How often and in which order they come makes no difference. Two renderings with the
        same way differ in data alone; what a macro prints is data.
        """
        if not self._choices:
            return _ONLY_WAY
        statics, chosen = self._choices
        way = statics.intersection(map(id, pieces))
        return way | chosen.intersection(pieces) if chosen else way

    @cached_property
    def _choices(self) -> tuple[frozenset[object], frozenset[str]] | None:
        """Static texts by identity, and what expressions choose; None where nothing chooses."""
        template = self._environment.parse(self._field.template)
        if next(template.find_all((nodes.If, nodes.For, *_CHOOSING)), None) is None:
            return None
        choosing = [*template.find_all(_CHOOSING), *_assigned_on_condition(template)]
        texts = {
            const.value
            for node in choosing
            for const in node.find_all(nodes.Const)
            if isinstance(const.value, str)
        }
        return frozenset(map(id, self.statics)), frozenset({*texts, *map(str, map(escape, texts))})

    @property
    def functions(self) -> dict[str, Any]:
        """The names that templates have without data; to be among the values of `run`."""
        return dict(self._environment.globals)

    def run(self, values: dict[str, Any]) -> list[str]:
        """Return what the template prints, piece by piece.

        values: by name, the functions included; not changed.
        Raises TemplateError, MissingValue, TemplateLimit.
        """
        context = self._context
        context.parent = values
        context.vars.clear()
        context.exported_vars.clear()
        try:
            pieces = list(self._template.root_render_func(context))
        except _WENT_WRONG as error:
            raise self._explain(error) from error
        self._check_size(pieces)
        return pieces

    def _check_size(self, pieces: list[str]) -> None:
        size = sum(map(len, pieces))
        if size * _LONGEST_CHARACTER > self._meter.longest:
            size = sum(len(piece.encode(errors="surrogatepass")) for piece in pieces)
        if size > self._meter.longest:
            raise self._wrong(0, f"more than {self._meter.longest} bytes", TemplateLimit)

    def unencodable(self, error: UnicodeEncodeError) -> TemplateError:
        """Explain a text with half of a surrogate pair; files with a wrong encoding have them."""
        character = error.object[error.start]
        return self._wrong(0, f"the character U+{ord(character):04X} cannot be in a mail")

    def _explain(self, error: BaseException) -> TemplateError:
        line = self._line(error.__traceback__)
        if isinstance(error, MissingName):
            return self._wrong(line, str(error), MissingValue, name=error.name)
        if isinstance(error, LimitReached | RecursionError | MemoryError):
            return self._wrong(line, str(error), TemplateLimit)
        return self._wrong(line, str(error))

    def _wrong(
        self,
        line: int,
        reason: str,
        kind: Callable[..., TemplateError] = TemplateError,
        **more: str,
    ) -> TemplateError:
        source_line, column = self._field.place(line)
        return kind(field=self._field.name, line=source_line, column=column, reason=reason, **more)

    def _line(self, traceback: TracebackType | None) -> int:
        """The innermost line of the template that was being run."""
        line = 0
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self._file:
                line = self._template.get_corresponding_lineno(traceback.tb_lineno)
            traceback = traceback.tb_next
        return line


def _assigned_on_condition(template: nodes.Template) -> Iterator[nodes.Node]:
    for condition in template.find_all(nodes.If):
        yield from condition.find_all(nodes.Assign)
