"""How is a place in a list written into an opaque nextToken, and read back?"""

import base64
import hashlib
import hmac
import json
from typing import Any

_MAC = 10


class Cursors:
    """Makes tokens that only this world and the same list accept (facts/api 1.9)."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Sign with this key."""
        self._key = key

    def encode(self, scope: tuple[str, ...], place: Any) -> str:
        """A token for the page after this place (any JSON value) of the list that the scope names."""
        text = json.dumps(place, separators=(",", ":")).encode()
        return base64.b64encode(self._mac(scope, text) + text).decode()

    def decode(self, scope: tuple[str, ...], token: str) -> Any:
        """The place in a token. Raises ValueError for one that is damaged or of another list."""
        raw = base64.b64decode(token, validate=True)
        mac, text = raw[:_MAC], raw[_MAC:]
        same = base64.b64encode(raw).decode() == token  # its last bits may say nothing
        if not hmac.compare_digest(mac, self._mac(scope, text)) or not same:
            raise ValueError("not a token of this list")
        return json.loads(text)

    def _mac(self, scope: tuple[str, ...], text: bytes) -> bytes:
        return hmac.digest(self._key, "\0".join(scope).encode() + b"\0" + text, hashlib.sha256)[:_MAC]
