"""ecrmock.domain.replication.rules: filters against fixtures/name-matching.json."""

import json

import pytest
from paths import FIXTURES

from ecrmock.domain.replication.rules import ReplicationRule

VECTORS = json.loads((FIXTURES / "name-matching.json").read_text())


@pytest.mark.parametrize("row", VECTORS["replicationFilters"], ids=lambda row: f"{row['filter']} {row['repository']}")
def test_a_filter_is_a_plain_prefix(row):
    assert ReplicationRule((), (row["filter"],)).takes(row["repository"]) == row["matches"]
