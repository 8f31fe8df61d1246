"""Is a rule's upstream reached, with the rule's secret? (part B, 4.2, ValidatePullThroughCacheRule)."""

import contextlib
from typing import TYPE_CHECKING

from ecrmock.domain.neighbours.secrets import Secrets
from ecrmock.domain.pull_through.upstreams import OPEN_SOURCE, Place, UpstreamError
from ecrmock.engine.fetch import Fetch
from ecrmock.errors.base import ServiceError

if TYPE_CHECKING:
    from ecrmock.domain.pull_through.rules import CacheRule
    from ecrmock.domain.pull_through.upstreams import Outcomes
    from ecrmock.engine.world import World


def place_of(world: "World", account: str, region: str, rule: "CacheRule", chain: tuple[str, ...] = ()) -> Place:
    """Which upstream a rule means, its secret read; the caller holds the lock. Raises UpstreamError."""
    login = None
    if rule.credential is not None:
        try:
            login = world.of(Secrets, account, region).login(rule.credential)
        except (ServiceError, ValueError) as error:
            why = error.message if isinstance(error, ServiceError) else str(error)
            raise UpstreamError(f"The secret {rule.credential} cannot be used: {why}") from None
    return Place(rule.kind, rule.url, account, region, login, rule.role, chain)


def fault(world: "World", place: tuple[str, str], rule: "CacheRule", outcomes: "Outcomes") -> str | None:
    """Why a rule is not valid, in words of ours; None for a valid one. Raises Fetch until the upstream was asked."""
    key = ("validate", *place, rule.prefix, str(rule.number), str(rule.updated_at))
    if key in outcomes:
        error = outcomes[key]
        return None if error is None else str(error)

    def ask() -> None:
        with world.lock:
            upstream = place_of(world, *place, rule)
        with contextlib.closing(world.at(OPEN_SOURCE)(upstream)) as source:
            source.check()

    def told(error: Exception | None) -> None:
        if error is not None and not isinstance(error, UpstreamError):
            raise error
        outcomes[key] = error

    raise Fetch(key, ask, told)
