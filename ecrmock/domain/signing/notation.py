"""How is a digest signed so that Notation accepts it? With a test key and certificates that nobody should trust.

The form is the Notary Project's: signature-specification.md and signature-envelope-jws.md of
notaryproject/specifications. Key and certificates follow from a secret and the ARN of a profile, so that they are the
same whenever they are made.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from ecrmock._version import __version__
from ecrmock.base.extras import MissingExtraError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, Name

ARTIFACT_TYPE = "application/vnd.cncf.notary.signature"
ENVELOPE_TYPE = "application/jose+json"
PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json"
THUMBPRINT = "io.cncf.notary.x509chain.thumbprint#S256"
_SCHEME, _TIME, _AGENT = (f"io.cncf.notary.{word}" for word in ("signingScheme", "signingTime", "signingAgent"))
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: private keys are smaller."""
_LONGEST_NAME = 64
"""Of a common name (X.520)."""
_OLDEST = 45
"""The first version of cryptography that signs certificates without randomness."""


class Signer:
    """A test key under a test root, both made for one signing profile; valid at whatever time the world has."""

    def __init__(self, secret: bytes, profile: str) -> None:
        """Make keys and certificates: a few milliseconds, more the first time. Raises Missing."""
        _demand()
        self._key = _key(secret, f"leaf of {profile}")
        root_key = _key(secret, f"root of {profile}")
        mark = hashlib.sha256(profile.encode()).hexdigest()[:16]
        issuer, subject = _name(f"ecrmock test root {mark}"), _name(profile.rpartition("/")[2][:_LONGEST_NAME])
        self._root = _certificate(subject=issuer, key=root_key, issuer=issuer, by=root_key, is_root=True)
        self._leaf = _certificate(subject=subject, key=self._key, issuer=issuer, by=root_key, is_root=False)

    @property
    def root(self) -> str:
        """The root certificate as PEM: what goes into a trust store."""
        return _pem(self._root)

    @property
    def chain(self) -> str:
        """The certificates as PEM, that of the signing key first, the root last."""
        return _pem(self._leaf) + _pem(self._root)

    @property
    def thumbprints(self) -> list[str]:
        """The sha256 of each certificate of the chain in hex."""
        return [hashlib.sha256(data).hexdigest() for data in self._der()]

    def _der(self) -> list[bytes]:
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 (an extra, and slow to load)

        return [each.public_bytes(Encoding.DER) for each in (self._leaf, self._root)]

    def envelope(self, target: dict[str, Any], at: float) -> bytes:
        """A JWS in JSON over the descriptor of what is signed; `at` is the signing time in seconds since 1970."""
        protected = {
            "alg": "ES256",
            "crit": [_SCHEME],
            "cty": PAYLOAD_TYPE,
            _SCHEME: "notary.x509",
            _TIME: rfc3339(at),
        }
        head, payload = _url(_compact(protected)), _url(_compact({"targetArtifact": target}))
        made = {
            "payload": payload,
            "protected": head,
            "header": {
                "x5c": [base64.b64encode(data).decode() for data in self._der()],
                _AGENT: f"ecrmock/{__version__}",
            },
            "signature": _url(_es256(self._key, f"{head}.{payload}".encode())),
        }
        return _compact(made)


def rfc3339(seconds: float) -> str:
    """A time as the envelope has it: UTC, whole seconds."""
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).isoformat().replace("+00:00", "Z")


def _demand() -> None:
    try:
        import cryptography  # noqa: PLC0415 (an extra)
    except ImportError:
        found = 0
    else:
        found = int(cryptography.__version__.partition(".")[0])
    if found < _OLDEST:
        raise MissingExtraError(f"signing needs cryptography {_OLDEST} or newer: python -m pip install 'ecrmock[sign]'")


def _key(secret: bytes, purpose: str) -> "EllipticCurvePrivateKey":
    """A P-256 key that secret and purpose fix: randomness comes from `base` alone."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 (an extra, and slow to load)

    number = int.from_bytes(hmac.digest(secret, purpose.encode(), "sha512"))
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def _name(common: str) -> "Name":
    """A subject with the three members that a trusted identity must name."""
    from cryptography import x509  # noqa: PLC0415 (as above)
    from cryptography.x509.oid import NameOID  # noqa: PLC0415 (as above)

    rows = [
        (NameOID.COUNTRY_NAME, "US"),
        (NameOID.STATE_OR_PROVINCE_NAME, "WA"),
        (NameOID.ORGANIZATION_NAME, "ecrmock"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "unsafe test key"),
        (NameOID.COMMON_NAME, common),
    ]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in rows])


def _certificate(
    *,
    subject: "Name",
    key: "EllipticCurvePrivateKey",
    issuer: "Name",
    by: "EllipticCurvePrivateKey",
    is_root: bool,
) -> "Certificate":
    """One certificate by the rules of signature-specification.md (certificate requirements).

    It is valid from 1950, the earliest that X.509 writers admit, to the end of 9999: the world's clock may be anywhere.
    """
    from cryptography import x509  # noqa: PLC0415 (as above)
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 (as above)

    ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(ski.digest[:16]) | 1)
        .not_valid_before(dt.datetime(1950, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
        .add_extension(ski, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    builder = _usage(builder, is_root=is_root)
    return builder.sign(by, hashes.SHA256(), ecdsa_deterministic=True)


def _usage(builder: "CertificateBuilder", *, is_root: bool) -> "CertificateBuilder":
    """A root signs certificates and nothing else; what is under it signs code and nothing else."""
    from cryptography import x509  # noqa: PLC0415 (as above)
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415 (as above)

    none = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    usage = x509.KeyUsage(
        digital_signature=not is_root, key_cert_sign=is_root, crl_sign=False, decipher_only=False, **none
    )
    limits = x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None)
    builder = builder.add_extension(limits, critical=True).add_extension(usage, critical=True)
    if is_root:
        return builder
    return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)


def _es256(key: "EllipticCurvePrivateKey", text: bytes) -> bytes:
    """The numbers r and s side by side (RFC 7518, 3.4), without randomness (RFC 6979)."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 (as above)
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415 (as above)

    made = key.sign(text, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = utils.decode_dss_signature(made)
    return r.to_bytes(32) + s.to_bytes(32)


def _pem(certificate: "Certificate") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 (as above)

    return certificate.public_bytes(Encoding.PEM).decode()


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
