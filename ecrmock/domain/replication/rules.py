"""What does a replication configuration say, and is it one? (facts/automation 3.1)."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.store import Kind
from ecrmock.domain import names
from ecrmock.errors.ecr import InvalidParameterException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ecrmock.engine.world import World

_MOST_DESTINATIONS = 25
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")


class Destination(NamedTuple):
    """Another registry."""

    account: str
    region: str


class ReplicationRule(NamedTuple):
    """Where repositories go whose names begin with one of the prefixes; without prefixes all."""

    destinations: tuple[Destination, ...]
    prefixes: tuple[str, ...] = ()
    deletes: bool | None = None
    """Whether deletions go there too; None, which means no, where the configuration does not say."""

    def takes(self, name: str) -> bool:
        """Whether it is for this repository; a prefix is plain text, without an implied slash (inferred)."""
        return not self.prefixes or name.startswith(self.prefixes)


class ReplicationConfiguration(NamedTuple):
    """What is configured for one registry."""

    rules: tuple[ReplicationRule, ...] = ()


CONFIGURATIONS: Kind[ReplicationConfiguration] = Kind("replication-configurations", ReplicationConfiguration)
_THE_ONE = "configuration"


class ReplicationRules:
    """The replication rules of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of this registry's row."""
        self._rows = world.store.table(CONFIGURATIONS)
        self._key = names.RegistryKey(account, region)

    def get(self) -> tuple[ReplicationRule, ...]:
        """The rules; none where none was ever put."""
        row = self._rows.get(self._key, _THE_ONE)
        return row.rules if row else ()

    def put(self, rules: tuple[ReplicationRule, ...]) -> None:
        """Replace them."""
        self._rows.put(self._key, _THE_ONE, ReplicationConfiguration(rules))


def parse(configuration: dict[str, Any], account: str, region: str) -> tuple[ReplicationRule, ...]:
    """The rules of a request of this registry. Raises InvalidParameterException."""
    rules = tuple(
        ReplicationRule(
            tuple(Destination(row["registryId"], row["region"]) for row in rule["destinations"]),
            tuple(row["filter"] for row in rule.get("repositoryFilters", ())),
            rule.get("deleteReplication", {}).get("enabled"),
        )
        for rule in configuration["rules"]
    )
    every = {destination for rule in rules for destination in rule.destinations}
    if Destination(account, region) in every:
        raise _fault("Replication destination cannot be the same as the source registry")
    for rule in rules:
        if len(set(rule.destinations)) != len(rule.destinations):
            raise _fault("Replication rule cannot have the same destination twice")
    for destination in sorted(every):
        known = _REGION.fullmatch(destination.region)
        if not known or names.partition(destination.region) != names.partition(region):
            raise _fault(f"Region {destination.region} is not supported for replication")
    if len(every) > _MOST_DESTINATIONS:
        raise _fault(f"Replication configuration cannot have more than {_MOST_DESTINATIONS} unique destinations")
    return rules


def _fault(sentence: str) -> InvalidParameterException:
    return InvalidParameterException("replicationConfiguration", sentence)


def destinations(rules: "Iterable[ReplicationRule]", name: str) -> list[Destination]:
    """Where this repository goes, in the order of the configuration, each once."""
    return list(dict.fromkeys(each for rule in rules if rule.takes(name) for each in rule.destinations))
