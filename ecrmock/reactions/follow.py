"""When do the referrers of a deleted image go? Within 24 hours (control-plane.md 9.3), unless it is back by then."""

from typing import TYPE_CHECKING

from ecrmock.domain.events import ImageDeleted, RepositoryDeleted
from ecrmock.domain.registries import standing

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.images import Images
    from ecrmock.domain.world import World

KIND = "delete-referrers"
_DAY = 86_400


def attach(world: "World") -> None:
    """Book the end of what refers to an image that went; what nobody ever saw a subject of stays."""
    world.agenda.handle(KIND, lambda row: _delete(world, row))

    def deleted(event: ImageDeleted) -> None:
        repository = standing(world, event[:3])
        if not event.whole or repository is None:
            return
        for digest in (event.digest, *event.aliases):
            if repository.images.referrers(digest, status="ANY"):
                subject = (*repository.place, digest, str(world.clock.now()))
                world.agenda.cancel(KIND, subject)  # an image goes once a tag
                world.agenda.book(KIND, subject, after=_DAY)

    world.bus.subscribe(ImageDeleted, deleted)
    # another repository of that name is not to pay for what this one held
    world.bus.subscribe(RepositoryDeleted, lambda event: world.agenda.cancel_within(KIND, tuple(event)))


def _delete(world: "World", row: "Due") -> None:
    repository, (digest, then) = standing(world, row.subject), row.subject[3:]
    if repository is not None and repository.images.get(digest) is None:
        _sweep(repository.images, digest, float(then))


def _sweep(images: "Images", digest: str, then: float) -> None:
    """Those that were there when it went, and theirs in turn; one that a list holds stays."""
    todo = [digest]
    for each in todo:  # grows while it is walked: a chain of referrers may be as long as it likes
        for referrer in images.referrers(each, status="ANY"):
            if referrer.pushed_at <= then and not images.parents(referrer.digest):
                images.drop(referrer)
                todo += [referrer.digest, *referrer.aliases]
