"""Which registries can a pull through cache have as upstream, and where are they reached? The seam of sources/."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from ecrmock.domain import names
from ecrmock.engine.world import Seam

if TYPE_CHECKING:
    from ecrmock.domain.neighbours.secrets import Login

INTERNET = "internet"
CHAIN = "x-ecrmock-pulling"
"""The header in which one ecrmock tells another (or itself) for which fetches it asks."""

OURS = "x-ecrmock"
"""The header by which an ecrmock says at `/v2/` that it is one; others are not told what is being fetched."""


class Upstream(NamedTuple):
    """A registry that a rule may name."""

    kind: str
    host: re.Pattern[str]
    secret: bool = False
    """Whether a rule for it needs a secret (documented)."""


_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")
_ECR = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com")
# (documented; the host of chainguard is inferred)
UPSTREAMS = (
    Upstream("ecr", _ECR),
    Upstream("ecr-public", re.compile(r"public\.ecr\.aws")),
    Upstream("docker-hub", re.compile(r"registry-1\.docker\.io"), secret=True),
    Upstream("quay", re.compile(r"quay\.io")),
    Upstream("k8s", re.compile(r"registry\.k8s\.io")),
    Upstream("github-container-registry", re.compile(r"ghcr\.io"), secret=True),
    Upstream("gitlab-container-registry", re.compile(r"registry\.gitlab\.com"), secret=True),
    Upstream("azure-container-registry", re.compile(r"[a-zA-Z0-9-]+\.azurecr\.io"), secret=True),
    Upstream("chainguard", re.compile(r"cgr\.dev"), secret=True),
)


def upstream_of(host: str) -> Upstream | None:
    """The registry at a host; None for one that no rule may name."""
    return next((each for each in UPSTREAMS if each.host.fullmatch(host)), None)


class UpstreamError(Exception):
    """The upstream does not give what is asked for; the text says why, in words of ours."""


class MissingError(UpstreamError):
    """It answers that it has no such image or layer."""


class RefusedError(UpstreamError):
    """It does not let us in, or not to this."""


class Target(NamedTuple):
    """Where an upstream is reached: a registry's address, a folder, or its real host."""

    text: str
    """`http(s)://host[:port][/prefix]`, a path, or `internet`."""
    ca: Path | None = None
    """The certificate authority that an https address is proven by, the system's where none is given."""
    realms: tuple[str, ...] = ()
    """Further hosts that may see the login when the registry names them as its realm."""


class Found(NamedTuple):
    """A manifest as an upstream gave it; nothing of it is believed until its digest is computed."""

    data: bytes
    media_type: str
    digest: str | None = None
    """As announced."""


class Source(Protocol):
    """Gives manifests and layers of one upstream; no lock is held by the caller. All raise UpstreamError."""

    def check(self) -> None:
        """Reach it and log in."""

    def manifest(self, name: str, reference: str) -> Found:
        """The manifest under a tag or digest."""

    def blob(self, name: str, digest: str) -> Iterator[bytes]:
        """The bytes of a layer or config."""

    def close(self) -> None:
        """Let connections go."""


class UpstreamAccess(NamedTuple):
    """Which upstream is meant, and who asks."""

    kind: str
    host: str
    account: str
    """Of the registry that caches."""
    region: str
    login: "Login | None" = None
    role: str | None = None
    chain: tuple[str, ...] = ()
    """What is being fetched for whom, so that a server that is its own upstream does not wait for itself."""


OpenSource = Callable[[UpstreamAccess], Source]
Outcomes = dict[tuple[str, ...], Exception | None]
"""What a call has asked upstreams, by the key of the fetch, and the error that it met."""


def unreachable(place: UpstreamAccess) -> Source:
    """What a world without sources answers. Raises UpstreamError."""
    raise UpstreamError(f"{place.host} cannot be reached")


OPEN_SOURCE: Seam[OpenSource] = Seam(unreachable)
"""Opens what pull through cache fetches from; `sources.attach` puts the real one there."""


def targets(pairs: tuple[tuple[str, str], ...]) -> dict[str, Target]:
    """Upstream (kind or host) -> where it is reached, of (name, target) pairs. Raises ValueError in one clear line."""
    return {_known(name): target(text, name) for name, text in pairs}


def _known(name: str) -> str:
    kinds = [each.kind for each in UPSTREAMS]
    if name not in kinds and upstream_of(name) is None:
        raise ValueError(f"upstream {name!r}: neither one of {', '.join(kinds)} nor the host of one")
    return name


def target(text: str, name: str = "") -> Target:
    """Where an upstream is reached, read from `TARGET[,ca=PATH][,realm=HOST]`. Raises ValueError."""
    where, *rest = text.split(",")
    ca, realms = _options(rest, name)
    if where == INTERNET or "://" not in where:
        if rest and where != INTERNET:
            raise ValueError(f"upstream {name}: a folder has no ca and no realm")
        if where != INTERNET and (not where or not Path(where).is_dir()):
            raise ValueError(f"upstream {name}: {where!r} is no http(s) URL, no folder, and not the word {INTERNET}")
        return Target(where, ca, realms)
    if not _is_address(where):
        raise ValueError(f"upstream {name}: {where!r} is no http(s)://host[:port][/prefix]")
    return Target(where.rstrip("/"), ca, realms)


def _options(texts: list[str], name: str) -> tuple[Path | None, tuple[str, ...]]:
    """The authority and the realms that are named behind a target. Raises ValueError."""
    ca, realms = None, []
    for text in texts:
        word, _, value = text.partition("=")
        if word == "ca" and Path(value).is_file():
            ca = Path(value)
        elif word == "realm" and _HOST.fullmatch(value):
            realms.append(value.lower())
        else:
            raise ValueError(f"upstream {name}: {text!r} is no ca=FILE and no realm=HOST")
    return ca, tuple(realms)


def _is_address(text: str) -> bool:
    try:
        found = urlsplit(text)
        port_fits = found.port is None or found.port > 0
    except ValueError:
        return False
    prefix = found.path.strip("/")
    plain = not found.query and not found.fragment and found.username is None and found.password is None
    named = not prefix or names.repository_fault(prefix) is None
    return found.scheme in {"http", "https"} and bool(found.hostname) and plain and named and port_fits
