"""One request and one answer, without a framework: what both doors speak on a socket and in process."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Protocol
from urllib.parse import parse_qsl

from ecrmock.base.blobs import BLOCK, Content


class CutOffError(Exception):
    """The body ended before its announced length; nothing of it counts."""


class TooLargeError(Exception):
    """The body is larger than the reader allows."""


class Stream(Protocol):
    """What a body is read from, e.g. `wsgi.input`."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


class Body:
    """A request's bytes as they arrive; `length` is None for a chunked body of unknown size.

    A chunked body that was cut off looks like one that ended (granian 2.8, observed), so what it brought is
    provisional until a digest proves it; one with a length raises CutOffError.
    """

    __slots__ = ("_left", "_stream", "length")

    def __init__(self, stream: Stream | None, length: int | None) -> None:
        """Read from a stream; without one the body is empty."""
        self._stream = stream
        self.length = length if stream is not None else 0
        self._left = self.length

    def blocks(self) -> Iterator[bytes]:
        """The bytes in blocks of at most 256 KiB. Raises CutOffError."""
        stream = self._stream
        if stream is None:
            return
        while self._left is None or self._left > 0:
            try:
                block = stream.read(BLOCK if self._left is None else min(BLOCK, self._left))
            except OSError as error:  # Werkzeug's way to say that the client went away, ours that it is too slow
                raise CutOffError from error
            if not block:
                if self._left is not None:
                    raise CutOffError
                return
            if self._left is not None:
                self._left -= len(block)
            yield block

    def drain(self, limit: int) -> None:
        """Read away what is left, up to a limit, so that the answer reaches a client that is still sending.

        A stream that can `hurry` is told to: nobody waits for long for what is thrown away.
        """
        if self._left == 0:
            return
        hurry = getattr(self._stream, "hurry", None)
        if hurry is not None:
            hurry()
        with suppress(CutOffError):
            for block in self.blocks():
                limit -= len(block)
                if limit < 0:
                    return

    def read(self, limit: int) -> bytes:
        """The whole body. Raises TooLargeError above the limit, CutOffError when it is short."""
        if self.length is not None and self.length > limit:
            raise TooLargeError
        parts, size = [], 0
        for block in self.blocks():
            size += len(block)
            if size > limit:
                raise TooLargeError
            parts.append(block)
        return b"".join(parts)


def media_type(text: str | None) -> str:
    """What a Content-Type or an Accept names, in lower case and without parameters; empty where it names nothing."""
    return (text or "").partition(";")[0].strip().lower()


class Request:
    """A request: path with percent escapes decoded once, the query as sent, headers by name."""

    __slots__ = (
        "_query",
        "body",
        "header",
        "header_names",
        "host",
        "method",
        "path",
        "query_string",
        "scheme",
        "source",
    )

    def __init__(  # noqa: PLR0913 (the parts of a request)
        self,
        method: str,
        path: str,
        *,
        header: Callable[[str], str | None],
        header_names: Callable[[], Iterable[str]] = tuple,
        query_string: str = "",
        body: Body | None = None,
        host: str = "",
        scheme: str = "http",
        source: str = "127.0.0.1",
    ) -> None:
        """Hold the parts; `header` answers None for an absent header and joins repeated ones with commas."""
        self.method = method
        self.path = path
        self.header = header
        self.header_names = header_names
        self.query_string = query_string
        self.body = body or Body(None, 0)
        self.host = host
        self.scheme = scheme
        self.source = source
        self._query: dict[str, list[str]] | None = None

    @property
    def media_type(self) -> str:
        """What the request says its body is; see `media_type`."""
        return media_type(self.header("content-type"))

    @property
    def query(self) -> dict[str, list[str]]:
        """Query values by name, form-decoded."""
        if self._query is None:
            found: dict[str, list[str]] = {}
            for name, value in parse_qsl(self.query_string, keep_blank_values=True):
                found.setdefault(name, []).append(value)
            self._query = found
        return self._query

    def value(self, name: str) -> str | None:
        """The first query value of this name."""
        values = self.query.get(name)
        return values[0] if values else None


class Response:
    """An answer: status, headers, and a body of bytes or of blocks with a known length."""

    __slots__ = ("body", "headers", "length", "status")

    def __init__(
        self,
        status: int,
        body: bytes | Iterable[bytes] = b"",
        headers: Iterable[tuple[str, str]] = (),
        *,
        length: int | None = None,
    ) -> None:
        """Hold the parts; Content-Length is `length` (HEAD has one without a body) or that of the bytes."""
        self.status = status
        self.body = body
        self.headers = list(headers)
        self.length = len(body) if length is None and isinstance(body, bytes) else length

    def header(self, name: str) -> str | None:
        """The value of a header that this answer carries."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def content_response(request: Request, content: Content, headers: list[tuple[str, str]]) -> Response:
    """Content as the answer to GET or HEAD, a single byte range included (RFC 9110 14; facts/registry 1.5)."""
    size, span = content.size, None
    wanted = request.header("range")
    if wanted and request.method == "GET":
        span = byte_range(wanted, size)
    if span == ():
        return Response(416, b"", [*headers, ("Content-Range", f"bytes */{size}")])
    headers = [*headers, ("Accept-Ranges", "bytes")]
    if not span:
        return Response(200, content.blocks(), headers, length=size)
    start, stop = span
    headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{size}"))
    return Response(206, content.blocks(start, stop), headers, length=stop - start)


def byte_range(text: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """(start, stop) of one byte range; () when it cannot be satisfied; None when it is to be ignored.

    Several ranges, other units and nonsense are ignored, as RFC 9110 allows; an end before the start is
    unsatisfiable, which is what the OCI suite asks for (facts/registry 1.5).
    """
    unit, mark, spec = text.partition("=")
    first, dash, last = spec.strip().partition("-")
    if unit.strip().lower() != "bytes" or not mark or not dash or "," in spec:
        return None
    if not all(not part or (part.isascii() and part.isdigit()) for part in (first, last)) or not (first or last):
        return None
    if not first:
        start, stop = max(0, size - _number(last)), size
    else:
        start, stop = _number(first), min(_number(last) + 1, size) if last else size
    return (start, stop) if start < stop else ()


def _number(digits: str) -> int:
    """A position; one of absurd length is just beyond everything (Python refuses to convert it)."""
    return int(digits) if len(digits) < 19 else 10**18  # noqa: PLR2004
