"""What does one scan need, and what does it find? Its bytes are gathered under the lock and read without it."""

import functools
import logging
from dataclasses import replace
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.jsons import loads
from ecrmock.domain.images import manifests
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.scanning import outcomes
from ecrmock.domain.scanning.scans import Scans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecrmock.base.blobs import Content
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.domain.scanning.records import Scan
    from ecrmock.domain.vulnerabilities.advisories import Advisories
    from ecrmock.settings import Settings

_log = logging.getLogger("ecrmock")
SAMPLE = "sample"
_LARGEST_CONFIG = 8 * 1024 * 1024


class ScannedLayer(NamedTuple):
    """A layer and its bytes, which stay readable when it is deleted meanwhile."""

    digest: str
    media_type: str
    content: "Content"


class Task(NamedTuple):
    """A scan that is to be done, with all that it reads."""

    scan: "Scan"
    config: "Content | None"
    layers: tuple[ScannedLayer, ...]
    missing: str | None = None
    """Digest of a layer that is not here: it was never uploaded (only in a lenient world), or deleted by hand."""


class AdvisoriesError(ValueError):
    """The advisories that were asked for cannot be had; the sentence says why."""


def prepare(repository: "Repository", digest: str, engine: str) -> Task | None:
    """The scan of an image that is to be done now; None where it is no longer wanted. Raises KmsException."""
    image, scan = repository.of(Images).get(digest), repository.of(Scans).get(digest, engine)
    if image is None or scan is None or scan.state != "RUNNING":
        return None
    repository.check_key()
    manifest = manifests.parse(repository.of(Images).manifest(image), image.media_type, closed=False, lenient=True)
    config, *layers = manifest.blobs
    parts, missing = [], None
    for each in layers:
        layer = repository.of(Layers).get(each.digest)
        if layer is not None:
            parts.append(ScannedLayer(layer.digest, each.media_type, repository.of(Layers).content(layer)))
        elif not each.foreign:
            missing = missing or each.digest
    kept = repository.of(Layers).get(config.digest)
    content = repository.of(Layers).content(kept) if kept else None
    return Task(replace(scan, config=config.digest), content, tuple(parts), missing)


def run(job: Task, settings: "Settings") -> "Scan":
    """Scan: labels first, then the layers; whatever goes wrong is a scan that FAILED. No lock is held."""
    from ecrmock.domain.scanning.sources import labelled  # noqa: PLC0415 (keeps the start light)

    config = _config(job.config)
    architecture = config.get("architecture")
    done = replace(job.scan, architecture=architecture if isinstance(architecture, str) else "")
    inner = config.get("config")
    told = labelled(inner.get("Labels") if isinstance(inner, dict) else None, job.scan.digest)
    if told is not None:
        return replace(done, own=told)
    if job.missing is not None:
        absent = outcomes.never_uploaded if settings.lenient else outcomes.lost
        return replace(done, own=absent(job.missing))
    try:
        return _read(done, job.layers, settings)
    except Exception as error:  # noqa: BLE001 (a scan that failed is a status, and never stays in progress)
        return failed(done, error)


def failed(scan: "Scan", error: Exception) -> "Scan":
    """The scan, come to grief; the log says how."""
    _log.warning("the scan of %s failed", scan.digest, exc_info=error)
    return replace(scan, own=outcomes.failed(f"The scan failed: {error}"))


def _config(content: "Content | None") -> dict[str, Any]:
    if content is None or content.size > _LARGEST_CONFIG:
        return {}
    try:
        found = loads(content.read())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(done: "Scan", layers: tuple[ScannedLayer, ...], settings: "Settings") -> "Scan":
    from ecrmock.domain.vulnerabilities import inventory  # noqa: PLC0415 (only scans read layers)

    sources = [
        inventory.LayerSource(part.digest, part.media_type, functools.partial(opened, part.content)) for part in layers
    ]
    try:
        found = inventory.read(sources)
    except inventory.OverBudgetError as error:
        _log.warning("the scan of %s was given up: %s", done.digest, error)
        return replace(done, own=outcomes.given_up(str(error)))
    except inventory.UnsupportedImageError as error:
        _log.warning("%s cannot be scanned: %s", done.digest, error)
        nothing = outcomes.nobody_knows(0) if settings.scratch_completes else None
        return replace(done, own=nothing or outcomes.unsupported(done.engine))
    done = replace(done, platform=found.platform)
    known = advisories(settings)
    if known is None or not known.covers(found):
        missing = "" if known is None else f"{found.os} {found.version}".strip()
        return replace(done, own=outcomes.nobody_knows(len(found.packages), missing))
    return replace(done, own=outcomes.Outcome(findings=known.match(found), updated_at=known.updated_at))


class _ContentFile(RawIOBase):
    """The blocks of a content as a file."""

    def __init__(self, blocks: "Iterator[bytes]") -> None:
        self._blocks = blocks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = memoryview(next(self._blocks, b""))
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def opened(content: "Content") -> BufferedReader:
    """A content as a binary file."""
    return BufferedReader(_ContentFile(content.blocks()))


# -- advisories


def advisories(settings: "Settings") -> "Advisories | None":
    """What packages are matched with; None where nothing was given. Raises AdvisoriesError."""
    paths = settings.advisories
    try:
        return _loaded(tuple(_stamp(str(path)) for path in paths)) if paths else None
    except ImportError as error:  # without the extra
        raise AdvisoriesError(str(error)) from None


def _stamp(path: str) -> tuple[str, int, int]:
    """A file or folder with its age and size, so that another content is read again."""
    from ecrmock.domain.vulnerabilities import advisories as kept  # noqa: PLC0415 (only where it is asked for)

    found = Path(kept.SAMPLE) if path == SAMPLE else Path(path)
    try:
        stats = [each.stat() for each in (found, *found.glob("*"))]
    except OSError as error:
        raise AdvisoriesError(f"advisories {path}: {error.strerror or error}") from None
    return str(found), max(each.st_mtime_ns for each in stats), sum(each.st_size for each in stats)


@functools.lru_cache(maxsize=4)
def _loaded(stamps: tuple[tuple[str, int, int], ...]) -> "Advisories":
    from ecrmock.domain.vulnerabilities import advisories as kept  # noqa: PLC0415 (as above)

    return kept.load([Path(path) for path, _, _ in stamps])
