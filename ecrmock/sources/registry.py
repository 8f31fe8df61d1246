"""A registry that speaks the OCI distribution protocol as upstream (facts/registry 1.10), over urllib3."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ecrmock.base.blobs import BLOCK
from ecrmock.domain.images import manifests
from ecrmock.domain.pull_through.upstreams import (
    CHAIN,
    Found,
    MissingError,
    RefusedError,
    Target,
    UpstreamAccess,
    UpstreamError,
)
from ecrmock.sources.challenges import Challenges
from ecrmock.sources.wire import Wire

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_KINDS = (manifests.OCI_INDEX, manifests.DOCKER_LIST, manifests.OCI, manifests.DOCKER, manifests.SCHEMA1_SIGNED)


class RegistrySource:
    """Asks a registry as a pulling client does; made for one fetch."""

    def __init__(self, target: Target, place: UpstreamAccess, largest: int) -> None:
        """Ask at an address, where a path stands before every repository's name; a manifest is no larger than this."""
        found = urlsplit(target.text)
        self._base = f"{found.scheme}://{found.netloc}/v2/"
        self._prefix = f"{found.path.strip('/')}/" if found.path.strip("/") else ""
        self._host = place.host
        self._largest = largest
        self._chain = {CHAIN: ",".join(place.chain)}
        self._wire = Wire(target.ca)
        self._challenges = Challenges(self._wire, place.login)

    def check(self) -> None:
        """Reach it and log in. Raises UpstreamError."""
        self._ask("", "", {}, "/v2/").close()

    def manifest(self, name: str, reference: str) -> Found:
        """The manifest under a tag or digest. Raises UpstreamError."""
        answer = self._ask(name, f"manifests/{reference}", {"Accept": ", ".join(_KINDS)}, f"{name}:{reference}")
        data = self._wire.read(answer, self._largest)
        digest = answer.headers.get("Docker-Content-Digest")
        return Found(data, answer.headers.get("Content-Type", ""), digest)

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
        headers = headers | self._chain
        answer = self._wire.get(url, headers, self._challenges.known(scope))
        if answer.status == 401:  # noqa: PLR2004 (Unauthorized)
            credential = self._challenges.meet(answer, self._base, scope)
            answer = self._wire.get(url, headers, credential)
        if 200 <= answer.status < 300:  # noqa: PLR2004 (success)
            return answer
        told = f"{self._host} answers {answer.status} for {what}"
        answer.close()
        if answer.status == 404:  # noqa: PLR2004 (Not Found)
            raise MissingError(told)
        raise (RefusedError if answer.status in {401, 403} else UpstreamError)(told)
