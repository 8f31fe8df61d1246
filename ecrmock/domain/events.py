"""What can happen? Facts that a domain verb publishes inside its transaction; listeners write what is due.

Each names the repository by account, region and name. Named tuples: a frozen dataclass costs a millisecond at each
start (measured).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from ecrmock.domain.scan_rules import ScanConfiguration

E = TypeVar("E")


class RepositoryCreated(NamedTuple):
    """A repository exists now."""

    account: str
    region: str
    repository: str


class RepositoryDeleted(NamedTuple):
    """A repository is gone, with everything in it."""

    account: str
    region: str
    repository: str


class UploadStarted(NamedTuple):
    """An upload waits for bytes."""

    account: str
    region: str
    repository: str
    upload: str


class UploadEnded(NamedTuple):
    """An upload became a layer, was cancelled, or went with its repository."""

    account: str
    region: str
    repository: str
    upload: str


class LayerStored(NamedTuple):
    """A layer is complete; no image uses it yet."""

    account: str
    region: str
    repository: str
    digest: str


class ImagePushed(NamedTuple):
    """A manifest was stored, or a tag was put on one; `tag` is None for a push by digest."""

    account: str
    region: str
    repository: str
    digest: str
    tag: str | None
    media_type: str
    artifact_type: str | None
    replica: bool = False
    """Whether it came by replication."""
    added: bool = False
    """Whether the manifest is new here; else a tag came or an image was restored."""
    pusher: str | None = None
    """The account of the client that pushed it; None for what ECR does itself."""


class ImageDeleted(NamedTuple):
    """An image or one of its tags went; `tag` is the tag that went, `whole` whether the image did."""

    account: str
    region: str
    repository: str
    digest: str
    tag: str | None
    whole: bool
    spreads: bool = True
    """Whether replication may pass it on: neither what came by it, nor what goes with its repository."""
    aliases: tuple[str, ...] = ()
    """Further digests of an image that went whole."""


class ImagePulled(NamedTuple):
    """A manifest was handed out."""

    account: str
    region: str
    repository: str
    digest: str
    tag: str | None


class RestoreStarted(NamedTuple):
    """An archived image is on its way back."""

    account: str
    region: str
    repository: str
    digest: str


class StorageClassChanged(NamedTuple):
    """An image was archived or is active again; `storage` is ARCHIVE or STANDARD."""

    account: str
    region: str
    repository: str
    digest: str
    storage: str
    replica: bool = False
    """Whether replication brought it back."""


class LifecyclePolicyChanged(NamedTuple):
    """A lifecycle policy was put or taken away."""

    account: str
    region: str
    repository: str


class CacheAsked(NamedTuple):
    """The upstream of a pull through cache rule was asked for an image (part B, 4.4, Event)."""

    account: str
    region: str
    repository: str
    prefix: str
    upstream: str
    """Its host."""
    tag: str | None
    digest: str | None
    synced: bool
    """Whether the repository now has what the upstream has."""


class PreviewStarted(NamedTuple):
    """A lifecycle policy preview is to be made."""

    account: str
    region: str
    repository: str


class BackfillStarted(NamedTuple):
    """A replication backfill is to be worked off."""

    account: str
    region: str
    backfill: str


class BackfillEnded(NamedTuple):
    """A replication backfill is over."""

    account: str
    region: str
    backfill: str


class ScanningConfigured(NamedTuple):
    """A registry has another scanning configuration; what it was and what it is now."""

    account: str
    region: str
    before: "ScanConfiguration"
    after: "ScanConfiguration"


class ScanStarted(NamedTuple):
    """An image is to be scanned; `engine` is BASIC or ENHANCED."""

    account: str
    region: str
    repository: str
    digest: str
    engine: str


class ScanCompleted(NamedTuple):
    """A scan is over, successful or not."""

    account: str
    region: str
    repository: str
    digest: str
    engine: str
    status: str
    """As DescribeImageScanFindings tells it."""
    tags: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    """(severity in the engine's words, how many), worst first; only severities that occur."""


Event = (
    RepositoryCreated
    | RepositoryDeleted
    | UploadStarted
    | UploadEnded
    | LayerStored
    | ImagePushed
    | ImageDeleted
    | ImagePulled
    | RestoreStarted
    | StorageClassChanged
    | LifecyclePolicyChanged
    | PreviewStarted
    | CacheAsked
    | BackfillStarted
    | BackfillEnded
    | ScanningConfigured
    | ScanStarted
    | ScanCompleted
)


class Bus:
    """Who listens to what; listeners run at once, in the transaction of the verb."""

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        """Have no listeners."""
        self._listeners: dict[type[Any], list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call the listener for each event of this kind; it may only write rows."""
        self._listeners.setdefault(kind, []).append(listener)

    def publish(self, event: Event) -> None:
        """Tell the listeners."""
        for listener in self._listeners.get(type(event), ()):
            listener(event)
