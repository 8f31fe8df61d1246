"""One GET of an upstream: with time limits, redirects that carry no credentials, and patience where it is asked for."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ecrmock.domain.pull_through.upstreams import RefusedError, UpstreamError
from ecrmock.sources.watch import PORTION, Watch, watched

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_CONNECT, _READ = 5.0, 30.0
"""Seconds for a connection, and between two reads."""
_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_TRIES, _PATIENCE = 3, 10.0
"""How often a busy upstream is asked, and how many real seconds it may let us wait in all."""
_PAUSE = 0.5
"""Where it does not say how long."""
_LONGEST_HEADER = 8 * 1024


class Wire:
    """Connections to one upstream and to where it sends us."""

    def __init__(self, ca: Path | None, seconds: float) -> None:
        """Prove certificates by this authority, by the system's where none is given; allow so many seconds in all."""
        import urllib3  # noqa: PLC0415 (only where an upstream is asked)

        self._urllib3 = urllib3
        self._waited = 0.0
        self._watch = Watch(seconds)
        pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT, read=_READ),
            retries=False,
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(ca) if ca else None,
        )
        self._pool = watched(pool, self._watch)

    def get(self, url: str, headers: dict[str, str], private: dict[str, str]) -> "BaseHTTPResponse":
        """The last host's answer, its body not read; private headers go to the first only. Raises UpstreamError."""
        first = _origin(url)
        for _ in range(_REDIRECTS + 1):
            own = _origin(url) == first
            answer = self._patient(url, headers | (private if own else {}))
            where = header(answer, "Location")
            if answer.status == 401 and not own:  # noqa: PLR2004 (Unauthorized; not for a stranger)
                answer.close()
                raise RefusedError(f"{urlsplit(url).netloc}, to which the upstream leads, asks for a login")
            if answer.status not in _MOVED or where is None:
                return answer
            answer.close()
            target = joined(url, where)
            if urlsplit(target).scheme not in {"https", urlsplit(url).scheme}:
                raise UpstreamError(f"{urlsplit(url).netloc} leads from https to {urlsplit(target).scheme}")
            url = target
        raise UpstreamError(f"{urlsplit(url).netloc} leads round and round")

    def _patient(self, url: str, headers: dict[str, str]) -> "BaseHTTPResponse":
        """One request, repeated while the upstream says that it is busy and for no longer than patience lasts."""
        for attempt in range(_TRIES):
            answer = self._once(url, headers)
            wait = _wait(answer)
            if answer.status not in _BUSY or attempt == _TRIES - 1 or self._waited + wait > _PATIENCE:
                return answer
            answer.close()
            self._waited += wait
            time.sleep(wait)
        raise AssertionError  # pragma: no cover (the last try returns)

    def _once(self, url: str, headers: dict[str, str]) -> "BaseHTTPResponse":
        sent = {"Accept-Encoding": "identity", "User-Agent": "ecrmock"} | {k: v for k, v in headers.items() if v}
        self._watch.begin()
        try:
            with self._watch.waiting():
                return self._pool.request(
                    "GET",
                    url,
                    headers=sent,
                    redirect=False,
                    preload_content=False,
                    enforce_content_length=True,  # urllib3 1 would else take a part of a body for the whole
                )
        except (self._urllib3.exceptions.HTTPError, ValueError) as error:
            raise UpstreamError(f"{urlsplit(url).netloc} is unreachable: {_why(error)}") from error

    def blocks(self, answer: "BaseHTTPResponse", size: int) -> Iterator[bytes]:
        """The body of an answer as it comes. Raises UpstreamError when it ends too early, or comes too slowly."""
        stream, got = answer.stream(size, decode_content=False), 0
        self._watch.begin()
        try:
            while True:
                with self._watch.waiting():
                    block = next(stream, None)
                if block is None:
                    return
                got += len(block)
                if got >= PORTION:  # however small the pieces are in which it comes
                    self._watch.begin()
                    got = 0
                yield block
        except (self._urllib3.exceptions.HTTPError, OSError) as error:
            raise UpstreamError(f"the upstream's answer breaks off: {_why(error)}") from error
        finally:
            answer.close()

    def read(self, answer: "BaseHTTPResponse", limit: int) -> bytes:
        """A small body. Raises UpstreamError for a larger one."""
        data = bytearray()
        for block in self.blocks(answer, 64 * 1024):
            data += block
            if len(data) > limit:
                raise UpstreamError(f"the upstream's answer is larger than {limit} bytes")
        return bytes(data)

    def close(self) -> None:
        """Let the connections go."""
        self._pool.clear()
        self._watch.close()


def joined(url: str, where: str) -> str:
    """Where an upstream leads us from there. Raises UpstreamError for what is no address."""
    try:
        target = urljoin(url, where)
        urlsplit(target)
    except ValueError:
        raise UpstreamError(f"{urlsplit(url).netloc} leads to {where!r}, which is no address") from None
    return target


def header(answer: "BaseHTTPResponse", name: str) -> str | None:
    """A header of an answer, repeated ones joined by commas. Raises UpstreamError for one that is absurdly long."""
    found = answer.headers.getlist(name)
    if sum(map(len, found)) > _LONGEST_HEADER:
        raise UpstreamError(f"the upstream's header {name} is longer than {_LONGEST_HEADER} bytes")
    return ", ".join(found) if found else None


def _origin(url: str) -> tuple[str, str]:
    found = urlsplit(url)
    return found.scheme, found.netloc.lower()


def _wait(answer: "BaseHTTPResponse") -> float:
    """Seconds of Retry-After; a date counts from the answer's own."""
    text = (header(answer, "Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(
            (parsedate_to_datetime(text) - parsedate_to_datetime(header(answer, "Date") or "")).total_seconds(), 0
        )
    except (KeyError, ValueError, TypeError):
        return _PAUSE


def _why(error: Exception) -> str:
    """The end of a long story: urllib3 wraps what happened."""
    reason = getattr(error, "reason", None) or error
    return str(reason).rpartition(": ")[2] or type(error).__name__
