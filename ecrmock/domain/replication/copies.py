"""How does an image get into another registry, may it, and how far has it got? (facts/automation 3.2)."""

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecrmock.base.store import Kind
from ecrmock.domain.images import manifests
from ecrmock.domain.images.image import ImageId
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.registry import trust
from ecrmock.domain.registry.registries import Registry, find
from ecrmock.domain.replication import rules as replication_rules
from ecrmock.domain.replication.rules import ReplicationRules
from ecrmock.domain.templates import Templates
from ecrmock.errors.base import ServiceError

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Image
    from ecrmock.domain.images.manifests import Manifest
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.domain.replication.rules import Destination, ReplicationRule
    from ecrmock.engine.world import World


@dataclass(frozen=True, slots=True)
class ReplicationStatus:
    """How far one image has got on its way to one registry."""

    digest: str
    destination: "Destination"
    number: int
    """Order: that of the configuration at the push."""
    state: str = "IN_PROGRESS"
    code: str | None = None
    """Why it is FAILED."""


STATUSES: Kind[ReplicationStatus] = Kind("replication-statuses", ReplicationStatus, digest=lambda row: [(row.digest,)])


_log = logging.getLogger("ecrmock")


class ReplicationRefusedError(Exception):
    """The destination does not take the image; the text is a failureCode."""


class Replication:
    """What one repository sends to other registries."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository."""
        self._repository = repository
        self._world = repository.world
        self._rows = repository.world.store.table(STATUSES)

    def begin(self, digest: str) -> "list[Destination]":
        """Where an image that was pushed now goes; each is in progress."""
        found = replication_rules.destinations(self._rules(), self._repository.name)
        for destination in found:
            self.start(digest, destination)
        return found

    def start(self, digest: str, destination: "Destination") -> None:
        """Note that an image is on its way there."""
        row = ReplicationStatus(digest, destination, self._world.ids.sequence())
        self._rows.put(self._repository.key, (digest, *destination), row)

    def deletions(self) -> "list[Destination]":
        """Where deletions go (User Guide, replication-delete)."""
        return replication_rules.destinations((rule for rule in self._rules() if rule.deletes), self._repository.name)

    def _rules(self) -> "tuple[ReplicationRule, ...]":
        return self._world.of(ReplicationRules, self._repository.registry_id, self._repository.region).get()

    def statuses(self, digest: str) -> list[ReplicationStatus]:
        """How far this image has got, in order of the configuration."""
        rows = self._rows.having(self._repository.key, "digest", digest)
        return sorted(rows, key=lambda row: row.number)

    def end(self, digest: str, destination: "Destination", code: str | None) -> None:
        """Note success, or a failure with its code; nothing where the image went meanwhile."""
        row = self._rows.get(self._repository.key, (digest, *destination))
        if row is not None:
            done = replace(row, state="FAILED" if code else "COMPLETE", code=code)
            self._rows.put(self._repository.key, (digest, *destination), done)

    def forget(self, digest: str) -> None:
        """Drop what is known of an image that went."""
        for row in self.statuses(digest):
            self._rows.delete(self._repository.key, (digest, *row.destination))

    def copy(self, digest: str, tag: str | None, destination: "Destination") -> None:
        """Put an image, what it lists, and this tag into the repository of the same name there.

        Nothing where the image is no longer on its way: it went, and came back perhaps. A tag that it has no longer
        is left out, for it may name a newer image here and there.

        Raises ReplicationRefusedError, and what a push raises.
        """
        image = self._repository.of(Images).get(digest)
        if image is None or self._rows.get(self._repository.key, (digest, *destination)) is None:
            return
        if tag not in image.tags:
            tag = None
        target = self._target(destination)
        self._repository.check_key()
        self._put(target, image, tag)

    def delete(self, digest: str, tag: str | None, destination: "Destination") -> None:
        """Do there what was done here: a tag went from an image with others, or the image with all its tags.

        An image that a list there holds, a tag that names another image there, and a registry whose policy does not
        let this account replicate are left alone (inferred).
        """
        registry = self._world.of(Registry, *destination)
        target = registry.existing(self._repository.name)
        if target is None or not self._allowed(registry, "ReplicateImage"):
            return
        if tag is None:
            target.of(Images).delete([ImageId(digest)], spreads=False)
        elif (image := target.of(Images).get(digest)) is not None and tag in image.tags:
            target.of(Images).untag(image, tag, spreads=False)

    def _target(self, destination: "Destination") -> "Repository":
        """The repository there, made if need be, by the template of that registry."""
        registry, name = self._world.of(Registry, *destination), self._repository.name
        if not self._allowed(registry, "ReplicateImage"):
            raise ReplicationRefusedError("DESTINATION_REGISTRY_ACCESS_DENIED")
        found = registry.existing(name)
        if found is not None:
            return found
        if not self._allowed(registry, "CreateRepository"):
            raise ReplicationRefusedError("REPOSITORY_NOT_FOUND")
        return self._world.of(Templates, *destination).create(name, "REPLICATION")

    def _allowed(self, registry: Registry, action: str) -> bool:
        """Whether the policy of the destination's registry lets the source account do this; its own may."""
        return trust.lets_in(registry, self._repository.registry_id, action, self._repository.name)

    def _put(self, target: "Repository", image: "Image", tag: str | None) -> None:
        """Children first, without recursion: lists of lists may be deep."""
        seen, todo = set(), [(image, False)]
        while todo:
            each, ready = todo.pop()
            if ready:
                self._put_one(target, each, tag if each is image else None)
            elif each.digest not in seen:
                seen.add(each.digest)
                todo.append((each, True))
                todo += [(listed, False) for listed in self._lacking(target, each)]

    def _manifest(self, image: "Image") -> "Manifest":
        return manifests.parse(
            self._repository.of(Images).manifest(image), image.media_type, closed=False, lenient=True
        )

    def _lacking(self, target: "Repository", image: "Image") -> "list[Image]":
        """What a list has here and not there."""
        missing = [child for child in self._manifest(image).children if target.of(Images).get(child) is None]
        return [listed for child in missing if (listed := self._repository.of(Images).get(child)) is not None]

    def _put_one(self, target: "Repository", image: "Image", tag: str | None) -> None:
        """Put an image there; a tag that is fixed there on another image is left out (documented)."""
        own, manifest = self._repository, self._manifest(image)
        for blob in manifest.blobs:
            if own.of(Layers).get(blob.digest) is not None:
                target.of(Layers).link(own.of(Layers), blob.digest)
        holder = target.of(Images).tagged(tag) if tag else None
        if tag and holder is not None and holder.digest != image.digest and target.fixed(tag):
            tag = None
        Push(target, replica=True).put(manifest, tag, image.first)


def carry(
    world: "World", key: "RepositoryKey", image: tuple[str, str | None], destination: "Destination"
) -> str | None:
    """Copy an image (digest, tag) of a repository wholly or not at all; note how it went.

    Opens its own transactions. Returns None, or the failureCode: another registry's refusal is a status, not an error.
    """
    digest, tag = image

    def source() -> Replication | None:
        repository = find(world, key)
        return None if repository is None else Replication(repository)  # else it went before it was copied

    def copy() -> None:
        if (found := source()) is not None:
            found.copy(digest, tag, destination)
            found.end(digest, destination, None)

    try:
        world.transact(copy)
    except Exception as error:  # noqa: BLE001 (whatever it is, the copy is not in progress for ever)
        code = _code(error)

        def fail() -> None:
            if (found := source()) is not None:
                found.end(digest, destination, code)

        world.transact(fail)
        return code
    return None


def _code(error: Exception) -> str:
    """The failureCode (facts/automation 3.2; of the values one is observed). A fault of ours is told to the log."""
    if isinstance(error, ReplicationRefusedError):
        return str(error)
    if not isinstance(error, ServiceError):
        _log.error("a copy to another registry failed", exc_info=error)
    codes = {"KmsException": "KMS_ERROR", "RepositoryNotFoundException": "REPOSITORY_NOT_FOUND"}
    return codes.get(type(error).__name__, "INTERNAL_ERROR")
