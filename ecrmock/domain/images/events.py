"""What happens to uploads, layers and images?"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey


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
