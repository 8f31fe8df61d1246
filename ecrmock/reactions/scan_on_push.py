"""When is an image scanned? After a push or restore where rules say so, and when asked, by due rows (part B, 2)."""

import logging
from typing import TYPE_CHECKING

from ecrmock.domain import scan_jobs, scan_outcomes, scan_rules
from ecrmock.domain.events import ImageDeleted, ImagePushed, ScanningConfigured, ScanStarted, StorageClassChanged
from ecrmock.domain.registries import Registry, standing
from ecrmock.domain.scan_records import Scan
from ecrmock.domain.scan_rules import ENHANCED

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.world import World

SCAN, ENROL = "scan-image", "enrol-in-enhanced-scanning"
_log = logging.getLogger("ecrmock")


def attach(world: "World") -> None:
    """Book scans; a list is not scanned itself, a new tag or a push that changes nothing starts none (inferred)."""
    world.agenda.handle(SCAN, lambda row: _scan(world, row), outside=True)
    world.agenda.handle(ENROL, lambda row: _enrol(world, row))

    def arrived(event: ImagePushed | StorageClassChanged) -> None:
        repository = standing(world, event[:3])
        image = repository.images.get(event.digest) if repository else None
        if repository is not None and image is not None:
            repository.scans.arrived(image)

    def stored(event: StorageClassChanged) -> None:
        if event.storage == "STANDARD":
            arrived(event)
            return
        _cancel(world, event)
        repository = standing(world, event[:3])
        if repository is not None:
            repository.scans.rest(event.digest)

    def deleted(event: ImageDeleted) -> None:
        if not event.whole:
            return
        _cancel(world, event)
        repository = standing(world, event[:3])
        if repository is not None:
            repository.scans.forget(event.digest)

    def started(event: ScanStarted) -> None:
        world.agenda.cancel(SCAN, tuple(event))
        world.agenda.book(SCAN, tuple(event))

    world.bus.subscribe(ImagePushed, lambda event: arrived(event) if event.added else None)
    world.bus.subscribe(StorageClassChanged, stored)
    world.bus.subscribe(ImageDeleted, deleted)
    world.bus.subscribe(ScanStarted, started)
    world.bus.subscribe(ScanningConfigured, lambda event: _configured(world, event))


def _cancel(world: "World", event: StorageClassChanged | ImageDeleted) -> None:
    for engine in (scan_rules.BASIC, ENHANCED):
        world.agenda.cancel(SCAN, (event.account, event.region, event.repository, event.digest, engine))


def _configured(world: "World", event: ScanningConfigured) -> None:
    """Enhanced scanning takes the images of repositories in that it did not scan before."""
    if event.after.engine != ENHANCED:
        return
    registry, after = world.of(Registry, event.account, event.region), None
    while page := registry.page(after, 1000):
        for repository in page:
            was, now = (
                scan_rules.applied(configuration, repository.name, flag=False).frequency
                for configuration in (event.before, event.after)
            )
            if now != "MANUAL" and (event.before.engine != ENHANCED or was == "MANUAL"):
                world.agenda.cancel(ENROL, repository.place)
                world.agenda.book(ENROL, repository.place)
        after = page[-1].name


def _enrol(world: "World", row: "Due") -> None:
    repository = standing(world, row.subject)
    if repository is not None:
        repository.scans.enrol()


def _scan(world: "World", row: "Due") -> None:
    """Gather, read without the lock, note the end; nothing that goes wrong leaves a scan in progress."""
    place, digest, engine = row.subject[:3], *row.subject[3:]

    def prepare() -> "scan_jobs.Job | Scan | None":
        repository = standing(world, place)
        if repository is None:
            return None
        try:
            return scan_jobs.prepare(repository, digest, engine)
        except Exception as error:  # noqa: BLE001 (whatever it is, the scan is not in progress for ever)
            scan = repository.scans.get(digest, engine)
            return None if scan is None else scan_jobs.failed(scan, error)

    job = world.transact(prepare)
    if job is None:
        return
    done = job if isinstance(job, Scan) else scan_jobs.run(job, world.settings)
    try:
        news = world.transact(lambda: _end(world, place, done))
    except Exception as error:  # noqa: BLE001 (as above)
        broken = scan_jobs.failed(done, error)
        news = world.transact(lambda: _end(world, place, broken))
    if news:
        _log.warning(
            "scan of %s@%s: no source of advisories, so nothing is known of its packages; see %s",
            place[2],
            digest,
            scan_outcomes.PAGE,
        )


def _end(world: "World", place: tuple[str, ...], done: Scan) -> bool:
    repository = standing(world, place)
    return repository is not None and repository.scans.end(done)
