"""ecrmock.domain.pull_through.rules: which rule, which upstream name (facts/automation 4.3)."""

import json

import pytest
from paths import FIXTURES

from ecrmock.domain.pull_through.rules import CacheRules

TABLE = json.loads((FIXTURES / "name-matching.json").read_text())
PLACE = ("123456789012", "us-east-1")


def add(world, prefix, **more):
    asked = {"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": "quay.io", **more}
    return world.transact(lambda: world.of(CacheRules, *PLACE).add(asked))


@pytest.mark.parametrize("row", TABLE["pullThroughCacheMapping"], ids=lambda row: f"{row['repository']}")
def test_the_upstream_name_of_a_repository(world, row):
    add(world, row["cachePrefix"], upstreamRepositoryPrefix=row["upstreamPrefix"])
    rule = world.of(CacheRules, *PLACE).covering(row["repository"])
    assert (rule and rule.upstream_name(row["repository"])) == row["upstreamRepository"]


@pytest.mark.parametrize("row", TABLE["prefixPrecedence"], ids=lambda row: f"{row['repository']} {row['prefixes']}")
def test_the_rule_for_a_repository(world, row):
    for prefix in row["prefixes"]:
        add(world, prefix)
    rule = world.of(CacheRules, *PLACE).covering(row["repository"])
    assert (rule and rule.prefix) == row["chosen"]


def test_a_slash_at_the_end_means_nothing_and_no_prefix_stands_for_none(world):
    add(world, "quay/", upstreamRepositoryPrefix="team/")
    assert world.of(CacheRules, *PLACE).covering("quay/app").upstream_name("quay/app") == "team/app"
    add(world, "plain")
    assert world.of(CacheRules, *PLACE).covering("plain/app").upstream_name("plain/app") == "app"
