"""What may a repository, digest, tag, ARN or host be called? Parsed once at a door, trusted inside."""

import functools
import hashlib
import re
from typing import NamedTuple

from ecrmock.errors.ecr import InvalidParameterException

# R1 of facts/api 1.7, printed with a plain `/` (observed: SPX)
_NAME = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
_NAME_SHORTEST, _NAME_LONGEST = 2, 256
# a component is matched without the ambiguity of `_|__`, so that no name makes the matching slow
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")
_ALGORITHMS = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")
_DIGEST_SHAPE = re.compile(r"[a-zA-Z0-9\-_+.]+:[a-fA-F0-9]+")
_API_TAG = re.compile(r"[a-zA-Z0-9\-_.]+")
_OCI_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ARN = re.compile(r"arn:(aws[a-z-]*):ecr:([a-z0-9-]+):([0-9]{12}):repository/(.+)")
_SELECTOR = r"([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)"
_REGISTRY_HOST = re.compile(_SELECTOR + r"\..+", re.IGNORECASE)
_REGISTRY_PREFIX = re.compile(_SELECTOR + r"\.", re.IGNORECASE)
_REGISTRY_PATH = re.compile(_SELECTOR)
_AWS_HOST = re.compile(
    r"(?:.+\.)?(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws|on\.aws|amazonwebservices\.com\.cn|"
    r"amazonwebservices\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|api\.aws\.ic\.gov|api\.aws\.scloud|cloud\.adc-e\.uk|"
    r"csp\.hci\.ic\.gov|api\.cloud-aws\.adc-e\.uk|api\.aws\.hci\.ic\.gov)\.?",  # with the dot of the root, too
    re.IGNORECASE,
)

# region prefix -> partition, suffix of the registry host (facts/api 2.2; botocore partitions)
_PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("", "aws", "amazonaws.com"),
)


class RegistryKey(NamedTuple):
    """Names a registry: one account in one region. Tables of a registry have it as partition."""

    account: str
    region: str


class RepositoryKey(NamedTuple):
    """Names a repository. Tables of a repository have it as partition; its jobs are done one after the other."""

    account: str
    region: str
    name: str

    @property
    def registry(self) -> RegistryKey:
        """The registry that it is in."""
        return RegistryKey(self.account, self.region)


class Digest(NamedTuple):
    """An algorithm that every registry here knows, and lower-case hex of its length."""

    algorithm: str
    hex: str

    def __str__(self) -> str:
        """The form on the wire."""
        return f"{self.algorithm}:{self.hex}"

    def is_of(self, data: bytes) -> bool:
        """Whether it is the digest of these bytes."""
        return hashlib.new(self.algorithm, data).hexdigest() == self.hex


def digest(text: str) -> Digest | None:
    """The digest in a text such as `sha256:…`; None when it is malformed or of an unknown algorithm."""
    algorithm, mark, encoded = text.partition(":")
    if mark and len(encoded) == _ALGORITHMS.get(algorithm) and _HEX.fullmatch(encoded):
        return Digest(algorithm, encoded)
    return None


def sha256(encoded: str) -> Digest:
    """The digest of a hex sha256 that we computed."""
    return Digest("sha256", encoded)


def looks_like_digest(text: str) -> bool:
    """Whether ECR's own loose pattern fits (facts/api 2.3)."""
    return _DIGEST_SHAPE.fullmatch(text) is not None


def repository_fault(name: str | None) -> str | None:
    """The constraint text that a repository name breaks, None for a good one (facts/api 1.7, family B).

    Length is judged before the pattern (observed: aws/aws-dotnet-deploy#549).
    """
    if not name:
        return "must not be null"
    if len(name) < _NAME_SHORTEST:
        return f"must have length greater than or equal to {_NAME_SHORTEST}"
    if len(name) > _NAME_LONGEST:
        return f"must have length less than or equal to {_NAME_LONGEST}"
    if not all(_COMPONENT.fullmatch(part) for part in name.split("/")):
        return f"must satisfy regular expression '{_NAME}'"
    return None


def tag_fault(tag: str) -> str | None:
    """The constraint text that an image tag breaks in the API (facts/api E25, observed)."""
    return None if _API_TAG.fullmatch(tag) else "must satisfy regular expression '[a-zA-Z0-9-_.]+'"


def oci_tag(tag: str) -> bool:
    """Whether a tag fits the registry protocol, which is stricter than the API (facts/registry 1.1)."""
    return _OCI_TAG.fullmatch(tag) is not None


def account_fault(account: str) -> str | None:
    """The constraint text that a registry id breaks (facts/api E30, observed)."""
    return None if _ACCOUNT.fullmatch(account) else "must satisfy regular expression [0-9]{12}"


def is_account(text: str) -> bool:
    """Whether this is a 12-digit account id."""
    return _ACCOUNT.fullmatch(text) is not None


@functools.lru_cache(256)
def partition(region: str) -> str:
    """The partition a region is in; unknown regions are served like aws (facts/neighbours B2)."""
    return next(name for prefix, name, _ in _PARTITIONS if region.startswith(prefix))


def repository_arn(account: str, region: str, name: str) -> str:
    """The ARN of a repository."""
    return f"arn:{partition(region)}:ecr:{region}:{account}:repository/{name}"


def root_arn(account: str, region: str) -> str:
    """The ARN of an account's root, the default principal (facts/access 9.4)."""
    return f"arn:{partition(region)}:iam::{account}:root"


class RepositoryArn(NamedTuple):
    """Whose repository an ARN names."""

    region: str
    account: str
    name: str


def parse_arn(text: str) -> RepositoryArn:
    """The parts of a repository ARN. Raises InvalidParameterException (facts/api E39)."""
    found = _ARN.fullmatch(text)
    if not found or partition(found[2]) != found[1] or repository_fault(found[4]):
        raise InvalidParameterException.bad_arn()
    return RepositoryArn(found[2], found[3], found[4])


def registry_host(account: str, region: str) -> str:
    """AWS's host name of a registry, always the IPv4 form (facts/api 2.2)."""
    suffix = next(suffix for prefix, _, suffix in _PARTITIONS if region.startswith(prefix))
    return f"{account}.dkr.ecr.{region}.{suffix}"


def registry_of_host(host: str) -> tuple[str, str] | None:
    """(account, region) that a registry host names, with any suffix and port (facts/registry 3.8, rule 1)."""
    found = _REGISTRY_HOST.fullmatch(host.rpartition(":")[0] if ":" in host else host)
    return (found[1], found[2].lower()) if found else None


def registry_host_like(host: str, account: str, region: str) -> str | None:
    """The name of another registry in the style of this registry host; None when it is no registry's."""
    if registry_of_host(host) is None:
        return None
    return f"{account}.dkr.ecr.{region}." + _REGISTRY_PREFIX.sub("", host)


def registry_of_path(component: str) -> tuple[str, str] | None:
    """(account, region) that a path's first component selects (facts/registry 3.8, rule 3)."""
    found = _REGISTRY_PATH.fullmatch(component)
    return (found[1], found[2]) if found else None


def is_aws_host(host: str) -> bool:
    """Whether a request was sent to one of AWS's own names, as it is in process."""
    return _AWS_HOST.fullmatch(host.rpartition(":")[0] if ":" in host else host) is not None
