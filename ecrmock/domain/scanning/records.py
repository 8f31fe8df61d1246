"""What is kept of a scan, and what is told of one? (facts/automation 2.4)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.store import Kind
from ecrmock.domain.images.manifests import DOCKER, INDEXES, OCI
from ecrmock.domain.scanning.outcomes import NOTHING, Outcome
from ecrmock.domain.signing.notation import ARTIFACT_TYPE as SIGNATURE

if TYPE_CHECKING:
    from ecrmock.domain.images.image import Image
    from ecrmock.domain.scanning.finding_forms import Item

_CONFIGS = frozenset({"application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"})


@dataclass(frozen=True, slots=True)
class Scan:
    """The last scan of one image by one engine."""

    digest: str
    engine: str
    number: int
    """Tells one run from the next."""
    started_at: float
    state: str = "RUNNING"
    """RUNNING, DONE, TOO_OLD (enhanced: pushed too long before it was switched on) or FORGOTTEN (by the archive)."""
    ended_at: float = 0
    own: Outcome = NOTHING
    """What its labels or its layers say."""
    config: str = ""
    """Digest of its config, by which other scanners name it."""
    architecture: str = ""
    platform: str = ""
    warned: bool = False
    """Whether the log has told that nobody knows its findings."""


class ScanResult(NamedTuple):
    """What DescribeImageScanFindings tells, in the words of one engine."""

    engine: str
    status: str
    description: str | None = None
    findings: "tuple[Item, ...] | None" = None
    """None where there are none to be told of."""
    scan: Scan | None = None
    """The scan behind the findings; None where there is no result yet."""
    updated_at: float = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many of each severity there are, over all pages."""
        from ecrmock.domain.scanning import finding_forms  # noqa: PLC0415 (keeps the start light)

        return finding_forms.tally(self.findings or (), self.engine)


class Start(NamedTuple):
    """That a basic scan began in a registry; they are counted for its quota."""

    at: float
    number: int


SCANS: Kind[Scan] = Kind("scans", Scan, digest=lambda row: [(row.digest,)])
STARTS: Kind[Start] = Kind("scan-starts", Start)


def scannable(image: "Image") -> bool:
    """Whether it is a single image with a config of Docker or OCI, not a list, a chart or another artifact."""
    return image.media_type in {OCI, DOCKER} and image.artifact_type in _CONFIGS


def passed_over(image: "Image") -> bool:
    """Whether scans say nothing of it: a list, whose children are scanned, or a signature.

    See facts/automation 2.4 and 8.
    """
    return image.media_type in INDEXES or image.artifact_type == SIGNATURE
