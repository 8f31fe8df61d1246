"""What is a repository: its settings, and the rules over what it holds?"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ecrmock.base.globs import fits
from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.names import RepositoryKey
from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.errors.ecr import InvalidParameterException, InvalidTagParameterException, TooManyTagsException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecrmock.engine.world import World

T = TypeVar("T")
P_co = TypeVar("P_co", covariant=True)
_MOST_WILDCARDS = 2
_LONGEST_KEY, _LONGEST_VALUE = 128, 256


@dataclass(frozen=True, slots=True)
class Mutability:
    """Which tags may move: the setting, and the filters that turn it round (facts/api 5.5)."""

    setting: str = "MUTABLE"
    filters: tuple[str, ...] = ()

    def fixed(self, tag: str) -> bool:
        """Whether this tag may not move to another image."""
        excluded = any(fits(pattern, tag) for pattern in self.filters)
        return self.setting.startswith("IMMUTABLE") != excluded

    @classmethod
    def parse(cls, request: "dict[str, Any]") -> "Mutability":
        """The mutability in a request. Raises InvalidParameterException (facts/api E43, E44)."""
        setting = request.get("imageTagMutability") or "MUTABLE"
        rows = request.get("imageTagMutabilityExclusionFilters") or []
        member = "imageTagMutabilityExclusionFilters"
        about = f"when imageTagMutability is set as {setting}"
        if setting.endswith("_WITH_EXCLUSION") and not rows:
            raise InvalidParameterException(member, f"ImageTagMutabilityExclusionFilters can't be null {about}")
        if rows and not setting.endswith("_WITH_EXCLUSION"):
            raise InvalidParameterException(member, f"ImageTagMutabilityExclusionFilters must be null {about}")
        patterns = tuple(row["filter"] for row in rows)
        if any(pattern.count("*") > _MOST_WILDCARDS for pattern in patterns):
            raise InvalidParameterException(member, f"a filter may hold at most {_MOST_WILDCARDS} wildcards")
        return cls(setting, patterns)

    def changed(self, request: "dict[str, Any]") -> "Mutability":
        """With what a request sends; filters that it does not send stay as long as the setting has any.

        Raises what `parse` raises.
        """
        setting = request.get("imageTagMutability") or self.setting
        kept = [{"filter": pattern} for pattern in self.filters] if setting.endswith("_WITH_EXCLUSION") else []
        filters = request.get("imageTagMutabilityExclusionFilters") or kept
        return self.parse({"imageTagMutability": setting, "imageTagMutabilityExclusionFilters": filters})


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """The settings of a repository."""

    name: str
    created_at: float
    mutability: Mutability = Mutability()
    scan_on_push: bool = False
    encryption: str = "AES256"
    kms_key: str | None = None
    """The ARN of the key, for the KMS types."""
    policy: str | None = None
    """The repository policy, as printed."""
    lifecycle: str | None = None
    """The lifecycle policy, as kept."""
    lifecycle_since: float = 0
    """When that was put; it is evaluated every 24 hours from then."""
    lifecycle_run: float = 0
    """When it last acted or was run by hand."""
    tags: tuple[tuple[str, str], ...] = ()
    """Resource tags, sorted by key."""


REPOSITORIES: Kind[RepositoryRow] = Kind("repositories", RepositoryRow)


class RepositoryPart(Protocol[P_co]):
    """A class of rules over what hangs on one repository: its images, its layers, its lifecycle policy."""

    def __call__(self, repository: "Repository", /) -> P_co:
        """Make the small object."""


class Repository:
    """One repository of one registry: a small object over its row, made per call. What it holds hangs on it (`of`)."""

    __slots__ = ("key", "name", "region", "registry_id", "row", "world")

    def __init__(self, world: "World", key: RepositoryKey, row: RepositoryRow) -> None:
        """A view of this row."""
        self.world = world
        self.key = key
        self.registry_id, self.region, self.name = key
        self.row = row

    def of(self, kind: RepositoryPart[T]) -> T:
        """The rules of a room over this repository, e.g. `repository.of(Images)`."""
        return kind(self)

    @property
    def arn(self) -> str:
        """The ARN."""
        return names.repository_arn(self.registry_id, self.region, self.name)

    def change(self, **members: Any) -> None:
        """Replace members of its row as it stands now: a listener may have changed others meanwhile."""
        rows = self.world.store.table(REPOSITORIES)
        self.row = replace(rows.get(self.key.registry, self.name) or self.row, **members)
        rows.put(self.key.registry, self.name, self.row)

    def check_key(self) -> None:
        """Refuse where the key cannot be used: pushes encrypt, pulls decrypt (facts/api 5.9). Raises KmsException."""
        if self.row.kms_key is not None:
            self.world.of(KeyRing, self.registry_id, self.region).check(self.row.kms_key)

    def fixed(self, tag: str) -> bool:
        """Whether this tag may not move."""
        return self.row.mutability.fixed(tag)


def encryption(wanted: "dict[str, Any]") -> tuple[str, str | None]:
    """Type and named key of an encryption configuration; an empty name is none. Raises InvalidParameterException."""
    kind, key = wanted["encryptionType"], wanted.get("kmsKey") or None
    if kind == "AES256" and key is not None:
        constraint = "kmsKey can't be set when encryptionType is set as AES256"
        raise InvalidParameterException("encryptionConfiguration", constraint)
    return kind, key


def merged_tags(
    old: tuple[tuple[str, str], ...], new: "Sequence[tuple[str, str]]", limit: int
) -> tuple[tuple[str, str], ...]:
    """Resource tags after adding or overwriting (facts/api 5.4).

    Raises InvalidTagParameterException, TooManyTagsException.
    """
    keys = [key for key, _ in new]
    if len(set(keys)) != len(keys) or any(_bad_tag(key, value) for key, value in new):
        raise InvalidTagParameterException
    merged = dict(old) | dict(new)
    if len(merged) > limit:
        raise TooManyTagsException
    return tuple(sorted(merged.items()))


def _bad_tag(key: str, value: str) -> bool:
    reserved = key.lower().startswith("aws:")
    return not key or reserved or len(key) > _LONGEST_KEY or len(value) > _LONGEST_VALUE
