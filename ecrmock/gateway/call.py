"""What is one call: who, where, which action, on what, and by which dialect?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ecrmock.domain.images import dialects
from ecrmock.domain.registry.registries import Registry
from ecrmock.gateway import addresses

if TYPE_CHECKING:
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World
    from ecrmock.gateway.identity import Caller

T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """One caller, one action; both doors make it and the gate carries it through."""

    world: "World"
    caller: "Caller"
    action: str
    """The operation's name, e.g. PutImage."""
    account: str
    """The registry that is addressed."""
    region: str
    request_id: str
    door: str = "api"
    service: str = "ecr"
    dialect: "dialects.Dialect" = dialects.ECR
    parameters: dict[str, Any] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()
    """Names of the repositories it is about; authorization and the record need them."""
    host: str = ""
    """What the client wrote as Host, for the addresses handed out."""
    scheme: str = "http"
    source: str = ""
    user_agent: str = ""
    started: float = 0.0
    number: Callable[[], int] | None = None
    """Gives the next number in the record of calls; the gate sets it."""
    body_size: int | None = None
    """Bytes of the body that the parameters were read from, where the door knows; the record judges by it."""
    sequence: int = 0
    """The number that it took in its last transaction; 0 before that."""
    chain: tuple[str, ...] = ()
    """Marks of the fetches that this call is part of, where an upstream is this very server."""
    outcomes: dict[tuple[str, ...], Exception | None] = field(default_factory=dict)
    """What this call has asked outside, and the error it met."""
    begins_push: bool = False
    """Whether it may be the first upload of a push; create on push comes before it."""

    @property
    def now(self) -> float:
        """World time."""
        return self.world.clock.now()

    @property
    def registry(self) -> Registry:
        """The registry that is addressed."""
        return self.world.of(Registry, self.account, self.region)

    def repository(self, name: str) -> "Repository":
        """A repository of that registry. Raises RepositoryNotFoundException."""
        return self.registry.repository(name)

    def notes_pulls(self) -> bool:
        """Whether this caller moves lastRecordedPullTime (facts/api 6.4); a session counts as its role."""
        return not self.registry.excluded(self.caller.role or self.caller.principal)

    def transact(self, work: Callable[[], T]) -> T:
        """Run work in a transaction of the world; the call is numbered inside, so that numbers follow commits."""

        def numbered() -> T:
            answer = work()
            if self.number is not None:
                self.sequence = self.number()
            return answer

        return self.world.transact(numbered)

    # -- addresses (facts/registry 3.7): decided by the name under which the client reached us

    def registry_address(self) -> str:
        """Host (and path) under which this call's registry is pushed to and pulled from, without scheme."""
        return addresses.registry(self.world.settings, self.host, self.account, self.region)

    def endpoint(self, account: str) -> str:
        """Where a login of this account goes: scheme and registry address, no slash at the end."""
        return addresses.login(self.world.settings, self.scheme, self.host, account, self.region)
