"""When do the referrers of a deleted image go? Within 24 hours (facts/api 9.3), unless it is back by then."""

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.walks import walk
from ecrmock.domain.images.events import ImageDeleted
from ecrmock.domain.images.images import Images
from ecrmock.domain.registry.events import RepositoryDeleted
from ecrmock.domain.registry.registries import find

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.engine.world import World

KIND = "delete-referrers"
_DAY = 86_400


class Orphans(NamedTuple):
    """The referrers of an image that went then, by one of its digests."""

    repository: "RepositoryKey"
    digest: str
    at: float


def attach(world: "World") -> None:
    """Schedule the end of what refers to an image that went; what nobody ever saw a subject of stays."""
    world.schedule.handle(KIND, Orphans, lambda job: _delete(world, job))

    def deleted(event: ImageDeleted) -> None:
        repository = find(world, event.repository)
        if not event.whole or repository is None:
            return
        for digest in (event.digest, *event.aliases):
            if repository.of(Images).referrers(digest, status="ANY"):
                job = Orphans(event.repository, digest, world.clock.now())
                world.schedule.cancel(KIND, job)  # an image goes once a tag
                world.schedule.add(KIND, job, after=_DAY)

    world.bus.subscribe(ImageDeleted, deleted)
    # another repository of that name is not to pay for what this one held
    world.bus.subscribe(RepositoryDeleted, lambda event: world.schedule.cancel_all(KIND, event.repository))


def _delete(world: "World", job: Orphans) -> None:
    """Those that were there when it went, and theirs in turn; one that a list holds stays."""
    repository = find(world, job.repository)
    images = repository.of(Images) if repository else None
    if images is None or images.get(job.digest) is not None:
        return

    def further(digest: str) -> list[str]:
        names = []
        for each in images.referrers(digest, status="ANY"):
            if each.pushed_at <= job.at and not images.parents(each.digest):
                images.drop(each)
                names += [each.digest, *each.aliases]
        return names

    deque(walk(job.digest, further), maxlen=0)
