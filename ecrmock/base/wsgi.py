"""How does a WSGI environment read as a Request?"""

from collections.abc import Callable, Iterable
from typing import Any

from ecrmock.base.web import Body, Request

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_ABSURD = 19
_BARE = frozenset({"content-type", "content-length"})


def _key(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


_KEYS = {name: _key(name) for name in ("origin", "sec-fetch-site", "x-amz-target", "authorization", "expect")}
"""Of headers that every request is asked for; to make the key costs more than to look it up."""


def request_of(environ: dict[str, Any]) -> Request:
    """A Request from a WSGI environ; only named keys are read, servers mix their own environment in."""
    path = environ.get("PATH_INFO") or "/"
    if not path.isascii():
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")
    return Request(
        environ["REQUEST_METHOD"],
        path,
        header=_headers(environ),
        header_names=lambda: _header_names(environ),
        query_string=environ.get("QUERY_STRING") or "",
        body=Body(environ.get("wsgi.input"), length_of(environ)),
        host=environ.get("HTTP_HOST") or "",
        scheme=environ.get("wsgi.url_scheme") or "http",
        source=environ.get("REMOTE_ADDR") or "",
    )


def _headers(environ: dict[str, Any]) -> Callable[[str], str | None]:
    def header(name: str) -> str | None:
        key = _KEYS.get(name)
        if key is not None:
            return environ.get(key) or None
        value = environ.get(_key(name))
        if value is None and name.lower() in _BARE:
            value = environ.get(_key(name)[len("HTTP_") :])
        return value or None

    return header


def _header_names(environ: dict[str, Any]) -> list[str]:
    """The headers that came, in lower case."""
    return [key[5:].lower().replace("_", "-") for key in environ if key.startswith("HTTP_")]


def length_of(environ: dict[str, Any]) -> int | None:
    """The announced length; None for a chunked body; an unannounced one is empty, never guessed."""
    if "chunked" in (environ.get("HTTP_TRANSFER_ENCODING") or "").lower():
        return None
    text = str(environ.get("CONTENT_LENGTH") or environ.get("HTTP_CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _ABSURD else 0
