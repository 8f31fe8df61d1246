"""What happens to replication backfills?"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RegistryKey


class BackfillStarted(NamedTuple):
    """A replication backfill is to be worked off."""

    registry: "RegistryKey"
    backfill: str


class BackfillEnded(NamedTuple):
    """A replication backfill is over."""

    registry: "RegistryKey"
    backfill: str
