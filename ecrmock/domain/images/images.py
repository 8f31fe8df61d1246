"""Which images does a repository hold: found, pulled, archived, deleted?"""

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ecrmock.base.walks import walk
from ecrmock.domain import names
from ecrmock.domain.images.events import ImageDeleted, ImagePulled, LayerStored, RestoreStarted, StorageClassChanged
from ecrmock.domain.images.image import IMAGES, Failure, Image, ImageId, Named, Put, TagStatus, image_id
from ecrmock.domain.images.layers import ContentRefs, Layers
from ecrmock.domain.registry import registries
from ecrmock.errors.ecr import KmsException, RepositoryNotEmptyException
from ecrmock.errors.ecr_images import ImageNotFoundException, ImageStorageClassUpdateNotSupportedException

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecrmock.domain.images.layers import Layer
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World

__all__ = ["IMAGES", "Failure", "Image", "ImageId", "Images", "Named", "Put", "TagStatus", "image_id"]


class Images:
    """The images of one repository: every rule about tags, references and deletion."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository's rows."""
        self._repository = repository
        self._world = repository.world
        self._rows = repository.world.store.table(IMAGES)
        self._partition = repository.key

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
        """The image that an id names (facts/api 9.2: how one imageId is resolved)."""
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
        """The image that an id names. Raises ImageNotFoundException (facts/api E7)."""
        found = self.find(wanted)
        if isinstance(found, Failure):
            raise ImageNotFoundException(wanted.digest, wanted.tag, self._repository.name, self._repository.registry_id)
        return found

    def manifest(self, image: Image) -> bytes:
        """The bytes as pushed."""
        return ContentRefs(self._world).content(image.sha256).read()

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

    # -- what a push changes: the rules are in pushes.py

    def arrived(self, digest: str) -> None:
        """Let images use a layer that they had to do without; only a lenient world has such."""
        for image in self._rows.having(self._partition, "missing", digest):
            self._repository.of(Layers).use({digest: dict(image.missing)[digest]})
            rest = tuple(row for row in image.missing if row[0] != digest)
            self.save(replace(image, blobs=(*image.blobs, digest), missing=rest))

    def delete_layer(self, layer: "Layer") -> None:
        """Remove a layer by hand; images that use it do without, and use it again if it comes back."""
        for image in self.all() if layer.users else ():  # by hand: too rare for an index that every push would pay
            if layer.digest in image.blobs:
                rest = tuple(blob for blob in image.blobs if blob != layer.digest)
                self.save(replace(image, blobs=rest, missing=(*image.missing, (layer.digest, layer.media_type))))
        self._repository.of(Layers).drop(layer)

    def save(self, image: Image) -> Image:
        """Put an image or its successor."""
        self._rows.put(self._partition, image.digest, image)
        return image

    # -- pulling

    def pull(self, wanted: ImageId, *, noted: bool = True) -> list[Named] | Failure:
        """The image that an id names, once per tag when named by digest alone (reported: LS).

        The time of the pull is noted unless the caller is excluded from that (facts/api 6.4). Archived images and
        unusable keys are failures (codes documented; KMS's own reason).
        """
        found = self.find(wanted)
        if isinstance(found, Failure):
            return found
        if found.status != "ACTIVE":
            return Failure.archived()
        try:
            self._repository.check_key()
        except KmsException as error:  # a batch tells it per item
            return Failure("KmsError", error.message)
        image = self._pulled(found) if noted else found
        if image != found:
            self.save(image)
        self._world.bus.publish(ImagePulled(self._repository.key, image.digest, wanted.tag))
        if wanted.tag:
            return [Named(image, wanted.tag)]
        return [Named(image, tag) for tag in image.tags] or [Named(image, None)]

    def _pulled(self, image: Image) -> Image:
        """With the time of this pull, unless the one it has is recent enough."""
        now, last = self._world.clock.now(), image.pulled_at
        if last is not None and now < last + self._world.settings.pull_time_hours * 3600:
            return image
        return replace(image, pulled_at=now)

    # -- deleting

    def delete(
        self, wanted: "Sequence[ImageId]", *, last_tags: bool = False, spreads: bool = True
    ) -> list[list[Named] | Failure]:
        """Remove tags or images, one outcome an id (facts/api 9.3).

        Ids are judged on the state before the call: of a list and its children in one call only the list goes
        (observed: opensupplyhub/open-supply-hub#1243). The last tag of an image that a list holds stays too, unless
        the door's dialect let it go. What a replica does, replication passes no further: it does not spread.
        """
        judged = [(self.find(item), item) for item in wanted]
        parents = {found.digest: self.parents(found.digest) for found, _ in judged if isinstance(found, Image)}
        return [
            found
            if isinstance(found, Failure)
            else self._remove(found, item.tag, parents[found.digest], last_tags=last_tags, spreads=spreads)
            for found, item in judged
        ]

    def _remove(
        self, judged: Image, tag: str | None, parents: list[str], *, last_tags: bool, spreads: bool
    ) -> list[Named] | Failure:
        image = self.get(judged.digest)
        if image is None or (tag and tag not in image.tags):
            return []  # went with an earlier id of the same call
        last = tag is None or image.tags == (tag,)
        only_the_tag = not last or bool(tag and parents and last_tags)
        if parents and not only_the_tag:
            return Failure.held(parents)
        return [self.untag(image, tag)] if tag and only_the_tag else self.drop(image, spreads=spreads)

    def untag(self, image: Image, tag: str, *, spreads: bool = True) -> Named:
        """Take one tag from an image, which stays."""
        self.save(replace(image, tags=tuple(t for t in image.tags if t != tag)))
        self._world.bus.publish(ImageDeleted(self._repository.key, image.digest, tag, whole=False, spreads=spreads))
        return Named(image, tag)

    def drop(self, image: Image, *, spreads: bool = True) -> list[Named]:
        """Remove an image whole: tags, references, bytes that nobody else needs."""
        self._rows.delete(self._partition, image.digest)
        self._repository.of(Layers).disuse(image.blobs)
        ContentRefs(self._world).release(image.sha256)
        gone = [Named(image, tag) for tag in image.tags] or [Named(image, None)]
        for named in gone:
            what = self._repository.key, image.digest, named.tag
            self._world.bus.publish(ImageDeleted(*what, whole=True, spreads=spreads, aliases=image.aliases))
        return gone

    def all(self) -> list[Image]:
        """Every image."""
        return self._rows.records(self._partition)

    # -- archive (facts/api 10)

    def archive(self, image: Image) -> Image:
        """Move an image to the archive at once, and its referrers with it; one that is there stays.

        A child of an active list may not (facts/api U19), nor a referrer of an active subject (facts/automation 7.1;
        inferred). Raises ImageStorageClassUpdateNotSupportedException.
        """
        if image.status == "ARCHIVED":
            return image
        if image.status == "ACTIVATING" or self._held(image):
            raise ImageStorageClassUpdateNotSupportedException
        top, *_ = walk(
            self._archived(image),
            lambda each: [self._archived(one) for one in self.referrers(each.digest) if not self._held(one)],
        )
        return top

    def _archived(self, image: Image) -> Image:
        return self._stored(replace(image, status="ARCHIVED", archived_at=self._world.clock.now()), "ARCHIVE")

    def _held(self, image: Image) -> bool:
        """Whether a list that has it, or its subject, keeps an image from the archive."""
        over = [*self.parents(image.digest), *([image.subject] if image.subject else ())]
        return any(found is not None and found.status == "ACTIVE" for found in map(self.get, over))

    def restore(self, image: Image) -> Image:
        """Begin to bring an image back, and its referrers with it; it is active when the due work is done.

        An active one stays. Raises ImageStorageClassUpdateNotSupportedException.
        """
        if image.status == "ACTIVE":
            return image
        if image.status == "ACTIVATING":
            raise ImageStorageClassUpdateNotSupportedException
        top, *_ = walk(
            self._restoring(image),
            lambda each: map(self._restoring, self.referrers(each.digest, status="ARCHIVED")),
        )
        return top

    def _restoring(self, image: Image) -> Image:
        image = self.save(replace(image, status="ACTIVATING"))
        self._world.bus.publish(RestoreStarted(self._repository.key, image.digest))
        return image

    def activate(self, digest: str, *, replica: bool = False) -> Image | None:
        """End a restore: the image is active again, its referrers with it; None when it went meanwhile."""
        image = self.get(digest)
        if image is None or image.status == "ACTIVE":
            return image

        def more(each: Image) -> list[Image]:
            found = self.referrers(each.digest, status="ANY")
            return [self._activated(one, replica=replica) for one in found if one.status != "ACTIVE"]

        top, *_ = walk(self._activated(image, replica=replica), more)
        return top

    def _activated(self, image: Image, *, replica: bool) -> Image:
        back = replace(image, status="ACTIVE", activated_at=self._world.clock.now())
        return self._stored(back, "STANDARD", replica=replica)

    def _stored(self, image: Image, storage: str, *, replica: bool = False) -> Image:
        self.save(image)
        self._world.bus.publish(StorageClassChanged(self._repository.key, image.digest, storage, replica))
        return image

    # -- referrers (facts/api 9.6)

    def referrers(self, subject: str, types: "Sequence[str]" = (), status: str = "ACTIVE") -> list[Image]:
        """Images whose manifest has this subject, in order of digest; the subject itself need not be here.

        A subject that is here may be named by any of its digests.
        """
        image = self.get(subject)
        known = {subject} if image is None else {subject, image.digest, *image.aliases}
        found = sorted(
            (each for name in known for each in self._rows.having(self._partition, "subject", name)),
            key=lambda each: each.digest,
        )
        return [
            image for image in found if status in {"ANY", image.status} and (not types or image.artifact_type in types)
        ]


def _admits(image: Image, tags: TagStatus, status: str) -> bool:
    if status not in {"ANY", image.status}:
        return False
    return tags == "ANY" or (tags == "TAGGED") == bool(image.tags)


def attach(world: "World") -> None:
    """Let images know of a layer that they lacked, and go with their repository."""

    def stored(event: LayerStored) -> None:
        registries.demand(world, event.repository).of(Images).arrived(event.digest)

    world.bus.subscribe(LayerStored, stored)
    registries.when_deleting(world, _leave)


def _leave(repository: "Repository", force: bool) -> None:  # noqa: FBT001 (as events have it)
    """Raises RepositoryNotEmptyException unless they are to go with it."""
    images, layers = repository.of(Images), repository.of(Layers)
    if not force and len(images):
        raise RepositoryNotEmptyException(repository.name, repository.registry_id)
    for image in images.all():
        images.drop(image, spreads=False)
    for layer in layers.all():
        layers.drop(layer)
