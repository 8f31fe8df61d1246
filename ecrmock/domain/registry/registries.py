"""What does one account have in one region? Its repositories, found and made."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from ecrmock.base.store import Kind
from ecrmock.domain.access import policies
from ecrmock.domain.names import RegistryKey, RepositoryKey
from ecrmock.domain.registry.events import RepositoryCreated, RepositoryDeleted, RepositoryDeleting
from ecrmock.domain.registry.repositories import REPOSITORIES, Repository, RepositoryRow, merged_tags
from ecrmock.errors.ecr import (
    ExclusionAlreadyExistsException,
    ExclusionNotFoundException,
    InvalidParameterException,
    LimitExceededException,
    RepositoryAlreadyExistsException,
    RepositoryNotFoundException,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ecrmock.domain.access.policies import Policy
    from ecrmock.engine.world import World


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """What is set for one account in one region; absent settings have their defaults."""

    policy: str | None = None
    """The registry policy, as printed."""
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A principal whose pulls do not count as such (facts/api 6.4)."""

    principal: str
    created_at: float
    number: int


# setting -> (values, default); the model lists only AWS_NATIVE and V2 today (facts/api 6.3)
ACCOUNT_SETTINGS = {
    "BASIC_SCAN_TYPE_VERSION": (("AWS_NATIVE", "CLAIR"), "AWS_NATIVE"),
    "REGISTRY_POLICY_SCOPE": (("V2", "V1"), "V2"),
    "BLOB_MOUNTING": (("ENABLED", "DISABLED"), "DISABLED"),
}
ROWS: Kind[RegistryRow] = Kind("registries", RegistryRow)
EXCLUSIONS: Kind[Exclusion] = Kind("pull-time-exclusions", Exclusion, number=lambda row: [(row.number,)])


class Registry:
    """One account in one region."""

    __slots__ = ("_exclusions", "_own", "_partition", "_rows", "account", "region", "world")

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of this registry's rows."""
        self.world = world
        self.account = account
        self.region = region
        self._rows = world.store.table(REPOSITORIES)
        self._own = world.store.table(ROWS)
        self._exclusions = world.store.table(EXCLUSIONS)
        self._partition = (account, region)  # a key is equal to it, and costs five times as much to make

    @property
    def key(self) -> RegistryKey:
        """Its name."""
        return RegistryKey(self.account, self.region)

    def find(self, name: str) -> RepositoryRow | None:
        """The settings of a repository; None when there is none of this name."""
        return self._rows.get(self._partition, name)

    def existing(self, name: str) -> Repository | None:
        """The repository of this name, for due work: it may have gone meanwhile."""
        row = self._rows.get(self._partition, name)
        return None if row is None else self._view(row)

    def _view(self, row: RepositoryRow) -> Repository:
        return Repository(self.world, RepositoryKey(self.account, self.region, row.name), row)

    def repository(self, name: str) -> Repository:
        """The repository of this name. Raises RepositoryNotFoundException."""
        found = self.existing(name)
        if found is None:
            raise RepositoryNotFoundException(name, self.account)
        return found

    def page(self, after: str | None, limit: int) -> list[Repository]:
        """Repositories in order of name, after this one."""
        rows = self._rows.page(self._partition, after, limit)
        return [self._view(row) for row in rows]

    def create(self, row: RepositoryRow, tags: "Sequence[tuple[str, str]]" = ()) -> Repository:
        """Add an empty repository (facts/api 5.1).

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
        repository = self._view(row)
        self.world.bus.publish(RepositoryCreated(repository.key))
        return repository

    def delete(self, name: str, *, force: bool) -> Repository:
        """Remove a repository; with `force` also its images (facts/api 5.3).

        Raises RepositoryNotFoundException, and what the rooms raise that have something of it:
        RepositoryNotEmptyException.
        """
        repository = self.repository(name)
        self.world.bus.publish(RepositoryDeleting(repository.key, force))
        self._rows.delete(self._partition, name)
        self.world.bus.publish(RepositoryDeleted(repository.key))
        return repository

    # -- settings of the registry itself

    @property
    def row(self) -> RegistryRow:
        """What is set for this registry."""
        return self._own.get(self._partition, "registry") or RegistryRow()

    def _change(self, **members: Any) -> None:
        self._own.put(self._partition, "registry", replace(self.row, **members))

    def set_policy(self, printed: str | None) -> None:
        """Replace the registry policy, or take it away."""
        self._change(policy=printed)

    def policy(self) -> "Policy | None":
        """The registry policy, as far as its scope lets it act (facts/api 6.3)."""
        if self.row.policy is None:
            return None
        read = policies.read(self.row.policy, "registry", account=self.account, region=self.region, stored=True)
        return read.within(self.setting("REGISTRY_POLICY_SCOPE"))

    def policy_of(self, row: RepositoryRow | None) -> "Policy | None":
        """The policy of one of its repositories, read."""
        if row is None or row.policy is None:
            return None
        return policies.read(row.policy, "repository", account=self.account, region=self.region, stored=True)

    def setting(self, name: str) -> str:
        """The value of an account setting, its default when never set. Raises InvalidParameterException."""
        _, default = _known(name)
        return dict(self.row.settings).get(name, default)

    def set_setting(self, name: str, value: str) -> None:
        """Change an account setting. Raises InvalidParameterException (facts/api U21)."""
        values, _ = _known(name)
        if value not in values:
            raise InvalidParameterException("value", f"Member must satisfy enum value set: [{', '.join(values)}]")
        self._change(settings=tuple(sorted({**dict(self.row.settings), name: value}.items())))

    # -- pull-time exclusions

    def exclude(self, principal: str) -> Exclusion:
        """Let this principal's pulls leave no trace in lastRecordedPullTime.

        Raises ExclusionAlreadyExistsException, LimitExceededException.
        """
        if self._exclusions.get(self._partition, principal) is not None:
            raise ExclusionAlreadyExistsException
        if self._exclusions.count(self._partition) >= self.world.settings.quota_pull_time_exclusions:
            raise LimitExceededException
        row = Exclusion(principal, self.world.clock.now(), self.world.ids.sequence())
        self._exclusions.put(self._partition, principal, row)
        return row

    def include(self, principal: str) -> None:
        """Take an exclusion back. Raises ExclusionNotFoundException."""
        if self._exclusions.get(self._partition, principal) is None:
            raise ExclusionNotFoundException
        self._exclusions.delete(self._partition, principal)

    def exclusions(self, after: int | None, limit: int) -> list[Exclusion]:
        """Exclusions in the order in which they were registered."""
        rows = self._exclusions.walk(self._partition, "number", None if after is None else (after,))
        return [row for _, row in islice(rows, limit)]

    def excluded(self, principal: str) -> bool:
        """Whether this principal's pulls are not noted; a session counts as its role."""
        return self._exclusions.get(self._partition, principal) is not None


def find(world: "World", key: RepositoryKey) -> Repository | None:
    """The repository of a key, for jobs and listeners: it may have gone meanwhile."""
    return world.of(Registry, key.account, key.region).existing(key.name)


def demand(world: "World", key: RepositoryKey) -> Repository:
    """The repository of a key that an event of it has just told. Raises RepositoryNotFoundException."""
    return world.of(Registry, key.account, key.region).repository(key.name)


def when_deleting(world: "World", leave: "Callable[[Repository, bool], None]") -> None:
    """Let a room drop what it has of a repository that is about to go, or refuse; told whether that is forced."""
    world.bus.subscribe(RepositoryDeleting, lambda event: leave(demand(world, event.repository), event.force))


def _known(name: str) -> tuple[tuple[str, ...], str]:
    found = ACCOUNT_SETTINGS.get(name)
    if found is None:
        known = ", ".join(ACCOUNT_SETTINGS)
        raise InvalidParameterException("name", f"Member must satisfy enum value set: [{known}]")
    return found
