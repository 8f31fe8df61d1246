"""How do AWS requests reach a mock instead of the network? Hooks in botocore, switched by a stack of active mocks.

- The HTTP session's `send` is replaced at its class, and those of aiobotocore once it is imported, so clients made
  before, during and after are covered, sync and async.
- A `before-send` handler comes first in clients that are made inside, and moto's own handler steps back for ECR,
  so that ECR stays ours while moto answers the other services (decisions 5).
- AWS's Common Runtime (CRT) sends by itself, in C: its S3 client is refused, which boto3 takes where
  `preferred_transfer_client="crt"` is said.
"""

import contextlib
import inspect
import io
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import botocore.handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner

from ecrmock.base.web import Body, Request, Response
from ecrmock.domain import names
from ecrmock.protocols.unsupported import Unsupported
from ecrmock.testing import beside_moto
from ecrmock.testing.imports import ImportWatch

if TYPE_CHECKING:
    from ecrmock.app import App
    from ecrmock.testing.shared import Shared

_EVENTS = ("before-send.ecr", "before-send.ecr-public")
_FAKE = ReadOnlyCredentials("testing", "testing", "testing")
_ORIGINAL = "_ecrmock_original"
"""On a hook of ours: what it stands before."""


class UncaughtError(RuntimeError):
    """A request that no mock can answer, and that must not reach AWS."""


class Awaitable(bytes):
    """Bytes that may be awaited: aiobotocore awaits what botocore just reads."""

    def __await__(self) -> Generator[Any, None, bytes]:
        """Be there at once."""
        yield from ()
        return bytes(self)


class Answer(AWSResponse):
    """An answer for sync and async clients alike."""

    def __init__(self, url: str, status: int, headers: dict[str, str], body: bytes) -> None:
        """Hold the whole body."""
        super().__init__(url, status, headers, _Raw(body))  # type: ignore[arg-type]
        self._body = Awaitable(body)

    @property
    def content(self) -> bytes:
        """The body."""
        return self._body


class _Raw(io.BytesIO):
    """What botocore reads a streamed answer from."""

    def stream(self, size: int = 65536, **_: Any) -> Iterator[bytes]:
        """The bytes in blocks."""
        while block := self.read(size):
            yield block


class UnmockedServiceError(Exception):
    """The code under test called an AWS service that nobody answers; `mock_ecr(unmocked="raise")` asks for it.

    It is no ClientError, so that code which catches those does not go on as if nothing had happened.
    """


class Active(NamedTuple):
    """A mock that is entered: who answers, and which other services may pass."""

    application: "App"
    passes: Callable[[str], bool]
    raises: bool = False
    """Whether a service that is not here raises instead of refusing."""
    shared: "Shared | None" = None
    """What others may join."""


class Hook(NamedTuple):
    """A function of a class that one of ours stands before."""

    name: str
    ours: Any
    original: Any


class Interceptor:
    """Knows which mocks are active; the innermost answers. Hooks are in place only while one is, in whatever thread.

    Clients that were made inside keep botocore's event; it is idle outside.
    """

    def __init__(self) -> None:
        """Be idle."""
        self._lock = threading.RLock()  # a mock in a generator may be left by the garbage collector at any point
        self._active: list[Active] = []
        self._hooks: dict[tuple[Any, str], Hook] = {}
        self._doors = beside_moto.Doors(self._application, _is_ecr, self._install_more)
        self._imports = ImportWatch([*(row.module for row in _LATE), *beside_moto.MODULES], self._install_more)
        # at the end and by REGISTER_FIRST: a session that another thread makes meanwhile walks over this list
        self._events: list[Any] = [(event, self.before_send, botocore.handlers.REGISTER_FIRST) for event in _EVENTS]

    def enter(self, active: Active) -> None:
        """Let this one answer from now on; `leave` also takes out what was put in before something was raised here."""
        with self._lock:
            self._active.append(active)
            self._install()

    def leave(self, active: Active) -> None:
        """Let the one before answer again, or the network; one that is not active is no fault."""
        with self._lock:
            self._active[:] = [each for each in self._active if each is not active]
            if not self._active:
                self._remove()

    @property
    def active(self) -> bool:
        """Whether a mock is entered."""
        return bool(self._active)

    @property
    def innermost(self) -> Active | None:
        """The mock that answers; None where none is entered."""
        found = self._active[-1:]  # read once: another thread may leave meanwhile
        return found[0] if found else None

    def _application(self) -> "App | None":
        found = self.innermost
        return found and found.application

    def _install_more(self) -> None:
        """Put hooks before what has been imported since."""
        with self._lock:
            if self._active:
                self._install()

    def _install(self) -> None:
        """Put hooks before whatever is loaded by now; what is imported later tells when it is there."""
        self._imports.begin()
        self._hook(URLLib3Session, "send", _sync)
        self._hook(RequestSigner, "get_auth_instance", _signed)
        for module, owner, name, wrap in _LATE:
            found = getattr(sys.modules.get(module), owner, None)  # None too while another thread imports it
            if found is not None:
                self._hook(found, name, wrap)
        for owner, name, wrap in beside_moto.hooks(self._doors):
            self._hook(owner, name, wrap)
        if self._events[0] not in botocore.handlers.BUILTIN_HANDLERS:
            botocore.handlers.BUILTIN_HANDLERS.extend(self._events)

    def _hook(self, owner: Any, name: str, wrap: "Callable[[Interceptor, Any], Any]") -> None:
        if (owner, name) in self._hooks:
            return
        found = getattr(owner, name)
        original = getattr(found, _ORIGINAL, found)  # somebody who patched over ours may have put it back later
        ours = wrap(self, original)
        setattr(ours, _ORIGINAL, original)
        self._hooks[owner, name] = Hook(name, ours, original)
        setattr(owner, name, ours)

    def _remove(self) -> None:
        """Take all hooks away, but not what others put over ours: that is theirs to take away."""
        self._imports.end()
        while self._hooks:
            (owner, _), hook = self._hooks.popitem()
            if getattr(owner, hook.name) is hook.ours:
                setattr(owner, hook.name, hook.original)
        for event in self._events:
            with contextlib.suppress(ValueError):
                botocore.handlers.BUILTIN_HANDLERS.remove(event)

    def before_send(self, request: AWSPreparedRequest, **_: Any) -> Answer | None:
        """Botocore's event for ECR."""
        return self.answer(request)

    def answer(self, request: Any, body: bytes | None = None) -> Answer | None:
        """The innermost mock's answer to a request for AWS; None for what goes on to the network.

        Services that are not here are refused in their own protocol unless the mock lets them pass, so a test
        never reaches a real account by accident. Raises UnmockedServiceError instead where the mock says so.
        """
        active = self.innermost
        if active is None:
            return None
        url = urlsplit(str(request.url))
        if not _concerns(active, url.netloc):
            return None
        asked = _request(request, _bytes(request.body) if body is None else body)
        response = active.application.respond(asked)
        if active.raises and isinstance(response, Unsupported):
            raise UnmockedServiceError(response.message)
        if response is None:
            response = Response(404, b"<UnknownOperationException/>\n", [("Content-Type", "application/xml")])
        data = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        headers = {name.lower(): value for name, value in response.headers}
        headers["content-length"] = str(len(data))
        return Answer(str(request.url), response.status, headers, data)

    def refuse(self, host: str) -> None:
        """Raise UncaughtError for a request to AWS that would go out by a way on which nothing can be answered."""
        if any(_concerns(active, host) for active in self._active[-1:]):
            raise UncaughtError(
                f"a request to {host} by AWS's Common Runtime (CRT) cannot be answered inside mock_ecr; use "
                'TransferConfig(preferred_transfer_client="classic"), or mock_ecr(passthrough=["s3"])'
            )


def _concerns(active: Active, host: str) -> bool:
    """Whether a request to this host is the mock's: AWS's, and not let through."""
    return names.is_aws_host(host) and (_ours(host) or not active.passes(host))


def _sync(interceptor: Interceptor, original: Any) -> Any:
    def send(session: Any, request: Any) -> Any:
        answer = interceptor.answer(request)
        return original(session, request) if answer is None else answer

    return send


def _async(interceptor: Interceptor, original: Any) -> Any:
    async def send(session: Any, request: Any) -> Any:
        body = getattr(request.body, "read", None)
        data = None
        if body is not None and inspect.iscoroutine(read := body()):
            data = await read
            request.body = data
        answer = interceptor.answer(request, data)
        return await original(session, request) if answer is None else answer

    return send


def _signed(_interceptor: Interceptor, original: Any) -> Any:
    """A client made before the mock, where there were no credentials, signs with fake ones instead of raising."""

    def get_auth_instance(signer: Any, *arguments: Any, **named: Any) -> Any:
        return _with_credentials(original(signer, *arguments, **named))

    return get_auth_instance


def _signed_async(_interceptor: Interceptor, original: Any) -> Any:
    async def get_auth_instance(signer: Any, *arguments: Any, **named: Any) -> Any:
        return _with_credentials(await original(signer, *arguments, **named))

    return get_auth_instance


def _with_credentials(auth: Any) -> Any:
    if getattr(auth, "credentials", _FAKE) is None:
        auth.credentials = _FAKE
    return auth


def _crt(interceptor: Interceptor, original: Any) -> Any:
    def make_request(client: Any, **how: Any) -> Any:
        interceptor.refuse(how["request"].headers.get("host") or "")
        return original(client, **how)

    return make_request


class Late(NamedTuple):
    """A method of a class that may be imported at any time, and what is put before it."""

    module: str
    owner: str
    name: str
    wrap: Callable[[Interceptor, Any], Any]


_LATE = (
    Late("aiobotocore.httpsession", "AIOHTTPSession", "send", _async),
    Late("aiobotocore.httpxsession", "HttpxSession", "send", _async),
    Late("aiobotocore.signers", "AioRequestSigner", "get_auth_instance", _signed_async),
    Late("awscrt.s3", "S3Client", "make_request", _crt),
)


def _is_ecr(event_name: str) -> bool:
    return event_name.startswith(tuple(f"{event}." for event in _EVENTS))


def _ours(host: str) -> bool:
    """Whether a host is ECR's API (public or private) or its layer bucket."""
    return any(part in {"ecr", "ecr-fips", "ecr-public"} or "starport" in part for part in host.split("."))


def _request(request: Any, body: bytes) -> Request:
    url = urlsplit(str(request.url))
    headers = {str(name).lower(): _text(value) for name, value in request.headers.items()}
    return Request(
        request.method or "GET",
        unquote(url.path) or "/",
        header=lambda name: headers.get(name.lower()),
        header_names=lambda: headers,
        query_string=url.query,
        body=Body(io.BytesIO(body), len(body)),
        host=url.netloc,
        scheme=url.scheme,
    )


def _bytes(body: Any) -> bytes:
    """A request's body; a file is rewound, so that a retry or the network can read it again."""
    if body is None:
        return b""
    if hasattr(body, "read"):
        data = body.read()
        if hasattr(body, "seek"):
            body.seek(0)
        return _bytes(data)
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return b"".join(body) if isinstance(body, Iterable) else bytes(body)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


interceptor = Interceptor()
"""The one for this process: botocore's classes are the process's too."""
