"""How does an image get here from an upstream? Read without the lock, checked to the last byte, stored at once."""

import contextlib
import logging
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.blobs import Content
from ecrmock.domain import names
from ecrmock.domain.images import manifests
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.names import RepositoryKey
from ecrmock.domain.pull_through.checks import Checks
from ecrmock.domain.pull_through.events import CacheAsked
from ecrmock.domain.pull_through.upstreams import OPEN_SOURCE, MissingError, RefusedError, Source, UpstreamError
from ecrmock.domain.pull_through.validation import access_to
from ecrmock.domain.registry.registries import find
from ecrmock.domain.templates import Templates
from ecrmock.errors.base import ServiceError
from ecrmock.errors.ecr import InvalidParameterException, LimitExceededException, RepositoryNotFoundException
from ecrmock.errors.ecr_images import UnableToGetUpstreamImageException

if TYPE_CHECKING:
    from ecrmock.domain.images.image import ImageId
    from ecrmock.domain.images.manifests import Descriptor, Manifest
    from ecrmock.domain.pull_through.rules import CacheRule
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World

_log = logging.getLogger("ecrmock")
_MOST_MANIFESTS, _DEEPEST = 1_000, 8
"""In one image: a list of lists must end somewhere."""


class Blob(NamedTuple):
    """A layer or config that came."""

    content: Content
    sha256: str
    alias: str | None


class Import:
    """Brings one image, and what it lists, into one repository."""

    def __init__(
        self, world: "World", key: RepositoryKey, rule: "CacheRule", wanted: "ImageId", chain: tuple[str, ...]
    ) -> None:
        """Make ready to bring what is wanted into the repository of this key; nothing is asked yet."""
        self._world = world
        self._key = key
        self._rule = rule
        self._tag = wanted.tag
        self._reference = wanted.tag or wanted.digest or ""
        self._theirs = rule.upstream_name(key.name)
        self._chain = chain
        self._manifests: dict[str, Manifest] = {}
        self._blobs: dict[str, Blob] = {}

    def run(self) -> None:
        """Ask, and keep what comes in one transaction; nothing is left of what fails.

        Raises MissingError where the upstream has no such image, UnableToGetUpstreamImageException,
        RepositoryNotFoundException where the repository cannot be made, LimitExceededException.
        """
        try:
            self._bring()
        except MissingError:
            self._world.transact(lambda: self._publish(None))
            raise
        except (UpstreamError, ServiceError) as error:
            self._world.transact(lambda: self._publish(None))
            if isinstance(error, RepositoryNotFoundException | LimitExceededException):
                raise
            why = error.message if isinstance(error, ServiceError) else str(error)
            _log.warning("pull through cache: %s from %s: %s", self._key.name, self._rule.url, why)
            raise self._refusal(error, why) from error

    def _refusal(self, error: Exception, why: str) -> UnableToGetUpstreamImageException:
        """Another registry of ECR's is asked in a role, every other one with a login."""
        if isinstance(error, RefusedError) and self._rule.kind != "ecr":
            return UnableToGetUpstreamImageException.unauthenticated(why)
        return UnableToGetUpstreamImageException(why)

    def _bring(self) -> None:
        with self._world.lock:
            access = access_to(self._world, self._key.registry, self._rule, self._chain)
        source = self._world.at(OPEN_SOURCE)(access)
        with contextlib.closing(source):
            top = self._manifest(source, self._reference)
            if self._world.transact(lambda: self._stands(top)):
                return
            try:
                self._collect(source, top)
            except MissingError as error:  # a part of what is there
                raise UpstreamError(f"{self._rule.url} lacks a part of {self._theirs}: {error}") from error
        self._world.transact(lambda: self._keep(top))

    # -- asked without the lock

    def _manifest(self, source: Source, reference: str) -> "Manifest":
        """A manifest that is what its digest says. Raises UpstreamError."""
        found = source.manifest(self._theirs, reference)
        if len(found.data) > self._world.settings.quota_manifest_bytes:
            raise UpstreamError(f"the manifest of {reference} is too large")
        try:
            manifest = manifests.parse(found.data, found.media_type, closed=False)
        except InvalidParameterException:
            raise UpstreamError(f"what it gives for {reference} is no manifest ({found.media_type})") from None
        asked = [reference] if ":" in reference else []
        for digest in (*asked, *([found.digest] if found.digest else [])):
            if digest != manifest.digest and not _is_of(found.data, digest):
                raise UpstreamError(f"the manifest of {reference} does not have the digest {digest}")
        return manifest

    def _collect(self, source: Source, manifest: "Manifest", depth: int = 0) -> None:
        """Read what is not here yet: children first, then layers. Raises UpstreamError."""
        if manifest.digest in self._manifests:
            return
        if len(self._manifests) >= _MOST_MANIFESTS or depth > _DEEPEST:
            raise UpstreamError(f"{self._reference} lists more than {_MOST_MANIFESTS} manifests, or lists of lists")
        self._manifests[manifest.digest] = manifest
        children, blobs = self._lacking(manifest)
        for child in children:
            self._collect(source, self._manifest(source, child), depth + 1)
        for blob in blobs:
            if blob.digest not in self._blobs:
                self._blobs[blob.digest] = self._blob(source, blob)
        # after what it refers to, which is the order in which they can be put
        self._manifests[manifest.digest] = self._manifests.pop(manifest.digest)

    def _lacking(self, manifest: "Manifest") -> "tuple[list[str], list[Descriptor]]":
        """Children and layers of a manifest that the repository does not have."""
        wanted = [blob for blob in manifest.blobs if not blob.foreign]
        with self._world.lock:
            repository = find(self._world, self._key)
            if repository is None:
                return list(manifest.children), wanted
            children = [child for child in manifest.children if repository.of(Images).get(child) is None]
            return children, [blob for blob in wanted if repository.of(Layers).get(blob.digest) is None]

    def _blob(self, source: Source, wanted: "Descriptor") -> Blob:
        """The bytes of one layer, if they are as many as they should be and have its digest. Raises UpstreamError."""
        most = self._world.settings.quota_layer_bytes
        if wanted.size > most:
            raise UpstreamError(f"the layer {wanted.digest} is larger than a layer may be")
        upload = f"pull-{self._world.ids.uuid()}"
        writer = self._world.blobs.writer(upload)
        try:
            for block in source.blob(self._theirs, wanted.digest):
                writer.write(block)
                if writer.size > (most if wanted.size < 0 else wanted.size):
                    break
            algorithm, _, encoded = wanted.digest.partition(":")
            if algorithm != "sha256":
                writer.compute(algorithm)
            found = writer.sha256() if algorithm == "sha256" else writer.other(algorithm)
            if found != encoded or wanted.size not in {-1, writer.size}:
                raise UpstreamError(f"the layer {wanted.digest} has other bytes than it should")
            return Blob(writer.content(), writer.sha256(), None if algorithm == "sha256" else wanted.digest)
        finally:
            self._world.blobs.drop(upload)

    # -- in a transaction

    def _stands(self, top: "Manifest") -> bool:
        """Whether the tag stays as it is: on the same image, or fixed on another; then it was asked for now."""
        repository = find(self._world, self._key)
        holder = repository.of(Images).tagged(self._tag) if repository is not None and self._tag else None
        if repository is None or holder is None or not self._tag:
            return False
        if holder.digest != top.digest and not repository.fixed(self._tag):
            return False
        Checks(repository).note(self._tag)
        self._publish(holder.digest)
        return True

    def _keep(self, top: "Manifest") -> None:
        """Store all of it as a push of the registry's own account does, so that what follows a push follows."""
        repository = find(self._world, self._key) or self._create()
        for blob in self._blobs.values():
            repository.of(Layers).store(blob.content, blob.sha256, blob.alias, cached=True)
        push = Push(repository, pusher=self._key.account)
        for manifest in self._manifests.values():
            if manifest.digest != top.digest:
                push.put(manifest, None)
        alias = self._reference if self._reference.startswith("sha512:") else None
        push.put(top, self._tag, alias)
        if self._tag:
            Checks(repository).note(self._tag)
        self._publish(top.digest)

    def _create(self) -> "Repository":
        return self._world.of(Templates, *self._key.registry).create(self._key.name, "PULL_THROUGH_CACHE")

    def _publish(self, digest: str | None) -> None:
        rule = self._rule
        event = CacheAsked(self._key, rule.prefix, rule.url, self._tag, digest, digest is not None)
        self._world.bus.publish(event)


def _is_of(data: bytes, digest: str) -> bool:
    """Whether bytes have a digest of an algorithm that is known here."""
    known = names.digest(digest)
    return known is not None and known.is_of(data)
