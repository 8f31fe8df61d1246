"""Which advisories touch which versions: a table of real ones, then OSV's rules one by one."""

import json
import zipfile

import pytest
from image_layers import DEBIAN, dpkg, layer
from paths import FIXTURES

from ecrmock.domain.vulnerabilities import advisories, versions
from ecrmock.domain.vulnerabilities.findings import Package, Score
from ecrmock.domain.vulnerabilities.inventory import Inventory, read

FOLDER = FIXTURES / "findings"


def image(os, version, *packages):
    """An inventory of (kind, name, version) or (kind, name, version, source, source version) rows."""
    made = [
        Package(kind, name, installed, "amd64", *(source or (name, installed)), layer="sha256:1")
        for kind, name, installed, *source in packages
    ]
    return Inventory(os, version, tuple(made))


def names(found):
    return [finding.name for finding in found]


@pytest.fixture(scope="module")
def real():
    return advisories.load([FOLDER])


def test_there_are_enough_of_every_kind_and_all_say_where_from():
    for kind, least in (("deb", 15), ("apk", 8), ("rpm", 8)):
        rows = json.loads((FOLDER / f"{kind}.json").read_bytes())
        assert len(rows) >= least
        for row in rows:
            source = row["database_specific"]["source"]
            assert source.startswith("https://")
            assert source in [reference["url"] for reference in row["references"]]


@pytest.mark.parametrize(
    ("os", "version", "kind", "name", "installed", "cve", "fixed"),
    [
        # exactly the fixed one, just below, just above
        ("debian", "12", "deb", "glibc", "2.36-9+deb12u3", "CVE-2023-4911", None),
        ("debian", "12", "deb", "glibc", "2.36-9+deb12u2", "CVE-2023-4911", "2.36-9+deb12u3"),
        ("debian", "12", "deb", "glibc", "2.36-9+deb12u10", "CVE-2023-4911", None),
        ("debian", "12", "deb", "glibc", "2.36-9+deb12u10", "CVE-2024-2961", None),
        ("debian", "12", "deb", "glibc", "2.36-9", "CVE-2024-2961", "2.36-9+deb12u6"),
        # another release has another fix
        ("debian", "11", "deb", "glibc", "2.31-13+deb11u6", "CVE-2023-4911", "2.31-13+deb11u7"),
        ("debian", "11", "deb", "glibc", "2.31-13+deb11u7", "CVE-2023-4911", None),
        ("debian", "13", "deb", "glibc", "2.31-1", "CVE-2023-4911", None),
        ("debian", "12.5", "deb", "glibc", "2.36-9+deb12u2", "CVE-2023-4911", "2.36-9+deb12u3"),
        # epochs
        ("debian", "12", "deb", "openssh", "1:9.2p1-2+deb12u2", "CVE-2024-6387", "1:9.2p1-2+deb12u3"),
        ("debian", "12", "deb", "openssh", "1:9.2p1-2+deb12u3", "CVE-2024-6387", None),
        ("debian", "12", "deb", "openssh", "9.9p1-1", "CVE-2024-6387", "1:9.2p1-2+deb12u3"),
        ("debian", "11", "deb", "zlib", "1:1.2.11.dfsg-2+deb11u1", "CVE-2022-37434", "1:1.2.11.dfsg-2+deb11u2"),
        ("debian", "11", "deb", "zlib", "1:1.2.11.dfsg-2+deb11u2", "CVE-2022-37434", None),
        # a tilde is before
        ("debian", "12", "deb", "openssl", "3.0.11-1~deb12u1", "CVE-2023-5363", "3.0.11-1~deb12u2"),
        ("debian", "12", "deb", "openssl", "3.0.11-1~deb12u2", "CVE-2023-5363", None),
        ("debian", "12", "deb", "openssl", "3.0.11-1", "CVE-2023-5363", None),
        ("debian", "12", "deb", "openssl", "3.0.9-1", "CVE-2023-5363", "3.0.11-1~deb12u2"),
        # never fixed
        ("debian", "12", "deb", "zlib", "1:1.2.13.dfsg-1", "CVE-2023-45853", "never"),
        # introduced and last affected
        ("debian", "13", "deb", "xz-utils", "5.4.5-0.3", "CVE-2024-3094", None),
        ("debian", "13", "deb", "xz-utils", "5.5.1alpha-0.1", "CVE-2024-3094", "never"),
        ("debian", "13", "deb", "xz-utils", "5.6.1-1", "CVE-2024-3094", "never"),
        ("debian", "13", "deb", "xz-utils", "5.6.1+really5.4.5-1", "CVE-2024-3094", None),
        ("debian", "12", "deb", "curl", "7.88.1-10+deb12u3", "CVE-2023-38545", "7.88.1-10+deb12u4"),
        ("debian", "12", "deb", "nghttp2", "1.52.0-1", "CVE-2023-44487", "1.52.0-1+deb12u1"),
        ("debian", "12", "deb", "nghttp2", "1.52.0-1+deb12u1", "CVE-2023-44487", None),
        ("debian", "12", "deb", "postgresql-15", "15.5-0+deb12u1", "CVE-2024-0985", "15.6-0+deb12u1"),
        ("debian", "10", "deb", "sudo", "1.8.27-1+deb10u2", "CVE-2021-3156", "1.8.27-1+deb10u3"),
        ("debian", "11", "deb", "openssl", "1.1.1k-1+deb11u1", "CVE-2022-0778", "1.1.1k-1+deb11u2"),
        ("debian", "11", "deb", "openssl", "1.1.1n-0+deb11u1", "CVE-2022-0778", None),
        ("debian", "12", "deb", "libwebp", "1.2.4-0.2", "CVE-2023-4863", "1.2.4-0.2+deb12u1"),
        ("ubuntu", "22.04", "deb", "openssh", "1:8.9p1-3ubuntu0.9", "CVE-2024-6387", "1:8.9p1-3ubuntu0.10"),
        ("ubuntu", "22.04", "deb", "openssh", "1:8.9p1-3ubuntu0.10", "CVE-2024-6387", None),
        ("ubuntu", "24.04", "deb", "openssh", "1:9.6p1-3ubuntu13", "CVE-2024-6387", "1:9.6p1-3ubuntu13.3"),
        ("ubuntu", "20.04", "deb", "openssh", "1:8.2p1-4", "CVE-2024-6387", None),
        ("ubuntu", "22.04", "deb", "glibc", "2.35-0ubuntu3.3", "CVE-2023-4911", "2.35-0ubuntu3.4"),
        ("ubuntu", "22.04", "deb", "glibc", "2.35-0ubuntu3.4", "CVE-2024-2961", "2.35-0ubuntu3.7"),
        ("ubuntu", "22.04", "deb", "openssl", "3.0.2-0ubuntu1.6", "CVE-2022-3602", "3.0.2-0ubuntu1.7"),
        ("ubuntu", "22.04", "deb", "curl", "7.81.0-1ubuntu1.15", "CVE-2023-38545", None),
        # Alpine
        ("alpine", "3.16.1", "apk", "zlib", "1.2.12-r1", "CVE-2022-37434", "1.2.12-r2"),
        ("alpine", "3.16.1", "apk", "zlib", "1.2.12-r2", "CVE-2022-37434", None),
        ("alpine", "3.17.0", "apk", "zlib", "1.2.12-r1", "CVE-2022-37434", None),
        ("alpine", "3.18.0", "apk", "openssl", "3.1.3-r0", "CVE-2023-5363", "3.1.4-r0"),
        ("alpine", "3.18.0", "apk", "openssl", "3.1.10-r0", "CVE-2023-5363", None),
        ("alpine", "3.18.4", "apk", "curl", "8.3.0-r0", "CVE-2023-38545", "8.4.0-r0"),
        ("alpine", "3.15.0", "apk", "busybox", "1.34.1-r4", "CVE-2022-28391", "1.34.1-r5"),
        ("alpine", "3.14.0", "apk", "apk-tools", "2.12.5-r1", "CVE-2021-36159", "2.12.6-r0"),
        ("alpine", "3.20.0", "apk", "openssh", "9.7_p1-r3", "CVE-2024-6387", "9.7_p1-r4"),
        ("alpine", "3.20.0", "apk", "openssh", "9.7_p1-r4", "CVE-2024-6387", None),
        ("alpine", "3.20.0", "apk", "openssh", "9.7-r9", "CVE-2024-6387", "9.7_p1-r4"),
        ("alpine", "3.20.2", "apk", "openssl", "3.3.1-r3", "CVE-2024-6119", "3.3.2-r0"),
        ("alpine", "3.15.0", "apk", "openssl", "1.1.1m-r9", "CVE-2022-0778", "1.1.1n-r0"),
        ("alpine", "3.15.0", "apk", "openssl", "1.1.1n-r0", "CVE-2022-0778", None),
        # rpm; the epoch 0 is the same as none
        ("rhel", "9.4", "rpm", "openssh-server", "8.7p1-38.el9", "CVE-2024-6387", "0:8.7p1-38.el9_4.1"),
        ("rhel", "9.4", "rpm", "openssh-server", "8.7p1-38.el9_4.1", "CVE-2024-6387", None),
        ("rhel", "9.2", "rpm", "glibc", "2.34-60.el9", "CVE-2023-4911", "0:2.34-60.el9_2.7"),
        ("rhel", "8.8", "rpm", "glibc", "2.28-225.el8", "CVE-2023-4911", "0:2.28-225.el8_8.6"),
        ("rhel", "8.8", "rpm", "glibc", "2.28-225.el8_8.6", "CVE-2023-4911", None),
        ("rhel", "7.9", "rpm", "glibc", "2.17-326.el7", "CVE-2023-4911", None),
        ("rhel", "9.0", "rpm", "openssl-libs", "1:3.0.1-41.el9_0", "CVE-2022-3786", "1:3.0.1-43.el9_0"),
        ("rhel", "9.0", "rpm", "openssl-libs", "1:3.0.7-6.el9_2", "CVE-2022-3786", None),
        ("rhel", "9.0", "rpm", "openssl-libs", "3.0.7-6.el9_2", "CVE-2022-3786", "1:3.0.1-43.el9_0"),
        ("rhel", "9.6", "rpm", "sudo", "1.9.5p2-10.el9_5", "CVE-2025-32462", "0:1.9.5p2-10.el9_6.1"),
        ("rhel", "9.2", "rpm", "curl-minimal", "7.76.1-23.el9_2.2", "CVE-2023-38545", "0:7.76.1-23.el9_2.4"),
        ("rocky", "9.0", "rpm", "openssl", "1:3.0.1-41.el9_0", "CVE-2022-3602", "1:3.0.1-43.el9_0"),
        ("almalinux", "9.0", "rpm", "openssl", "1:3.0.1-43.el9_0", "CVE-2022-3602", None),
        ("amzn", "2023", "rpm", "openssh", "8.7p1-8.amzn2023.0.10", "CVE-2024-6387", "8.7p1-8.amzn2023.0.11"),
        ("amzn", "2023", "rpm", "openssh", "8.7p1-8.amzn2023.0.12", "CVE-2024-6387", None),
        ("amzn", "2", "rpm", "sudo", "1.8.23-4.amzn2.2", "CVE-2021-3156", "1.8.23-4.amzn2.2.1"),
        ("amzn", "2", "rpm", "sudo", "1.8.23-10.amzn2.1.2", "CVE-2021-3156", None),
        # nobody's
        ("debian", "", "deb", "glibc", "2.36-9", "CVE-2023-4911", None),
        ("", "", "deb", "glibc", "2.36-9", "CVE-2023-4911", None),
        ("devuan", "12", "deb", "glibc", "2.36-9", "CVE-2023-4911", None),
        ("debian", "12", "rpm", "glibc", "2.36-9", "CVE-2023-4911", None),
    ],
)
def test_table(real, os, version, kind, name, installed, cve, fixed):  # noqa: PLR0913, PLR0917 (a table)
    found = {finding.name: finding for finding in real.match(image(os, version, (kind, name, installed)))}
    assert (cve in found) == (fixed is not None)
    if fixed:
        assert found[cve].fixed == (None if fixed == "never" else fixed)


def test_a_finding_says_what_the_advisory_and_the_package_say(real):
    (found,) = real.match(
        image("ubuntu", "22.04", ("deb", "libssl3", "3.0.2-0ubuntu1.6", "openssl", "3.0.2-0ubuntu1.6"))
    )
    source = "https://ubuntu.com/security/CVE-2022-3602"
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
    assert (found.name, found.title, found.severity) == ("CVE-2022-3602", "CVE-2022-3602 - libssl3", "HIGH")
    assert (found.package, found.version, found.fixed) == ("libssl3", "3.0.2-0ubuntu1.6", "3.0.2-0ubuntu1.7")
    assert (found.source, found.uri, found.references) == ("UBUNTU_CVE", source, (source,))
    assert found.scores == (Score("3.1", 7.5, vector, "OSV"),)
    assert (found.manager, found.arch, found.layer, found.related) == (
        "OS",
        "amd64",
        "sha256:1",
        ("UBUNTU-CVE-2022-3602",),
    )


def test_two_records_of_one_cve_are_one_finding(real):
    found = [
        each for each in real.match(image("debian", "12", ("deb", "glibc", "2.36-9"))) if each.name == "CVE-2023-4911"
    ]
    assert [each.related for each in found] == [("DEBIAN-CVE-2023-4911", "DSA-5514-1")]
    assert len(found[0].references) == 2


def test_an_update_for_two_cves_is_two_findings(real):
    assert names(real.match(image("rocky", "9.0", ("rpm", "openssl", "1:3.0.1-41.el9_0")))) == [
        "CVE-2022-3602",
        "CVE-2022-3786",
    ]


@pytest.mark.parametrize(
    ("os", "version", "covered"),
    [
        ("debian", "12", True),
        ("debian", "12.5", True),
        ("debian", "9", False),
        ("alpine", "3.20.1", True),
        ("alpine", "3.2.1", False),
        ("rhel", "9.4", True),
        ("fedora", "40", False),
        ("debian", "", False),
        ("", "", False),
    ],
)
def test_it_says_of_which_releases_it_knows_anything(real, os, version, covered):
    assert real.covers(image(os, version)) is covered


def test_an_ecosystem_without_a_release_covers_all(loaded):
    found = loaded(record(ecosystem="Debian"))
    assert [found.covers(image("debian", each)) for each in ("9", "")] == [True, True]
    assert hits(found, "1", version="") == ["1"]


def test_findings_come_worst_first(real):
    found = real.match(image("debian", "12", *(("deb", name, "1") for name in ("glibc", "openssl", "zlib", "curl"))))
    assert [finding.rank for finding in found] == sorted(finding.rank for finding in found)
    assert (found[0].severity, found[-1].severity) == ("CRITICAL", "HIGH")


def test_an_image_in_layers_has_the_findings_of_its_packages(real):
    status = dpkg(("libc6", "2.36-9+deb12u2+b1", {"Source": "glibc (2.36-9+deb12u2)"}), ("bash", "5.2.15-2"))
    found = real.match(read([layer({"etc/os-release": DEBIAN, "var/lib/dpkg/status": status})]))
    assert [(each.name, each.package, each.version) for each in found] == [
        ("CVE-2023-4911", "libc6", "2.36-9+deb12u2+b1"),
        ("CVE-2024-2961", "libc6", "2.36-9+deb12u2+b1"),
    ]


class TestSample:
    def test_it_is_labelled_and_matches_each_family(self):
        rows = json.loads(advisories.SAMPLE.read_bytes())
        assert {row["database_specific"]["ecrmock"] for row in rows} == {"sample, for demonstration only"}
        sample = advisories.load([advisories.SAMPLE])
        assert names(sample.match(image("debian", "12", ("deb", "openssl", "3.0.9-1")))) == ["CVE-2023-5363"]
        assert names(sample.match(image("alpine", "3.20.0", ("apk", "openssl", "3.3.0-r0")))) == ["CVE-2024-6119"]
        assert names(sample.match(image("amzn", "2", ("rpm", "sudo", "1.8.23-1")))) == ["CVE-2021-3156"]
        assert all(row["details"] for row in rows)


def record(events=({"introduced": "0"}, {"fixed": "2"}), ecosystem="Debian:12", name="a", **more):
    """An advisory for package a."""
    affected = {"package": {"ecosystem": ecosystem, "name": name}}
    affected["ranges"] = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    affected |= more.pop("affected", {})
    return {"id": "X-1", "modified": "2024-01-02T03:04:05Z", "affected": [affected], **more}


@pytest.fixture
def loaded(tmp_path):
    """A function that loads these records."""

    def load(*records):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(list(records)), "utf-8")
        return advisories.load([path])

    return load


def hits(found, *installed, kind="deb", os="debian", version="12"):
    """Which of these versions of a are affected."""
    return [each for each in installed if found.match(image(os, version, (kind, "a", each)))]


class TestEvents:
    @pytest.mark.parametrize(
        ("events", "affected"),
        [
            ([{"introduced": "0"}], "1 2 3 4 5"),
            ([{"introduced": "0"}, {"fixed": "3"}], "1 2"),
            ([{"introduced": "2"}, {"fixed": "4"}], "2 3"),
            ([{"introduced": "2", "fixed": "4"}], "2 3"),
            ([{"introduced": "0"}, {"last_affected": "3"}], "1 2 3"),
            ([{"introduced": "4"}, {"fixed": "5"}, {"introduced": "0"}, {"fixed": "2"}], "1 4"),
            ([{"fixed": "2"}, {"introduced": "0"}, {"last_affected": "4"}, {"introduced": "4"}], "1 4"),
            ([{"introduced": "0"}, {"limit": "3"}], "1 2"),
            ([{"introduced": "0"}, {"limit": "2"}, {"limit": "4"}], "1 2 3"),
            ([{"introduced": "0"}, {"limit": "*"}], "1 2 3 4 5"),
            ([{"introduced": "0"}, {"fixed": "0"}], ""),
            ([{"introduced": "3"}], "3 4 5"),
            ([{"introduced": "0"}, {"fixed": "no version"}], ""),
            ([], ""),
        ],
    )
    def test_ranges(self, loaded, events, affected):
        assert hits(loaded(record(events)), *"12345") == affected.split()

    def test_fixed_is_the_next_fix_above(self, loaded):
        found = loaded(record([{"introduced": "0"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "5"}]))
        assert [found.match(image("debian", "12", ("deb", "a", each)))[0].fixed for each in "14"] == ["2", "5"]

    def test_versions_named_one_by_one(self, loaded):
        assert hits(loaded(record([], affected={"versions": ["1", "3"]})), *"1234") == ["1", "3"]
        assert hits(loaded(record(affected={"versions": ["4"]})), *"1234") == ["1", "4"]

    def test_ranges_of_other_types_say_nothing(self, loaded):
        ranges = [{"type": "GIT", "repo": "x", "events": [{"introduced": "0"}]}, {"type": "SEMVER", "events": []}]
        assert hits(loaded(record(affected={"ranges": ranges})), "1") == []

    def test_a_withdrawn_one_is_none(self, loaded):
        assert hits(loaded(record(withdrawn="2024-01-01T00:00:00Z")), "1") == []

    def test_modules_are_only_compared_with_modules(self, loaded):
        fixed = "1:20.15.1-1.module_el9.4.0+123+abcdef12"
        found = loaded(record([{"introduced": "0"}, {"fixed": fixed}], ecosystem="AlmaLinux:9"))
        installed = "1:20.1.0-1.module_el9.4.0+100+abc", "1:16.20.2-3.el9"
        assert hits(found, *installed, kind="rpm", os="almalinux", version="9.4") == [installed[0]]


class TestPackages:
    row = record(ecosystem="Debian:12", name="src")

    def match(self, found, *package, os="debian"):
        return names(found.match(image(os, "12" if os == "debian" else "9", package)))

    def test_a_source_is_asked_with_its_own_version(self, loaded):
        assert self.match(loaded(self.row), "deb", "bin", "9", "src", "1") == ["X-1"]
        assert self.match(loaded(self.row), "deb", "bin", "1", "src", "9") == []

    def test_a_binary_is_asked_where_the_source_is_in_no_advisory(self, loaded):
        assert self.match(loaded(record(name="bin")), "deb", "bin", "1", "src", "9") == ["X-1"]
        assert self.match(loaded(record(name="bin"), self.row), "deb", "bin", "1", "src", "9") == []

    def test_an_rpm_is_asked_by_its_own_name_first(self, loaded):
        own, source = record(ecosystem="Rocky Linux:9", name="bin"), record(ecosystem="Rocky Linux:9", name="src")
        assert self.match(loaded(own, source), "rpm", "bin", "9-1", "src", "1-1", os="rocky") == []
        assert self.match(loaded(source), "rpm", "bin", "9-1", "src", "1-1", os="rocky") == ["X-1"]

    def test_one_package_in_two_architectures_is_one_finding(self, loaded):
        twice = [Package("deb", "a", "1", arch) for arch in ("amd64", "i386")]
        assert len(loaded(record()).match(Inventory("debian", "12", tuple(twice)))) == 1


class TestNames:
    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"id": "CVE-2024-0001"}, ["CVE-2024-0001"]),
            ({"id": "DEBIAN-CVE-2024-0001"}, ["CVE-2024-0001"]),
            ({"aliases": ["GHSA-x", "CVE-2024-0001"]}, ["CVE-2024-0001"]),
            ({"upstream": ["CVE-2024-0002", "CVE-2024-0001"]}, ["CVE-2024-0001", "CVE-2024-0002"]),
            ({"related": ["CVE-2024-0001"]}, ["CVE-2024-0001"]),
            ({"upstream": ["CVE-2024-0001"], "related": ["CVE-2024-0002"]}, ["CVE-2024-0001"]),
            ({"aliases": ["GHSA-x"]}, ["X-1"]),
        ],
    )
    def test_a_cve_is_preferred(self, loaded, more, expected):
        assert sorted(names(loaded(record(**more)).match(image("debian", "12", ("deb", "a", "1"))))) == expected


class TestSeverities:
    critical = ({"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},)

    @pytest.mark.parametrize(
        ("more", "severity"),
        [
            ({}, "UNDEFINED"),
            ({"severity": critical}, "CRITICAL"),
            ({"severity": critical, "affected": {"ecosystem_specific": {"urgency": "unimportant"}}}, "INFORMATIONAL"),
            ({"severity": critical, "affected": {"ecosystem_specific": {"urgency": "not yet assigned"}}}, "CRITICAL"),
            ({"severity": critical, "affected": {"database_specific": {"severity": "low"}}}, "LOW"),
            ({"severity": critical, "database_specific": {"severity": "MODERATE"}}, "MEDIUM"),
            ({"severity": [*critical, {"type": "Ubuntu", "score": "negligible"}]}, "INFORMATIONAL"),
            ({"severity": critical, "summary": "Important: a security update"}, "HIGH"),
            ({"affected": {"severity": critical}}, "CRITICAL"),
            ({"severity": [{"type": "CVSS_V3", "score": "no vector"}]}, "UNDEFINED"),
        ],
    )
    def test_the_distributions_word_comes_first(self, loaded, more, severity):
        (found,) = loaded(record(**more)).match(image("debian", "12", ("deb", "a", "1")))
        assert found.severity == severity


class TestFiles:
    def test_one_object_a_list_vulns_and_lines(self, tmp_path):
        one, two = record(id="A-1"), record(id="A-2")
        texts = {
            "one.json": json.dumps(one, indent=1),
            "list.json": json.dumps([one, two]),
            "vulns.json": json.dumps({"vulns": [one, two]}),
            "lines.jsonl": f"{json.dumps(one)}\n\n{json.dumps(two)}\n",
            "bom.json": "\ufeff" + json.dumps(one),
        }
        found = []
        for name, text in texts.items():
            (tmp_path / name).write_text(text, "utf-8")
            found.append(len(advisories.load([tmp_path / name]).match(image("debian", "12", ("deb", "a", "1")))))
        assert found == [1, 2, 2, 2, 1]
        assert len(advisories.load([str(tmp_path)]).match(image("debian", "12", ("deb", "a", "1")))) == 2

    def test_an_archive_as_osv_exports_it(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            archive.writestr("A-1.json", json.dumps(record(id="A-1")))
            archive.writestr("A-2.json", json.dumps(record(id="A-2")))
            archive.writestr("README", "no advisory")
        assert names(advisories.load([tmp_path / "all.zip"]).match(image("debian", "12", ("deb", "a", "1")))) == [
            "A-1",
            "A-2",
        ]

    def test_the_newest_says_when_it_was_updated(self, loaded):
        found = loaded(
            record(modified="2024-01-02T03:04:05Z"),
            record(modified="2024-06-01T02:00:00.123456789+02:00"),
            record(modified="2023-01-01T00:00:00Z"),
        )
        assert found.updated_at == pytest.approx(1717200000.123456)
        assert advisories.load([]).updated_at == 0

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "nonsense",
            "[1]",
            "{}",
            '{"id": "X"}',
            '{"vulns": 3}',
            '{"id": 3, "affected": []}',
            '{"id": "X", "affected": 3}',
            '{"id": "X", "affected": [3]}',
            '{"id": "X", "affected": [], "modified": "yesterday"}',
            '{"id": "X", "affected": [], "aliases": "CVE-2024-0001"}',
            '{"id": "X", "affected": [], "references": [{}]}',
            '{"id": "X", "affected": [{"package": {"ecosystem": "Debian:12"}}]}',
            '{"id": "X", "affected": [{"package": {"ecosystem": "Debian:12", "name": "a"}, "ranges": [{}]}]}',
            (
                '{"id": "X", "affected": [{"package": {"ecosystem": "Debian:12", "name": "a"},'
                ' "ranges": [{"type": "ECOSYSTEM", "events": []}]}]}'
            ),
            "[" * 100_000,
            '{"id": "X", "affected": []} {',
        ],
        ids=lambda text: text[:40],
    )
    def test_what_is_no_osv_is_refused_by_name(self, tmp_path, text):
        (tmp_path / "bad.json").write_text(text, "utf-8")
        with pytest.raises(ValueError, match=r"bad\.json"):
            advisories.load([tmp_path / "bad.json"])

    def test_what_cannot_be_read_is_refused_by_name(self, tmp_path):
        (tmp_path / "bad.zip").write_bytes(b"no archive")
        (tmp_path / "bad.json").write_bytes(b"\xff\xfe\xff")
        for name in ("bad.zip", "bad.json", "absent.json"):
            with pytest.raises(ValueError, match=name):
                advisories.load([tmp_path / name])

    def test_other_ecosystems_are_passed_over(self, loaded):
        assert hits(loaded(record(ecosystem="npm"), {**record(), "affected": [{"versions": ["1"]}]}), "1") == []

    def test_without_univers_the_extra_is_named(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "univers", None)
        with pytest.raises(ImportError, match=r"pip install 'ecrmock\[scan\]'"):
            advisories.load([])


def test_many_advisories_against_many_packages_are_compared_by_index(loaded, monkeypatch):
    rows = [record(id=f"CVE-2024-{number}", name=f"p{number % 5000}") for number in range(10_000, 60_000)]
    found = loaded(*rows)
    packages = [("deb", f"p{number}", "1") for number in range(400)]
    compared, compare = [], versions.compare
    monkeypatch.setattr(versions, "compare", lambda *said: compared.append(said) or compare(*said))
    assert len(found.match(image("debian", "12", *packages))) == 4000
    assert len(compared) == 4000  # not 50,000 x 400
