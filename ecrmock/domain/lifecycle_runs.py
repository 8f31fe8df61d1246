"""How are lifecycle policies run by hand, of one repository or of all, and asked what they would do?"""

from typing import TYPE_CHECKING

from ecrmock.domain.repositories import REPOSITORIES, Repository
from ecrmock.errors import RepositoryNotFoundException

if TYPE_CHECKING:
    from ecrmock.domain.lifecycle import Evaluation
    from ecrmock.domain.world import World


def run_now(
    world: "World", *, repository: str | None = None, account: str | None = None, region: str | None = None
) -> "list[tuple[Repository, Evaluation]]":
    """Let the policies of these repositories act at once, each wholly or not at all; what each found.

    None stands for all. Raises RepositoryNotFoundException where one is named and is nowhere.
    """
    return [(each, world.transact(each.expiry.run)) for each in _chosen(world, repository, account, region)]


def trace(
    world: "World", *, repository: str | None = None, account: str | None = None, region: str | None = None
) -> "list[tuple[Repository, Evaluation]]":
    """What the policies of these repositories would do now, and why; nothing is changed."""
    return [(each, world.transact(each.expiry.evaluate)) for each in _chosen(world, repository, account, region)]


def _chosen(world: "World", name: str | None, account: str | None, region: str | None) -> list[Repository]:
    found = world.transact(lambda: _matching(world, name, account, region))
    if name is not None and not found:
        raise RepositoryNotFoundException(name, account or world.settings.account)
    return [repository for repository in found if repository.row.lifecycle is not None]


def _matching(world: "World", name: str | None, account: str | None, region: str | None) -> list[Repository]:
    rows = world.store.table(REPOSITORIES)
    return [
        Repository(world, where, place, row)
        for where, place in sorted(rows.partitions())
        if account in {None, where} and region in {None, place}
        for row in rows.records((where, place))
        if name in {None, row.name}
    ]
