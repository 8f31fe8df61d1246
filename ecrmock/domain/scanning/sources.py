"""Who knows an image's findings? What a test set, then its labels, then imported reports, then the scan itself."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ecrmock.base.store import Kind
from ecrmock.domain.scanning import finding_forms
from ecrmock.domain.scanning.outcomes import STATUSES, Outcome, failed, of_status
from ecrmock.domain.scanning.overrides import Override, Selector
from ecrmock.domain.scanning.rules import ENHANCED

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Image
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.domain.scanning.finding_forms import Item
    from ecrmock.domain.scanning.records import Scan
    from ecrmock.engine.world import World

_COUNT = re.compile("[0-9]{1,5}")
_FINDINGS, _STATUS, _DESCRIPTION = "ecrmock.scan.findings", "ecrmock.scan.status", "ecrmock.scan.description"


@dataclass(frozen=True, slots=True)
class Imported:
    """What another scanner found."""

    selector: Selector
    images: tuple[str, ...]
    """How the report names its image: digests of manifests or of the config."""
    layers: tuple[str, ...]
    """Digests of the image's layers, where the report lists them."""
    basic: "tuple[Item, ...]"
    """What basic scanning shows: packages of the system."""
    enhanced: "tuple[Item, ...]"
    at: float = 0
    number: int = 0

    def takes(self, repository: "Repository", image: "Image", config: str) -> bool:
        """Whether it is about this image: as the import said, else as the report itself says."""
        if self.selector != Selector():
            return self.selector.takes(repository, image)
        if not {image.digest, config, *image.aliases}.isdisjoint(self.images):
            return True
        return bool(self.layers) and set(self.layers) == set(image.blobs) - {config}


SET: Kind[Override] = Kind("scan-findings", Override)
REPORTS: Kind[Imported] = Kind(
    "scan-reports",
    Imported,
    image=lambda row: [(name,) for name in dict.fromkeys(row.images)] if row.selector == Selector() else (),
    # these may be about any image, so each is asked
    wide=lambda row: [(row.number,)] if row.layers or row.selector != Selector() else (),
)
_ALL = ("all",)


class Sources:
    """What a world was told about images' findings, beside what it can read itself."""

    def __init__(self, world: "World") -> None:
        """A view of the world's rows."""
        self._world = world
        self._set = world.store.table(SET)
        self._reports = world.store.table(REPORTS)

    def put(self, entry: Override) -> None:
        """Set findings; where several entries take an image, the one set last answers."""
        number = self._world.ids.sequence()
        self._set.put(_ALL, number, replace(entry, number=number))

    def entries(self) -> list[Override]:
        """What is set, in order."""
        return self._set.records(_ALL)

    def clear(self, wanted: Selector) -> int:
        """Forget what was set with all that this selector asks for; how many entries."""
        return _drop(self._set, wanted)

    def add(self, report: Imported) -> None:
        """Keep a report; a later one of the same image answers instead."""
        number = self._world.ids.sequence()
        self._reports.put(_ALL, number, replace(report, number=number))

    def reports(self) -> list[Imported]:
        """What was imported, in order."""
        return self._reports.records(_ALL)

    def clear_reports(self, wanted: Selector) -> int:
        """Forget reports; how many."""
        return _drop(self._reports, wanted)

    def answer(self, repository: "Repository", image: "Image", scan: "Scan") -> Outcome:
        """What is known of an image that had this scan."""
        own = scan.own
        for entry in reversed(self.entries()):
            if entry.selector.takes(repository, image):
                return entry.outcome(image.digest, scan.engine)
        if own.source == "label":
            return own
        for report in self._candidates(image, scan.config):
            if report.takes(repository, image, scan.config):
                found = report.enhanced if scan.engine == ENHANCED else report.basic
                return Outcome(findings=found, source="report", updated_at=report.at)
        return own

    def _candidates(self, image: "Image", config: str) -> list[Imported]:
        """The reports that may be about an image, the newest first: those that name it, and those that name none."""
        found = {row.number: row for _, row in self._reports.walk(_ALL, "wide")}
        for name in (image.digest, config, *image.aliases):
            found.update((row.number, row) for row in self._reports.having(_ALL, "image", name))
        return [found[number] for number in sorted(found, reverse=True)]


def _drop(table: Any, wanted: Selector) -> int:
    """Delete the rows of a table whose selector has all that is wanted."""
    asked = wanted.shown().items()
    gone = [row.number for row in table.records(_ALL) if asked <= row.selector.shown().items()]
    for number in gone:
        table.delete(_ALL, number)
    return len(gone)


def labelled(labels: Any, digest: str) -> Outcome | None:
    """What an image's own labels ask for; None where they ask for nothing, and FAILED where it makes no sense."""
    if not isinstance(labels, dict) or not {_FINDINGS, _STATUS} & labels.keys():
        return None
    try:
        return _labelled(labels, digest)
    except ValueError as error:
        return failed(f"An ecrmock.scan label of the image makes no sense: {error}")._replace(source="label")


def _labelled(labels: dict[str, Any], digest: str) -> Outcome:
    status, description = labels.get(_STATUS, "COMPLETE"), labels.get(_DESCRIPTION)
    if status not in STATUSES:
        raise ValueError(f"{status!r} is no status; there are {', '.join(STATUSES)}")
    told = of_status(status, str(description) if description else None, "label")
    if status not in {"COMPLETE", "ACTIVE"}:
        return told
    wanted = _counts(str(labels.get(_FINDINGS, "")))
    told = of_status("COMPLETE", told.description if description else None, "label")
    return told._replace(findings=finding_forms.made_up(digest, wanted))


def _counts(text: str) -> tuple[tuple[str, int], ...]:
    """The counts of a label such as `HIGH=2,LOW=5`."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, mark, number = (piece.strip() for piece in part.partition("="))
        if not mark or not _COUNT.fullmatch(number):
            raise ValueError(f"{part!r} is not SEVERITY=COUNT")
        found[word] = int(number)
    return finding_forms.counts(found)
