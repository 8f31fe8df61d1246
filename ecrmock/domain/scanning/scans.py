"""Which scans has an image had, by which engine, and what do they show? (facts/automation 2.3, 2.4).

Scans are kept per image and engine: another scanType hides those of the other, the old one shows them again.

- Basic: IN_PROGRESS from StartImageScan or a push until the due work is done, with `delays` instant at the next call.
- Enhanced: until its first scan is done an image is not found for a minute after the push, then it has an empty list
  and nothing else (both observed); with `instant` no caller sees either, since the next call shows the end. ACTIVE or
  COMPLETE depends on what the repository's frequency is when one looks, and so does SCAN_ELIGIBILITY_EXPIRED: 14 days
  after push or restore, for continuous scanning.
- What a test set and reports are looked up when one looks, so they show at once, in scans that are done too.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from ecrmock.domain.images.images import Images
from ecrmock.domain.images.manifests import DOCKER, OCI
from ecrmock.domain.scanning import moto_queue
from ecrmock.domain.scanning import rules as scan_rules
from ecrmock.domain.scanning.configuration import ScanningRules
from ecrmock.domain.scanning.events import ScanCompleted, ScanStarted
from ecrmock.domain.scanning.outcomes import CONTINUOUS, NOTHING, Outcome, unsupported
from ecrmock.domain.scanning.records import SCANS, STARTS, Scan, ScanResult, Start, passed_over, scannable
from ecrmock.domain.scanning.rules import BASIC, ENHANCED
from ecrmock.errors.ecr import LimitExceededException, ValidationException
from ecrmock.errors.ecr_images import ImageArchivedException, ScanNotFoundException, UnsupportedImageTypeException

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Image, ImageId
    from ecrmock.domain.registry.repositories import Repository

_DAY, _MINUTE = 24 * 3600, 60


class Scans:
    """The scans of one repository's images."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository's rows."""
        self._repository = repository
        self._world = repository.world
        self._rows = repository.world.store.table(SCANS)
        self._rules = repository.world.of(ScanningRules, *repository.key.registry)

    @property
    def engine(self) -> str:
        """The engine that this registry has now."""
        return self._rules.get().engine

    @property
    def frequency(self) -> str:
        """How often this repository is scanned."""
        row = self._repository.row
        return scan_rules.applied(self._rules.get(), row.name, flag=row.scan_on_push).frequency

    def get(self, digest: str, engine: str) -> Scan | None:
        """The last scan of an image by this engine."""
        return self._rows.get(self._repository.key, (digest, engine))

    def _save(self, scan: Scan) -> Scan:
        self._rows.put(self._repository.key, (scan.digest, scan.engine), scan)
        return scan

    # -- starting

    def start(self, image: "Image") -> None:
        """Scan an image because somebody asks (facts/automation 2.3).

        Raises ValidationException, ImageArchivedException, UnsupportedImageTypeException, LimitExceededException.
        """
        if self.engine == ENHANCED:
            raise ValidationException("This feature is disabled")
        if image.status != "ACTIVE":
            raise ImageArchivedException
        if not scannable(image):
            lists = image.media_type not in {OCI, DOCKER}
            raise UnsupportedImageTypeException(image.media_type if lists else image.artifact_type or "")
        last = self.get(image.digest, BASIC)
        was_scanned = last is not None and last.own.status != "LIMIT_EXCEEDED"
        if last is not None and was_scanned and self._world.clock.now() < last.started_at + _DAY:
            raise LimitExceededException.scans()
        if not self._room():
            raise LimitExceededException
        self._begin(image, BASIC)

    def arrived(self, image: "Image") -> None:
        """Scan an image that was pushed or restored, if its repository is scanned then."""
        if passed_over(image) or self.frequency == "MANUAL":
            return
        engine = self.engine
        if not scannable(image):
            if engine == ENHANCED:
                self._known(image, unsupported(ENHANCED))
        elif engine == BASIC and not self._room():
            self._known(image, Outcome("LIMIT_EXCEEDED", None))
        else:
            self._begin(image, engine)

    def enrol(self) -> None:
        """Enhanced scanning came to this repository: young images are scanned, the others are too old.

        See facts/automation 2.4.
        """
        if self.engine != ENHANCED or self.frequency == "MANUAL":
            return
        for image in self._repository.of(Images).all():
            known = self.get(image.digest, ENHANCED)
            if image.status != "ACTIVE" or (known is not None and known.state in {"RUNNING", "DONE"}):
                continue
            if self._is_young(image):
                self.arrived(image)
            elif scannable(image):
                self._save(self._new(image, ENHANCED, "TOO_OLD"))

    def _is_young(self, image: "Image") -> bool:
        born = max(image.pushed_at, image.activated_at or 0)
        return self._world.clock.now() <= born + self._world.settings.enhanced_days * _DAY

    def _begin(self, image: "Image", engine: str) -> None:
        self._save(self._new(image, engine, "RUNNING"))
        if engine == BASIC:
            began = Start(self._world.clock.now(), self._world.ids.sequence())
            self._world.store.table(STARTS).put(self._key, began, began)
        self._world.bus.publish(ScanStarted(self._repository.key, image.digest, engine))

    def _new(self, image: "Image", engine: str, state: str) -> Scan:
        old = self._rows.having(self._repository.key, "digest", image.digest)
        warned = any(each.warned for each in old)
        number, now = self._world.ids.sequence(), self._world.clock.now()
        return Scan(image.digest, engine, number, now, state, warned=warned)

    def _known(self, image: "Image", outcome: Outcome) -> None:
        """Note what needs no scan to be known."""
        made = self._new(image, self.engine, "DONE")
        self._finish(replace(made, ended_at=made.started_at, own=outcome))

    @property
    def _key(self) -> tuple[str, str]:
        return self._repository.registry_id, self._repository.region

    def _room(self) -> bool:
        """Whether the registry may have another basic scan within these 24 hours; forgets older ones."""
        starts = self._world.store.table(STARTS)
        old = self._world.clock.now() - _DAY
        while (first := starts.page(self._key, None, 1)) and first[0].at <= old:
            starts.delete(self._key, first[0])
        return starts.count(self._key) < self._world.settings.quota_scans

    # -- ending

    def end(self, done: Scan) -> bool:
        """Note how a scan ended, unless it is no longer wanted. Whether nobody knows findings, for the first time."""
        now = self.get(done.digest, done.engine)
        if now is None or now.number != done.number or now.state != "RUNNING":
            return False
        done = replace(done, state="DONE", ended_at=self._world.clock.now())
        return self._finish(done)

    def _finish(self, done: Scan) -> bool:
        image = self._repository.of(Images).get(done.digest)
        if image is None:
            return False
        outcome = self._answer(image, done)
        first_warning = outcome.source == "none" and not done.warned
        self._save(replace(done, warned=done.warned or first_warning))
        shown = self._done(done, outcome)
        tail = shown.status, image.tags, tuple(shown.counts.items())
        self._world.bus.publish(ScanCompleted(self._repository.key, done.digest, done.engine, *tail))
        return first_warning

    def archive(self, digest: str) -> None:
        """The image goes to the archive: results are lost (UG:restore-image), the time of its last scan counts on."""
        for scan in self._rows.having(self._repository.key, "digest", digest):
            self._save(replace(scan, state="FORGOTTEN", own=NOTHING))

    def forget(self, digest: str) -> None:
        """The image is gone."""
        moto_queue.forget(self._repository, digest)
        for scan in self._rows.having(self._repository.key, "digest", digest):
            self._rows.delete(self._repository.key, (scan.digest, scan.engine))

    # -- looking

    def demand(self, image: "Image", asked: "ImageId") -> ScanResult:
        """What is known of an image by the engine that the registry has now. Raises ScanNotFoundException."""
        shown = self.status_of(image)
        if shown is None:
            where = self._repository.name, self._repository.registry_id
            raise ScanNotFoundException(asked.digest, asked.tag, *where)
        return shown

    def status_of(self, image: "Image") -> ScanResult | None:
        """The same; None where there is no scan."""
        engine = self.engine
        scan = self.get(image.digest, engine)
        if engine == ENHANCED and image.status != "ACTIVE" and not passed_over(image):
            return None if self.frequency == "MANUAL" else ScanResult(engine, "IMAGE_ARCHIVED")
        if scan is None or scan.state == "FORGOTTEN":
            return None
        if scan.state == "TOO_OLD" or (self._continuous(engine) and not self._is_young(image)):
            return ScanResult(engine, "SCAN_ELIGIBILITY_EXPIRED")
        if scan.state == "RUNNING":
            return self._waiting(scan)
        return self._done(scan, self._answer(image, scan))

    def _answer(self, image: "Image", scan: Scan) -> Outcome:
        """What is known of an image, by whoever knows it first."""
        from ecrmock.domain.scanning.sources import Sources  # noqa: PLC0415 (keeps the start light)

        return Sources(self._world).answer(self._repository, image, scan)

    def _continuous(self, engine: str) -> bool:
        return engine == ENHANCED and self.frequency == "CONTINUOUS_SCAN"

    def _waiting(self, scan: Scan) -> ScanResult | None:
        if scan.engine == BASIC:
            return ScanResult(BASIC, "IN_PROGRESS")
        if self._world.clock.now() < scan.started_at + _MINUTE:
            return None
        return ScanResult(ENHANCED, *self._words(scan.engine, Outcome()), findings=())

    def _words(self, engine: str, outcome: Outcome) -> tuple[str, str | None]:
        """Status and description; a complete scan goes on under continuous scanning."""
        if outcome.status == "COMPLETE" and self._continuous(engine):
            return "ACTIVE", CONTINUOUS
        return outcome.status, outcome.description

    def _done(self, scan: Scan, outcome: Outcome) -> ScanResult:
        status, description = self._words(scan.engine, outcome)
        if outcome.status != "COMPLETE":
            return ScanResult(scan.engine, status, description)
        from ecrmock.domain.scanning import finding_forms  # noqa: PLC0415 (keeps the start light)

        found = finding_forms.ranked(outcome.findings)
        updated = outcome.updated_at or scan.ended_at
        return ScanResult(scan.engine, status, description, found, scan, updated)
