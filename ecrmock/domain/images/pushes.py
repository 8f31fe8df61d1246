"""What does a push need, and what does it change? (facts/api 9.1)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ecrmock.domain import names
from ecrmock.domain.images.events import ImagePushed
from ecrmock.domain.images.image import Image, Put
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import ContentRefs, Layers
from ecrmock.errors.ecr import InvalidParameterException, LimitExceededException
from ecrmock.errors.ecr_images import (
    ImageDigestDoesNotMatchException,
    ImageTagAlreadyExistsException,
    LayersNotFoundException,
    ReferencedImagesNotFoundException,
)

if TYPE_CHECKING:
    from ecrmock.domain.images.manifests import Manifest
    from ecrmock.domain.registry.repositories import Repository

_ABSENT_HINT = "push what the manifest names first; lenient admits manifests of what is not here"


class Push:
    """Puts one manifest into one repository."""

    def __init__(self, repository: "Repository", *, replica: bool = False, pusher: str | None = None) -> None:
        """Push into this repository; a `replica` comes by replication, and goes no further.

        `pusher` is the account of the client, where one pushes.
        """
        self._images = repository.of(Images)
        self._repository = repository
        self._world = repository.world
        self._replica = replica
        self._pusher = pusher

    def put(self, manifest: "Manifest", tag: str | None, digest: str | None = None, *, sha512: bool = True) -> Put:
        """Store a manifest, tag a stored one, or move a tag (facts/api 9.1).

        A digest must be that of the bytes; whether one other than sha256 will do is a matter of the door's dialect.

        Raises InvalidParameterException, ImageDigestDoesNotMatchException, LayersNotFoundException,
        ReferencedImagesNotFoundException, ImageTagAlreadyExistsException, LimitExceededException.
        """
        self._repository.check_key()
        alias = self._check_digest(manifest, digest, sha512=sha512)
        old = self._images.get(manifest.digest)
        if old is not None and old.status != "ACTIVE":
            return self._restore(old, tag, alias)
        if old is None:
            self._check_references(manifest)
        holder = self._images.tagged(tag) if tag else None
        if old is not None and (tag is None or (holder is not None and holder.digest == old.digest)):
            return Put("Unchanged", self._alias(old, alias))
        if tag and holder is not None:
            self._take_tag(tag, holder)
        image = self._add(manifest, alias) if old is None else self._alias(old, alias)
        if tag:
            image = self._tag(image, tag)
        self._publish_push(image, tag, added=old is None)
        return Put("Added" if old is None else "TagMoved" if holder else "TagAdded", image)

    def _restore(self, old: Image, tag: str | None, alias: str | None) -> Put:
        """Pushing an archived image again brings it back at once (facts/api 9.1, last row of the table)."""
        holder = self._images.tagged(tag) if tag else None
        if tag and holder is not None and holder.digest != old.digest:
            self._take_tag(tag, holder)
        image = self._alias(self._images.activate(old.digest, replica=self._replica) or old, alias)
        if tag and tag not in image.tags:
            image = self._tag(image, tag)
        self._publish_push(image, tag)
        return Put("Added", image)

    def _take_tag(self, tag: str, holder: Image) -> None:
        if self._repository.fixed(tag):
            raise ImageTagAlreadyExistsException(tag, self._repository.name)
        self._images.save(replace(holder, tags=tuple(t for t in holder.tags if t != tag)))

    def _check_digest(self, manifest: "Manifest", digest: str | None, *, sha512: bool) -> str | None:
        """Compare the digest a caller gave with the bytes; returns it when it is a further name."""
        if digest is None or digest == manifest.digest:
            return None
        known = names.digest(digest) if sha512 else None
        if known is None or known.algorithm == "sha256" or not known.is_of(manifest.data):
            error = ImageDigestDoesNotMatchException(digest, self._repository.name, self._repository.registry_id)
            raise error.because(f"leave imageDigest={digest!r} out: the bytes are {manifest.digest}")
        return digest

    def _check_references(self, manifest: "Manifest") -> None:
        """Layers and children must be here already; a subject need not (facts/api 9.1, step 5)."""
        settings, where = self._world.settings, (self._repository.name, self._repository.registry_id)
        if len(manifest.data) > settings.quota_manifest_bytes:
            raise InvalidParameterException.too_long("imageManifest", settings.quota_manifest_bytes)
        if settings.quota_layers_per_image is not None and manifest.layers > settings.quota_layers_per_image:
            raise InvalidParameterException.too_many_layers()
        if not settings.lenient:
            layers = self._repository.of(Layers)
            wanted = dict.fromkeys(blob.digest for blob in manifest.blobs if not blob.foreign)
            missing = [digest for digest in wanted if layers.get(digest) is None]
            if missing:
                raise LayersNotFoundException.pushing(missing, *where).because(_ABSENT_HINT)
            lost = [child for child in manifest.children if self._images.get(child) is None]
            if lost:
                raise ReferencedImagesNotFoundException(lost, *where).because(_ABSENT_HINT)
        if len(self._images) >= settings.quota_images:
            raise LimitExceededException.images(settings.quota_images, *where)

    def _add(self, manifest: "Manifest", alias: str | None) -> Image:
        layers = self._repository.of(Layers)
        used = layers.use({blob.digest: blob.media_type for blob in manifest.blobs})
        sizes = [used[blob.digest].size if blob.digest in used else max(blob.size, 0) for blob in manifest.blobs]
        children = [image.size for child in manifest.children if (image := self._images.get(child))]
        ContentRefs(self._world).acquire_bytes(manifest.data, manifest.sha256)
        image = Image(
            digest=manifest.digest,
            sha256=manifest.sha256,
            media_type=manifest.media_type,
            pushed_at=self._world.clock.now(),
            number=self._world.ids.sequence(),
            size=max(children, default=0) if manifest.is_index else sum(sizes),
            blobs=tuple(dict.fromkeys(layer.digest for layer in used.values())),
            missing=tuple({b.digest: b.media_type for b in manifest.blobs if b.digest not in used}.items()),
            children=tuple(dict.fromkeys(self._resolved(child) for child in manifest.children)),
            subject=manifest.subject,
            artifact_type=manifest.artifact_type,
            aliases=(alias,) if alias else (),
            first=alias,
        )
        return self._images.save(image)

    def _resolved(self, child: str) -> str:
        """A child by its sha256, however the index names it, so that deletion sees the reference."""
        image = self._images.get(child)
        return image.digest if image else child

    def _tag(self, image: Image, tag: str) -> Image:
        limit = self._world.settings.quota_tags_per_image
        if len(image.tags) >= limit:
            raise LimitExceededException.tags(tag, limit, self._repository.name, self._repository.registry_id)
        return self._images.save(replace(image, tags=(*image.tags, tag)))

    def _alias(self, image: Image, alias: str | None) -> Image:
        if alias is None or alias in image.aliases:
            return image
        return self._images.save(replace(image, aliases=(*image.aliases, alias)))

    def _publish_push(self, image: Image, tag: str | None, *, added: bool = False) -> None:
        kinds = (image.media_type, image.artifact_type)
        what = self._repository.key, image.digest, tag
        self._world.bus.publish(ImagePushed(*what, *kinds, self._replica, added=added, pusher=self._pusher))
