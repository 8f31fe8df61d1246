"""When do lifecycle policies act, and previews come? Every 24 hours of world time, by jobs (facts/automation 1.4)."""

from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.images.events import ImageDeleted, ImagePushed, StorageClassChanged
from ecrmock.domain.lifecycle.events import LifecyclePolicyChanged, PreviewStarted
from ecrmock.domain.lifecycle.policies import PREVIEW, RUN, LifecyclePolicy
from ecrmock.domain.registry.events import RepositoryDeleted
from ecrmock.domain.registry.registries import find

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World


class PolicyJob(NamedTuple):
    """A repository whose lifecycle policy is to act, or whose preview is to be made."""

    repository: "RepositoryKey"


def attach(world: "World") -> None:
    """Schedule each policy's next evaluation that can change something.

    A day on which no image grows too old and nothing happened is skipped, so that ten years pass at once; pulls only
    ever put a date off.
    """
    world.schedule.handle(RUN, PolicyJob, lambda job: _run(world, job))
    world.schedule.handle(PREVIEW, PolicyJob, lambda job: _preview(world, job))

    def changed(event: LifecyclePolicyChanged | ImagePushed | ImageDeleted | StorageClassChanged) -> None:
        _schedule(find(world, event.repository), world.clock.now())

    world.bus.subscribe(LifecyclePolicyChanged, changed)
    world.bus.subscribe(ImagePushed, changed)
    world.bus.subscribe(ImageDeleted, changed)
    world.bus.subscribe(StorageClassChanged, changed)
    world.bus.subscribe(PreviewStarted, lambda event: world.schedule.add(PREVIEW, PolicyJob(event.repository)))

    def deleted(event: RepositoryDeleted) -> None:
        for kind in (RUN, PREVIEW):
            world.schedule.cancel(kind, PolicyJob(event.repository))

    world.bus.subscribe(RepositoryDeleted, deleted)


def _schedule(repository: "Repository | None", moment: float) -> None:
    """Let the first evaluation later than this moment be the next; none where there is no policy."""
    if repository is None:
        return
    schedule, job = repository.world.schedule, PolicyJob(repository.key)
    schedule.cancel(RUN, job)
    if repository.row.lifecycle is not None:
        when = repository.of(LifecyclePolicy).tick_after(moment)
        schedule.add(RUN, job, after=when - repository.world.clock.now())


def _run(world: "World", job: PolicyJob) -> None:
    repository = find(world, job.repository)
    if repository is None or repository.row.lifecycle is None:
        return
    found, now = repository.of(LifecyclePolicy).run(), world.clock.now()
    moment = now if found.acts else found.next_change(now)  # what it did may let more go tomorrow
    if moment is not None:
        _schedule(repository, moment)


def _preview(world: "World", job: PolicyJob) -> None:
    repository = find(world, job.repository)
    if repository is not None:
        repository.of(LifecyclePolicy).make_preview()
