"""When is an archived image back? By a job: real ECR takes up to twenty minutes (facts/api 1.10)."""

from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.images.events import ImageDeleted, RestoreStarted, StorageClassChanged
from ecrmock.domain.images.images import Images
from ecrmock.domain.registry.registries import find

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.engine.world import World

KIND = "restore-image"


class Restoring(NamedTuple):
    """An image on its way back."""

    repository: "RepositoryKey"
    digest: str


def attach(world: "World") -> None:
    """Schedule the end of each restore; `delays` may make it manual or later (facts/automation 0.4)."""
    world.schedule.handle(KIND, Restoring, lambda job: _activate(world, job))

    def started(event: RestoreStarted) -> None:
        world.schedule.add(KIND, Restoring(event.repository, event.digest))

    def over(event: StorageClassChanged | ImageDeleted) -> None:
        # a restore that ended otherwise must not bring back what is archived later
        world.schedule.cancel(KIND, Restoring(event.repository, event.digest))

    world.bus.subscribe(RestoreStarted, started)
    world.bus.subscribe(StorageClassChanged, over)
    world.bus.subscribe(ImageDeleted, lambda event: over(event) if event.whole else None)


def _activate(world: "World", job: Restoring) -> None:
    repository = find(world, job.repository)
    if repository is not None:
        repository.of(Images).activate(job.digest)
