"""When is an image copied to other registries? After each push and each restore, by jobs (facts/automation 3.2)."""

from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.images.events import ImageDeleted, ImagePushed, StorageClassChanged
from ecrmock.domain.images.images import Images
from ecrmock.domain.registry.events import RepositoryDeleted
from ecrmock.domain.registry.registries import demand, find
from ecrmock.domain.replication.copies import Replication, carry
from ecrmock.domain.replication.rules import Destination, ReplicationRules

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.engine.world import World

KIND = "replicate-image"
_COPY, _DELETE = "copy", "delete"


class Replicating(NamedTuple):
    """What is done with an image, or with one of its tags, in another registry."""

    repository: "RepositoryKey"
    digest: str
    tag: str | None
    destination: Destination
    verb: str
    """copy or delete: one kind of job, so that a delay keeps their order."""


def attach(world: "World") -> None:
    """Schedule a copy a destination; what arrives by replication goes no further (documented)."""
    world.schedule.handle(KIND, Replicating, lambda job: _do(world, job), outside=True)
    world.bus.subscribe(ImagePushed, lambda event: _send(world, event, (event.tag,)))
    world.bus.subscribe(StorageClassChanged, lambda event: _restored(world, event))
    world.bus.subscribe(ImageDeleted, lambda event: _deleted(world, event))
    world.bus.subscribe(RepositoryDeleted, lambda event: world.schedule.cancel_all(KIND, event.repository))


def _source(world: "World", key: "RepositoryKey") -> Replication:
    return demand(world, key).of(Replication)


def _schedule(world: "World", job: Replicating) -> None:
    world.schedule.cancel(KIND, job)
    world.schedule.add(KIND, job)


def _send(world: "World", event: ImagePushed | StorageClassChanged, tags: tuple[str | None, ...]) -> None:
    if event.replica or not world.of(ReplicationRules, *event.repository.registry).get():
        return
    for destination in _source(world, event.repository).begin(event.digest):
        for tag in tags:
            _schedule(world, Replicating(event.repository, event.digest, tag, destination, _COPY))


def _restored(world: "World", event: StorageClassChanged) -> None:
    if event.storage == "STANDARD":
        repository = find(world, event.repository)
        image = repository.of(Images).get(event.digest) if repository else None
        _send(world, event, (image.tags if image else ()) or (None,))


def _deleted(world: "World", event: ImageDeleted) -> None:
    source = _source(world, event.repository)
    if event.whole:
        source.forget(event.digest)
    for destination in source.deletions() if event.spreads else ():
        tag = None if event.whole else event.tag
        _schedule(world, Replicating(event.repository, event.digest, tag, destination, _DELETE))


def _do(world: "World", job: Replicating) -> None:
    if job.verb == _COPY:
        carry(world, job.repository, (job.digest, job.tag), job.destination)
        return

    def delete() -> None:
        repository = find(world, job.repository)
        if repository is not None:
            repository.of(Replication).delete(job.digest, job.tag, job.destination)

    world.transact(delete)
