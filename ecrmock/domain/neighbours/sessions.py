"""Which temporary credentials did STS hand out, and whose are they? (facts/access 9.3, 9.4)."""

import base64
import hashlib
import hmac
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.store import Kind
from ecrmock.domain import names

if TYPE_CHECKING:
    from ecrmock.engine.world import World

_KEYS = ("keys",)
_NEW_ENCODING = 1 << 47
_GRACE = 86_400
"""Seconds for which a session that is over is remembered, for a world whose clock is set back."""
_SWEPT = 8
"""How many of the oldest sessions one new session may replace, so that no call has many to forget."""
_RANDOM = 88
"""Random bytes of a token; 32 of a mark follow that only this world makes."""


class Session(NamedTuple):
    """Credentials and the principal that they speak for."""

    key: str
    secret: str
    token: str
    account: str
    principal: str
    user_id: str
    role: str | None
    """The ARN of the role, for a session of one."""
    expires: float


SESSION_KEY = "ASIA"
"""How the access key id of a session begins."""
SESSIONS: Kind[Session] = Kind("sts-sessions", Session, expiry=lambda session: [(session.expires,)])


class Sessions:
    """The sessions of a world; keys are found whatever region is spoken to."""

    def __init__(self, world: "World") -> None:
        """A view of the rows."""
        self._world = world
        self._rows = world.store.table(SESSIONS)

    def issue(self, account: str, principal: str, user_id: str, seconds: float, role: str | None = None) -> Session:
        """New credentials whose key tells the account; some that ended long ago are forgotten."""
        self._sweep()
        ids = self._world.ids
        key = encoded_key(SESSION_KEY, account, ids.secret(10))
        session = Session(
            key=key,
            secret=base64.b64encode(ids.secret(30)).decode(),
            token=self._token(key, ids.secret(_RANDOM)),
            account=account,
            principal=principal,
            user_id=user_id,
            role=role,
            expires=self._world.clock.now() + seconds,
        )
        self._rows.put(_KEYS, session.key, session)
        return session

    def find(self, key: str) -> Session | None:
        """The session of an access key id, for a day after its end at least; None for what is not known."""
        return self._rows.get(_KEYS, key)

    def forgotten(self, key: str, token: str) -> bool:
        """Whether a session that `find` does not know was once issued here: its token says so, and so it is over."""
        try:
            random = base64.b64decode(token, validate=True)[:_RANDOM]
        except ValueError:
            return False
        return hmac.compare_digest(token.encode(), self._token(key, random).encode())

    def _token(self, key: str, random: bytes) -> str:
        mark = hmac.digest(self._world.secret, b"session\n" + key.encode() + random, "sha256")
        return base64.b64encode(random + mark).decode()

    def _sweep(self) -> None:
        """Forget the oldest of those that ended before the grace; in a transaction."""
        limit = self._world.clock.now() - _GRACE
        oldest = list(islice(self._rows.walk(_KEYS, "expiry"), _SWEPT))
        for _, session in oldest:
            if session.expires < limit:
                self._rows.delete(_KEYS, session.key)


def encoded_key(prefix: str, account: str, random: bytes) -> str:
    """An access key id that holds its account at bits 7 to 46 (facts/access 9.3)."""
    number = _NEW_ENCODING | (int(account) << 7) | (random[0] & 0x7F)
    return prefix + base64.b32encode(number.to_bytes(6, "big") + random[1:5])[:16].decode()


def unique_id(prefix: str, name: str) -> str:
    """A stable unique id such as AROA…, made of the ARN it belongs to."""
    return prefix + base64.b32encode(hashlib.sha256(name.encode()).digest())[:17].decode()


def session_arn(role_arn: str, session: str) -> str:
    """The ARN of a role's session; the path is left out."""
    partition, account, name = role_arn.split(":")[1], role_arn.split(":")[4], role_arn.rpartition("/")[2]
    return f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}"


def federated_arn(account: str, region: str, name: str) -> str:
    """The ARN of a federated user."""
    return f"arn:{names.partition(region)}:sts::{account}:federated-user/{name}"
