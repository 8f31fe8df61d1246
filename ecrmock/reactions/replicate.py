"""When is an image copied to other registries? After each push and each restore, by due rows (part B, 3.2)."""

from typing import TYPE_CHECKING

from ecrmock.domain.events import ImageDeleted, ImagePushed, StorageClassChanged
from ecrmock.domain.registries import Registry
from ecrmock.domain.replication import RefusedError, Replication
from ecrmock.domain.replication_rules import Destination
from ecrmock.errors import KmsException, RepositoryNotFoundException, ServiceError

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.world import World

KIND = "replicate-image"


def attach(world: "World") -> None:
    """Book a copy a destination; what arrives by replication goes no further (documented)."""
    world.agenda.handle(KIND, lambda row: _copy(world, row), outside=True)

    def send(event: ImagePushed | StorageClassChanged, tags: tuple[str | None, ...]) -> None:
        registry = world.of(Registry, event.account, event.region)
        if event.replica or not registry.row.replication:
            return
        for destination in Replication(registry.repository(event.repository)).begin(event.digest):
            for tag in tags:
                subject = (event.account, event.region, event.repository, event.digest, tag or "", *destination)
                world.agenda.cancel(KIND, subject)
                world.agenda.book(KIND, subject)

    def restored(event: StorageClassChanged) -> None:
        if event.storage == "STANDARD":
            repository = world.of(Registry, event.account, event.region).repository(event.repository)
            image = repository.images.get(event.digest)
            send(event, (image.tags if image else ()) or (None,))

    def deleted(event: ImageDeleted) -> None:
        if event.whole:
            Replication(world.of(Registry, event.account, event.region).repository(event.repository)).forget(
                event.digest
            )

    world.bus.subscribe(ImagePushed, lambda event: send(event, (event.tag,)))
    world.bus.subscribe(StorageClassChanged, restored)
    world.bus.subscribe(ImageDeleted, deleted)


def _copy(world: "World", row: "Due") -> None:
    """Copy wholly or not at all, then say how it went; another account's refusal is a status, not an error."""
    account, region, name, digest, tag, *rest = row.subject
    destination = Destination(*rest)

    def work() -> None:
        source = Replication(world.of(Registry, account, region).repository(name))
        source.copy(digest, tag or None, destination)
        source.end(digest, destination, None)

    try:
        world.transact(work)
    except RepositoryNotFoundException:
        return  # it went before it was copied
    except (RefusedError, ServiceError) as error:
        code = _code(error)
        world.transact(
            lambda: Replication(world.of(Registry, account, region).repository(name)).end(digest, destination, code)
        )


def _code(error: Exception) -> str:
    if isinstance(error, RefusedError):
        return str(error)
    return "KmsError" if isinstance(error, KmsException) else "InternalError"
