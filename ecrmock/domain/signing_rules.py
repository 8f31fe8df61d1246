"""What does a signing configuration say, and which profiles sign in a repository? (policies-and-automation.md 6.1)."""

import re
from typing import Any, NamedTuple

from ecrmock.base.globs import fits
from ecrmock.domain import names
from ecrmock.errors import InvalidParameterException

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


def profiles(rules: tuple[SigningRule, ...], name: str) -> list[str]:
    """Which profiles sign in this repository, in the order of the configuration, each once (documented)."""
    return list(dict.fromkeys(rule.profile for rule in rules if rule.takes(name)))


def is_profile(text: str) -> bool:
    """Whether a text is the ARN of a signing profile, as the model has it."""
    return len(text) <= _LONGEST and _PROFILE.fullmatch(text) is not None


def owner(profile: str) -> str:
    """The account of a profile."""
    return profile.split(":")[4]
