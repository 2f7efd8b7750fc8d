"""Templates of CloudFormation as values, and what their policies say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEPLOYMENT = Path(__file__).parents[2] / "deploy" / "aws"


class _Loader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions as text or lists."""


def _value(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return f"!{suffix} {node.value}"
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _value)


def read_template(name: str) -> dict[str, Any]:
    return yaml.load((DEPLOYMENT / name).read_text(), _Loader)


def statements(template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what policies say, each with the resource that it stands in."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [properties.get("PolicyDocument")]
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        for document in filter(None, documents):
            for statement in document["Statement"]:
                yield name, statement


def listed(value):
    return value if isinstance(value, list) else [value]
