"""How are lifecycle policies run by hand, of one repository or of all, and asked what they would do?"""

import functools
from typing import TYPE_CHECKING

from ecrmock.domain.lifecycle.policies import LifecyclePolicy
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import REPOSITORIES, Repository
from ecrmock.errors.ecr import RepositoryNotFoundException

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecrmock.domain.lifecycle.evaluate import Evaluation
    from ecrmock.engine.world import World

Found = list[tuple[Repository, "Evaluation"]]


def run_now(
    world: "World", *, repository: str | None = None, account: str | None = None, region: str | None = None
) -> Found:
    """Let the policies of these repositories act at once, each wholly or not at all; what each found.

    None stands for all. Raises RepositoryNotFoundException where one is named and is nowhere.
    """
    return _each(world, repository, account, region, lambda expiry: expiry.run())


def trace(
    world: "World", *, repository: str | None = None, account: str | None = None, region: str | None = None
) -> Found:
    """What the policies of these repositories would do now, and why; nothing is changed."""
    return _each(world, repository, account, region, lambda expiry: expiry.evaluate())


def _each(
    world: "World",
    name: str | None,
    account: str | None,
    region: str | None,
    work: "Callable[[LifecyclePolicy], Evaluation]",
) -> Found:
    """Work on each repository that has a policy, in a transaction of its own."""
    places = world.transact(lambda: _matching(world, name, account, region))
    if name is not None and not places:
        raise RepositoryNotFoundException(name, account or world.settings.account)
    done = [world.transact(functools.partial(_one, world, *place, work)) for place in places]
    return [each for each in done if each is not None]


def _one(
    world: "World", account: str, region: str, name: str, work: "Callable[[LifecyclePolicy], Evaluation]"
) -> "tuple[Repository, Evaluation] | None":
    """Look again: since it was listed it may have gone, or changed."""
    repository = world.of(Registry, account, region).existing(name)
    if repository is None or repository.row.lifecycle is None:
        return None
    return repository, work(repository.of(LifecyclePolicy))


def _matching(world: "World", name: str | None, account: str | None, region: str | None) -> list[tuple[str, str, str]]:
    rows = world.store.table(REPOSITORIES)
    return [
        (where, place, row.name)
        for where, place in sorted(rows.partitions())
        if (account is None or account == where) and (region is None or region == place)
        for row in rows.records((where, place))
        if (name is None or name == row.name)
    ]
