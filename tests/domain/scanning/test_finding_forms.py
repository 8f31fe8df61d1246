"""ecrmock.domain.scanning.finding_forms: lines, counts, made-up findings, and how a finding changes engines."""

import pytest

from ecrmock.domain.scanning import finding_forms
from ecrmock.domain.vulnerabilities.findings import Finding, Given

DIGEST = "sha256:" + "1" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CVE-2026-1 high", Finding("CVE-2026-1", "HIGH", uri="https://nvd.nist.gov/vuln/detail/CVE-2026-1")),
        ("GHSA-1 Unknown zlib", Finding("GHSA-1", "UNDEFINED", "zlib")),
        ("X negligible zlib 1:1.2-3", Finding("X", "INFORMATIONAL", "zlib", "1:1.2-3")),
        ("X LOW zlib 1 2", Finding("X", "LOW", "zlib", "1", "2")),
        ("X LOW zlib 1 -", Finding("X", "LOW", "zlib", "1", None)),
    ],
)
def test_a_line_is_a_finding(text, expected):
    assert finding_forms.line(text) == expected


def test_made_up_findings_are_those_of_the_image_and_never_two_alike():
    wanted = finding_forms.counts({"low": 300, "CRITICAL": 200, "UNTRIAGED": 5})
    assert wanted == (("CRITICAL", 200), ("LOW", 300), ("UNDEFINED", 5))
    found = finding_forms.made_up(DIGEST, wanted)
    assert found == finding_forms.made_up(DIGEST, wanted)
    assert len({each.name for each in found}) == 505
    assert finding_forms.tally(found, "BASIC") == {"CRITICAL": 200, "LOW": 300, "UNDEFINED": 5}
    assert finding_forms.tally(found, "ENHANCED") == {"CRITICAL": 200, "LOW": 300, "UNTRIAGED": 5}
    fewer = finding_forms.made_up(DIGEST, finding_forms.counts({"CRITICAL": 3}))
    assert fewer == found[:3]  # another finding more does not change those before


def test_the_worst_come_first_in_whichever_form_they_are():
    items = (
        Finding("B", "LOW"),
        Given({"severity": "HIGH", "title": "CVE-1 - x"}),
        Given({"severity": "UNTRIAGED", "title": "CVE-2 - x"}),
        Finding("C", "CRITICAL"),
        Given({"name": "A", "severity": "LOW"}),
        Given({"name": "D"}),
        Given({"severity": "of no scale", "title": "E"}),
    )
    ranked = finding_forms.ranked(items)
    assert [items.index(item) for item in ranked] == [3, 1, 4, 0, 2, 5, 6]
    assert finding_forms.tally(ranked, "ENHANCED") == {"CRITICAL": 1, "HIGH": 1, "LOW": 2, "UNTRIAGED": 3}
