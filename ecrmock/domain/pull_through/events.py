"""What happens between a cache and its upstream?"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey


class CacheAsked(NamedTuple):
    """The upstream of a pull through cache rule was asked for an image (facts/automation 4.4, Event)."""

    repository: "RepositoryKey"
    prefix: str
    upstream: str
    """Its host."""
    tag: str | None
    digest: str | None
    synced: bool
    """Whether the repository now has what the upstream has."""
