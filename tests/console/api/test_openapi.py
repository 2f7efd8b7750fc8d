"""The description says all that there is, and nothing else."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from pabal.console.api.operations import OPERATIONS


@pytest.fixture
def document(db: None) -> Any:
    return json.loads(Client().get("/api/v1/openapi.json").content)


def test_every_operation_is_described_with_its_words(document: Any) -> None:
    described = {
        (method.upper(), path.lstrip("/")): each["summary"]
        for path, methods in document["paths"].items()
        for method, each in methods.items()
    }
    assert described == {(each.method, each.path): each.summary for each in OPERATIONS}
    assert all(described.values())


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: Any) -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named == set(document["components"]["schemas"])


def test_a_blank_in_a_path_is_a_parameter(document: Any) -> None:
    for path, methods in document["paths"].items():
        for each in methods.values():
            named = [row["name"] for row in each["parameters"] if row["in"] == "path"]
            assert named == re.findall(r"{(\w+)}", path)


def test_what_a_page_of_campaigns_is_asked_by_is_a_query(document: Any) -> None:
    rows = document["paths"]["/campaigns"]["get"]["parameters"]
    assert [(row["in"], row["name"]) for row in rows] == [("query", "after"), ("query", "limit")]
