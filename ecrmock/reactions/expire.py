"""When do lifecycle policies act, and previews come? Every 24 hours of world time, by due rows (part B, 1.4)."""

from typing import TYPE_CHECKING

from ecrmock.domain.events import (
    ImageDeleted,
    ImagePushed,
    LifecyclePolicyChanged,
    PreviewStarted,
    RepositoryDeleted,
    StorageClassChanged,
)
from ecrmock.domain.expiry import PREVIEW, RUN
from ecrmock.domain.registries import standing

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.repositories import Repository
    from ecrmock.domain.world import World


def attach(world: "World") -> None:
    """Book each policy's next evaluation that can change something.

    A day on which no image grows too old and nothing happened is skipped, so that ten years pass at once; pulls only
    ever put a date off.
    """
    world.agenda.handle(RUN, lambda row: _run(world, row))
    world.agenda.handle(PREVIEW, lambda row: _preview(world, row))

    def changed(event: LifecyclePolicyChanged | ImagePushed | ImageDeleted | StorageClassChanged) -> None:
        _book(standing(world, event[:3]), world.clock.now())

    world.bus.subscribe(LifecyclePolicyChanged, changed)
    world.bus.subscribe(ImagePushed, changed)
    world.bus.subscribe(ImageDeleted, changed)
    world.bus.subscribe(StorageClassChanged, changed)
    world.bus.subscribe(PreviewStarted, lambda event: world.agenda.book(PREVIEW, tuple(event)))

    def deleted(event: RepositoryDeleted) -> None:
        for kind in (RUN, PREVIEW):
            world.agenda.cancel(kind, tuple(event))

    world.bus.subscribe(RepositoryDeleted, deleted)


def _book(repository: "Repository | None", moment: float) -> None:
    """Let the first evaluation later than this moment be the next; none where there is no policy."""
    if repository is None:
        return
    agenda = repository.world.agenda
    agenda.cancel(RUN, repository.place)
    if repository.row.lifecycle is not None:
        when = repository.expiry.tick_after(moment)
        agenda.book(RUN, repository.place, after=when - repository.world.clock.now())


def _run(world: "World", row: "Due") -> None:
    repository = standing(world, row.subject)
    if repository is None or repository.row.lifecycle is None:
        return
    found, now = repository.expiry.run(), world.clock.now()
    moment = now if found.acts else found.next_change(now)  # what it did may let more go tomorrow
    if moment is not None:
        _book(repository, moment)


def _preview(world: "World", row: "Due") -> None:
    repository = standing(world, row.subject)
    if repository is not None:
        repository.expiry.make_preview()
