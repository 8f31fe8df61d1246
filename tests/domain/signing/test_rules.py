"""ecrmock.domain.signing.rules: filters against fixtures/name-matching.json."""

import json

import pytest
from paths import FIXTURES

from ecrmock.domain.signing import rules as signing_rules
from ecrmock.domain.signing.rules import SigningRule, SigningRules
from ecrmock.errors.ecr import InvalidParameterException

VECTORS = json.loads((FIXTURES / "name-matching.json").read_text())
ARN = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/"


@pytest.mark.parametrize("row", VECTORS["signingFilters"], ids=lambda row: f"{row['filter']} {row['repository']}")
def test_a_filter_is_a_wildcard_over_the_whole_name(row):
    assert SigningRule("", (row["filter"],)).takes(row["repository"]) == row["matches"]


def test_profiles_come_in_order_and_once(world):
    rules = (SigningRule("b", ("team/*",)), SigningRule("a"), SigningRule("b"), SigningRule("c", ("other",)))
    kept = world.of(SigningRules, "123456789012", "us-east-1")
    assert kept.profiles("team/app") == []
    world.transact(lambda: kept.put(rules))
    assert kept.profiles("team/app") == ["b", "a"]
    assert kept.profiles("x/team") == ["a", "b"]
    assert world.of(SigningRules, "123456789012", "eu-west-1").profiles("team/app") == []


@pytest.mark.parametrize(
    ("arn", "region"), [(ARN, "us-west-2"), (ARN.replace("aws", "aws-cn"), "us-east-1"), (ARN, "cn-north-1")]
)
def test_a_profile_is_of_the_registrys_region(arn, region):
    with pytest.raises(InvalidParameterException, match="is not in Region"):
        signing_rules.parse({"rules": [{"signingProfileArn": arn + "ab"}]}, region)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (ARN + "ab", True),
        (ARN.replace("aws", "aws-us-gov") + "A_9", True),
        (ARN + "a" * (200 - len(ARN)), True),
        (ARN + "a" * (201 - len(ARN)), False),
        (ARN + "a", False),
        (ARN + "ab\n", False),
        ("nonsense", False),
    ],
)
def test_what_a_profile_is_called(text, is_one):
    assert signing_rules.is_profile(text) == is_one
