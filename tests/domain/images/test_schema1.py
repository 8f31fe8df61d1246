"""ecrmock.domain.images.schema1, against what the reference server (docker-registry 2.8.2) made of the same image."""

import base64
import hashlib
import json
import sys

import cryptography
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from paths import FIXTURES

from ecrmock.domain.images import manifests, schema1
from ecrmock.errors.ecr import InvalidParameterException

FOLDER = FIXTURES / "images" / "schema1"
CONFIG, THEIRS = (FOLDER / "config.json").read_bytes(), (FOLDER / "signed.json").read_bytes()
LAYERS = [row["digest"] for row in json.loads((FOLDER / "manifest.json").read_bytes())["layers"]]
THEIR_DIGEST = "9fc07ebb144536c7ae5a7ec3f6486db43ebb5e44ba678b53eca29c59eec32f24"  # as its header told
NOON = "2026-11-25T12:00:00Z"


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verify(text):
    """Check every signature of a text by its own key; the public keys."""
    body, keys = json.loads(text), []
    payload = schema1.payload(text, body)
    for row in body["signatures"]:
        jwk = row["header"]["jwk"]
        x, y = (int.from_bytes(unbase64(jwk[name])) for name in "xy")
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        raw = unbase64(row["signature"])
        made = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        payload64 = base64.urlsafe_b64encode(payload).rstrip(b"=")
        key.verify(made, row["protected"].encode() + b"." + payload64, ec.ECDSA(hashes.SHA256()))
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert jwk["kid"].replace(":", "") == base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
        keys.append(key)
    return keys


def test_the_translation_is_the_reference_servers_byte_for_byte():
    old = schema1.translated(CONFIG, LAYERS, "team/app", "v1")
    assert old.payload == schema1.payload(THEIRS, json.loads(THEIRS))
    assert hashlib.sha256(old.payload).hexdigest() == THEIR_DIGEST
    assert old.needs_empty


def test_its_signature_and_ours_verify_and_have_one_form():
    verify(THEIRS)
    payload = schema1.payload(THEIRS, json.loads(THEIRS))
    ours = schema1.signed(payload, b"s" * 32, NOON)
    assert len(verify(ours)) == 1
    assert schema1.payload(ours, json.loads(ours)) == payload
    lines = [[line.partition(":")[0] for line in text.decode().splitlines()] for text in (ours, THEIRS)]
    assert lines[0] == lines[1]


def test_one_secret_and_time_give_one_text_and_another_secret_another_key():
    payload = schema1.translated(CONFIG, LAYERS, "a", "b").payload
    assert schema1.signed(payload, b"s" * 32, NOON) == schema1.signed(payload, b"s" * 32, NOON)
    one, two = (json.loads(schema1.signed(payload, secret, NOON)) for secret in (b"s" * 32, b"\xff" * 32))
    assert one["signatures"][0]["header"] != two["signatures"][0]["header"]


def test_the_empty_layer_is_the_one_that_everybody_knows():
    assert hashlib.sha256(schema1.EMPTY_LAYER).hexdigest() == schema1.EMPTY_DIGEST


def test_a_pushed_signed_manifest_is_named_by_its_payload():
    manifest = manifests.parse(THEIRS, None, closed=True)
    assert (manifest.media_type, manifest.digest) == (manifests.SCHEMA1_SIGNED, f"sha256:{THEIR_DIGEST}")
    assert manifest.sha256 == hashlib.sha256(THEIRS).hexdigest()
    assert manifest.data == THEIRS


def protected(length=10, tail="Cn0"):
    text = json.dumps({"formatLength": length, "formatTail": tail})
    return {"protected": base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()}


@pytest.mark.parametrize(
    "signatures",
    [
        {},
        "x",
        7,
        [{}],
        [[]],
        [{"protected": 1}],
        [{"protected": "%"}],
        [{"protected": "bm8"}],
        [{"protected": "W10"}],
        [protected(length=0)],
        [protected(length=-1)],
        [protected(length=True)],
        [protected(length="9")],
        [protected(length=1 << 40)],
        [protected(tail=1)],
        [protected(tail="\u00e9")],
        [protected(), protected(length=11)],
    ],
)
def test_signatures_that_do_not_say_where_they_were_put_in_are_refused(signatures):
    body = {**json.loads(THEIRS), "signatures": signatures}
    with pytest.raises(InvalidParameterException, match="Invalid JSON syntax"):
        manifests.parse(json.dumps(body).encode(), manifests.SCHEMA1_SIGNED, closed=True)


def test_without_cryptography_or_with_an_old_one_there_is_no_signature(monkeypatch):
    """An old one has no deterministic signatures: pulling a translated image ended in a 500."""
    payload = b'{\n   "name": "a"\n}'
    monkeypatch.setattr(cryptography, "__version__", "42.0.8")
    assert schema1.signed(payload, b"1" * 32, "2026-01-01T12:00:00Z") is None
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert schema1.signed(payload, b"1" * 32, "2026-01-01T12:00:00Z") is None
