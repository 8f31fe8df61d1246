"""Which certificate speaks for AWS's own names on this machine? One local CA, kept between runs.

See facts/registry 3.7.
"""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base import files
from ecrmock.base.extras import MissingExtraError
from ecrmock.protocols.model import shipped

if TYPE_CHECKING:
    import trustme

_CA, _KEY = "ca.pem", "ca.key"
_AGAIN = "delete both in {} and trust the new one"


class Certificate(NamedTuple):
    """Files for one server, in a folder of their own: no other run has a part in them."""

    chain: Path
    key: Path


def home() -> Path:
    """Where the CA is kept: `$XDG_STATE_HOME/ecrmock`. Raises UnusableFileError where nobody knows a home."""
    try:
        state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    except RuntimeError:
        raise files.UnusableFileError("there is no home folder: set XDG_STATE_HOME") from None
    return Path(state) / "ecrmock"


def authority(place: Path) -> "trustme.CA":
    """The CA kept in this folder, made when there is none; its key is its owner's.

    Raises MissingExtraError; OSError, with a sentence in UnusableFileError, where it cannot be kept or makes no sense.
    """
    try:
        import trustme  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtraError("--tls auto needs trustme: python -m pip install 'ecrmock[tls]'") from None
    if not (place / _CA).exists():
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
        with files.locked(place):
            if not (place / _CA).exists():  # another process was faster
                _found_authority(place)
    return trustme.CA.from_pem(*_pair(place))


def _found_authority(place: Path) -> None:
    """Make a CA; the key first, so that who sees a certificate finds its key."""
    import trustme  # noqa: PLC0415 (an extra)

    made = trustme.CA(organization_name="ecrmock", organization_unit_name="local CA")
    files.write(place / _KEY, made.private_key_pem.bytes(), mode=0o600)
    files.write(place / _CA, made.cert_pem.bytes())


def _pair(place: Path) -> tuple[bytes, bytes]:
    """Certificate and key of the CA. Raises OSError, UnusableFileError for what is no pair."""
    try:
        certificate, key = files.read(place / _CA), files.read(place / _KEY, private=True)
    except FileNotFoundError as error:
        raise files.UnusableFileError(f"{error.filename} is missing: put it back, or {_AGAIN.format(place)}") from None
    _check_pair(place, certificate, key)
    return certificate, key


def _check_pair(place: Path, certificate: bytes, key: bytes) -> None:
    """Raise UnusableFileError unless these are a certificate and its key, as PEM."""
    from cryptography import x509  # noqa: PLC0415 (trustme brings it)
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 (the same)

    try:
        public = x509.load_pem_x509_certificate(certificate).public_key()
    except Exception:  # noqa: BLE001 (foreign bytes: it raises what it likes)
        raise files.UnusableFileError(f"{place / _CA} holds no certificate: {_AGAIN.format(place)}") from None
    try:
        own = serialization.load_pem_private_key(key, None).public_key()
    except Exception:  # noqa: BLE001 (the same)
        raise files.UnusableFileError(f"{place / _KEY} holds no key: {_AGAIN.format(place)}") from None
    if own != public:
        raise files.UnusableFileError(f"{_CA} and {_KEY} do not belong together: {_AGAIN.format(place)}")


def check(chain: Path, key: Path) -> None:
    """Raise UnusableFileError for files with which no server can speak TLS."""
    import ssl  # noqa: PLC0415 (only where it is asked for)

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password=lambda: b"")
    except ssl.SSLError as error:
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        what = "do not belong together" if mismatch else "are no certificate and key in PEM form, without a password"
        raise files.UnusableFileError(f"{chain} and {key} {what}") from None
    except OSError as error:
        raise files.UnusableFileError(f"{chain} and {key} cannot be read: {error.strerror}") from None


def issue(place: Path, host: str, regions: tuple[str, ...]) -> Certificate:
    """A certificate of that CA for localhost, this host, and AWS's names in all regions.

    Its folder is new and temporary, and goes with the server (`files.remove_folder`). Raises as
    `authority` does, and ValueError for what is no name of a host.
    """
    made = authority(place).issue_cert(*names(host, regions))
    folder = Path(tempfile.mkdtemp(prefix="ecrmock-"))
    found = Certificate(folder / "server.pem", folder / "server.key")
    try:
        files.write(found.chain, b"".join(blob.bytes() for blob in made.cert_chain_pems))
        files.write(found.key, made.private_key_pem.bytes(), mode=0o600)
    except BaseException:
        files.remove_folder(folder)
        raise
    return found


def names(host: str, regions: tuple[str, ...]) -> list[str]:
    """What the certificate is for: names of the API, of any account's registry, of the neighbours.

    See facts/neighbours B1.
    """
    found = ["localhost", "*.localhost", "127.0.0.1", "::1", "sts.amazonaws.com"]
    if host not in {"0.0.0.0", "::", *found}:  # noqa: S104 (compared, not bound)
        found.append(host)
    for region, (suffix, dual) in partitions().items():
        found += [f"{name}.{region}.{suffix}" for name in ("api.ecr", "ecr", "*.dkr.ecr", "sts", "kms")]
        if region in regions or suffix == "amazonaws.com":
            found += [f"{name}.{region}.{suffix}" for name in ("api.ecr-fips", "ecr-fips", "*.dkr.ecr-fips")]
            found += [f"{name}.{region}.{dual}" for name in ("ecr", "ecr-fips")]
            registry = dual.replace("api.", "on.", 1)
            found += [f"{name}.{region}.{registry}" for name in ("*.dkr-ecr", "*.dkr-ecr-fips")]
    extra = [region for region in regions if region not in partitions()]
    return found + [f"{name}.{region}.amazonaws.com" for region in extra for name in ("api.ecr", "*.dkr.ecr")]


def partitions() -> dict[str, tuple[str, str]]:
    """Region -> (DNS suffix, dual-stack suffix), as botocore's partitions tell."""
    return {
        region: (row["dnsSuffix"], row["dualStackDnsSuffix"])
        for row in shipped("partitions")["partitions"].values()
        for region in row["regions"]
        if not region.endswith("-global")
    }
