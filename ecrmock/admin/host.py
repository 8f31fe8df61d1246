"""What do the admin paths need of whoever serves them?"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ecrmock.engine.world import World


class Host(Protocol):
    """Who has the world and can replace it."""

    @property
    def world(self) -> "World":
        """The world of today."""

    def reset(self) -> None:
        """Put an empty world in the place of this one."""
