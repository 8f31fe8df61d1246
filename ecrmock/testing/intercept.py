"""How do botocore's requests reach a mock instead of the network? Two hooks, switched by a stack of active mocks.

The HTTP session's `send` is replaced at its class while a mock is active, so clients made before, during and
after are covered; a `before-send` handler stands first among botocore's built-in ones, so that ECR stays ours
where another mock answers before `send` is reached (design 1.11).
"""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import botocore.handlers
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from ecrmock.base.web import Body, Request, Response
from ecrmock.domain import names

if TYPE_CHECKING:
    from ecrmock.app import Front


class _Raw(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, size: int = 65536, **_: Any) -> Iterator[bytes]:
        """The bytes in blocks."""
        while block := self.read(size):
            yield block


class Interceptor:
    """Knows which mocks are active; the innermost answers."""

    def __init__(self) -> None:
        """Be idle."""
        self._active: list[Front] = []
        self._send: Any = None  # botocore's own function; the stubs name its self twice
        self._handled = False

    def enter(self, front: "Front") -> None:
        """Let this front answer from now on."""
        if not self._active:
            self._install()
        self._active.append(front)

    def leave(self, front: "Front") -> None:
        """Let the one before answer again, or the network."""
        self._active.remove(front)
        if not self._active and self._send is not None:
            URLLib3Session.send = self._send  # type: ignore[method-assign]
            self._send = None

    def _install(self) -> None:
        original = self._send = URLLib3Session.send

        def send(session: URLLib3Session, request: AWSRequest | AWSPreparedRequest) -> AWSResponse:
            answer = self.answer(request)
            return original(session, request) if answer is None else answer

        URLLib3Session.send = send  # type: ignore[method-assign, assignment]
        if not self._handled:
            self._handled = True
            for event in ("before-send.ecr", "before-send.ecr-public"):
                botocore.handlers.BUILTIN_HANDLERS.insert(0, (event, self._before_send))

    def _before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        return self.answer(request)

    def answer(self, request: AWSRequest | AWSPreparedRequest) -> AWSResponse | None:
        """The innermost mock's answer to a request for AWS; None for other hosts, which go to the network.

        Services that are not here are refused in their own protocol, so a test never reaches a real account.
        """
        if not self._active:
            return None
        url = urlsplit(str(request.url))
        if not names.is_aws_host(url.netloc):
            return None
        asked = _request(request)
        response = self._active[-1].respond(asked)
        if response is None:
            response = Response(404, b"<UnknownOperationException/>\n", [("Content-Type", "application/xml")])
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        headers = {name.lower(): value for name, value in response.headers}
        headers["content-length"] = str(len(body))
        return AWSResponse(str(request.url), response.status, headers, _Raw(body))  # type: ignore[arg-type]


def _request(request: AWSRequest | AWSPreparedRequest) -> Request:
    url = urlsplit(str(request.url))
    headers = {str(name).lower(): _text(value) for name, value in request.headers.items()}
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    data = body.encode() if isinstance(body, str) else bytes(body)
    return Request(
        request.method or "GET",
        unquote(url.path) or "/",
        header=lambda name: headers.get(name.lower()),
        query_string=url.query,
        body=Body(io.BytesIO(data), len(data)),
        host=url.netloc,
        scheme=url.scheme,
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


interceptor = Interceptor()
"""The one for this process: botocore's classes are the process's too."""
