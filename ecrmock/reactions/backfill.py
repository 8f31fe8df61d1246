"""When are replication backfills worked off? Found first, then copied one after the other, a job each."""

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.names import RepositoryKey
from ecrmock.domain.replication.backfills import Backfills
from ecrmock.domain.replication.copies import carry
from ecrmock.domain.replication.events import BackfillEnded, BackfillStarted

if TYPE_CHECKING:
    from ecrmock.domain.names import RegistryKey
    from ecrmock.engine.world import World

KIND = "replication-backfill"
_FORGET = "forget-backfill"
_KEPT = 90 * 86_400
"""Seconds for which one that is over is still told of (documented)."""


class BackfillJob(NamedTuple):
    """The next step of a backfill; its id is its lane."""

    registry: "RegistryKey"
    backfill: str

    @property
    def lane(self) -> tuple[str, ...]:
        """The steps of one backfill are done one after the other."""
        return (*self.registry, self.backfill)


def attach(world: "World") -> None:
    """Schedule the steps of each, `delays` before the first of finding and of copying, and its end."""
    schedule, lane = world.schedule, attrgetter("lane")
    schedule.handle(KIND, BackfillJob, lambda job: _work(world, job), outside=True, lane=lane)
    schedule.handle(_FORGET, BackfillJob, lambda job: _rows(world, job).forget(job.backfill), lane=lane)

    def over(event: BackfillEnded) -> None:
        job = BackfillJob(event.registry, event.backfill)
        schedule.cancel(KIND, job)
        schedule.add(_FORGET, job, after=_KEPT)

    world.bus.subscribe(BackfillStarted, lambda event: schedule.add(KIND, BackfillJob(event.registry, event.backfill)))
    world.bus.subscribe(BackfillEnded, over)


def _rows(world: "World", job: BackfillJob) -> Backfills:
    return world.of(Backfills, *job.registry)


def _work(world: "World", job: BackfillJob) -> None:
    """Find the images, or copy one: a job each, so that nobody waits for a whole backfill."""
    rows = _rows(world, job)

    def prepared() -> bool:
        found = rows.prepare(job.backfill)
        if found:
            world.schedule.add(KIND, job)
        return found

    if world.transact(prepared):
        return
    found = world.transact(lambda: rows.next(job.backfill))
    if found is None:
        return
    going, item = found
    code = carry(world, RepositoryKey(*job.registry, item.repository), (item.digest, item.tag), going.destination)

    def note() -> None:
        world.schedule.go_on(KIND, job)
        rows.done(job.backfill, item, code)  # where that was the last, it takes back the next step

    world.transact(note)
