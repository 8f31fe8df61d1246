"""Is a rule's upstream reached, with the rule's secret? (facts/automation 4.2, ValidatePullThroughCacheRule)."""

import contextlib
from typing import TYPE_CHECKING

from ecrmock.domain.neighbours.secrets import Secrets
from ecrmock.domain.pull_through.upstreams import OPEN_SOURCE, UpstreamAccess, UpstreamError
from ecrmock.engine.fetch import Fetch
from ecrmock.errors.base import ServiceError

if TYPE_CHECKING:
    from ecrmock.domain.names import RegistryKey
    from ecrmock.domain.pull_through.rules import CacheRule
    from ecrmock.domain.pull_through.upstreams import Outcomes
    from ecrmock.engine.world import World


def access_to(
    world: "World", registry: "RegistryKey", rule: "CacheRule", chain: tuple[str, ...] = ()
) -> UpstreamAccess:
    """Which upstream a rule means, its secret read; the caller holds the lock. Raises UpstreamError."""
    login = None
    if rule.credential is not None:
        try:
            login = world.of(Secrets, *registry).login(rule.credential)
        except (ServiceError, ValueError) as error:
            why = error.message if isinstance(error, ServiceError) else str(error)
            raise UpstreamError(f"The secret {rule.credential} cannot be used: {why}") from None
    return UpstreamAccess(rule.kind, rule.url, *registry, login, rule.role, chain)


def fault(world: "World", registry: "RegistryKey", rule: "CacheRule", outcomes: "Outcomes") -> str | None:
    """Why a rule is not valid, in words of ours; None for a valid one. Raises Fetch until the upstream was asked."""
    key = ("validate", *registry, rule.prefix, str(rule.number), str(rule.updated_at))
    if key in outcomes:
        error = outcomes[key]
        return None if error is None else str(error)

    def ask() -> None:
        with world.lock:
            upstream = access_to(world, registry, rule)
        with contextlib.closing(world.at(OPEN_SOURCE)(upstream)) as source:
            source.check()

    def on_end(error: Exception | None) -> None:
        if error is not None and not isinstance(error, UpstreamError):
            raise error
        outcomes[key] = error

    raise Fetch(key, ask, on_end)
