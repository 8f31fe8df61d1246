"""Which layers does a repository hold, how do they arrive, and when do their bytes go?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.blobs import Content
from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.images.events import LayerDropped, LayerStored
from ecrmock.domain.images.image import IMAGES
from ecrmock.domain.images.manifests import DEFAULT_LAYER_TYPE
from ecrmock.domain.names import RegistryKey
from ecrmock.domain.registry.repositories import REPOSITORIES
from ecrmock.errors.ecr_images import LayerInaccessibleException, LayersNotFoundException

if TYPE_CHECKING:
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World


@dataclass(frozen=True, slots=True)
class Layer:
    """A blob that one repository may see; any blob, configs included (facts/api 8)."""

    digest: str
    size: int
    stored_at: float
    media_type: str = DEFAULT_LAYER_TYPE
    """The type under which a manifest refers to it."""
    users: int = 0
    """How many images of this repository use it."""
    aliases: tuple[str, ...] = ()
    """Further digests by which it was put."""
    cached: bool = False
    """Whether a pull through cache brought it."""

    @property
    def sha256(self) -> str:
        """The hex under which the content store has the bytes."""
        return self.digest.partition(":")[2]


class ContentRef(NamedTuple):
    """How many manifests and layers refer to content, over all repositories, accounts and regions."""

    sha256: str
    size: int
    refs: int


LAYERS: Kind[Layer] = Kind("layers", Layer, alias=lambda layer: [(name,) for name in layer.aliases])
CONTENT_REFS: Kind[ContentRef] = Kind("content-refs", ContentRef)
_ALL = ("all",)


class ContentRefs:
    """The reference counts of the content store; bytes go with the transaction that drops the last reference."""

    def __init__(self, world: "World") -> None:
        """A view of the world's blobs."""
        self._world = world
        self._rows = world.store.table(CONTENT_REFS)

    def has(self, sha256: str) -> bool:
        """Whether anybody refers to it."""
        return self._rows.get(_ALL, sha256) is not None

    def content(self, sha256: str) -> Content:
        """The bytes of something that is counted."""
        found = self._world.blobs.get(sha256)
        if found is None:
            raise LookupError(f"counted but not kept: {sha256}")
        return found

    def acquire_bytes(self, data: bytes, sha256: str) -> None:
        """Keep small content, with one reference more."""
        self.acquire(Content(len(data), data, None), sha256)

    def acquire(self, content: Content, sha256: str) -> None:
        """Keep content, with one reference more; undone with the transaction."""
        row = self._rows.get(_ALL, sha256)
        if row is None and self._world.blobs.keep(sha256, content):
            self._world.store.on_rollback(lambda: self._world.blobs.forget(sha256))
        refs = row.refs if row else 0
        self._rows.put(_ALL, sha256, ContentRef(sha256, content.size, refs + 1))

    def release(self, sha256: str) -> None:
        """Drop a reference."""
        row = self._rows.get(_ALL, sha256)
        if row is None:
            return
        if row.refs > 1:
            self._rows.put(_ALL, sha256, row._replace(refs=row.refs - 1))
            return
        self._rows.delete(_ALL, sha256)
        self._world.store.after_commit(lambda: self._forget(sha256))

    def _forget(self, sha256: str) -> None:
        """Let the bytes go, unless the same transaction came to refer to them again."""
        if self._rows.get(_ALL, sha256) is None:
            self._world.blobs.forget(sha256)


class Layers:
    """The layers of one repository."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository's rows."""
        self._repository = repository
        self._world = repository.world
        self._rows = repository.world.store.table(LAYERS)
        self._partition = repository.key

    def get(self, digest: str) -> Layer | None:
        """The layer with this digest, by whichever algorithm it is known."""
        found = self._rows.get(self._partition, digest)
        if found is None and not digest.startswith("sha256:"):
            known = self._rows.having(self._partition, "alias", digest)
            return known[0] if known else None
        return found

    def readable(self, digest: str, *, unused: bool) -> Layer:
        """The layer, to be read; one that no image uses only where the door's dialect admit it, an archived one never.

        Raises LayersNotFoundException, LayerInaccessibleException (facts/api 8.5), KmsException.
        """
        layer = self.get(digest)
        if layer is None:
            raise LayersNotFoundException.pulling(digest, self._repository.name, self._repository.registry_id)
        if (not layer.users and not unused) or self.archived(layer):
            raise LayerInaccessibleException(digest, self._repository.name, self._repository.registry_id)
        self._repository.check_key()
        return layer

    def archived(self, layer: Layer) -> bool:
        """Whether only archived images use it (facts/api 8.4, condition inferred)."""
        return layer.users > 0 and layer.users == self._archived_users(layer.digest)

    def _archived_users(self, digest: str) -> int:
        return len(self._world.store.table(IMAGES).having(self._partition, "archived", digest))

    def content(self, layer: Layer) -> Content:
        """The bytes of a layer."""
        return ContentRefs(self._world).content(layer.sha256)

    def store(self, content: Content, sha256: str, alias: str | None, *, cached: bool = False) -> tuple[Layer, bool]:
        """Keep complete content as a layer, perhaps of a pull through cache; (layer, whether it was here already)."""
        digest = f"sha256:{sha256}"
        known = self._rows.get(self._partition, digest)
        if known is not None:
            return self._alias(known, alias), True
        ContentRefs(self._world).acquire(content, sha256)
        aliases = (alias,) if alias else ()
        layer = Layer(digest, content.size, self._world.clock.now(), aliases=aliases, cached=cached)
        self._rows.put(self._partition, digest, layer)
        self._world.bus.publish(LayerStored(self._repository.key, digest, layer.stored_at))
        return layer, False

    def link(self, source: "Layers", digest: str) -> Layer:
        """Have a layer of another repository here too: the same bytes, needed once more."""
        layer = source.get(digest)
        if layer is None:
            raise LayersNotFoundException.pulling(digest, self._repository.name, self._repository.registry_id)
        alias = None if digest == layer.digest else digest
        return self.store(source.content(layer), layer.sha256, alias)[0]

    def _alias(self, layer: Layer, alias: str | None) -> Layer:
        if alias is None or alias in layer.aliases:
            return layer
        layer = replace(layer, aliases=(*layer.aliases, alias))
        self._rows.put(self._partition, layer.digest, layer)
        return layer

    def use(self, wanted: dict[str, str]) -> dict[str, Layer]:
        """Let an image use those of these layers (digest -> media type) that are here; digest as given -> layer."""
        used: dict[str, Layer] = {}
        counted: set[str] = set()
        for digest, media_type in wanted.items():
            layer = self.get(digest)
            if layer is None:
                continue
            used[digest] = layer
            if layer.digest not in counted:
                counted.add(layer.digest)
                self._rows.put(
                    self._partition, layer.digest, replace(layer, users=layer.users + 1, media_type=media_type)
                )
        return used

    def disuse(self, digests: Iterable[str]) -> None:
        """Let an image go that used these; a layer without users goes with it, but none before its grace is over.

        Whoever has just been told that a layer is here may count on it (reported: aws/containers-roadmap#878, #862).
        """
        young = self._world.clock.now() - self._world.settings.layer_hours * 3600
        for digest in digests:
            layer = self._rows.get(self._partition, digest)
            if layer is None:
                continue
            if layer.users > 1 or layer.stored_at > young:
                self._rows.put(self._partition, digest, replace(layer, users=layer.users - 1))
            else:
                self.drop(layer)

    def collect(self, digest: str, *, stored_at: float) -> None:
        """End the grace of a layer that was stored then: it goes if still no image uses it."""
        layer = self._rows.get(self._partition, digest)
        if layer is not None and not layer.users and layer.stored_at == stored_at:
            self.drop(layer)

    def drop(self, layer: Layer) -> None:
        """Forget a layer and its need of bytes."""
        self._rows.delete(self._partition, layer.digest)
        self._world.bus.publish(LayerDropped(self._repository.key, layer.digest, layer.stored_at))
        ContentRefs(self._world).release(layer.sha256)

    def all(self) -> list[Layer]:
        """Every layer."""
        return self._rows.records(self._partition)


def holders(world: "World", registry: RegistryKey, digest: str) -> Iterator[str]:
    """Names of the repositories of a registry that have this layer, for a mount that does not say from where.

    Nearly always nobody has it, which one look tells; else repositories are gone through without being made.
    """
    found = names.digest(digest)
    if found is None or (found.algorithm == "sha256" and not ContentRefs(world).has(found.hex)):
        return
    rows = world.store.table(LAYERS)
    for repository in world.store.table(REPOSITORIES).records(registry):
        key = (*registry, repository.name)
        if rows.get(key, digest) is not None or rows.having(key, "alias", digest):
            yield repository.name


def well_formed(digest: str) -> bool:
    """Whether a layer digest fits ECR's loose pattern (facts/api 8.4)."""
    return names.looks_like_digest(digest)
