"""How does a login token carry who its caller is, and how is it read back?"""

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Literal, NamedTuple

from ecrmock.base.jsons import ENCODER

if TYPE_CHECKING:
    from ecrmock.engine.world import World

_KEY_PREFIX = bytes((1, 1, 1, 0))  # real encrypted data keys begin `AQEBA` in base64
_HEAD = b'{"payload":"'
_FORM = b"\x01"
_SIGNED = len(_HEAD) + 44
"""Where what is signed begins."""


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
    expiration; the payload is a record instead of ciphertext, after a signature of all that follows it.
    """
    record = ENCODER.encode([*claims, world.ids.uuid()]).encode()
    more = {
        "datakey": base64.b64encode(_KEY_PREFIX + world.ids.secret(69)).decode(),
        "version": "2",
        "type": "DATA_KEY",
        "expiration": int(claims.expires),
    }
    rest = base64.b64encode(record) + b'",' + ENCODER.encode(more).encode()[1:]
    return base64.b64encode(_HEAD + _signature(world, rest) + rest).decode()


def read(world: "World", password: str) -> Claims | Fault:
    """Who a password speaks for; "invalid" for one this world never issued, "expired" after its time."""
    try:
        body = base64.b64decode(password, validate=True)
    except ValueError:
        return "invalid"
    rest = body[_SIGNED:]
    whole = base64.b64encode(_HEAD + _signature(world, rest) + rest)
    if not hmac.compare_digest(whole, password.encode()):  # so that no other way to write the same base64 passes
        return "invalid"
    *members, _ = json.loads(base64.b64decode(rest[: rest.index(b'"')]))
    claims = Claims(*members)
    return "expired" if world.clock.now() >= claims.expires else claims


def url_signature(world: "World", *parts: str) -> str:
    """The hex signature of a layer download URL."""
    return hmac.digest(world.secret, "\n".join(("url", *parts)).encode(), hashlib.sha256).hex()


def _signature(world: "World", rest: bytes) -> bytes:
    """Base64 of 33 bytes, so that it fills whole characters and the record follows without a seam."""
    return base64.b64encode(_FORM + hmac.digest(world.secret, b"token\n" + rest, hashlib.sha256))
