"""How does a login token carry who its caller is, and how is it read back?"""

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ecrmock.engine.world import World

_KEY_PREFIX = bytes((1, 1, 1, 0))  # real encrypted data keys begin `AQEBA` in base64


class Claims(NamedTuple):
    """Who fetched a token, for which service, and until when it holds (seconds since 1970)."""

    account: str
    region: str
    principal: str
    user_id: str
    service: str
    expires: float
    role: str | None = None
    """The ARN of the role, for a session of one."""


Fault = Literal["invalid", "expired"]


def issue(world: "World", claims: Claims) -> str:
    """The password of a login: no colon, since the AWS CLI splits at it (facts/access 10).

    It has the shape of a real one (facts/api 7): base64 of JSON with payload, datakey, version, type,
    expiration; the payload is a signed record instead of ciphertext.
    """
    record = json.dumps([*claims, world.ids.uuid()], separators=(",", ":")).encode()
    body = {
        "payload": base64.b64encode(_mac(world, record) + record).decode(),
        "datakey": base64.b64encode(_KEY_PREFIX + world.ids.secret(69)).decode(),
        "version": "2",
        "type": "DATA_KEY",
        "expiration": int(claims.expires),
    }
    return base64.b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()


def read(world: "World", password: str) -> Claims | Fault:
    """Who a password speaks for; "invalid" for one this world never issued, "expired" after its time."""
    try:
        body = json.loads(base64.b64decode(password, validate=True))
        payload = base64.b64decode(body["payload"], validate=True)
        mac, record = payload[:32], payload[32:]
        if not hmac.compare_digest(mac, _mac(world, record)):
            return "invalid"
        *members, _ = json.loads(record)
        claims = Claims(*members)
    except (ValueError, KeyError, TypeError, RecursionError):
        return "invalid"
    return "expired" if world.clock.now() >= claims.expires else claims


def url_signature(world: "World", *parts: str) -> str:
    """The hex signature of a layer download URL."""
    return hmac.digest(world.secret, "\n".join(("url", *parts)).encode(), hashlib.sha256).hex()


def _mac(world: "World", record: bytes) -> bytes:
    return hmac.digest(world.secret, b"token\n" + record, hashlib.sha256)
