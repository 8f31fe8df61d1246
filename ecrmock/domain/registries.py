"""What does one account have in one region? Its repositories, found and made."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ecrmock.base.store import Kind
from ecrmock.domain.events import RepositoryCreated, RepositoryDeleted
from ecrmock.domain.repositories import Repository, RepositoryRow, merged_tags
from ecrmock.errors import (
    LimitExceededException,
    RepositoryAlreadyExistsException,
    RepositoryNotEmptyException,
    RepositoryNotFoundException,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecrmock.domain.world import World

REPOSITORIES: Kind[RepositoryRow] = Kind("repositories")


class Registry:
    """One account in one region."""

    __slots__ = ("_partition", "_rows", "account", "region", "world")

    def __init__(self, world: "World", account: str, region: str) -> None:
        """Stand over the rows of this registry."""
        self.world = world
        self.account = account
        self.region = region
        self._rows = world.store.table(REPOSITORIES)
        self._partition = (account, region)

    def repository(self, name: str) -> Repository:
        """The repository of this name. Raises RepositoryNotFoundException."""
        row = self._rows.get(self._partition, name)
        if row is None:
            raise RepositoryNotFoundException(name, self.account)
        return Repository(self.world, self.account, self.region, row)

    def page(self, after: str | None, limit: int) -> list[Repository]:
        """Repositories in order of name, after this one."""
        rows = self._rows.page(self._partition, after, limit)
        return [Repository(self.world, self.account, self.region, row) for row in rows]

    def create(self, row: RepositoryRow, tags: "Sequence[tuple[str, str]]" = ()) -> Repository:
        """Add an empty repository (control-plane.md 5.1).

        Raises InvalidTagParameterException, TooManyTagsException, RepositoryAlreadyExistsException,
        LimitExceededException.
        """
        settings = self.world.settings
        row = replace(row, tags=merged_tags((), tags, settings.quota_resource_tags))
        if self._rows.get(self._partition, row.name) is not None:
            raise RepositoryAlreadyExistsException(row.name, self.account)
        if self._rows.count(self._partition) >= settings.quota_repositories:
            raise LimitExceededException
        self._rows.put(self._partition, row.name, row)
        self.world.bus.publish(RepositoryCreated(self.account, self.region, row.name))
        return Repository(self.world, self.account, self.region, row)

    def delete(self, name: str, *, force: bool) -> Repository:
        """Remove a repository; with `force` also its images (control-plane.md 5.3).

        Raises RepositoryNotFoundException, RepositoryNotEmptyException.
        """
        repository = self.repository(name)
        if not force and len(repository.images):
            raise RepositoryNotEmptyException(name, self.account)
        repository.empty()
        self._rows.delete(self._partition, name)
        self.world.bus.publish(RepositoryDeleted(self.account, self.region, name))
        return repository

    def save(self, row: RepositoryRow) -> Repository:
        """Replace a repository's settings."""
        self._rows.put(self._partition, row.name, row)
        return Repository(self.world, self.account, self.region, row)
