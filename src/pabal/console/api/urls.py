from itertools import groupby

from django.urls import URLPattern, path, re_path

from pabal.console.api import pages
from pabal.console.api.answering import answering
from pabal.console.api.openapi import openapi
from pabal.console.api.operations import OPERATIONS

_BLANKS = {"{id}": "<slug:target>", "{address}": "<path:target>"}


def _operations() -> list[URLPattern]:
    found = groupby(OPERATIONS, key=lambda operation: operation.path)
    return [
        path(f"api/v1/{_route(each)}", answering(list(operations)), name=f"v1 {each}")
        for each, operations in found
    ]


def _route(path: str) -> str:
    for blank, converter in _BLANKS.items():
        path = path.replace(blank, converter)
    return path


app_name = "api"
urlpatterns = [
    path("settings/keys/", pages.keys, name="keys"),
    path("settings/keys/<int:number>/revoke/", pages.revoke, name="revoke"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    *_operations(),
    re_path("^api/v1/", answering([]), name="v1 nothing"),
]
