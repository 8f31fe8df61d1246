"""Which images does a repository hold, and what may be done to their tags?"""

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.events import ImageDeleted, ImagePulled, ImagePushed
from ecrmock.domain.layers import Shelf
from ecrmock.errors import (
    ImageDigestDoesNotMatchException,
    ImageNotFoundException,
    ImageTagAlreadyExistsException,
    InvalidParameterException,
    LayersNotFoundException,
    LimitExceededException,
    ReferencedImagesNotFoundException,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecrmock.domain.manifests import Manifest
    from ecrmock.domain.repositories import Repository

TagStatus = Literal["TAGGED", "UNTAGGED", "ANY"]


@dataclass(frozen=True, slots=True)
class Image:
    """One manifest in one repository, named by the sha256 of its bytes; the bytes are on the shelf."""

    digest: str
    media_type: str
    pushed_at: float
    number: int
    """Push order."""
    size: int
    """Bytes of config and layers; of an index, of the largest image in it."""
    tags: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()
    """Layers of this repository that it uses."""
    children: tuple[str, ...] = ()
    subject: str | None = None
    artifact_type: str | None = None
    aliases: tuple[str, ...] = ()
    """Further names, e.g. the sha512 under which it was pushed."""
    status: str = "ACTIVE"
    pulled_at: float | None = None

    @property
    def sha256(self) -> str:
        """The hex under which the shelf has the manifest."""
        return self.digest.partition(":")[2]


IMAGES: Kind[Image] = Kind(
    "images",
    pushed=lambda image: [(image.number,)],
    tag=lambda image: [(tag,) for tag in image.tags],
    child=lambda image: [(child,) for child in image.children],
    alias=lambda image: [(name,) for name in image.aliases],
    subject=lambda image: [(image.subject,)] if image.subject else [],
)


class ImageId(NamedTuple):
    """How a caller names an image: by digest, by tag, or by both, which must agree."""

    digest: str | None = None
    tag: str | None = None


class Named(NamedTuple):
    """An image under one of its tags (or none)."""

    image: Image
    tag: str | None


class Failure(NamedTuple):
    """What a batch operation tells of an item that it cannot serve; nothing is raised (CP 52 to 60)."""

    code: str
    reason: str

    @classmethod
    def not_found(cls) -> "Failure":
        """CP 52 (observed)."""
        return cls("ImageNotFound", "Requested image not found")

    @classmethod
    def held(cls, parents: list[str]) -> "Failure":
        """CP 53 (observed); several lists are separated by a comma and a blank (inferred)."""
        listed = ", ".join(parents)
        return cls("ImageReferencedByManifestList", f"Requested image referenced by manifest list: [{listed}]")


class Put(NamedTuple):
    """What PutImage did; the doors phrase Unchanged differently (design 1.8a)."""

    kind: Literal["Added", "TagAdded", "TagMoved", "Unchanged"]
    image: Image


class Images:
    """The images of one repository: every rule about tags, references and deletion."""

    def __init__(self, repository: "Repository") -> None:
        """Stand over the repository's rows."""
        self._repository = repository
        self._world = repository.world
        self._rows = repository.world.store.table(IMAGES)
        self._partition = repository.partition

    # -- looking

    def __len__(self) -> int:
        """How many images there are, tagged or not."""
        return self._rows.count(self._partition)

    def get(self, digest: str) -> Image | None:
        """The image with this digest, by whichever algorithm it is known."""
        found = self._rows.get(self._partition, digest)
        if found is None and not digest.startswith("sha256:"):
            known = self._rows.having(self._partition, "alias", digest)
            return known[0] if known else None
        return found

    def tagged(self, tag: str) -> Image | None:
        """The image that has this tag."""
        found = self._rows.having(self._partition, "tag", tag)
        return found[0] if found else None

    def parents(self, digest: str) -> list[str]:
        """Digests of the indexes that list this image."""
        return [parent.digest for parent in self._rows.having(self._partition, "child", digest)]

    def find(self, wanted: ImageId) -> Image | Failure:
        """The image that an id names (control-plane.md 9.2: how one imageId is resolved)."""
        if not wanted.digest and not wanted.tag:
            return Failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
        if wanted.digest and not names.looks_like_digest(wanted.digest):
            pattern = "[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+"
            reason = f"Invalid request parameters: image digest should satisfy the regex '{pattern}'"
            return Failure("InvalidImageDigest", reason)
        if wanted.tag and names.tag_fault(wanted.tag):
            reason = "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'"
            return Failure("InvalidImageTag", reason)
        image = self.tagged(wanted.tag) if wanted.tag else self.get(wanted.digest or "")
        if image is None:
            return Failure.not_found()
        if wanted.digest and wanted.digest != image.digest and wanted.digest not in image.aliases:
            reason = "Invalid request parameters: given tag does not map to the given digest"
            return Failure("ImageTagDoesNotMatchDigest", reason)
        return image

    def demand(self, wanted: ImageId) -> Image:
        """The image that an id names. Raises ImageNotFoundException (CP 7)."""
        found = self.find(wanted)
        if isinstance(found, Failure):
            raise ImageNotFoundException(wanted.digest, wanted.tag, self._repository.name, self._repository.registry_id)
        return found

    def manifest(self, image: Image) -> bytes:
        """The bytes as pushed."""
        return Shelf(self._world).content(image.sha256).read()

    def page(self, after: int | None, limit: int, tags: TagStatus, status: str) -> "list[Image]":
        """Images in push order after this push number, filtered."""
        chosen = (
            image
            for _, image in self._rows.walk(self._partition, "pushed", None if after is None else (after,))
            if _admits(image, tags, status)
        )
        return list(islice(chosen, limit))

    def names(self, after: tuple[int, str] | None, limit: int, tags: TagStatus, status: str) -> list[Named]:
        """One entry per tag, or one for an untagged image, in push order and then by tag."""
        return list(islice(self._names(after, tags, status), limit))

    def _names(self, after: tuple[int, str] | None, tags: TagStatus, status: str) -> "Iterator[Named]":
        start = None if after is None else (after[0] - 1,)
        for _, image in self._rows.walk(self._partition, "pushed", start):
            if not _admits(image, tags, status):
                continue
            for tag in sorted(image.tags) or [""]:
                if after is None or (image.number, tag) > after:
                    yield Named(image, tag or None)

    def tags(self, after: str | None, limit: int) -> list[str]:
        """Tags of active images in ASCII order, strictly after this one (which need not exist)."""
        entries = self._rows.walk(self._partition, "tag", None if after is None else (after,))
        return [value[0] for value, _ in islice((e for e in entries if e[1].status == "ACTIVE"), limit)]

    # -- pushing

    def put(self, manifest: "Manifest", tag: str | None, digest: str | None = None, *, sha512: bool = True) -> Put:
        """Store a manifest, tag a stored one, or move a tag (control-plane.md 9.1).

        A digest must be that of the bytes; whether one other than sha256 will do is a matter of the door's manners.

        Raises InvalidParameterException, ImageDigestDoesNotMatchException, LayersNotFoundException,
        ReferencedImagesNotFoundException, ImageTagAlreadyExistsException, LimitExceededException.
        """
        alias = self._check_digest(manifest, digest, sha512=sha512)
        old = self.get(manifest.digest)
        if old is None:
            self._check_references(manifest)
        holder = self.tagged(tag) if tag else None
        if old is not None and (tag is None or (holder is not None and holder.digest == old.digest)):
            return Put("Unchanged", self._alias(old, alias))
        if tag and holder is not None and self._repository.fixed(tag):
            raise ImageTagAlreadyExistsException(tag, self._repository.name)
        if tag and holder is not None:
            self._save(replace(holder, tags=tuple(t for t in holder.tags if t != tag)))
        image = self._add(manifest) if old is None else self._alias(old, alias)
        if tag:
            image = self._tag(image, tag)
        if old is None:
            image = self._alias(image, alias)
        self._publish_push(image, tag)
        return Put("Added" if old is None else "TagMoved" if holder else "TagAdded", image)

    def _check_digest(self, manifest: "Manifest", digest: str | None, *, sha512: bool) -> str | None:
        """Compare the digest a caller gave with the bytes; returns it when it is a further name."""
        if digest is None or digest == manifest.digest:
            return None
        known = names.digest(digest) if sha512 else None
        if known is None or known.algorithm == "sha256" or Shelf.digest_of(manifest.data, known.algorithm) != known.hex:
            raise ImageDigestDoesNotMatchException(digest, self._repository.name, self._repository.registry_id)
        return digest

    def _check_references(self, manifest: "Manifest") -> None:
        """Layers and children must be here already; a subject need not (control-plane.md 9.1, step 5)."""
        settings, where = self._world.settings, (self._repository.name, self._repository.registry_id)
        if len(manifest.data) > settings.quota_manifest_bytes:
            raise InvalidParameterException.too_long("imageManifest", settings.quota_manifest_bytes)
        if settings.quota_layers_per_image is not None and manifest.layers > settings.quota_layers_per_image:
            raise InvalidParameterException.too_many_layers()
        if not settings.lenient:
            layers = self._repository.layers
            wanted = dict.fromkeys(blob.digest for blob in manifest.blobs if not blob.foreign)
            missing = [digest for digest in wanted if layers.get(digest) is None]
            if missing:
                raise LayersNotFoundException.pushing(missing, *where)
            lost = [child for child in manifest.children if self.get(child) is None]
            if lost:
                raise ReferencedImagesNotFoundException(lost, *where)
        if len(self) >= settings.quota_images:
            raise LimitExceededException

    def _add(self, manifest: "Manifest") -> Image:
        layers = self._repository.layers
        used = layers.use({blob.digest: blob.media_type for blob in manifest.blobs})
        sizes = [used[blob.digest].size if blob.digest in used else max(blob.size, 0) for blob in manifest.blobs]
        children = [image.size for child in manifest.children if (image := self.get(child))]
        Shelf(self._world).take_bytes(manifest.data, manifest.digest.partition(":")[2])
        image = Image(
            digest=manifest.digest,
            media_type=manifest.media_type,
            pushed_at=self._world.clock.now(),
            number=self._world.ids.sequence(),
            size=max(children, default=0) if manifest.is_index else sum(sizes),
            blobs=tuple(dict.fromkeys(layer.digest for layer in used.values())),
            children=tuple(dict.fromkeys(self._resolved(child) for child in manifest.children)),
            subject=manifest.subject,
            artifact_type=manifest.artifact_type,
        )
        return self._save(image)

    def _resolved(self, child: str) -> str:
        """A child by its sha256, however the index names it, so that deletion sees the reference."""
        image = self.get(child)
        return image.digest if image else child

    def _tag(self, image: Image, tag: str) -> Image:
        if len(image.tags) >= self._world.settings.quota_tags_per_image:
            raise LimitExceededException
        return self._save(replace(image, tags=(*image.tags, tag)))

    def _alias(self, image: Image, alias: str | None) -> Image:
        if alias is None or alias in image.aliases:
            return image
        return self._save(replace(image, aliases=(*image.aliases, alias)))

    def _save(self, image: Image) -> Image:
        self._rows.put(self._partition, image.digest, image)
        return image

    def _publish_push(self, image: Image, tag: str | None) -> None:
        event = ImagePushed(*self._repository.place, image.digest, tag, image.media_type, image.artifact_type)
        self._world.bus.publish(event)

    # -- pulling

    def pull(self, wanted: ImageId) -> list[Named] | Failure:
        """The image that an id names, once per tag when named by digest alone (reported: LS); a pull is noted."""
        found = self.find(wanted)
        if isinstance(found, Failure):
            return found
        image = replace(found, pulled_at=self._world.clock.now())
        if image != found:
            self._save(image)
        self._world.bus.publish(ImagePulled(*self._repository.place, image.digest, wanted.tag))
        if wanted.tag:
            return [Named(image, wanted.tag)]
        return [Named(image, tag) for tag in image.tags] or [Named(image, None)]

    # -- deleting

    def delete(self, wanted: "Sequence[ImageId]") -> list[list[Named] | Failure]:
        """Remove tags or images, one outcome an id (control-plane.md 9.3).

        Ids are judged on the state before the call: of a list and its children in one call only the list goes
        (observed: opensupplyhub/open-supply-hub#1243).
        """
        judged = [(self.find(item), item) for item in wanted]
        parents = {found.digest: self.parents(found.digest) for found, _ in judged if isinstance(found, Image)}
        return [
            found if isinstance(found, Failure) else self._remove(found, item.tag, parents[found.digest])
            for found, item in judged
        ]

    def _remove(self, judged: Image, tag: str | None, parents: list[str]) -> list[Named] | Failure:
        image = self.get(judged.digest)
        if image is None or (tag and tag not in image.tags):
            return []  # went with an earlier id of the same call
        last = tag is None or image.tags == (tag,)
        if last and parents:
            return Failure.held(parents)
        if not last:
            self._save(replace(image, tags=tuple(t for t in image.tags if t != tag)))
            self._world.bus.publish(ImageDeleted(*self._repository.place, image.digest, tag, whole=False))
            return [Named(image, tag)]
        return self.drop(image)

    def drop(self, image: Image) -> list[Named]:
        """Remove an image whole: tags, references, bytes that nobody else needs."""
        self._rows.delete(self._partition, image.digest)
        self._repository.layers.disuse(image.blobs)
        Shelf(self._world).release(image.sha256)
        gone = [Named(image, tag) for tag in image.tags] or [Named(image, None)]
        for named in gone:
            self._world.bus.publish(ImageDeleted(*self._repository.place, image.digest, named.tag, whole=True))
        return gone

    def all(self) -> list[Image]:
        """Every image."""
        return self._rows.records(self._partition)


def _admits(image: Image, tags: TagStatus, status: str) -> bool:
    if status not in {"ANY", image.status}:
        return False
    return tags == "ANY" or (tags == "TAGGED") == bool(image.tags)


def image_id(item: "dict[str, Any]") -> ImageId:
    """The id in a request's ImageIdentifier."""
    return ImageId(item.get("imageDigest"), item.get("imageTag"))
