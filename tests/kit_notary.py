"""The Notary Project's verification of a JWS signature, written from its specification and from nothing of ours."""

import base64
import datetime as dt
import hashlib
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

SCHEME, TIME = "io.cncf.notary.signingScheme", "io.cncf.notary.signingTime"
UNDERSTOOD = {SCHEME, "io.cncf.notary.expiry"}


def verified(envelope, root_pem):
    """(what is signed, signing time) of an envelope whose chain ends in this root; fails where anything is amiss."""
    body = json.loads(envelope)
    assert set(body) == {"payload", "protected", "header", "signature"}
    protected = json.loads(_raw(body["protected"]))
    assert protected["alg"] == "ES256"
    assert protected["cty"] == "application/vnd.cncf.notary.payload.v1+json"
    assert set(protected["crit"]) <= UNDERSTOOD & set(protected)
    assert SCHEME in protected["crit"]
    assert protected[SCHEME] == "notary.x509"
    chain = [x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in body["header"]["x5c"]]
    at = dt.datetime.strptime(protected[TIME], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    _check(chain, x509.load_pem_x509_certificate(root_pem.encode()), at)
    numbers = _raw(body["signature"])
    assert len(numbers) == 64
    signature = utils.encode_dss_signature(int.from_bytes(numbers[:32]), int.from_bytes(numbers[32:]))
    text = f"{body['protected']}.{body['payload']}".encode()
    chain[0].public_key().verify(signature, text, ec.ECDSA(hashes.SHA256()))
    payload = json.loads(_raw(body["payload"]))
    assert set(payload) == {"targetArtifact"}
    return payload["targetArtifact"], at


def _check(chain, root, at):
    """Certificate requirements of signature-specification.md."""
    assert chain[-1] == root
    for issued, issuer in zip(chain, [*chain[1:], root], strict=True):
        issued.verify_directly_issued_by(issuer)
        assert issued.not_valid_before_utc <= at <= issued.not_valid_after_utc
        assert issued.version == x509.Version.v3
        assert isinstance(issued.public_key(), ec.EllipticCurvePublicKey)
    leaf, usage = chain[0], chain[0].extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CODE_SIGNING]
    names = {row.rfc4514_attribute_name for row in leaf.subject}
    assert {"C", "ST", "O"} <= names
    for above in chain[1:]:
        limits = above.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = above.extensions.get_extension_for_class(x509.KeyUsage)
        assert limits.critical
        assert limits.value.ca
        assert usage.critical
        assert usage.value.key_cert_sign


def thumbprints(envelope):
    """The sha256 of each certificate in an envelope."""
    return [hashlib.sha256(base64.b64decode(text)).hexdigest() for text in json.loads(envelope)["header"]["x5c"]]


def pems(envelope):
    """The certificates of an envelope as PEM."""
    rows = json.loads(envelope)["header"]["x5c"]
    found = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in rows]
    return [each.public_bytes(Encoding.PEM).decode() for each in found]


def _raw(text):
    assert "=" not in text
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
