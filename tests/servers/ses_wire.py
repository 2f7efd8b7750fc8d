"""HTTP around the stand-in for SES, by botocore's own model of the service (sesv2).

The model says which path is which operation, what a request and an answer look like, and which
errors there are. A request that breaks it is refused; an answer that does is our mistake.
"""

import base64
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from servers.ses import Refused, Ses, Silence


@contextmanager
def running_ses(ses: Ses) -> Iterator[str]:
    """Serve an account on loopback; yields what AWS_ENDPOINT_URL_SESV2 is to say."""

    class Answering(_Answering):
        account = ses

    server = _Listening(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def aws_environment(**endpoints: str) -> dict[str, str]:
    """Return an environment in which boto3 finds credentials and these services, no others.

    endpoints: by service, such as sesv2="http://127.0.0.1:5000".
    """
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **{f"AWS_ENDPOINT_URL_{name.upper()}": url for name, url in endpoints.items()},
    }


class _Listening(ThreadingHTTPServer):
    """Hears many functions at once, also when the machine is busy.

    The kernel resets a connection whose request has arrived while more of them wait to be taken
    than fit; the sender cannot know whether its mail was accepted, and doubts.
    """

    daemon_threads = True
    request_queue_size = 256


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account: Ses

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self._answer(200, self._perform(body))
        except Refused as refused:
            status = _status(refused.name)
            self._answer(status, {"message": refused.text}, error=refused.name)
        except Silence as silence:
            time.sleep(silence.seconds)
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_any  # noqa: N815

    def _perform(self, body: bytes) -> Any:
        operation, named = _find(self.command, self.path)
        if operation is None:
            raise Refused("NotFoundException", f"no such operation: {self.command} {self.path}")
        self.account.requests[operation.name] += 1
        if "AWS4-HMAC-SHA256" not in self.headers.get("Authorization", ""):
            raise Refused("MissingAuthenticationToken", "Missing Authentication Token")
        asked = _decoded(json.loads(body or b"{}") | named, operation.input_shape)
        if problem := _breaks(asked, operation.input_shape):
            raise Refused("BadRequestException", problem)
        answer = getattr(self.account, operation.name)(asked)
        if problem := _breaks(answer, operation.output_shape):
            raise AssertionError(f"the stand-in answers what SES would not: {problem}")
        return answer

    def _answer(self, status: int, told: Any, *, error: str = "") -> None:
        body = json.dumps(told, default=_encoded).encode()
        with suppress(OSError):  # who does not wait any more has hung up
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sesv2")


@cache
def _routes() -> list[tuple[str, re.Pattern[str], OperationModel]]:
    routes = []
    for name in _model().operation_names:
        operation = _model().operation_model(name)
        path = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation.http["requestUri"]))
        if hasattr(Ses, name):
            routes.append((operation.http["method"], re.compile(path), operation))
    return routes


def _find(method: str, target: str) -> tuple[OperationModel | None, dict[str, Any]]:
    """Return the operation, and what its path and query say."""
    parts = urlsplit(target)
    for verb, path, operation in _routes():
        if verb == method and (found := path.fullmatch(parts.path)):
            named = {name: unquote(value) for name, value in found.groupdict().items()}
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            return operation, {**_in_query(operation.input_shape, query), **named}
    return None, {}


def _in_query(shape: Any, query: dict[str, str]) -> dict[str, Any]:
    names = {
        member.serialization["name"]: name
        for name, member in shape.members.items()
        if member.serialization.get("location") == "querystring"
    }
    return {names[name]: value for name, value in query.items() if name in names}


def _decoded(told: Any, shape: Any) -> Any:
    """Turn JSON into what the model calls it: blobs are base64 on the wire."""
    if shape is None or told is None:
        return told
    if shape.type_name == "structure":
        return {
            name: _decoded(value, shape.members.get(name))
            for name, value in told.items()
            if value is not None
        }
    if shape.type_name == "list":
        return [_decoded(each, shape.member) for each in told]
    return base64.b64decode(told) if shape.type_name == "blob" else told


def _breaks(told: Any, shape: Shape | None) -> str:
    """Return how a value breaks the model; "" where it does not."""
    if shape is None:
        return ""
    return ParamValidator().validate(told, shape).generate_report()


def _encoded(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"no JSON: {value!r}")


def _status(name: str) -> int:
    for shape in _model().error_shapes:
        if shape.name == name:
            return int(shape.metadata["error"]["httpStatusCode"])
    return {"InternalFailure": 500, "ServiceUnavailable": 503}.get(name, 403)
