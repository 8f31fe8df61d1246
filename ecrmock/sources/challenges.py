"""How is a registry's challenge met: Basic, or Bearer with a token fetched from its realm? (facts/registry 1.10)."""

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from ecrmock.base.hosts import is_address
from ecrmock.base.jsons import loads
from ecrmock.domain.pull_through.upstreams import RefusedError, UpstreamError
from ecrmock.sources.wire import header, joined

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

    from ecrmock.domain.neighbours.secrets import Login
    from ecrmock.sources.wire import Wire

_SCHEME = re.compile(r"(?:^|,)\s*+(Basic|Bearer)\s++", re.IGNORECASE)
# a search that begins nowhere inside a word and gives nothing back: time grows with the header, not with its square
_PARAMETER = re.compile(r'(?<![A-Za-z_])([A-Za-z_]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,"]++))')
_LARGEST_TOKEN = 1024 * 1024
_REALMS = {"registry-1.docker.io": "auth.docker.io", "registry.gitlab.com": "gitlab.com"}
"""Registries whose tokens come from another host (facts/registry 1.10)."""


class Challenges:
    """The credentials of one upstream, and the tokens that it gave for scopes."""

    def __init__(self, wire: "Wire", login: "Login | None", realms: tuple[str, ...] = ()) -> None:
        """Use these credentials, which also these hosts may see; without any, ask for tokens as anybody may."""
        self._wire = wire
        self._realms = realms
        self._login = login
        self._known: dict[str, str] = {}

    def known(self, scope: str) -> str | None:
        """The Authorization header that served last for a scope."""
        return self._known.get(scope)

    def meet(self, answer: "BaseHTTPResponse", url: str, scope: str) -> str:
        """The Authorization header that a 401 asks for. Raises RefusedError, UpstreamError."""
        answer.close()
        offered = _offered(header(answer, "WWW-Authenticate") or "")
        self._known.pop(scope, None)
        if "bearer" in offered:
            self._known[scope] = f"Bearer {self._token(offered['bearer'], url, scope)}"
        elif "basic" in offered and self._login is not None:
            self._known[scope] = self._basic()
        elif "basic" in offered:
            raise RefusedError(
                f"{urlsplit(url).netloc} asks for a login, and the rule has no secret that is known here"
            )
        else:
            raise RefusedError(f"{urlsplit(url).netloc} asks for a login of a kind that is not known")
        return self._known[scope]

    def _basic(self) -> str:
        if self._login is None:  # pragma: no cover (asked before)
            raise RefusedError("no login")
        return "Basic " + base64.b64encode(f"{self._login.user}:{self._login.token}".encode()).decode()

    def _token(self, challenge: dict[str, str], url: str, scope: str) -> str:
        """A token of the realm. The registry's scope goes before our own guess of it."""
        realm = joined(url, challenge.get("realm", ""))
        if not challenge.get("realm") or urlsplit(realm).scheme not in {"http", "https"}:
            raise UpstreamError(f"{urlsplit(url).netloc} names no realm for its tokens")
        if urlsplit(url).scheme == "https" and urlsplit(realm).scheme != "https":
            raise UpstreamError(f"{urlsplit(url).netloc} would have credentials sent in the clear to {realm}")
        asked = {"service": challenge.get("service"), "scope": challenge.get("scope") or scope}
        query = urlencode([(name, value) for name, value in asked.items() if value])
        mark = "&" if urlsplit(realm).query else "?"
        answer = self._wire.get(f"{realm}{mark}{query}", {}, self._shown_to(realm, url))
        if answer.status != 200:  # noqa: PLR2004 (OK)
            answer.close()
            if answer.status in {401, 403}:
                raise RefusedError(f"{realm} gives no token: it answers {answer.status}")
            raise UpstreamError(f"{realm} gives no token: it answers {answer.status}")
        return _token_in(self._wire.read(answer, _LARGEST_TOKEN), realm)

    def _shown_to(self, realm: str, url: str) -> dict[str, str]:
        """The login as a header, if there is one. Raises RefusedError for a realm that is none of the registry's."""
        if self._login is None:
            return {}
        registry, host = urlsplit(url).hostname or "", urlsplit(realm).hostname or ""
        if host not in self._realms and not _is_its_own(host, registry):
            raise RefusedError(
                f"{registry} wants its login sent to {host}, another host; if that may see it, "
                f"write ,realm={host} behind the upstream's address"
            )
        return {"Authorization": self._basic()}


def _is_its_own(host: str, registry: str) -> bool:
    """Whether a realm's host is the registry, one known for it, or the domain in which its name stands."""
    if host == registry or _REALMS.get(registry) == host:
        return True
    return "." in host and not is_address(registry) and registry.endswith(f".{host}")


def _token_in(data: bytes, realm: str) -> str:
    try:
        body = loads(data)
    except ValueError:
        body = None
    token = (body.get("token") or body.get("access_token")) if isinstance(body, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise UpstreamError(f"{realm} gives no token")
    return token


def _offered(header: str) -> dict[str, dict[str, str]]:
    """Scheme in lower case -> its parameters; several challenges may stand in one header (RFC 9110, 11.6.1)."""
    parts = list(_SCHEME.finditer(header))
    ends = [*(part.start() for part in parts[1:]), len(header)]
    return {
        part[1].lower(): {found[1].lower(): _plain(found) for found in _PARAMETER.finditer(header[part.end() : end])}
        for part, end in zip(parts, ends, strict=False)
    }


def _plain(found: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
