"""ecrmock.domain.scanning.rules: which filter matches, how often one is scanned, what is refused.

See facts/automation 2.2.
"""

import json
import time

import pytest
from paths import FIXTURES

from ecrmock.domain.scanning import rules as scan_rules
from ecrmock.domain.scanning.rules import Applied, ScanConfiguration, ScanRule
from ecrmock.errors.ecr import InvalidParameterException

TABLE = json.loads((FIXTURES / "name-matching.json").read_text())["scanningFilters"]


def test_the_table_has_the_documented_cases():
    assert len([row for row in TABLE if row["confidence"] == "documented"]) == 25


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['filter']} {row['repository']}")
def test_filters_match_as_the_guide_says(row):
    assert bool(scan_rules.takes(row["filter"], row["repository"])) == row["matches"]


def test_a_filter_of_many_stars_takes_no_time():
    began = time.process_time()
    assert not scan_rules.takes("*a" * 127 + "*b", "a" * 256)
    assert scan_rules.takes("*a" * 127 + "*", "a" * 256)
    assert time.process_time() - began < 5


def rule(frequency, *filters):
    return {"scanFrequency": frequency, "repositoryFilters": [{"filter": f, "filterType": "WILDCARD"} for f in filters]}


def test_nothing_asked_for_is_basic_without_rules():
    assert scan_rules.parse({}) == scan_rules.DEFAULT == ScanConfiguration("BASIC", ())


@pytest.mark.parametrize(
    ("engine", "frequencies", "constraint"),
    [
        ("BASIC", ["CONTINUOUS_SCAN"], "CONTINUOUS_SCAN is not supported for scan type BASIC"),
        ("BASIC", ["SCAN_ON_PUSH", "CONTINUOUS_SCAN"], "CONTINUOUS_SCAN is not supported for scan type BASIC"),
        ("ENHANCED", ["MANUAL"], "MANUAL is not supported for scan type ENHANCED"),
        ("ENHANCED", ["SCAN_ON_PUSH", "SCAN_ON_PUSH"], "scanFrequency must be unique among the rules"),
        ("BASIC", ["MANUAL", "MANUAL"], "scanFrequency must be unique among the rules"),
    ],
)
def test_rules_that_an_engine_does_not_have_are_refused(engine, frequencies, constraint):
    with pytest.raises(InvalidParameterException) as caught:
        scan_rules.parse({"scanType": engine, "rules": [rule(word, "*") for word in frequencies]})
    assert (caught.value.path, caught.value.constraint) == ("rules", constraint)


ENHANCED = ScanConfiguration(
    "ENHANCED",
    (ScanRule("SCAN_ON_PUSH", ("*", "prod", "team")), ScanRule("CONTINUOUS_SCAN", ("prod", "*/app", "nowhere"))),
)
BASIC = ScanConfiguration("BASIC", (ScanRule("MANUAL", ("team",)), ScanRule("SCAN_ON_PUSH", ("prod", "app"))))


@pytest.mark.parametrize(
    ("configuration", "name", "flag", "expected"),
    [
        (ENHANCED, "team/app", False, Applied("CONTINUOUS_SCAN", "*/app")),
        (ENHANCED, "prod/app", False, Applied("CONTINUOUS_SCAN", "*/app")),
        (ENHANCED, "prod/web", True, Applied("CONTINUOUS_SCAN", "prod")),
        (ENHANCED, "team/web", False, Applied("SCAN_ON_PUSH", "team")),
        (ENHANCED, "web", False, Applied("SCAN_ON_PUSH", "*")),
        (ScanConfiguration("ENHANCED", (ScanRule("SCAN_ON_PUSH", ("x",)),)), "web", True, Applied("MANUAL")),
        (ScanConfiguration("ENHANCED", ()), "web", True, Applied("MANUAL")),
        (BASIC, "prod/app", False, Applied("SCAN_ON_PUSH", "app")),
        (BASIC, "team/web", False, Applied("MANUAL")),
        (BASIC, "team/web", True, Applied("SCAN_ON_PUSH")),
        (scan_rules.DEFAULT, "web", False, Applied("MANUAL")),
        (scan_rules.DEFAULT, "web", True, Applied("SCAN_ON_PUSH")),
    ],
)
def test_continuous_wins_over_push_and_the_last_filter_is_told(configuration, name, flag, expected):
    assert scan_rules.applied(configuration, name, flag=flag) == expected
