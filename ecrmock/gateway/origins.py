"""Which web page may send us what? A browser on this machine is not the user: it does what any page tells it to."""

import re
from typing import TYPE_CHECKING

from ecrmock.base.hosts import is_address, is_loopback, name_of
from ecrmock.base.web import Request, Response
from ecrmock.domain import names

if TYPE_CHECKING:
    from ecrmock.settings import Settings

ANY = "*"
_PORTS = {"http": ":80", "https": ":443"}
_OURS = ("localhost", "internal")
"""Ends of names that nobody can register, so no page has one (RFC 6761, 6.3; ICANN's board, July 2024)."""
_SIMPLE = frozenset({"text/plain", "multipart/form-data", "application/x-www-form-urlencoded"})
"""What a page may send anywhere without asking first (Fetch standard, 2.2.2)."""
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{0,4000}")
_EXPOSED = (
    "Docker-Content-Digest, Docker-Distribution-Api-Version, Docker-Upload-UUID, Link, Location, OCI-Chunk-Min-Length, "
    "OCI-Filters-Applied, OCI-Subject, Range, WWW-Authenticate, x-amzn-ErrorType, x-amzn-RequestId"
)
_SHOWN = 200


class Origins:
    """Which pages, and under which names of ours, besides those that are always let in."""

    def __init__(self, settings: "Settings") -> None:
        """Read `allow_origins` and `allow_hosts`."""
        self._origins = frozenset(_origin(text) for text in settings.allow_origins)
        hosts = [text.lower().removesuffix(".") for text in settings.allow_hosts]
        self._hosts = frozenset(text for text in hosts if not text.startswith("*."))
        self._ends = tuple(text[1:] for text in hosts if text.startswith("*."))

    def fault(self, origin: str | None, host: str) -> str | None:
        """Why a browser's request is refused: its page is not on this machine, not ours, and not allowed.

        Without an origin it is a browser that says that another site leads here.
        """
        if origin is None:
            return "ecrmock refused a browser's request from another site; --allow-origin lets a page in"
        if self._permits(origin.lower(), host.lower()):
            return None
        shown = origin[:_SHOWN]
        return (
            f"ecrmock refused a browser's request from another origin, {shown}; start it with --allow-origin {shown} "
            f"if that page may"
        )

    def _permits(self, origin: str, host: str) -> bool:
        scheme, mark, place = origin.partition("://")
        if ANY in self._origins or _without_port(scheme, origin) in self._origins:
            return True
        if not mark or scheme not in _PORTS:
            return False
        if is_loopback(name_of(place)):
            return True
        # a name that was made to lead here (DNS rebinding) is equal to its own origin too
        return _without_port(scheme, place) == _without_port(scheme, host) and self.host_fault(host) is None

    def host_fault(self, host: str) -> str | None:
        """Why a request that was sent to this Host is refused: it is the domain of somebody, who can lead it here."""
        name = name_of(host.lower())
        if "." not in name or is_address(name) or name.rpartition(".")[2] in _OURS or names.is_aws_host(name):
            return None
        if name in self._hosts or name.endswith(self._ends):
            return None
        return (
            f"ecrmock refused a request to the host {name[:_SHOWN]}, which may be a web page's; start it with "
            f"--allow-host {name[:_SHOWN]} if that is its name"
        )


def type_fault(request: Request) -> str | None:
    """Why a body is refused: any page may send one of this content type, or of none, without asking first."""
    if request.method != "POST" or request.body.length == 0:
        return None
    kind = request.media_type
    browser = request.header("origin") or request.header("sec-fetch-site")
    if kind in _SIMPLE or (not kind and browser):
        return f"a body of type {kind or 'none'} is not read; give it Content-Type: application/json"
    return None


def is_preflight(request: Request) -> bool:
    """Whether a browser asks what a page may send."""
    return request.method == "OPTIONS" and request.header("access-control-request-method") is not None


def preflight(request: Request, origin: str) -> Response:
    """What a browser needs to hear before it sends what a page that is let in wants to send."""
    asked = request.header("access-control-request-headers") or ""
    headers = [
        *permission(origin),
        ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("Access-Control-Allow-Headers", asked if _HEADER_NAMES.fullmatch(asked) else ""),
        ("Access-Control-Max-Age", "600"),
    ]
    if request.header("access-control-request-private-network"):
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return Response(204, b"", headers)


def permission(origin: str) -> list[tuple[str, str]]:
    """The headers by which a browser lets a page that is let in see an answer."""
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _EXPOSED),
        ("Vary", "Origin"),
    ]


def _origin(text: str) -> str:
    found = text.lower().removesuffix("/")
    return _without_port(found.partition("://")[0], found)


def _without_port(scheme: str, place: str) -> str:
    """Without the port that goes without saying."""
    return place.removesuffix(_PORTS.get(scheme, "/"))
