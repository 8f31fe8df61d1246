"""When do unfinished uploads and layers that no image uses go? After their grace, by jobs."""

from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.images.events import LayerDropped, LayerStored, UploadEnded, UploadStarted
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.uploads import Uploads
from ecrmock.domain.registry.registries import find

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.engine.world import World

_HOUR = 3600
EXPIRE, COLLECT = "expire-upload", "collect-layer"


class ExpiringUpload(NamedTuple):
    """An upload that nobody has finished."""

    repository: "RepositoryKey"
    upload: str


class UnusedLayer(NamedTuple):
    """A layer, with its time: one that went and came back has a grace of its own."""

    repository: "RepositoryKey"
    digest: str
    stored_at: float


def attach(world: "World") -> None:
    """Schedule the end of each upload and of each new layer's grace (facts/api 8.3)."""
    settings, schedule = world.settings, world.schedule
    schedule.handle(EXPIRE, ExpiringUpload, lambda job: _expire(world, job))
    schedule.handle(COLLECT, UnusedLayer, lambda job: _collect(world, job))

    def started(event: UploadStarted) -> None:
        schedule.add(EXPIRE, ExpiringUpload(event.repository, event.upload), after=settings.upload_hours * _HOUR)

    def ended(event: UploadEnded) -> None:
        schedule.cancel(EXPIRE, ExpiringUpload(event.repository, event.upload))

    def stored(event: LayerStored) -> None:
        job = UnusedLayer(event.repository, event.digest, event.stored_at)
        schedule.add(COLLECT, job, after=settings.layer_hours * _HOUR)

    def dropped(event: LayerDropped) -> None:
        schedule.cancel(COLLECT, UnusedLayer(event.repository, event.digest, event.stored_at))

    world.bus.subscribe(UploadStarted, started)
    world.bus.subscribe(UploadEnded, ended)
    world.bus.subscribe(LayerStored, stored)
    world.bus.subscribe(LayerDropped, dropped)


def _expire(world: "World", job: ExpiringUpload) -> None:
    repository = find(world, job.repository)
    if repository:
        repository.of(Uploads).expire(job.upload)


def _collect(world: "World", job: UnusedLayer) -> None:
    repository = find(world, job.repository)
    if repository:
        repository.of(Layers).collect(job.digest, stored_at=job.stored_at)
