"""When is an image copied to other registries? After each push and each restore, by due rows (part B, 3.2)."""

from typing import TYPE_CHECKING

from ecrmock.domain.events import ImageDeleted, ImagePushed, StorageClassChanged
from ecrmock.domain.registries import Registry
from ecrmock.domain.replication import RefusedError, Replication
from ecrmock.domain.replication_rules import Destination
from ecrmock.errors import ServiceError

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

    def source() -> Replication | None:
        repository = world.of(Registry, account, region).existing(name)
        return None if repository is None else Replication(repository)  # else it went before it was copied

    def work() -> None:
        if (found := source()) is not None:
            found.copy(digest, tag or None, destination)
            found.end(digest, destination, None)

    try:
        world.transact(work)
    except (RefusedError, ServiceError) as error:
        code = _code(error)

        def failed() -> None:
            if (found := source()) is not None:
                found.end(digest, destination, code)

        world.transact(failed)


def _code(error: Exception) -> str:
    """The failureCode; the values are inferred (3.2)."""
    if isinstance(error, RefusedError):
        return str(error)
    codes = {"KmsException": "KmsError", "RepositoryNotFoundException": "RepositoryNotFound"}
    return codes.get(type(error).__name__, "InternalError")
