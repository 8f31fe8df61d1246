"""How does a layer arrive, part by part, through either door, one writer at a time?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.images.events import UploadEnded, UploadStarted
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.registry import registries
from ecrmock.engine.fetch import Fetch
from ecrmock.errors.ecr import LimitExceededException
from ecrmock.errors.ecr_images import (
    EmptyUploadException,
    InvalidLayerException,
    InvalidLayerPartException,
    LayerPartTooSmallException,
    UploadNotFoundException,
)

if TYPE_CHECKING:
    from ecrmock.base.blobs import Writer
    from ecrmock.domain.images.dialects import Dialect
    from ecrmock.domain.images.layers import Layer
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World

PART_SIZE = 10 * 1024 * 1024
"""What InitiateLayerUpload recommends, and where real ECR cuts a stream (facts/api 8.1)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes on their way: how many count so far, and who is writing."""

    id: str
    started_at: float
    offset: int = 0
    parts: int = 0
    shortest: int | None = None
    """Bytes of the smallest part before the last one."""
    last: int | None = None
    """Bytes of the last part."""
    first: int | None = None
    """Bytes of the first part."""
    lease: str | None = None
    """Held by the one request that is writing."""


UPLOADS: Kind[Upload] = Kind("uploads", Upload)


class Stored(NamedTuple):
    """What finishing an upload brought; `known` when the layer was in the repository already."""

    layer: "Layer"
    known: bool


class Uploads:
    """The unfinished uploads of one repository."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository's rows."""
        self._repository = repository
        self._world = repository.world
        self._rows = repository.world.store.table(UPLOADS)
        self._partition = repository.key

    def start(self) -> Upload:
        """A new upload. Raises KmsException."""
        self._repository.check_key()
        upload = Upload(self._world.ids.uuid(), self._world.clock.now())
        self._rows.put(self._partition, upload.id, upload)
        self._world.bus.publish(UploadStarted(self._repository.key, upload.id))
        return upload

    def get(self, upload_id: str) -> Upload:
        """An upload of this repository. Raises UploadNotFoundException."""
        upload = self._rows.get(self._partition, upload_id)
        if upload is None:
            raise UploadNotFoundException(upload_id, self._repository.name, self._repository.registry_id)
        return upload

    def lease(self, upload_id: str, first: int | None) -> Upload:
        """Become the one writer; `first` is the position of the first byte, None to continue.

        Raises UploadNotFoundException, InvalidLayerPartException (out of order, or somebody else is writing),
        LimitExceededException (too many parts).
        """
        upload = self.get(upload_id)
        self._repository.check_key()
        if upload.lease is not None:
            raise self._out_of_order(upload, upload.offset)
        if first is not None and first != upload.offset:
            raise self._out_of_order(upload, first)
        if upload.parts >= self._world.settings.quota_layer_parts:
            raise LimitExceededException
        upload = replace(upload, lease=self._world.ids.uuid())
        self._rows.put(self._partition, upload.id, upload)
        return upload

    def _out_of_order(self, upload: Upload, given: int) -> InvalidLayerPartException:
        return InvalidLayerPartException(
            self._repository.registry_id, self._repository.name, upload.id, given, upload.offset
        )

    def settle(self, leased: Upload, size: int, cut: int | None = None) -> Upload:
        """Give the lease back and count the bytes up to `size` as arrived; too many are refused.

        `cut` is where a door cuts a stream into parts, which matters where small parts are refused. Raises
        UploadNotFoundException when the upload went meanwhile (expiry, reset), LimitExceededException.
        """
        upload = self.get(leased.id)
        if upload.lease != leased.lease:
            raise UploadNotFoundException(leased.id, self._repository.name, self._repository.registry_id)
        if size > self._world.settings.quota_layer_bytes:
            raise LimitExceededException
        upload = replace(_counted(upload, size, cut), lease=None)
        self._rows.put(self._partition, upload.id, upload)
        return upload

    def free(self, leased: Upload) -> None:
        """Give the lease back; what was written under it does not count."""
        upload = self._rows.get(self._partition, leased.id)
        if upload is not None and upload.lease == leased.lease:
            self._rows.put(self._partition, upload.id, replace(upload, lease=None))

    def finish(self, upload_id: str, digests: Iterable[str], dialect: "Dialect") -> Stored:
        """Make a layer of an upload if one of the digests is right (facts/api 8.3).

        Raises UploadNotFoundException, EmptyUploadException, LayerPartTooSmallException, InvalidLayerException.
        """
        upload = self.get(upload_id)
        self._repository.check_key()
        if upload.lease is not None:
            raise self._out_of_order(upload, upload.offset)
        if not upload.parts and not dialect.empty_layers:
            raise EmptyUploadException(upload_id, self._repository.name, self._repository.registry_id)
        settings = self._world.settings
        least = 0 if dialect.small_parts or settings.lenient else settings.quota_layer_part_minimum
        if upload.shortest is not None and upload.shortest < least:
            raise LayerPartTooSmallException
        writer = self.writer(upload)
        alias = self._right(upload, writer, digests, dialect)
        layer, known = self._repository.of(Layers).store(writer.content(), writer.sha256(), alias)
        self.drop(upload)
        return Stored(layer, known)

    def _right(self, upload: Upload, writer: "Writer", digests: Iterable[str], dialect: "Dialect") -> str | None:
        """The digest that fits, when it is a further name; None for our own sha256. Raises InvalidLayerException."""
        calculated = writer.sha256()
        for text in digests:
            digest = names.digest(text)
            if digest is None:
                continue
            if digest.algorithm == "sha256":
                if digest.hex == calculated:
                    return None
            elif dialect.sha512 and self._other(upload, writer, digest.algorithm) == digest.hex:
                return text
        raise InvalidLayerException

    def _other(self, upload: Upload, writer: "Writer", algorithm: str) -> str:
        """The hex digest by another algorithm; of a large layer it is worked out without the lock."""
        known = writer.other(algorithm)
        if known is None:
            raise Fetch(("digest", upload.id, algorithm, str(upload.offset)), lambda: writer.compute(algorithm))
        return known

    def writer(self, upload: Upload) -> "Writer":
        """Where the bytes go, standing at the upload's offset."""
        writer = self._world.blobs.writer(upload.id)
        writer.rewind(upload.offset)
        return writer

    def cancel(self, upload_id: str) -> None:
        """Drop an upload and its bytes. Raises UploadNotFoundException, InvalidLayerPartException while one writes."""
        upload = self.get(upload_id)
        if upload.lease is not None:
            raise self._out_of_order(upload, upload.offset)
        self.drop(upload)

    def expire(self, upload_id: str) -> None:
        """Drop an upload that was never finished; one that is being written loses its lease."""
        upload = self._rows.get(self._partition, upload_id)
        if upload is not None:
            self.drop(upload)

    def drop(self, upload: Upload) -> None:
        """Forget an upload; its bytes go with the commit."""
        self._rows.delete(self._partition, upload.id)
        self._world.bus.publish(UploadEnded(self._repository.key, upload.id))
        self._world.store.after_commit(lambda: self._world.blobs.drop(upload.id))

    def drop_all(self) -> None:
        """Forget every upload, those that are being written too."""
        for upload in self.all():
            self.drop(upload)

    def all(self) -> list[Upload]:
        """Every unfinished upload."""
        return self._rows.records(self._partition)


def attach(world: "World") -> None:
    """Let uploads go with their repository."""
    registries.when_deleting(world, lambda repository, _force: repository.of(Uploads).drop_all())


def _counted(upload: Upload, size: int, cut: int | None) -> Upload:
    """One more part, or as many as a stream is cut into; what was the last becomes one that the minimum applies to."""
    while upload.offset < size:
        part = min(size - upload.offset, cut or size)
        shortest = [each for each in (upload.shortest, upload.last) if each is not None]
        upload = replace(
            upload,
            offset=upload.offset + part,
            parts=upload.parts + 1,
            shortest=min(shortest, default=None),
            last=part,
            first=part if upload.first is None else upload.first,
        )
    return upload
