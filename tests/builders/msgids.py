"""Every text that somebody may read, found in the code: what a catalogue must hold."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.template import Engine
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

import pabal

SOURCE = Path(pabal.__file__).parent
_SINGLE = frozenset({"_", "gettext", "gettext_lazy", "msgid", "_lose"})  # _lose: of connections
_PLURAL = frozenset({"ngettext", "ngettext_lazy"})
_EXPLAINING = frozenset({"message", "remedy"})  # of errors and of preflight's findings
_SAYING = frozenset({"Words", "Outcome"})  # what the ledger and the engine say by `text`
_TABLES = frozenset({"SENTENCES", "_WHY_SKIPPED"})  # of the import and the ledger
_WORDS = "pipeline/words.py"  # nothing but tables
_MIGRATIONS = "migrations"


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it stands. plural: "" where it has none."""

    msgid: str
    where: str
    plural: str = ""


def all_texts() -> Iterator[Text]:
    """Find the texts of the code, the templates and the errors."""
    for path in sorted(SOURCE.rglob("*.py")):
        if _MIGRATIONS not in path.parts:
            yield from _of_code(path)
    for path in sorted([*SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("templates/**/*.txt")]):
        yield from _of_template(path)


def _of_code(path: Path) -> Iterator[Text]:
    where = str(path.relative_to(SOURCE))
    is_words = where == _WORDS
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield from _of_call(node, f"{where}:{node.lineno}")
        if isinstance(node, ast.ClassDef):
            yield from _of_error(node, f"{where}:{node.lineno}")
        if isinstance(node, ast.Assign | ast.AnnAssign) and (is_words or _target(node) in _TABLES):
            yield from _of_table(node, f"{where}:{node.lineno}")


def _of_call(call: ast.Call, where: str) -> Iterator[Text]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else _name(call.func)
    texts = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    if name in _SINGLE and texts and texts[0]:
        yield Text(str(texts[0]), where)
    if name in _PLURAL and len(texts) > 1:
        yield Text(str(texts[0]), where, plural=str(texts[1]))
    telling = _EXPLAINING | ({"text"} if name in _SAYING else set())
    for keyword in call.keywords:
        if keyword.arg in telling and isinstance(keyword.value, ast.Constant):
            yield Text(str(keyword.value.value), where)


def _of_table(table: ast.stmt, where: str) -> Iterator[Text]:
    for node in ast.walk(table):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Text(node.value, where)


def _of_error(cls: ast.ClassDef, where: str) -> Iterator[Text]:
    """Find the texts of a class of domain.errors.Explained: it has a code."""
    texts = dict(_constants(cls))
    if "code" in texts:
        yield from (Text(texts[name], where) for name in sorted(_EXPLAINING & texts.keys()))


def _constants(cls: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement in cls.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        value = statement.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield _target(statement), value.value


def _target(statement: ast.Assign | ast.AnnAssign) -> str:
    return _name(statement.targets[0] if isinstance(statement, ast.Assign) else statement.target)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _of_template(path: Path) -> Iterator[Text]:
    where = str(path.relative_to(SOURCE))
    template = Engine.get_default().from_string(path.read_text("utf-8"))
    for node in _nodes(template.nodelist):
        if isinstance(node, TranslateNode):
            yield Text(node.filter_expression.var.literal, where)
        if isinstance(node, BlockTranslateNode):
            singular, _names = node.render_token_list(node.singular)
            yield Text(singular, where)


def _nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield from node.get_nodes_by_type(Node)
