"""When is an image copied to other registries? After each push and each restore, by due rows (part B, 3.2)."""

from typing import TYPE_CHECKING

from ecrmock.domain.events import ImageDeleted, ImagePushed, RepositoryDeleted, StorageClassChanged
from ecrmock.domain.registries import Registry, standing
from ecrmock.domain.replication import Replication, carry
from ecrmock.domain.replication_rules import Destination

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.world import World

KIND = "replicate-image"
_COPY, _DELETE = "copy", "delete"
"""What is done there; one kind of due work, so that a delay keeps their order."""


def attach(world: "World") -> None:
    """Book a copy a destination; what arrives by replication goes no further (documented)."""
    world.agenda.handle(KIND, lambda row: _do(world, row), outside=True)
    world.bus.subscribe(ImagePushed, lambda event: _send(world, event, (event.tag,)))
    world.bus.subscribe(StorageClassChanged, lambda event: _restored(world, event))
    world.bus.subscribe(ImageDeleted, lambda event: _deleted(world, event))
    world.bus.subscribe(RepositoryDeleted, lambda event: world.agenda.cancel_within(KIND, tuple(event)))


def _source(world: "World", event: ImagePushed | StorageClassChanged | ImageDeleted) -> Replication:
    return Replication(world.of(Registry, event.account, event.region).repository(event.repository))


def _book(world: "World", subject: tuple[str, ...]) -> None:
    world.agenda.cancel(KIND, subject)
    world.agenda.book(KIND, subject)


def _send(world: "World", event: ImagePushed | StorageClassChanged, tags: tuple[str | None, ...]) -> None:
    if event.replica or not world.of(Registry, event.account, event.region).row.replication:
        return
    for destination in _source(world, event).begin(event.digest):
        for tag in tags:
            _book(world, (*event[:4], tag or "", *destination, _COPY))


def _restored(world: "World", event: StorageClassChanged) -> None:
    if event.storage == "STANDARD":
        repository = world.of(Registry, event.account, event.region).repository(event.repository)
        image = repository.images.get(event.digest)
        _send(world, event, (image.tags if image else ()) or (None,))


def _deleted(world: "World", event: ImageDeleted) -> None:
    source = _source(world, event)
    if event.whole:
        source.forget(event.digest)
    for destination in source.deletions() if event.spreads else ():
        _book(world, (*event[:4], "" if event.whole else event.tag or "", *destination, _DELETE))


def _do(world: "World", row: "Due") -> None:
    account, region, name, digest, tag, *rest, deed = row.subject
    destination = Destination(*rest)
    if deed == _COPY:
        carry(world, (account, region, name), (digest, tag or None), destination)
        return

    def delete() -> None:
        repository = standing(world, row.subject)
        if repository is not None:
            Replication(repository).delete(digest, tag or None, destination)

    world.transact(delete)
