"""What does a signing configuration say, and which profiles sign in a repository? (facts/automation 6.1)."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.globs import fits
from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.errors.ecr import InvalidParameterException, SigningConfigurationNotFoundException

if TYPE_CHECKING:
    from ecrmock.engine.world import World

_PROFILE = re.compile(r"arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:/signing-profiles/[a-zA-Z0-9_]{2,}")
_LONGEST = 200


class SigningRule(NamedTuple):
    """Which profile signs in repositories whose whole name fits one of the patterns; without patterns in all."""

    profile: str
    """The ARN of a signing profile of AWS Signer."""
    patterns: tuple[str, ...] = ()

    def takes(self, name: str) -> bool:
        """Whether it is for this repository; `*` stands for any run of characters, slashes included."""
        return not self.patterns or any(fits(pattern, name) for pattern in self.patterns)


class SigningConfiguration(NamedTuple):
    """What is configured for one registry; it may have no rules."""

    rules: tuple[SigningRule, ...]


CONFIGURATIONS: Kind[SigningConfiguration] = Kind("signing-configurations", SigningConfiguration)
_THE_ONE = "configuration"


class SigningRules:
    """The signing rules of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of this registry's row."""
        self._rows = world.store.table(CONFIGURATIONS)
        self._key = names.RegistryKey(account, region)

    def get(self) -> tuple[SigningRule, ...]:
        """The rules. Raises SigningConfigurationNotFoundException where there is no configuration."""
        row = self._rows.get(self._key, _THE_ONE)
        if row is None:
            raise SigningConfigurationNotFoundException(self._key.account)
        return row.rules

    def profiles(self, name: str) -> list[str]:
        """Which profiles sign in this repository, in the order of the configuration, each once (documented)."""
        row = self._rows.get(self._key, _THE_ONE)
        return list(dict.fromkeys(rule.profile for rule in (row.rules if row else ()) if rule.takes(name)))

    def put(self, rules: tuple[SigningRule, ...]) -> None:
        """Replace them."""
        self._rows.put(self._key, _THE_ONE, SigningConfiguration(rules))

    def delete(self) -> tuple[SigningRule, ...]:
        """Take the configuration away; what it was. Raises SigningConfigurationNotFoundException."""
        rules = self.get()
        self._rows.delete(self._key, _THE_ONE)
        return rules


def parse(configuration: dict[str, Any], region: str) -> tuple[SigningRule, ...]:
    """The rules of a request in this region. Raises InvalidParameterException.

    Profiles must be of the registry's region, another account's will do (documented); the sentence is a guess.
    """
    rules = tuple(
        SigningRule(rule["signingProfileArn"], tuple(row["filter"] for row in rule.get("repositoryFilters") or ()))
        for rule in configuration["rules"]
    )
    for rule in rules:
        _, partition, _, where, *_ = rule.profile.split(":")
        if (partition, where) != (names.partition(region), region):
            sentence = f"Signing profile '{rule.profile}' is not in Region {region}"
            raise InvalidParameterException("signingConfiguration", sentence)
    return rules


def is_profile(text: str) -> bool:
    """Whether a text is the ARN of a signing profile, as the model has it."""
    return len(text) <= _LONGEST and _PROFILE.fullmatch(text) is not None


def owner(profile: str) -> str:
    """The account of a profile."""
    return profile.split(":")[4]
