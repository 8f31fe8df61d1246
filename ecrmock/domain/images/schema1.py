"""How does an image look in Docker's schema 1, for clients of 2015? (facts/registry 2.9.2, tested there and here)."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ecrmock.base.jsons import loads

EMPTY_LAYER = bytes.fromhex("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000")
"""The gzipped tar without entries, which stands for every step that left no layer."""
EMPTY_DIGEST = "a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
_NEVER = "0001-01-01T00:00:00Z"


class Old(NamedTuple):
    """A translation: the text whose sha256 is its digest, and whether it needs the empty layer."""

    payload: bytes
    needs_empty: bool


class _Step(NamedTuple):
    blob: str
    throwaway: bool
    row: dict[str, Any]


def translated(config: bytes, layers: Sequence[str], name: str, tag: str) -> Old | None:
    """An image, by its config and the digests of its layers, oldest first; None where its history does not fit them."""
    body = _config(config)
    steps = None if body is None else _steps(body, list(layers))
    if body is None or not steps:
        return None
    compatible, parent = [], ""
    for step in steps[:-1]:
        identity = _id(step.blob, parent)
        compatible.append(_compact(_older(step, identity, parent)))
        parent = identity
    newest = _newest(body, steps[-1], _id(steps[-1].blob, parent, config), parent)
    compatible.append(_compact(newest))
    made = {
        "schemaVersion": 1,
        "name": name,
        "tag": tag,
        "architecture": body.get("architecture", ""),
        "fsLayers": [{"blobSum": step.blob} for step in reversed(steps)],
        "history": [{"v1Compatibility": text} for text in reversed(compatible)],
    }
    return Old(_pretty(made).encode(), any(step.throwaway for step in steps))


def _config(data: bytes) -> dict[str, Any] | None:
    """The image's config; None for anything else, e.g. an artifact's."""
    try:
        body = loads(data)
    except ValueError:
        return None
    history = body.get("history") if isinstance(body, dict) else None
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        return None
    rootfs = body.get("rootfs")
    return body if isinstance(rootfs, dict) and isinstance(rootfs.get("diff_ids"), list) else None


def _steps(body: dict[str, Any], layers: list[str]) -> list[_Step] | None:
    rows = body["history"]
    full = [row for row in rows if not row.get("empty_layer")]
    if not len(full) == len(layers) == len(body["rootfs"]["diff_ids"]):
        return None
    rest = iter(layers)
    return [
        _Step("sha256:" + EMPTY_DIGEST, True, row) if row.get("empty_layer") else _Step(next(rest), False, row)
        for row in rows
    ]


def _older(step: _Step, identity: str, parent: str) -> dict[str, Any]:
    row = step.row
    made = {
        "id": identity,
        "parent": parent,
        "comment": row.get("comment"),
        "created": row.get("created") or _NEVER,
        "container_config": {"Cmd": [row.get("created_by", "")]},
        "author": row.get("author"),
        "throwaway": step.throwaway,
    }
    return {member: value for member, value in made.items() if value}


def _newest(body: dict[str, Any], step: _Step, identity: str, parent: str) -> dict[str, Any]:
    made = {member: value for member, value in body.items() if member not in {"rootfs", "history"}}
    made["id"] = identity
    if parent:
        made["parent"] = parent
    if step.throwaway:
        made["throwaway"] = True
    return dict(sorted(made.items()))


def _id(blob: str, parent: str, config: bytes | None = None) -> str:
    """The invented id of a step; the blank before a missing parent stays."""
    text = f"{blob.partition(':')[2]} {parent}".encode()
    return hashlib.sha256(text if config is None else text + b" " + config).hexdigest()


def _compact(value: object) -> str:
    return _as_go(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def _pretty(value: object) -> str:
    return _as_go(json.dumps(value, indent=3, ensure_ascii=False))


def _as_go(text: str) -> str:
    """The reference server's encoder escapes what HTML would trip over; such signs stand in strings only."""
    return text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


# -- signatures: the payload is cut before its last line, and the signatures go in there


def signed(payload: bytes, secret: bytes, time: str) -> bytes | None:
    """The text with one ES256 signature by a key that this secret (32 bytes) fixes; None without `cryptography`.

    Source: facts/registry 2.9.2, step 7. The same secret, payload and time give the same text.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 (an extra, and slow to load)
    except ImportError:
        return None
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    key = ec.derive_private_key(int.from_bytes(secret) % (order - 1) + 1, ec.SECP256R1())
    head = payload[: -len(b"\n}")]
    protected = _base64(_compact({"formatLength": len(head), "formatTail": _base64(b"\n}"), "time": time}).encode())
    row = {
        "header": {"jwk": _jwk(key.public_key()), "alg": "ES256"},
        "signature": _base64(_es256(key, f"{protected}.{_base64(payload)}".encode())),
        "protected": protected,
    }
    tail = _pretty({"signatures": [row]}).partition("\n")[2]
    return head + b",\n" + tail.encode()


def _jwk(public: Any) -> dict[str, str]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 (as above)

    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
    numbers = public.public_numbers()
    return {
        "crv": "P-256",
        "kid": ":".join(text[start : start + 4] for start in range(0, len(text), 4)),
        "kty": "EC",
        "x": _base64(numbers.x.to_bytes(32)),
        "y": _base64(numbers.y.to_bytes(32)),
    }


def _es256(key: Any, text: bytes) -> bytes:
    """The numbers r and s side by side; deterministic (RFC 6979), since randomness comes from `base` alone."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 (as above)
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415 (as above)

    made = key.sign(text, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = utils.decode_dss_signature(made)
    return r.to_bytes(32) + s.to_bytes(32)


def payload(data: bytes, body: dict[str, Any]) -> bytes:
    """The text under the signatures of a pushed manifest, whose sha256 is its digest; all of it when unsigned.

    Raises ValueError where the signatures do not say where they were put in.
    """
    rows = body.get("signatures")
    if rows is None or rows == []:
        return data
    try:
        said = loads(_unbase64(rows[0]["protected"]))
        length, tail = said["formatLength"], _unbase64(said["formatTail"])
        whole = all(loads(_unbase64(row["protected"]))["formatLength"] == length for row in rows)
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError("no signature") from error
    if not whole or not isinstance(length, int) or isinstance(length, bool) or not 0 < length <= len(data):
        raise ValueError("signatures disagree")
    return data[:length] + tail


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
