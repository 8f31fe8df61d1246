"""When is an image scanned? After a push or restore where rules say so, and when asked, by jobs.

See facts/automation 2.
"""

import logging
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.images.events import ImageDeleted, ImagePushed, StorageClassChanged
from ecrmock.domain.images.images import Images
from ecrmock.domain.registry.registries import Registry, find
from ecrmock.domain.scanning import jobs as scan_jobs
from ecrmock.domain.scanning import outcomes
from ecrmock.domain.scanning import rules as scan_rules
from ecrmock.domain.scanning.events import ScanningConfigured, ScanStarted
from ecrmock.domain.scanning.records import Scan
from ecrmock.domain.scanning.rules import ENHANCED
from ecrmock.domain.scanning.scans import Scans

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey
    from ecrmock.engine.world import World

SCAN, ENROL = "scan-image", "enrol-in-enhanced-scanning"
_log = logging.getLogger("ecrmock")


class Scanning(NamedTuple):
    """A scan of one image by one engine."""

    repository: "RepositoryKey"
    digest: str
    engine: str


class Enrolling(NamedTuple):
    """A repository that enhanced scanning takes in."""

    repository: "RepositoryKey"


def attach(world: "World") -> None:
    """Schedule scans; a list is not scanned itself, a new tag or a push that changes nothing starts none (inferred)."""
    world.schedule.handle(SCAN, Scanning, lambda job: _scan(world, job), outside=True)
    world.schedule.handle(ENROL, Enrolling, lambda job: _enrol(world, job))

    def arrived(event: ImagePushed | StorageClassChanged) -> None:
        repository = find(world, event.repository)
        image = repository.of(Images).get(event.digest) if repository else None
        if repository is not None and image is not None:
            repository.of(Scans).arrived(image)

    def stored(event: StorageClassChanged) -> None:
        if event.storage == "STANDARD":
            arrived(event)
            return
        _cancel(world, event)
        repository = find(world, event.repository)
        if repository is not None:
            repository.of(Scans).archive(event.digest)

    def deleted(event: ImageDeleted) -> None:
        if not event.whole:
            return
        _cancel(world, event)
        repository = find(world, event.repository)
        if repository is not None:
            repository.of(Scans).forget(event.digest)

    def started(event: ScanStarted) -> None:
        job = Scanning(event.repository, event.digest, event.engine)
        world.schedule.cancel(SCAN, job)
        world.schedule.add(SCAN, job)

    world.bus.subscribe(ImagePushed, lambda event: arrived(event) if event.added else None)
    world.bus.subscribe(StorageClassChanged, stored)
    world.bus.subscribe(ImageDeleted, deleted)
    world.bus.subscribe(ScanStarted, started)
    world.bus.subscribe(ScanningConfigured, lambda event: _configured(world, event))


def _cancel(world: "World", event: StorageClassChanged | ImageDeleted) -> None:
    for engine in (scan_rules.BASIC, ENHANCED):
        world.schedule.cancel(SCAN, Scanning(event.repository, event.digest, engine))


def _configured(world: "World", event: ScanningConfigured) -> None:
    """Enhanced scanning takes the images of repositories in that it did not scan before."""
    if event.after.engine != ENHANCED:
        return
    registry, after = world.of(Registry, *event.registry), None
    while page := registry.page(after, 1000):
        for repository in page:
            was, now = (
                scan_rules.applied(configuration, repository.name, flag=False).frequency
                for configuration in (event.before, event.after)
            )
            if now != "MANUAL" and (event.before.engine != ENHANCED or was == "MANUAL"):
                world.schedule.cancel(ENROL, Enrolling(repository.key))
                world.schedule.add(ENROL, Enrolling(repository.key))
        after = page[-1].name


def _enrol(world: "World", job: Enrolling) -> None:
    repository = find(world, job.repository)
    if repository is not None:
        repository.of(Scans).enrol()


def _scan(world: "World", job: Scanning) -> None:
    """Gather, read without the lock, note the end; nothing that goes wrong leaves a scan in progress."""

    def prepare() -> "scan_jobs.Task | Scan | None":
        repository = find(world, job.repository)
        if repository is None:
            return None
        try:
            return scan_jobs.prepare(repository, job.digest, job.engine)
        except Exception as error:  # noqa: BLE001 (whatever it is, the scan is not in progress for ever)
            scan = repository.of(Scans).get(job.digest, job.engine)
            return None if scan is None else scan_jobs.failed(scan, error)

    task = world.transact(prepare)
    if task is None:
        return
    done = task if isinstance(task, Scan) else scan_jobs.run(task, world.settings)
    try:
        first_warning = world.transact(lambda: _end(world, job, done))
    except Exception as error:  # noqa: BLE001 (as above)
        broken = scan_jobs.failed(done, error)
        first_warning = world.transact(lambda: _end(world, job, broken))
    if first_warning:
        _log.warning(
            "scan of %s@%s: no source of advisories, so nothing is known of its packages; see %s",
            job.repository.name,
            job.digest,
            outcomes.PAGE,
        )


def _end(world: "World", job: Scanning, done: Scan) -> bool:
    repository = find(world, job.repository)
    return repository is not None and repository.of(Scans).end(done)
