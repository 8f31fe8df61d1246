"""When is an archived image back? By a due row: real ECR takes up to twenty minutes (control-plane.md 1.10)."""

from typing import TYPE_CHECKING

from ecrmock.domain.events import ImageDeleted, RestoreStarted, StorageClassChanged
from ecrmock.domain.registries import standing

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.world import World

KIND = "restore-image"


def attach(world: "World") -> None:
    """Book the end of each restore; `delays` may make it manual or later (policies-and-automation.md 0.4)."""
    world.agenda.handle(KIND, lambda row: _activate(world, row))

    def started(event: RestoreStarted) -> None:
        world.agenda.book(KIND, (event.account, event.region, event.repository, event.digest))

    def over(event: StorageClassChanged | ImageDeleted) -> None:
        # a restore that ended otherwise must not bring back what is archived later
        world.agenda.cancel(KIND, (event.account, event.region, event.repository, event.digest))

    world.bus.subscribe(RestoreStarted, started)
    world.bus.subscribe(StorageClassChanged, over)
    world.bus.subscribe(ImageDeleted, lambda event: over(event) if event.whole else None)


def _activate(world: "World", row: "Due") -> None:
    repository = standing(world, row.subject)
    if repository is not None:
        repository.images.activate(row.subject[3])
