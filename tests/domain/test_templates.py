"""ecrmock.domain.templates: which prefix covers a name (fixtures/name-matching.json, part B 5.2 and 4.3)."""

import json

import pytest
from paths import FIXTURES

from ecrmock.domain.templates import covering

VECTORS = json.loads((FIXTURES / "name-matching.json").read_text())


@pytest.mark.parametrize("row", VECTORS["prefixPrecedence"], ids=lambda row: f"{row['prefixes']} {row['repository']}")
def test_the_longest_prefix_with_its_slash_covers_then_root(row):
    assert covering(row["prefixes"], row["repository"]) == row["chosen"]
