"""What does a route know of its request?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecrmock.base.web import Request
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.gateway.call import Call


@dataclass(slots=True)
class Context:
    """One admitted request at the docker door."""

    call: "Call"
    request: "Request"
    name: str
    """The repository."""
    parts: dict[str, str]
    """What the route's path found: upload, digest, reference."""
    base: str
    """The path down to the repository as the client wrote it, a registry selector included, for Location."""

    @property
    def quirks(self) -> bool:
        """Whether real ECR's HTTP oddities are asked for."""
        return self.call.world.settings.ecr_quirks

    @property
    def repository(self) -> "Repository":
        """The repository. Raises RepositoryNotFoundException."""
        return self.call.repository(self.name)
