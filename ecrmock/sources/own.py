"""Another registry of this same world as upstream: ECR to ECR."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecrmock.domain import names
from ecrmock.domain.images.images import Failure, ImageId, Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.pull_through.upstreams import Found, MissingError, RefusedError, UpstreamAccess, UpstreamError
from ecrmock.domain.registry import trust
from ecrmock.domain.registry.registries import Registry

if TYPE_CHECKING:
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World

_ACTIONS = ("BatchGetImage", "GetDownloadUrlForLayer", "BatchImportUpstreamImage", "GetImageCopyStatus")
"""What the upstream's policies must allow an account other than its own (documented)."""


class OwnSource:
    """Reads the rows of another registry under the lock, and bytes without it."""

    def __init__(self, world: "World", place: UpstreamAccess) -> None:
        """Stand before the registry that the rule's host names. Raises UpstreamError."""
        found = names.registry_of_host(place.host)
        if found is None:
            raise UpstreamError(f"{place.host} names no registry")
        self._world = world
        self._place = place
        self._where = found

    def check(self) -> None:
        """It is always there; policies speak of repositories, so they are asked with the first pull."""

    def manifest(self, name: str, reference: str) -> Found:
        """The manifest under a tag or digest. Raises MissingError, RefusedError."""
        wanted = ImageId(digest=reference) if ":" in reference else ImageId(tag=reference)
        with self._world.lock:
            images = self._repository(name).of(Images)
            image = images.find(wanted)
            if isinstance(image, Failure) or image.status != "ACTIVE":
                raise MissingError(f"{name} has no active image {reference}")
            return Found(images.manifest(image), image.media_type, image.digest)

    def blob(self, name: str, digest: str) -> Iterator[bytes]:
        """The bytes of a layer. Raises MissingError, RefusedError."""
        with self._world.lock:
            layers = self._repository(name).of(Layers)
            layer = layers.get(digest)
            if layer is None:
                raise MissingError(f"{name} has no layer {digest}")
            content = layers.content(layer)
        return content.blocks()

    def close(self) -> None:
        """Nothing was opened."""

    def _repository(self, name: str) -> "Repository":
        """The upstream's repository, if its account lets ours in and its key decrypts; the caller holds the lock.

        Raises MissingError, RefusedError, KmsException.
        """
        registry = self._world.of(Registry, *self._where)
        refused = [action for action in _ACTIONS if not self._allowed(registry, action, name)]
        if refused:
            raise RefusedError(f"{self._place.host} does not allow ecr:{refused[0]} on {name} to {self._place.account}")
        found = registry.existing(name)
        if found is None:
            raise MissingError(f"{self._place.host} has no repository {name}")
        found.check_key()
        return found

    def _allowed(self, registry: Registry, action: str, name: str) -> bool:
        return trust.lets_pull(registry, self._place.account, action, name, self._place.role)
