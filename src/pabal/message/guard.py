"""Rewrites templates before they become code, so that every step can be counted.

What Jinja would do by itself (loops, slices, ~) goes through filters of ours, whose
names have a space in them and so cannot be written in a template. What mails have no use
for is refused with its line.
"""

from collections.abc import Callable, Iterable, Iterator
from sys import getsizeof
from typing import Any, NoReturn

from jinja2 import Environment, TemplateSyntaxError, nodes, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import markup_join, str_join
from jinja2.visitor import NodeTransformer

from pabal.message.filters import single
from pabal.message.meter import Meter

_EACH_ITEM = "each item"
_A_PART = "a part"
_JOINED = "joined text"
_SINGLE = "single value"
_NODE_COST = 16  # bytes that a node of a loop's body is taken to leave behind

_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Extends: "extends",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Block: "block",
    nodes.EvalContextModifier: "autoescape",
    nodes.ScopedEvalContextModifier: "autoescape",
}
_REFUSED_NAMES = frozenset({"self", "super", "varargs", "kwargs"})
_WRITTEN_OUT = (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict)


def guarded(template: nodes.Template, environment: Environment) -> nodes.Template:
    """Rewrite a template in place and return it.

    Raises jinja2.TemplateSyntaxError: it uses what templates of mails do not have.
    """
    _Guard(environment).visit(template)
    template.set_environment(environment)
    return template


def hidden_filters(meter: Meter) -> dict[str, Callable[..., Any]]:
    """Return the filters that the rewritten template calls."""

    def each_item(iterable: Iterable[Any], cost: int) -> Iterator[Any]:
        for item in iterable:
            meter.spend(cost)
            yield item

    def part(value: Any, start: Any, stop: Any, step: Any) -> Any:
        result = value[start:stop:step]
        meter.spend(getsizeof(result))
        return result

    @pass_eval_context
    def joined(context: EvalContext, *values: Any) -> Any:
        meter.spend(sum(len(v) if isinstance(v, str) else getsizeof(v) for v in values))
        join = markup_join if context.autoescape else str_join
        result = join([single(value) for value in values])
        meter.spend(getsizeof(result))
        return result

    return {_EACH_ITEM: each_item, _A_PART: part, _JOINED: joined, _SINGLE: single}


class _Guard(NodeTransformer):
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._visitors: dict[type[nodes.Node], Callable[..., nodes.Node]] = {
            nodes.Concat: self._concat,
            nodes.Filter: self._check_filter,
            nodes.For: self._for,
            nodes.Getitem: self._getitem,
            nodes.List: self._sequence,
            nodes.Name: self._check_name,
            nodes.Pair: self._pair,
            nodes.Test: self._check_test,
            nodes.Tuple: self._sequence,
        }

    def get_visitor(self, node: nodes.Node) -> Callable[..., nodes.Node] | None:
        """Called by Jinja for every node."""
        if type(node) in _REFUSED:
            _refuse(node, f"“{_REFUSED[type(node)]}” is not available in mails")
        return self._visitors.get(type(node))

    def _for(self, node: nodes.For) -> nodes.Node:
        if node.recursive:
            _refuse(node, "recursive loops are not available in mails")
        cost = _NODE_COST * sum(1 for _ in node.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = _filter(node.iter, _EACH_ITEM, nodes.Const(cost))
        return node

    def _getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        bounds = (node.arg.start, node.arg.stop, node.arg.step)
        return _filter(node.node, _A_PART, *(bound or nodes.Const(None) for bound in bounds))

    def _concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        first, *others = node.nodes
        return _filter(first, _JOINED, *others)

    def _sequence(self, node: nodes.List | nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node, nodes.List) or node.ctx == "load":
            node.items = [_written_out(item) for item in node.items]
        return node

    def _pair(self, node: nodes.Pair) -> nodes.Node:
        self.generic_visit(node)
        if not isinstance(node.key, nodes.Const):
            _refuse(node, "the keys of a dictionary have to be written out")
        node.value = _written_out(node.value)
        return node

    def _check_name(self, node: nodes.Name) -> nodes.Node:
        if node.name in _REFUSED_NAMES:
            _refuse(node, f"“{node.name}” is not available in mails")
        return node

    def _check_filter(self, node: nodes.Filter) -> nodes.Node:
        if node.name not in self._environment.filters or " " in node.name:
            _refuse(node, f"there is no filter “{node.name}”")
        return self.generic_visit(node)

    def _check_test(self, node: nodes.Test) -> nodes.Node:
        if node.name not in self._environment.tests:
            _refuse(node, f"there is no test “{node.name}”")
        return self.generic_visit(node)


def _written_out(item: nodes.Expr) -> nodes.Expr:
    """Lists may hold lists only where these are written out (see environment)."""
    return item if isinstance(item, _WRITTEN_OUT) else _filter(item, _SINGLE)


def _filter(node: nodes.Node, name: str, *args: nodes.Expr) -> nodes.Filter:
    made = nodes.Filter(node, name, list(args), [], None, None)
    made.set_lineno(node.lineno)
    return made


def _refuse(node: nodes.Node, reason: str) -> NoReturn:
    raise TemplateSyntaxError(reason, node.lineno)
