"""When was the upstream last asked for a cached tag? (facts/automation 4.4)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecrmock.base.store import Kind
from ecrmock.domain.registry import registries

if TYPE_CHECKING:
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World


@dataclass(frozen=True, slots=True)
class Check:
    """That an upstream was asked for a tag."""

    tag: str
    at: float


CHECKS: Kind[Check] = Kind("pull-through-checks", Check)


class Checks:
    """When the upstream was asked for the tags of one repository."""

    def __init__(self, repository: "Repository") -> None:
        """A view of the repository's rows."""
        self._repository = repository
        self._rows = repository.world.store.table(CHECKS)

    def fresh(self, tag: str) -> bool:
        """Whether this tag was asked for in the last 24 hours (documented)."""
        world, row = self._repository.world, self._rows.get(self._repository.key, tag)
        return row is not None and world.clock.now() < row.at + world.settings.cache_hours * 3600

    def note(self, tag: str) -> None:
        """The upstream was asked for this tag now."""
        self._rows.put(self._repository.key, tag, Check(tag, self._repository.world.clock.now()))

    def forget(self) -> None:
        """Drop what is known of a repository that goes."""
        for row in self._rows.records(self._repository.key):
            self._rows.delete(self._repository.key, row.tag)


def attach(world: "World") -> None:
    """Let checks go with their repository."""
    registries.when_deleting(world, lambda repository, _force: repository.of(Checks).forget())
