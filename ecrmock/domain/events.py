"""What can happen? Facts that a domain verb publishes inside its transaction; listeners write what is due.

Named tuples: a frozen dataclass costs a millisecond at each start (measured).
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RegistryKey, RepositoryKey
    from ecrmock.domain.scan_rules import ScanConfiguration


class RepositoryCreated(NamedTuple):
    """A repository exists now."""

    repository: "RepositoryKey"


class RepositoryDeleting(NamedTuple):
    """A repository is about to go: each room drops what it has of it, or refuses."""

    repository: "RepositoryKey"
    force: bool


class RepositoryDeleted(NamedTuple):
    """A repository is gone, with everything in it."""

    repository: "RepositoryKey"


class UploadStarted(NamedTuple):
    """An upload waits for bytes."""

    repository: "RepositoryKey"
    upload: str


class UploadEnded(NamedTuple):
    """An upload became a layer, was cancelled, or went with its repository."""

    repository: "RepositoryKey"
    upload: str


class LayerStored(NamedTuple):
    """A layer is complete; no image uses it yet."""

    repository: "RepositoryKey"
    digest: str
    stored_at: float


class LayerDropped(NamedTuple):
    """A layer is gone."""

    repository: "RepositoryKey"
    digest: str
    stored_at: float
    """Tells it from one with the same digest that comes later."""


class ImagePushed(NamedTuple):
    """A manifest was stored, or a tag was put on one; `tag` is None for a push by digest."""

    repository: "RepositoryKey"
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

    repository: "RepositoryKey"
    digest: str
    tag: str | None
    whole: bool
    spreads: bool = True
    """Whether replication may pass it on: neither what came by it, nor what goes with its repository."""
    aliases: tuple[str, ...] = ()
    """Further digests of an image that went whole."""


class ImagePulled(NamedTuple):
    """A manifest was handed out."""

    repository: "RepositoryKey"
    digest: str
    tag: str | None


class RestoreStarted(NamedTuple):
    """An archived image is on its way back."""

    repository: "RepositoryKey"
    digest: str


class StorageClassChanged(NamedTuple):
    """An image was archived or is active again; `storage` is ARCHIVE or STANDARD."""

    repository: "RepositoryKey"
    digest: str
    storage: str
    replica: bool = False
    """Whether replication brought it back."""


class LifecyclePolicyChanged(NamedTuple):
    """A lifecycle policy was put or taken away."""

    repository: "RepositoryKey"


class CacheAsked(NamedTuple):
    """The upstream of a pull through cache rule was asked for an image (part B, 4.4, Event)."""

    repository: "RepositoryKey"
    prefix: str
    upstream: str
    """Its host."""
    tag: str | None
    digest: str | None
    synced: bool
    """Whether the repository now has what the upstream has."""


class PreviewStarted(NamedTuple):
    """A lifecycle policy preview is to be made."""

    repository: "RepositoryKey"


class BackfillStarted(NamedTuple):
    """A replication backfill is to be worked off."""

    registry: "RegistryKey"
    backfill: str


class BackfillEnded(NamedTuple):
    """A replication backfill is over."""

    registry: "RegistryKey"
    backfill: str


class ScanningConfigured(NamedTuple):
    """A registry has another scanning configuration; what it was and what it is now."""

    registry: "RegistryKey"
    before: "ScanConfiguration"
    after: "ScanConfiguration"


class ScanStarted(NamedTuple):
    """An image is to be scanned; `engine` is BASIC or ENHANCED."""

    repository: "RepositoryKey"
    digest: str
    engine: str


class ScanCompleted(NamedTuple):
    """A scan is over, successful or not."""

    repository: "RepositoryKey"
    digest: str
    engine: str
    status: str
    """As DescribeImageScanFindings tells it."""
    tags: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    """(severity in the engine's words, how many), worst first; only severities that occur."""
