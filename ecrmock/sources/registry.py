"""A registry that speaks the OCI distribution protocol as upstream (facts/registry 1.10), over urllib3."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ecrmock.base.blobs import BLOCK
from ecrmock.base.hosts import is_loopback
from ecrmock.domain.images import manifests
from ecrmock.domain.pull_through.upstreams import (
    CHAIN,
    OURS,
    Found,
    MissingError,
    RefusedError,
    Target,
    UpstreamAccess,
    UpstreamError,
)
from ecrmock.sources.challenges import Challenges
from ecrmock.sources.wire import Wire, header

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_KINDS = (manifests.OCI_INDEX, manifests.DOCKER_LIST, manifests.OCI, manifests.DOCKER, manifests.SCHEMA1_SIGNED)


class RegistrySource:
    """Asks a registry as a pulling client does; made for one fetch."""

    def __init__(self, target: Target, place: UpstreamAccess, largest: int, seconds: float = 3600) -> None:
        """Ask at an address, where a path stands before every repository's name.

        A manifest is no larger than `largest`, and all that is asked takes no longer than so many seconds.
        """
        found = urlsplit(target.text)
        self._base = f"{found.scheme}://{found.netloc}/v2/"
        self._prefix = f"{found.path.strip('/')}/" if found.path.strip("/") else ""
        self._host = place.host
        self._largest = largest
        self._chain = ",".join(place.chain)
        self._is_ours: bool | None = None if found.hostname != place.host else False
        self._wire = Wire(target.ca, seconds)
        self._challenges = Challenges(self._wire, place.login, target.realms)

    def check(self) -> None:
        """Reach it and log in. Raises UpstreamError."""
        self._ask("", "", {}, "/v2/").close()

    def manifest(self, name: str, reference: str) -> Found:
        """The manifest under a tag or digest. Raises UpstreamError."""
        answer = self._ask(name, f"manifests/{reference}", {"Accept": ", ".join(_KINDS)}, f"{name}:{reference}")
        data = self._wire.read(answer, self._largest)
        digest = header(answer, "Docker-Content-Digest")
        return Found(data, header(answer, "Content-Type") or "", digest)

    def blob(self, name: str, digest: str) -> Iterator[bytes]:
        """The bytes of a layer. Raises UpstreamError."""
        answer = self._ask(name, f"blobs/{digest}", {}, f"{name}@{digest}")
        return self._wire.blocks(answer, BLOCK)

    def close(self) -> None:
        """Let the connections go."""
        self._wire.close()

    def _ask(self, name: str, path: str, headers: dict[str, str], what: str) -> "BaseHTTPResponse":
        """A successful answer; a first challenge is met once. Raises MissingError, RefusedError, UpstreamError."""
        theirs = f"{self._prefix}{name}" if name else ""
        url = self._base + (f"{theirs}/{path}" if name else "")
        scope = f"repository:{theirs}:pull" if name else ""
        private = self._known_chain()
        answer = self._wire.get(url, headers, private | _login(self._challenges.known(scope)))
        if answer.status == 401:  # noqa: PLR2004 (Unauthorized)
            credential = self._challenges.meet(answer, self._base, scope)
            answer = self._wire.get(url, headers, private | _login(credential))
        if 200 <= answer.status < 300:  # noqa: PLR2004 (success)
            return answer
        told = f"{self._host} answers {answer.status} for {what}"
        answer.close()
        if answer.status == 404:  # noqa: PLR2004 (Not Found)
            raise MissingError(told)
        raise (RefusedError if answer.status in {401, 403} else UpstreamError)(told)

    def _known_chain(self) -> dict[str, str]:
        """What is being fetched for whom, told to this machine and to ecrmocks only. Raises UpstreamError."""
        if self._chain and self._is_ours is None:
            host = urlsplit(self._base).hostname or ""
            self._is_ours = is_loopback(host) or self._says_so()
        return {CHAIN: self._chain} if self._chain and self._is_ours else {}

    def _says_so(self) -> bool:
        answer = self._wire.get(self._base, {}, {})
        answer.close()
        return header(answer, OURS) is not None


def _login(credential: str | None) -> dict[str, str]:
    return {"Authorization": credential} if credential else {}
