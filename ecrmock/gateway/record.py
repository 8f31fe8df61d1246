"""What was called? A ring of calls per account and region, kept after success and refusal alike; no state."""

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.domain import names

if TYPE_CHECKING:
    from ecrmock.errors.base import ServiceError
    from ecrmock.gateway.call import Call

# never kept: layer bytes, tokens, secrets (design 1.4a)
_SECRET = frozenset({"layerPartBlob", "authorizationToken", "authorizationData", "SecretString", "SecretBinary"})
READS = ("Batch", "Describe", "Get", "List")
_WRITES = frozenset({"BatchDeleteImage"})


class ActionCalled(NamedTuple):
    """One call at either door, as CloudTrail, CloudWatch and a curious test want to see it."""

    request_id: str
    time: float
    door: str
    service: str
    action: str
    account: str
    """The caller's account, whose trail it belongs to."""
    region: str
    registry: str
    principal: str
    parameters: dict[str, Any]
    answer: Any
    """What a write answered, as objects; None for reads and refusals."""
    error: "ServiceError | None"
    resources: tuple[str, ...]
    source: str
    user_agent: str
    host: str


class Calls:
    """The newest calls of every account and region."""

    def __init__(self, kept: int) -> None:
        """Keep so many an account and region."""
        self._kept = kept
        self._rings: dict[tuple[str, str], deque[ActionCalled]] = {}

    def note(self, call: "Call", answer: Any, error: "ServiceError | None") -> None:
        """Remember a call that ended."""
        write = call.action in _WRITES or not call.action.startswith(READS)
        entry = ActionCalled(
            call.request_id,
            call.started,
            call.door,
            call.service,
            call.action,
            call.caller.account,
            call.region,
            call.account,
            call.caller.principal,
            _public(call.parameters),
            answer if write and error is None else None,
            error,
            tuple(names.repository_arn(call.account, call.region, name) for name in call.repositories),
            call.source,
            call.user_agent,
            call.host,
        )
        ring = self._rings.get((entry.account, entry.region))
        if ring is None:
            ring = self._rings.setdefault((entry.account, entry.region), deque(maxlen=self._kept))
        ring.append(entry)

    def of(self, account: str, region: str) -> list[ActionCalled]:
        """The calls of an account in a region, oldest first."""
        return list(self._rings.get((account, region), ()))

    def all(self) -> list[ActionCalled]:
        """All calls that are remembered, oldest first."""
        return sorted((entry for ring in list(self._rings.values()) for entry in list(ring)), key=lambda e: e.time)


def _public(parameters: dict[str, Any]) -> dict[str, Any]:
    if _SECRET.isdisjoint(parameters):
        return parameters
    return {name: value for name, value in parameters.items() if name not in _SECRET}
