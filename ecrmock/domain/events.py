"""What can happen? Facts that a domain verb publishes inside its transaction; listeners write what is due.

Named tuples: a frozen dataclass costs a millisecond at each start (measured).
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RegistryKey, RepositoryKey
    from ecrmock.domain.scan_rules import ScanConfiguration


class CacheAsked(NamedTuple):
    """The upstream of a pull through cache rule was asked for an image (part B, 4.4, Event)."""

    repository: "RepositoryKey"
    prefix: str
    upstream: str
    """Its host."""
    tag: str | None
    digest: str | None
    synced: bool
    """Whether the repository now has what the upstream has."""


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
