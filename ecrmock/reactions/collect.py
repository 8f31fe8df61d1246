"""When do unfinished uploads and layers that no image uses go? After their grace, by due rows."""

from typing import TYPE_CHECKING

from ecrmock.domain.events import LayerStored, UploadEnded, UploadStarted
from ecrmock.domain.registries import standing

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.world import World

_HOUR = 3600


def attach(world: "World") -> None:
    """Book the end of each upload and of each new layer's grace (control-plane.md 8.3)."""
    settings, agenda = world.settings, world.agenda
    agenda.handle("expire-upload", lambda row: _expire(world, row))
    agenda.handle("collect-layer", lambda row: _collect(world, row))

    def started(event: UploadStarted) -> None:
        subject = (event.account, event.region, event.repository, event.upload)
        agenda.book("expire-upload", subject, after=settings.upload_hours * _HOUR)

    def ended(event: UploadEnded) -> None:
        agenda.cancel("expire-upload", (event.account, event.region, event.repository, event.upload))

    def stored(event: LayerStored) -> None:
        # with the time: a layer that went and came back has a grace of its own
        subject = (event.account, event.region, event.repository, event.digest, str(world.clock.now()))
        agenda.book("collect-layer", subject, after=settings.layer_hours * _HOUR)

    world.bus.subscribe(UploadStarted, started)
    world.bus.subscribe(UploadEnded, ended)
    world.bus.subscribe(LayerStored, stored)


def _expire(world: "World", row: "Due") -> None:
    repository = standing(world, row.subject)
    if repository:
        repository.uploads.expire(row.subject[3])


def _collect(world: "World", row: "Due") -> None:
    repository = standing(world, row.subject)
    if repository:
        repository.layers.collect(row.subject[3], stored_at=float(row.subject[4]))
