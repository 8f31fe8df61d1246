"""What happens to scans?"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RegistryKey, RepositoryKey
    from ecrmock.domain.scanning.rules import ScanConfiguration


class ScanningConfigured(NamedTuple):
    """A registry has another scanning configuration; what it was and what it is now."""

    registry: "RegistryKey"
    before: "ScanConfiguration"
    after: "ScanConfiguration"


class ScanStarted(NamedTuple):
    """An image is to be scanned; `engine` is BASIC or ENHANCED."""

    repository: "RepositoryKey"
    digest: str
    engine: str


class ScanCompleted(NamedTuple):
    """A scan is over, successful or not."""

    repository: "RepositoryKey"
    digest: str
    engine: str
    status: str
    """As DescribeImageScanFindings tells it."""
    tags: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    """(severity in the engine's words, how many), worst first; only severities that occur."""
