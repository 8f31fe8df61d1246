"""What happens to a repository?"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecrmock.domain.names import RepositoryKey


class RepositoryCreated(NamedTuple):
    """A repository exists now."""

    repository: "RepositoryKey"


class RepositoryDeleting(NamedTuple):
    """A repository is about to go: each room drops what it has of it, or refuses."""

    repository: "RepositoryKey"
    force: bool


class RepositoryDeleted(NamedTuple):
    """A repository is gone, with everything in it."""

    repository: "RepositoryKey"
