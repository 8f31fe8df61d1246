"""Which secrets are known, and what is in one? The little that a Secrets Manager neighbour remembers.

See facts/neighbours A2.4.

Values are kept as they were given; nothing is encrypted.
"""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.jsons import loads
from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.domain.names import RegistryKey
from ecrmock.errors.ecr import (
    SecretNotFoundException,
    UnableToAccessSecretException,
    UnableToDecryptSecretValueException,
)
from ecrmock.errors.secretsmanager import InvalidRequestException, ResourceExistsException, ResourceNotFoundException

if TYPE_CHECKING:
    from ecrmock.engine.world import World

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
AWS_KEY = "alias/aws/secretsmanager"
"""The AWS managed key, which secrets of cache rules must use (documented)."""
_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:(.+)")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_TAIL = 6
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Version:
    """One value of a secret; text or, in base64, bytes."""

    id: str
    created_at: float
    text: str | None = None
    binary: str | None = None
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of one account in one region."""

    name: str
    tail: str
    """The six characters that end its ARN."""
    created_at: float
    changed_at: float
    description: str | None = None
    key: str | None = None
    """The KMS key that was asked for; None for the AWS managed one."""
    tags: tuple[tuple[str, str], ...] = ()
    versions: tuple[Version, ...] = ()
    """Oldest first; those without a stage go."""
    deleted_at: float | None = None
    """When its recovery window ends."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Whether Secrets Manager was ever called here: from then on it knows which secrets exist."""

    used: bool = True


class Login(NamedTuple):
    """What a secret of a cache rule says (documented: keys `username` and `accessToken`)."""

    user: str
    token: str


SECRETS: Kind[Secret] = Kind("secrets", Secret)
VAULTS: Kind[Vault] = Kind("secret-vaults", Vault)


class Secrets:
    """The secrets of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of the rows."""
        self.world = world
        self.account = account
        self.region = region
        self._key = RegistryKey(account, region)
        self._rows = world.store.table(SECRETS)
        self._vaults = world.store.table(VAULTS)

    # -- what the Secrets Manager neighbour does

    def touch(self) -> None:
        """Remember that Secrets Manager is used here, so that a secret it has never seen does not exist."""
        if not self.used:
            self._vaults.put(self._key, "vault", Vault())

    @property
    def used(self) -> bool:
        """Whether any Secrets Manager call was made in this account and region."""
        return self._vaults.get(self._key, "vault") is not None

    def arn(self, secret: Secret) -> str:
        """The ARN, random end included."""
        where = f"{self.region}:{self.account}"
        return f"arn:{names.partition(self.region)}:secretsmanager:{where}:secret:{secret.name}-{secret.tail}"

    def create(self, secret: Secret, version: Version | None) -> Secret:
        """Add a secret. Raises ResourceExistsException, InvalidRequestException while its name waits for deletion."""
        known = self._get(secret.name)
        if known is not None and known.deleted_at is not None:
            raise InvalidRequestException.waiting()
        if known is not None:
            raise ResourceExistsException(f"The operation failed because the secret {secret.name} already exists.")
        versions = (replace(version, stages=(CURRENT,)),) if version else ()
        return self._put(replace(secret, versions=versions))

    def tail(self) -> str:
        """Six characters for a new ARN."""
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in self.world.ids.secret(_TAIL))

    def find(self, text: str) -> Secret | None:
        """The secret that a name, an ARN, or an ARN without its random end names."""
        found = _ARN.fullmatch(text)
        if found is None:
            return self._get(text)
        if (found[2], found[1]) != self._key:
            return None
        name, _, tail = found[3].rpartition("-")
        whole = self._get(name) if len(tail) == _TAIL else None
        return whole if whole is not None and whole.tail == tail else self._get(found[3])

    def get(self, text: str) -> Secret:
        """The same, marked for deletion or not. Raises ResourceNotFoundException."""
        found = self.find(text)
        if found is None:
            raise ResourceNotFoundException("Secrets Manager can't find the specified secret.")
        return found

    def usable(self, text: str) -> Secret:
        """The same. Raises ResourceNotFoundException, InvalidRequestException for one that waits for its deletion."""
        found = self.get(text)
        if found.deleted_at is not None:
            raise InvalidRequestException.marked()
        return found

    def put(self, secret: Secret, version: Version) -> Version:
        """Add a value under its stages, each of which leaves the version that had it.

        A value that moves AWSCURRENT leaves the old one AWSPREVIOUS. The same version again is no change; with
        another value it is refused. Raises ResourceExistsException.
        """
        known = next((each for each in secret.versions if each.id == version.id), None)
        if known is not None:
            if (known.text, known.binary) != (version.text, version.binary):
                raise ResourceExistsException("You can't change a secret value that already exists.")
            return known
        taken = set(version.stages) | ({PREVIOUS} if CURRENT in version.stages else set())
        kept = []
        for each in secret.versions:
            stages = tuple(stage for stage in each.stages if stage not in taken)
            if CURRENT in each.stages and CURRENT in version.stages:
                stages = (*stages, PREVIOUS)
            if stages:
                kept.append(replace(each, stages=stages))
        self._put(replace(secret, versions=(*kept, version), changed_at=self.world.clock.now()))
        return version

    @staticmethod
    def version(secret: Secret, version_id: str | None, stage: str | None) -> Version:
        """The value under an id, a stage, or both, which must agree; AWSCURRENT where nothing is said.

        Raises ResourceNotFoundException, InvalidRequestException.
        """
        if version_id is None:
            stage = stage or CURRENT
            found = next((each for each in secret.versions if stage in each.stages), None)
            about = f"staging label: {stage}"
        else:
            found = next((each for each in secret.versions if each.id == version_id), None)
            about = f"VersionId: {version_id}"
        if found is None:
            raise ResourceNotFoundException(f"Secrets Manager can't find the specified secret value for {about}")
        if stage is not None and stage not in found.stages:
            raise InvalidRequestException.apart()
        return found

    def delete(self, secret: Secret, days: int) -> float:
        """Let a secret go after so many days of world time, at once for none; when that is."""
        when = self.world.clock.now() + days * _DAY
        if days:
            self._put(replace(secret, deleted_at=when))
        else:
            self._rows.delete(self._key, secret.name)
        return when

    def _get(self, name: str) -> Secret | None:
        """The row; one whose recovery window is over is gone."""
        found = self._rows.get(self._key, name)
        over = found is not None and found.deleted_at is not None and found.deleted_at <= self.world.clock.now()
        return None if over else found

    def _put(self, secret: Secret) -> Secret:
        self._rows.put(self._key, secret.name, secret)
        return secret

    # -- what ECR asks for its cache rules

    def check(self, arn: str) -> Secret | None:
        """The secret of a cache rule; None where Secrets Manager is not used here, since it may live in another mock.

        It must lie in the rule's account and region, and use the AWS managed key (documented; which error is
        inferred). Raises SecretNotFoundException, UnableToAccessSecretException, UnableToDecryptSecretValueException.
        """
        found = _ARN.fullmatch(arn)
        if found is None or (found[2], found[1]) != self._key:
            raise UnableToAccessSecretException
        if not self.used:
            return None
        secret = self.find(arn)
        if secret is None:
            raise SecretNotFoundException
        if secret.deleted_at is not None:
            raise UnableToAccessSecretException
        if secret.key is not None and secret.key != AWS_KEY:
            raise UnableToDecryptSecretValueException
        return secret

    def login(self, arn: str) -> Login | None:
        """User and token of a cache rule's secret; None where Secrets Manager is not used here.

        Raises what `check` raises, ValueError for a secret that does not hold both.
        """
        secret = self.check(arn)
        if secret is None:
            return None
        version = next((each for each in secret.versions if CURRENT in each.stages), None)
        body = loads(((version.text if version else None) or "null").encode())
        user, token = (body.get("username"), body.get("accessToken")) if isinstance(body, dict) else (None, None)
        if not isinstance(user, str) or not isinstance(token, str):
            raise ValueError("it is no JSON object with the texts username and accessToken")  # noqa: TRY004 (a value)
        return Login(user, token)
