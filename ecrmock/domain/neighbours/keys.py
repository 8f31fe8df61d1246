"""Which KMS keys are known, and may ECR use one? The little that a KMS neighbour remembers (facts/api 5.9)."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.names import RegistryKey
from ecrmock.errors.ecr import KmsException

if TYPE_CHECKING:
    from ecrmock.engine.world import World

AWS_ALIAS = "alias/aws/ecr"
"""The AWS managed key, made on first use; one per account and region."""
_ID = r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
_KEY_ID = re.compile(_ID)
_KEY_ARN = re.compile(rf"arn:aws[a-z-]*:kms:([a-z0-9-]+):([0-9]{{12}}):key/({_ID})")
_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]{1,250}")
_ALIAS_ARN = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):([0-9]{12}):(alias/[a-zA-Z0-9/_-]{1,250})")
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Key:
    """A key of one account in one region."""

    id: str
    created_at: float
    description: str = ""
    manager: str = "CUSTOMER"
    state: str = "Enabled"
    """Enabled, Disabled or PendingDeletion."""
    deleted_at: float | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a key."""

    name: str
    target: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Ring:
    """Whether KMS was ever called here: from then on this ring knows which keys exist."""

    used: bool = True


KEYS: Kind[Key] = Kind("kms-keys", Key)
ALIASES: Kind[Alias] = Kind("kms-aliases", Alias)
RINGS: Kind[Ring] = Kind("kms-rings", Ring)


class KeyRing:
    """The keys of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of the rows of this ring."""
        self.world = world
        self.account = account
        self.region = region
        self._key = RegistryKey(account, region)
        self.keys = world.store.table(KEYS)
        self.aliases = world.store.table(ALIASES)
        self._rings = world.store.table(RINGS)

    # -- what the KMS neighbour does

    def touch(self) -> None:
        """Remember that KMS is used here, so that a key it has never seen no longer exists."""
        if not self.used:
            self._rings.put(self._key, "ring", Ring())

    @property
    def used(self) -> bool:
        """Whether any KMS call was made in this account and region."""
        return self._rings.get(self._key, "ring") is not None

    def create(self, description: str = "", manager: str = "CUSTOMER") -> Key:
        """A new key."""
        return self.save(Key(self.world.ids.uuid(), self.world.clock.now(), description, manager))

    def save(self, key: Key) -> Key:
        """Replace a key."""
        self.keys.put(self._key, key.id, key)
        return key

    def name(self, alias: str, target: str) -> None:
        """Give a key an alias."""
        self.aliases.put(self._key, alias, Alias(alias, target, self.world.clock.now()))

    def has_alias(self, alias: str) -> bool:
        """Whether this name is taken."""
        return self.aliases.get(self._key, alias) is not None

    def all_aliases(self) -> list[Alias]:
        """Every alias, in order of name."""
        return self.aliases.records(self._key)

    def get(self, key_id: str) -> Key | None:
        """The key with this id; one whose waiting time is over is gone."""
        key = self.keys.get(self._key, key_id)
        if key is not None and key.deleted_at is not None and key.deleted_at <= self.world.clock.now():
            return None
        return key

    def find(self, text: str) -> Key | None:
        """The key that an id, alias, key ARN or alias ARN of this account and region names."""
        arn = _KEY_ARN.fullmatch(text)
        if arn:
            return self.get(arn[3]) if (arn[2], arn[1]) == self._key else None
        alias_arn = _ALIAS_ARN.fullmatch(text)
        if alias_arn and (alias_arn[2], alias_arn[1]) != self._key:
            return None
        row = self.aliases.get(self._key, alias_arn[3] if alias_arn else text)
        return self.get(row.target if row else text)

    def arn(self, key_id: str) -> str:
        """The ARN of a key here."""
        return f"arn:{names.partition(self.region)}:kms:{self.region}:{self.account}:key/{key_id}"

    def alias_arn(self, alias: str) -> str:
        """The ARN of an alias here."""
        return f"arn:{names.partition(self.region)}:kms:{self.region}:{self.account}:{alias}"

    def schedule_deletion(self, key: Key, days: int) -> Key:
        """Let a key go after so many days of world time; until then it is of no use."""
        return self.save(replace(key, state="PendingDeletion", deleted_at=self.world.clock.now() + days * _DAY))

    # -- what ECR asks

    def resolve(self, text: str | None) -> str:
        """The ARN of the key that a repository is to use; the AWS managed one where none is named.

        A well-formed key that was never seen is accepted until KMS is used here: it may live in another mock.
        Raises KmsException in KMS's words.
        """
        if text is None or text in {AWS_ALIAS, self.alias_arn(AWS_ALIAS)}:
            return self.arn(self._managed().id)
        arn = _KEY_ARN.fullmatch(text) or _ALIAS_ARN.fullmatch(text)
        if not arn and not _KEY_ID.fullmatch(text) and not _ALIAS.fullmatch(text):
            raise KmsException(f"Invalid keyId '{text}'", "NotFoundException")
        if arn and arn[1] != self.region:
            raise KmsException(f"Invalid arn {arn[1]}", "NotFoundException")
        ring = self if not arn else KeyRing(self.world, arn[2], self.region)
        return ring.existing(text)

    def existing(self, text: str) -> str:
        """The ARN of a key by any of its names, if it may be used. Raises KmsException."""
        key = self.find(text)
        if key is not None:
            self.check(self.arn(key.id))
            return self.arn(key.id)
        alias = _ALIAS_ARN.fullmatch(text)
        name = alias[3] if alias else text
        if self.used and name.startswith("alias/"):
            raise KmsException(f"Alias {self.alias_arn(name)} is not found.", "NotFoundException")
        if self.used:
            shown = text if text.startswith("arn:") else self.arn(text)
            raise KmsException(f"Key '{shown}' does not exist", "NotFoundException")
        if name.startswith("alias/"):  # in another mock: the same alias is the same key each time
            return self.arn(_id_of(self.alias_arn(name)))
        return text if text.startswith("arn:") else self.arn(text)

    def check(self, arn: str) -> None:
        """Refuse a key that this ring knows to be unusable. Raises KmsException."""
        found = _KEY_ARN.fullmatch(arn)
        ring = KeyRing(self.world, found[2], found[1]) if found else self
        key = ring.get(found[3]) if found else None
        if key is not None and key.state == "Disabled":
            raise KmsException(f"{arn} is disabled.", "DisabledException")
        if key is not None and key.state == "PendingDeletion":
            raise KmsException(f"{arn} is pending deletion.", "KMSInvalidStateException")
        if key is None and found and ring.keys.get((found[2], found[1]), found[3]) is not None:
            raise KmsException(f"Key '{arn}' does not exist", "NotFoundException")

    def _managed(self) -> Key:
        row = self.aliases.get(self._key, AWS_ALIAS)
        if row is not None and (key := self.get(row.target)) is not None:
            return key
        key = self.create("Default key that protects my ECR data when no other key is defined", "AWS")
        self.name(AWS_ALIAS, key.id)
        return key


def _id_of(text: str) -> str:
    """A key id made of a name, the same each time."""
    found = hashlib.sha256(text.encode()).hexdigest()
    return f"{found[:8]}-{found[8:12]}-4{found[13:16]}-8{found[17:20]}-{found[20:32]}"
