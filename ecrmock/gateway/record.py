"""What was called? The newest calls of each account and region, after success and refusal alike; no state."""

import copy
import itertools
import sys
import threading
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.domain import names
from ecrmock.errors.base import ServiceError

if TYPE_CHECKING:
    from ecrmock.gateway.call import Call

# never kept, however deep: layer bytes, tokens, secrets (decisions 1)
_SECRET = frozenset(
    {
        "layerPartBlob",
        "authorizationToken",
        "authorizationData",
        "SecretString",
        "SecretBinary",
        "SecretAccessKey",
        "SessionToken",
        "WebIdentityToken",
        "SAMLAssertion",
    }
)
READS = ("Batch", "Describe", "Get", "List")
_WRITES = frozenset({"BatchDeleteImage"})
_ECHOES = frozenset(
    {
        "CompleteLayerUpload",
        "CreateRepository",
        "DeleteRepository",
        "InitiateLayerUpload",
        "PutImage",
        "PutImageScanningConfiguration",
        "PutImageTagMutability",
        "TagResource",
        "UntagResource",
        "UploadLayerPart",
    }
)
"""What they answer is what they were asked, and a few names and numbers."""
_LARGEST = 32 * 1024
"""Bytes of a member that are kept; CloudTrail keeps 100 KB of all request parameters together."""

_SMALL, _PER_BYTE, _SHELL = 4096, 10, 1500
"""A body of so few bytes is not weighed: in memory it takes ten times as many at most, and an entry about so many."""


class Omitted(NamedTuple):
    """Stands in a call's parameters or answer where a value was too large to keep, such as a manifest of 4 MB."""

    size: int
    """Of the value, in bytes of memory."""


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
    """Without secrets; `Omitted` in the place of what is larger than 32 KiB."""
    answer: Any
    """What a write answered, as objects and cut down like parameters; None for reads and refusals."""
    error: "ServiceError | None"
    resources: tuple[str, ...]
    source: str
    user_agent: str
    host: str
    sequence: int
    """Its number among all calls of the world, by which they are ordered; see Calls."""
    hint: str = ""
    """Which part of a refused request is meant, where AWS's sentence does not say."""


class Calls:
    """The newest calls: so many of each account and region, and so many bytes of all together.

    They are ordered by a number, not by time, which a test may stop. A call takes it in its last transaction, so that
    writes stand in the order of their commits; a refused one takes it at its end.
    """

    def __init__(self, kept: int, most_bytes: int) -> None:
        """Keep so many an account and region, and no more than so many bytes: the oldest of all goes first."""
        self._kept = kept
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._entries: OrderedDict[int, tuple[ActionCalled, int]] = OrderedDict()
        self._rings: dict[tuple[str, str], deque[int]] = {}
        self._bytes = 0

    def number(self) -> int:
        """The next number; a call takes it while it holds the lock of the world. One step of a counter is atomic."""
        return next(self._numbers)

    def note(self, call: "Call", answer: Any, error: ServiceError | None) -> None:
        """Remember a call that ended."""
        write = call.action in _WRITES or not call.action.startswith(READS)
        parameters, size = _parameters(call)
        answered, more = _answer(call, answer) if write and error is None else (None, 0)
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
            parameters,
            answered,
            error and copy.copy(error),  # its traceback holds the frames of the call, and so the body
            tuple(names.repository_arn(call.account, call.region, name) for name in call.repositories),
            call.source,
            call.user_agent,
            call.host,
            call.sequence if call.sequence and error is None else self.number(),
            error.hint if error else "",
        )
        size += more + _SHELL + len(call.user_agent) + len(call.host) + (_weight(vars(error)) if error else 0)
        with self._lock:
            self._add(entry, size)

    def _add(self, entry: ActionCalled, size: int) -> None:
        ring = self._rings.get((entry.account, entry.region))
        if ring is None:
            ring = self._rings[entry.account, entry.region] = deque()
        ring.append(entry.sequence)
        self._entries[entry.sequence] = entry, size
        self._bytes += size
        while len(ring) > self._kept:
            self._forget(ring[0])
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._entries)))

    def _forget(self, number: int) -> None:
        """Drop the first call of a ring; a ring that is empty goes too, since callers choose their accounts."""
        entry, size = self._entries.pop(number)
        key = entry.account, entry.region
        self._rings[key].popleft()
        if not self._rings[key]:
            del self._rings[key]
        self._bytes -= size

    def of(self, account: str, region: str) -> list[ActionCalled]:
        """The calls of an account in a region, by their numbers."""
        with self._lock:
            found = [self._entries[number][0] for number in self._rings.get((account, region), ())]
        return sorted(found, key=_by_number)

    def all(self) -> list[ActionCalled]:
        """All calls that are remembered, by their numbers."""
        with self._lock:
            found = [entry for entry, _ in self._entries.values()]
        return sorted(found, key=_by_number)


def _by_number(entry: ActionCalled) -> int:
    return entry.sequence


def _parameters(call: "Call") -> tuple[dict[str, Any], int]:
    """What is kept of the parameters, and its bytes: of a small body an estimate, for nearly every call has one."""
    if call.body_size is None or call.body_size > _SMALL:
        return _members(call.parameters)
    return _without_secrets(call.parameters), _PER_BYTE * call.body_size


def _answer(call: "Call", answer: Any) -> tuple[Any, int]:
    """What is kept of a write's answer, and its bytes; one that says no more than was asked is as small as that."""
    if call.body_size is not None and call.body_size <= _SMALL and call.action in _ECHOES and call.service == "ecr":
        return answer, _PER_BYTE * call.body_size
    return _members(answer)


def _without_secrets(members: dict[str, Any]) -> dict[str, Any]:
    if _SECRET.isdisjoint(members):
        return members
    return {name: member for name, member in members.items() if name not in _SECRET}


def _members(value: Any) -> tuple[Any, int]:
    """A copy of parameters or of an answer, each member cut down to what may be kept; and its bytes."""
    if not isinstance(value, dict):
        return _cut(value)
    kept, size = {}, 64
    for name, member in value.items():
        if name not in _SECRET:
            kept[name], weight = _cut(member)
            size += weight + 100
    return kept, size


def _cut(value: Any) -> tuple[Any, int]:
    """A copy without secrets, `Omitted` in the place of each part that is too large; and its bytes."""
    if isinstance(value, dict):
        value, weight = _members(value)
    elif isinstance(value, list):
        items = [_cut(item) for item in value]
        value, weight = [item for item, _ in items], 64 + sum(size + 8 for _, size in items)
    else:
        weight = sys.getsizeof(value) if isinstance(value, str | bytes) else _weight(value)
    return (value, weight) if weight <= _LARGEST else (Omitted(weight), _SHELL)


def _weight(value: Any) -> int:
    """How many bytes of memory a value holds: its texts and what they stand in; of other objects only the shell."""
    weight = sys.getsizeof(value)
    if isinstance(value, dict):
        return weight + sum(_weight(name) + _weight(member) for name, member in value.items())
    if isinstance(value, list | tuple):
        return weight + sum(_weight(item) for item in value)
    return weight
