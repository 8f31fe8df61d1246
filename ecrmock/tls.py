"""Which certificate speaks for AWS's own names on this machine? One local CA, kept between runs.

See facts/registry 3.7.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.extras import MissingExtraError
from ecrmock.protocols.model import shipped

if TYPE_CHECKING:
    import trustme

_CA, _KEY = "ca.pem", "ca.key"


class Certificate(NamedTuple):
    """Files for the server."""

    chain: Path
    key: Path


def home() -> Path:
    """Where the CA is kept: `$XDG_STATE_HOME/ecrmock`."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "ecrmock"


def authority(place: Path) -> "trustme.CA":
    """The CA kept in this folder, made when there is none; its key is readable by its owner only. Raises Missing."""
    try:
        import trustme  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtraError("--tls auto needs trustme: python -m pip install 'ecrmock[tls]'") from None
    certificate, key = place / _CA, place / _KEY
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    place.mkdir(parents=True, exist_ok=True)
    made = trustme.CA(organization_name="ecrmock", organization_unit_name="local CA")
    _secret(key, made.private_key_pem.bytes())
    certificate.write_bytes(made.cert_pem.bytes())
    return made


def issue(place: Path, host: str, regions: tuple[str, ...]) -> Certificate:
    """A certificate of that CA for localhost, this host, and AWS's names in all regions. Raises Missing."""
    made = authority(place).issue_cert(*names(host, regions))
    found = Certificate(place / "server.pem", place / "server.key")
    found.chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    _secret(found.key, made.private_key_pem.bytes())
    return found


def _secret(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


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
