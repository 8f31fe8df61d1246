"""Reports in the forms that the tools write; the values are ours."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.domain.scanning.reports import Report, read
from ecrmock.domain.vulnerabilities.findings import Finding, Given, Score

MANIFEST, CONFIG, LAYER, UNPACKED = (f"sha256:{letter * 64}" for letter in "abcd")
V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
V2 = "AV:N/AC:L/Au:N/C:P/I:N/A:N"

TRIVY = {
    "SchemaVersion": 2,
    "ArtifactName": "debian:12",
    "ArtifactType": "container_image",
    "Metadata": {
        "OS": {"Family": "debian", "Name": "12.5"},
        "ImageID": CONFIG,
        "DiffIDs": [UNPACKED],
        "RepoDigests": [f"debian@{MANIFEST}"],
        "Layers": [{"Size": 3, "Digest": LAYER, "DiffID": UNPACKED}],
    },
    "Results": [
        {
            "Target": "debian:12 (debian 12.5)",
            "Class": "os-pkgs",
            "Type": "debian",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2023-5363",
                    "VendorIDs": ["DSA-5532-1"],
                    "PkgName": "libssl3",
                    "PkgIdentifier": {"PURL": "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12.5"},
                    "InstalledVersion": "3.0.9-1",
                    "FixedVersion": "3.0.11-1~deb12u2",
                    "Layer": {"Digest": LAYER, "DiffID": UNPACKED},
                    "SeveritySource": "debian",
                    "PrimaryURL": "https://avd.example/cve-2023-5363",
                    "Title": "a title",
                    "Description": "a description",
                    "Severity": "HIGH",
                    "CVSS": {
                        "redhat": {"V3Vector": "x", "V3Score": 1},
                        "nvd": {"V2Vector": V2, "V2Score": 5, "V3Vector": V3, "V3Score": 7.5},
                    },
                    "References": ["https://one.example"],
                },
                {
                    "VulnerabilityID": "CVE-2005-0001",
                    "PkgName": "apt",
                    "InstalledVersion": "2.6",
                    "Severity": "UNKNOWN",
                },
            ],
        },
        {"Target": "no findings", "Class": "os-pkgs", "Type": "debian"},
        {
            "Target": "app/package-lock.json",
            "Class": "lang-pkgs",
            "Type": "npm",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2022-0001",
                    "PkgName": "leftpad",
                    "InstalledVersion": "1.0",
                    "DataSource": {"ID": "ghsa"},
                    "Severity": "CRITICAL",
                    "CVSS": {"ghsa": {"V40Vector": "CVSS:4.0/AV:N", "V40Score": 9.3}},
                }
            ],
        },
    ],
}
GRYPE = {
    "matches": [
        {
            "vulnerability": {
                "id": "CVE-2023-5363",
                "dataSource": "https://security-tracker.debian.org/tracker/CVE-2023-5363",
                "namespace": "debian:distro:debian:12",
                "severity": "High",
                "urls": [],
                "cvss": [],
                "fix": {"versions": ["3.0.11-1~deb12u2"], "state": "fixed"},
            },
            "relatedVulnerabilities": [
                {
                    "id": "CVE-2023-5363",
                    "urls": ["https://one.example"],
                    "description": "a description",
                    "cvss": [{"source": "nvd@nist.gov", "version": "3.1", "vector": V3, "metrics": {"baseScore": 7.5}}],
                }
            ],
            "matchDetails": [{"type": "exact-direct-match"}],
            "artifact": {
                "name": "libssl3",
                "version": "3.0.9-1",
                "type": "deb",
                "locations": [{"path": "/var/lib/dpkg/status", "layerID": UNPACKED}],
                "purl": "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12",
            },
        },
        {
            "vulnerability": {
                "id": "GHSA-aaaa-bbbb-cccc",
                "namespace": "github:language:java",
                "severity": "Negligible",
                "fix": {"versions": ["1.2.1", "2.1.3"], "state": "fixed"},
            },
            "relatedVulnerabilities": [{"id": "CVE-2022-0001", "dataSource": "https://two.example"}],
            "matchDetails": [{"fix": {"suggestedVersion": "2.1.3"}}],
            "artifact": {"name": "log", "version": "2.0", "type": "java-archive", "locations": []},
        },
        {
            "vulnerability": {
                "id": "CVE-2005-0001",
                "severity": "Unknown",
                "fix": {"versions": [], "state": "wont-fix"},
            },
            "relatedVulnerabilities": [],
            "artifact": {"name": "apt", "version": "2.6", "type": "deb"},
        },
    ],
    "source": {
        "type": "image",
        "target": {
            "imageID": CONFIG,
            "manifestDigest": MANIFEST,
            "repoDigests": [f"debian@{MANIFEST}"],
            "layers": [{"mediaType": "x", "digest": LAYER, "size": 3}],
        },
    },
    "distro": {"name": "debian", "version": "12"},
    "descriptor": {"name": "grype"},
}
OSV = {
    "results": [
        {
            "source": {"path": "/var/lib/dpkg/status", "type": "os"},
            "packages": [
                {
                    "package": {
                        "name": "openssl",
                        "os_package_name": "libssl3",
                        "version": "3.0.9-1",
                        "ecosystem": "Debian:12",
                        "image_origin_details": {"index": 1},
                    },
                    "vulnerabilities": [
                        {
                            "id": "DEBIAN-CVE-2023-5363",
                            "modified": "2024-01-01T00:00:00Z",
                            "upstream": ["CVE-2023-5363"],
                            "details": "a description",
                            "severity": [{"type": "CVSS_V3", "score": V3}],
                            "affected": [
                                {
                                    "package": {"ecosystem": "Debian:12", "name": "openssl"},
                                    "ranges": [
                                        {
                                            "type": "ECOSYSTEM",
                                            "events": [{"introduced": "0"}, {"fixed": "3.0.11-1~deb12u2"}],
                                        }
                                    ],
                                }
                            ],
                            "references": [{"type": "ADVISORY", "url": "https://one.example"}],
                        },
                        {"id": "DSA-5532-1", "upstream": ["CVE-2023-5363"]},
                    ],
                    "groups": [{"ids": ["DEBIAN-CVE-2023-5363", "DSA-5532-1"], "max_severity": "7.5"}],
                }
            ],
        },
        {
            "source": {"path": "app/package-lock.json", "type": "lockfile"},
            "packages": [
                {
                    "package": {"name": "leftpad", "version": "2.0.1", "ecosystem": "npm"},
                    "vulnerabilities": [
                        {
                            "id": "GHSA-aaaa-bbbb-cccc",
                            "aliases": ["CVE-2022-0001"],
                            "affected": [
                                {
                                    "package": {"ecosystem": "npm", "name": "leftpad"},
                                    "ranges": [
                                        {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.10.1"}]},
                                        {"type": "SEMVER", "events": [{"introduced": "3.0.0"}, {"fixed": "3.1.0"}]},
                                        {"type": "SEMVER", "events": [{"introduced": "2.0.0"}, {"fixed": "2.9.0"}]},
                                    ],
                                }
                            ],
                        }
                    ],
                    "groups": [{"ids": ["GHSA-aaaa-bbbb-cccc"], "max_severity": "9.8"}],
                },
                {"package": {"name": "fine", "version": "1", "ecosystem": "npm"}},
            ],
        },
    ],
    "image_metadata": {"os": "Debian", "layer_metadata": [{"diff_id": "", "is_empty": True}, {"diff_id": UNPACKED}]},
}
ENHANCED = {
    "awsAccountId": "123456789012",
    "description": "a description",
    "findingArn": f"arn:aws:inspector2:us-east-1:123456789012:finding/{'0' * 32}",
    "firstObservedAt": "2024-01-01T00:00:00+00:00",
    "lastObservedAt": 1704067200.5,
    "packageVulnerabilityDetails": {
        "cvss": [{"baseScore": 7.5, "scoringVector": V3, "source": "NVD", "version": "3.1"}],
        "referenceUrls": ["https://one.example"],
        "relatedVulnerabilities": ["DSA-5532-1"],
        "source": "DEBIAN_CVE",
        "sourceUrl": "https://two.example",
        "vendorCreatedAt": "2023-10-24T18:00:00Z",
        "vulnerabilityId": "CVE-2023-5363",
        "vulnerablePackages": [
            {
                "arch": "AMD64",
                "epoch": 0,
                "fixedInVersion": "0:3.0.11-1~deb12u2",
                "name": "openssl",
                "packageManager": "OS",
                "release": "1",
                "sourceLayerHash": LAYER,
                "version": "3.0.9",
            },
            {"name": "x", "packageManager": "NPM", "version": "1", "epoch": 2, "fixedInVersion": "NotAvailable"},
        ],
    },
    "resources": [
        {
            "type": "AWS_ECR_CONTAINER_IMAGE",
            "id": "arn:aws:ecr:us-east-1:123456789012:repository/a/sha256:a",
            "details": {
                "awsEcrContainerImage": {"imageHash": MANIFEST, "repositoryName": "a", "platform": "DEBIAN_12"}
            },
        }
    ],
    "severity": "HIGH",
    "status": "ACTIVE",
    "title": "CVE-2023-5363 - openssl",
    "type": "PACKAGE_VULNERABILITY",
}
INSPECTOR = {
    "findings": [
        {
            **ENHANCED,
            "epss": {"score": 0.1},
            "inspectorScore": 7.5,
            "inspectorScoreDetails": {
                "adjustedCvss": {"cvssSource": "NVD", "score": 7.5, "scoreSource": "NVD", "version": "3.1"}
            },
        },
        {"findingArn": "arn:n", "type": "NETWORK_REACHABILITY", "resources": [{"type": "AWS_EC2_INSTANCE"}]},
        {**ENHANCED, "severity": "UNTRIAGED", "resources": [{"type": "AWS_LAMBDA_FUNCTION"}]},
    ]
}
BASIC = {
    "name": "CVE-2019-14697",
    "description": "a description",
    "uri": "https://one.example",
    "severity": "CRITICAL",
    "attributes": [
        {"key": "package_name", "value": "musl"},
        {"key": "package_version", "value": "1.1.20-r4"},
        {"key": "CVSS2_SCORE", "value": "7.5"},
        {"key": "CVSS2_VECTOR", "value": V2},
    ],
}
DESCRIBED = {
    "registryId": "123456789012",
    "repositoryName": "a",
    "imageId": {"imageDigest": MANIFEST, "imageTag": "1"},
    "imageScanStatus": {"status": "COMPLETE"},
    "imageScanFindings": {"imageScanCompletedAt": 1, "findings": [BASIC], "findingSeverityCounts": {"CRITICAL": 1}},
}
ALL = {"trivy": TRIVY, "grype": GRYPE, "osv": OSV, "inspector": INSPECTOR, "ecr": DESCRIBED}

HUGE = {
    "VulnerabilityID": "CVE-1",
    "Severity": "HIGH",
    "PkgName": "a",
    "InstalledVersion": "1",
    "CVSS": {"nvd": {"V3Score": 10**400}},
}
SSL = {"severity": "HIGH", "version": "3.0.9-1", "fixed": "3.0.11-1~deb12u2", "description": "a description"}


def test_trivy():
    (report,) = read(TRIVY)
    assert (report.images, report.layers) == ((MANIFEST, CONFIG), (LAYER,))
    npm, ssl, apt = report.findings
    assert ssl == Finding(
        "CVE-2023-5363",
        package="libssl3",
        title="a title",
        uri="https://avd.example/cve-2023-5363",
        source="DEBIAN_CVE",
        scores=(Score("3.1", 7.5, V3), Score("2.0", 5.0, V2)),
        arch="amd64",
        layer=LAYER,
        references=("https://one.example",),
        related=("DSA-5532-1",),
        **SSL,
    )
    assert apt == Finding("CVE-2005-0001", "UNDEFINED", "apt", "2.6", title="CVE-2005-0001 - apt", source="NVD")
    assert (npm.manager, npm.path, npm.source, npm.severity, npm.fixed) == (
        "NPM",
        "app/package-lock.json",
        "GITHUB",
        "CRITICAL",
        None,
    )
    assert npm.scores == (Score("4.0", 9.3, "CVSS:4.0/AV:N", "GITHUB"),)
    assert report.operating_system == (ssl, apt)


def test_grype():
    (report,) = read(GRYPE)
    assert (report.images, report.layers) == ((MANIFEST, CONFIG), (LAYER,))
    ssl, java, apt = report.findings
    assert ssl == Finding(
        "CVE-2023-5363",
        package="libssl3",
        title="CVE-2023-5363 - libssl3",
        uri="https://security-tracker.debian.org/tracker/CVE-2023-5363",
        source="DEBIAN_CVE",
        scores=(Score("3.1", 7.5, V3, "NVD"),),
        arch="amd64",
        path="/var/lib/dpkg/status",
        layer=UNPACKED,
        references=("https://one.example",),
        **SSL,
    )
    assert (java.severity, java.manager, java.fixed, java.related) == (
        "INFORMATIONAL",
        "JAR",
        "2.1.3",
        ("CVE-2022-0001",),
    )
    assert (apt.severity, apt.fixed) == ("UNDEFINED", None)
    assert report.operating_system == (ssl, apt)


def test_osv_scanner():
    (report,) = read(OSV)
    assert (report.images, report.layers) == ((), (UNPACKED,))
    npm, ssl = report.findings
    assert ssl == Finding(
        "CVE-2023-5363",
        package="libssl3",
        title="CVE-2023-5363 - libssl3",
        uri="https://one.example",
        source="DEBIAN_CVE",
        scores=(Score("3.1", 7.5, V3, "OSV"),),
        layer=UNPACKED,
        references=("https://one.example",),
        related=("DEBIAN-CVE-2023-5363",),
        **SSL,
    )
    assert (npm.name, npm.severity, npm.fixed, npm.manager) == ("CVE-2022-0001", "CRITICAL", "2.9.0", "NPM")
    assert (npm.source, npm.path) == ("GITHUB", "app/package-lock.json")
    assert npm.uri == "https://osv.dev/vulnerability/GHSA-aaaa-bbbb-cccc"
    assert report.operating_system == (ssl,)


def test_inspector():
    (report,) = read(INSPECTOR)
    ssl, npm = report.findings
    assert report.images == (MANIFEST,)
    assert (ssl.name, ssl.severity, ssl.package, ssl.version) == ("CVE-2023-5363", "HIGH", "openssl", "3.0.9-1")
    assert (ssl.fixed, ssl.source, ssl.uri) == ("0:3.0.11-1~deb12u2", "DEBIAN_CVE", "https://two.example")
    assert (ssl.scores, ssl.arch, ssl.layer) == ((Score("3.1", 7.5, V3),), "AMD64", LAYER)
    assert (npm.version, npm.fixed, npm.manager) == ("2:1", None, "NPM")
    assert report.operating_system == (ssl,)
    (given,) = report.enhanced
    assert given.body == {
        **ENHANCED,
        "firstObservedAt": 1704067200.0,
        "packageVulnerabilityDetails": {**ENHANCED["packageVulnerabilityDetails"], "vendorCreatedAt": 1698170400.0},
        "score": 7.5,
        "scoreDetails": {"cvss": {"score": 7.5, "scoreSource": "NVD", "version": "3.1"}},
    }
    assert report.basic == ()


def test_inspector_about_two_images_is_two_reports():
    other = copy.deepcopy(ENHANCED)
    other["resources"][0]["details"]["awsEcrContainerImage"]["imageHash"] = CONFIG
    assert [report.images for report in read({"findings": [ENHANCED, other, ENHANCED]})] == [(MANIFEST,), (CONFIG,)]


def test_a_saved_basic_answer():
    (report,) = read(DESCRIBED)
    found = Finding(
        "CVE-2019-14697",
        "CRITICAL",
        "musl",
        "1.1.20-r4",
        description="a description",
        uri="https://one.example",
        scores=(Score("2.0", 7.5, V2),),
    )
    assert report == Report((MANIFEST,), (found,), (found,), basic=(Given(BASIC),))


def test_a_saved_enhanced_answer():
    saved = {**DESCRIBED, "imageScanFindings": {"enhancedFindings": [{**ENHANCED, "score": 7.5}]}}
    (report,) = read(saved)
    assert (report.images, len(report.findings), len(report.operating_system)) == ((MANIFEST,), 2, 1)
    assert [given.body["score"] for given in report.enhanced] == [7.5]
    assert report.basic == ()


def test_a_clean_bill_is_a_report_without_findings():
    assert read({**DESCRIBED, "imageScanFindings": {"findings": []}}) == [Report((MANIFEST,), (), ())]
    assert read({"SchemaVersion": 2, "ArtifactName": "a"}) == [Report((), (), ())]


@pytest.mark.parametrize(
    "document",
    [None, 1, "text", [], [TRIVY], {}, {"findings": 3}, {"findings": [{"a": 1}]}, {"matches": []}, {"results": [1]}],
    ids=lambda document: str(document)[:30],
)
def test_anything_else_is_refused_with_the_forms_that_are_read(document):
    with pytest.raises(
        ValueError, match=r"no known form: Trivy JSON .*Grype JSON.*OSV-Scanner.*Inspector.*DescribeIma"
    ):
        read(document)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({**TRIVY, "SchemaVersion": 1}, "SchemaVersion 2 is read, not 1"),
        ({**TRIVY, "Results": {"a": 1}}, "Trivy JSON: a part of it has another form"),
        ({**TRIVY, "Results": [{"Vulnerabilities": [{}]}]}, "'VulnerabilityID'"),
        ({**GRYPE, "matches": [{}]}, "Grype JSON: a part of it has another form"),
        ({**TRIVY, "Results": [{"Vulnerabilities": [HUGE]}]}, "int too large"),
        ({"results": [{"packages": [{}]}]}, "OSV-Scanner JSON: a part"),
        ({**DESCRIBED, "imageScanFindings": None, "imageScanStatus": {"status": "FAILED"}}, "its status is FAILED"),
        ({**DESCRIBED, "imageScanFindings": {"findings": [3]}}, "JSON of AWS: a part"),
        ({"findings": [{**ENHANCED, "resources": []}]}, "about a package in an image of ECR"),
        ({"findings": [{**ENHANCED, "updatedAt": "yesterday"}]}, "JSON of AWS: Invalid isoformat"),
    ],
)
def test_broken_parts_are_told(document, words):
    with pytest.raises(ValueError, match=words):
        read(document)


def paths(document, path=()):
    """Where there is something in a document."""
    yield path
    for key in document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ():
        yield from paths(document[key], (*path, key))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([(document, path) for document in ALL.values() for path in paths(document) if path]),
    st.sampled_from([None, "", "x", "0.1", 3, -1.5, True, [], {}, [{}], ["x"], [[]], {"a": {}}, "remove it"]),
)
def test_any_part_may_be_anything(where, what):
    document, path = where
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    if what == "remove it":
        del place[path[-1]]
    else:
        place[path[-1]] = what
    try:
        assert all(isinstance(report, Report) for report in read(changed))
    except ValueError as error:
        assert str(error)  # noqa: PT017 (both are answers)
