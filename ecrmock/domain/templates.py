"""How is a repository made that ECR creates by itself? (facts/automation 5)."""

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from ecrmock.base.store import Kind
from ecrmock.domain.access import policies
from ecrmock.domain.lifecycle import document
from ecrmock.domain.lifecycle.policies import LifecyclePolicy
from ecrmock.domain.names import RegistryKey
from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import Mutability, Repository, RepositoryRow, encryption, merged_tags
from ecrmock.errors.ecr import (
    InvalidParameterException,
    InvalidTagParameterException,
    LimitExceededException,
    RepositoryNotFoundException,
    TemplateAlreadyExistsException,
    TemplateNotFoundException,
    TooManyTagsException,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ecrmock.engine.world import World

CREATE_ON_PUSH = "CREATE_ON_PUSH"
"""Why a push has a repository made."""
ROOT = "ROOT"
"""The prefix of what applies where no other prefix does."""


@dataclass(frozen=True, slots=True)
class Template:
    """One repository creation template, as it was given."""

    prefix: str
    created_at: float
    updated_at: float
    number: int
    """Order of creation."""
    applied_for: tuple[str, ...] = ()
    """PULL_THROUGH_CACHE, REPLICATION, CREATE_ON_PUSH."""
    description: str | None = None
    encryption: str = "AES256"
    kms_key: str | None = None
    mutability: Mutability = field(default_factory=Mutability)
    policy: str | None = None
    """The repository policy, as printed."""
    lifecycle: str | None = None
    """The lifecycle policy, as sent."""
    tags: tuple[tuple[str, str], ...] = ()
    role: str | None = None

    @property
    def lacks_role(self) -> bool:
        """Whether it sets what only a role of its own may set: tags, a key (documented)."""
        return self.role is None and (bool(self.tags) or self.encryption != "AES256")


TEMPLATES: Kind[Template] = Kind("creation-templates", Template, number=lambda row: [(row.number,)])


def key_of(prefix: str) -> str:
    """A prefix as it is kept: a slash at its end means nothing, for one is always assumed (documented)."""
    return prefix.rstrip("/")


def covering(prefixes: "Iterable[str]", name: str) -> str | None:
    """The longest prefix under which a repository lies, a slash always assumed at its end; else ROOT, if it is there.

    Templates and pull through cache rules are chosen so (facts/automation 5.2, 4.3).
    """
    every = list(prefixes)
    under = [prefix for prefix in every if prefix != ROOT and name.startswith(f"{key_of(prefix)}/")]
    return max(under, key=len, default=ROOT if ROOT in every else None)


class Templates:
    """The creation templates of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of the rows."""
        self._world = world
        self._account = account
        self._region = region
        self._key = RegistryKey(account, region)
        self._rows = world.store.table(TEMPLATES)

    # -- kept

    def add(self, request: dict[str, Any]) -> Template:
        """A new template of a request. Raises what `_merged` raises, TemplateAlreadyExistsException.

        How many there may be is not known (facts/automation U22); the model's LimitExceededException comes by a
        setting.
        """
        prefix, now, limit = request["prefix"], self._world.clock.now(), self._world.settings.quota_templates
        if self._rows.get(self._key, key_of(prefix)) is not None:
            raise TemplateAlreadyExistsException(prefix, self._account)
        if limit is not None and self._rows.count(self._key) >= limit:
            raise LimitExceededException
        return self._put(self._merged(Template(prefix, now, now, self._world.ids.sequence()), request))

    def change(self, request: dict[str, Any]) -> Template:
        """Change what is sent and nothing else (documented). Raises what `add` raises, TemplateNotFoundException."""
        row = replace(self.get(request["prefix"]), updated_at=self._world.clock.now())
        return self._put(self._merged(row, request))

    def remove(self, prefix: str) -> Template:
        """Take a template away. Raises TemplateNotFoundException."""
        row = self.get(prefix)
        self._rows.delete(self._key, key_of(prefix))
        return row

    def find(self, prefix: str) -> Template | None:
        """The template of this prefix; a slash at the end means nothing."""
        return self._rows.get(self._key, key_of(prefix))

    def get(self, prefix: str) -> Template:
        """The template of this prefix. Raises TemplateNotFoundException."""
        row = self.find(prefix)
        if row is None:
            raise TemplateNotFoundException(prefix, self._account)
        return row

    def page(self, after: int | None, limit: int) -> list[Template]:
        """Templates in order of creation (inferred)."""
        rows = self._rows.walk(self._key, "number", None if after is None else (after,))
        return [row for _, row in islice(rows, limit)]

    def _put(self, row: Template) -> Template:
        self._rows.put(self._key, key_of(row.prefix), row)
        return row

    def _merged(self, row: Template, request: dict[str, Any]) -> Template:
        """The members that are sent in place of the old ones; an empty text takes one away.

        Inferred, facts/automation 5.1.

        Policies and tags are checked as when a repository gets them. Raises InvalidParameterException.
        """
        if request.get("appliedFor") is not None:
            row = replace(row, applied_for=tuple(dict.fromkeys(request["appliedFor"])))
        if request.get("description") is not None:
            row = replace(row, description=request["description"])
        if request.get("encryptionConfiguration") is not None:
            kind, key = encryption(request["encryptionConfiguration"])
            row = replace(row, encryption=kind, kms_key=key)
        if request.get("imageTagMutability") or request.get("imageTagMutabilityExclusionFilters"):
            row = replace(row, mutability=row.mutability.changed(request))
        if (text := request.get("repositoryPolicy")) is not None:
            row = replace(row, policy=self._printed(text) if text else None)
        if (text := request.get("lifecyclePolicy")) is not None:
            if text:
                document.read(text)
            row = replace(row, lifecycle=text or None)
        if request.get("resourceTags") is not None:
            row = replace(row, tags=self._tags(request["resourceTags"]))
        if request.get("customRoleArn") is not None:
            row = replace(row, role=request["customRoleArn"] or None)
        return row

    def _tags(self, members: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
        """Resource tags, refused by the one error for it that these operations list (model); its text is inferred."""
        pairs = [(tag["Key"], tag.get("Value", "")) for tag in members]
        try:
            return merged_tags((), pairs, self._world.settings.quota_resource_tags)
        except (InvalidTagParameterException, TooManyTagsException) as error:
            raise InvalidParameterException("resourceTags", error.message) from None

    def _printed(self, text: str) -> str:
        return policies.read(text, "repository", account=self._account, region=self._region).printed

    # -- applied

    def chosen(self, name: str, reason: str) -> Template | None:
        """The template for a repository that is made for this reason; others are not looked at.

        See facts/automation 5.2.
        """
        rows = [row for row in self._rows.records(self._key) if reason in row.applied_for]
        prefix = covering((row.prefix for row in rows), name)
        return None if prefix is None else self.find(prefix)

    def create(self, name: str, reason: str) -> Repository:
        """Make a repository that was missing: by its template, by the defaults for want of one (facts/automation 5.3).

        A push without template, and a template that lacks the role it needs, make none.
        Raises RepositoryNotFoundException, KmsException, LimitExceededException.
        """
        found, registry = self.chosen(name, reason), self._world.of(Registry, self._account, self._region)
        if (found is None and reason == CREATE_ON_PUSH) or (found is not None and found.lacks_role):
            raise RepositoryNotFoundException(name, self._account)
        row = RepositoryRow(name, self._world.clock.now())
        if found is None:
            return registry.create(row)
        row = replace(
            row,
            mutability=found.mutability,
            encryption=found.encryption,
            kms_key=self._kms_key(found),
            policy=found.policy,
        )
        repository = registry.create(row, found.tags)
        if found.lifecycle is not None:
            repository.of(LifecyclePolicy).put(found.lifecycle)
        return repository

    def _kms_key(self, row: Template) -> str | None:
        if row.encryption == "AES256":
            return None
        return self._world.of(KeyRing, self._account, self._region).resolve(row.kms_key)
