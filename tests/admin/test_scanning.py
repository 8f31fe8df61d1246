"""What a test tells scans to find: admin paths, in process, moto's path (facts/automation 2.5; docs/scanning.md)."""

import datetime as dt
import itertools
import json
import re
import sys
import threading

import boto3
import pytest
import yaml
from constants import ACCOUNT, CONFIG, LAYER, NOWHERE
from images import descriptor, digest_of, encoded, image_of
from paths import DOCS
from werkzeug.test import Client

from ecrmock import mock_ecr
from ecrmock.domain.scanning import outcomes
from ecrmock.domain.vulnerabilities import severities

DONE = {"status": "COMPLETE", "description": "The scan was completed successfully."}
MOTO = "/moto-api/static/ecr/scan-finding-results"
ON_PUSH = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
BASIC = {
    "name": "CVE-2019-5188",
    "description": "A code execution vulnerability exists.",
    "uri": "http://people.ubuntu.com/~ubuntu-security/cve/CVE-2019-5188",
    "severity": "MEDIUM",
    "attributes": [
        {"key": "package_version", "value": "1.44.1-1ubuntu1.1"},
        {"key": "package_name", "value": "e2fsprogs"},
        {"key": "CVSS2_VECTOR", "value": "AV:L/AC:L/Au:N/C:P/I:P/A:P"},
        {"key": "CVSS2_SCORE", "value": "4.6"},
    ],
}
ENHANCED = {
    "awsAccountId": ACCOUNT,
    "description": "Somebody may.",
    "findingArn": f"arn:aws:inspector2:us-east-1:{ACCOUNT}:finding/0123456789abcdef0123456789abcdef",
    "firstObservedAt": 1_700_000_000.5,
    "packageVulnerabilityDetails": {
        "cvss": [{"baseScore": 9.8, "scoringVector": "CVSS:3.1/AV:N", "source": "NVD", "version": "3.1"}],
        "vulnerabilityId": "CVE-2023-1",
        "source": "DEBIAN_CVE",
        "sourceUrl": "https://security-tracker.debian.org/tracker/CVE-2023-1",
        "vulnerablePackages": [
            {
                "name": "curl",
                "version": "7.88.1",
                "release": "10+deb12u8",
                "epoch": 0,
                "arch": "AMD64",
                "packageManager": "OS",
                "fixedInVersion": "7.88.1-10+deb12u9",
            }
        ],
    },
    "score": 9.8,
    "severity": "CRITICAL",
    "status": "ACTIVE",
    "title": "CVE-2023-1 - curl",
    "type": "PACKAGE_VULNERABILITY",
}


# ten of ten of ten of ...: a million values in a few lines
LAUGHS = b"findings:\n- severity: HIGH\n  a: &a [1,1,1,1,1,1,1,1,1,1]\n" + b"".join(
    f"  {name}: &{name} [{','.join(['*' + before] * 10)}]\n".encode() for before, name in itertools.pairwise("abcdef")
)


class World:
    """A mock with an image that scans see, boto3 and the admin paths."""

    def __init__(self, mock):
        self.mock = mock
        self.web = Client(mock.application)
        self.ecr = boto3.client("ecr", region_name="us-east-1", aws_access_key_id=ACCOUNT, aws_secret_access_key="x")
        self.ecr.put_registry_scanning_configuration(scanType="BASIC", rules=ON_PUSH)

    def layer(self, data, name):
        upload = self.ecr.initiate_layer_upload(repositoryName=name)["uploadId"]
        self.ecr.upload_layer_part(
            repositoryName=name, uploadId=upload, partFirstByte=0, partLastByte=len(data) - 1, layerPartBlob=data
        )
        self.ecr.complete_layer_upload(repositoryName=name, uploadId=upload, layerDigests=[digest_of(data)])

    def push(self, tag="v1", name="team/app", content="one"):
        """An image that says nothing itself; its digest."""
        if not any(row["repositoryName"] == name for row in self.ecr.describe_repositories()["repositories"]):
            self.ecr.create_repository(repositoryName=name)
        config, layer = encoded({"architecture": "arm64", "of": content}), f"layer of {content}".encode()
        for data in (config, layer):
            self.layer(data, name)
        text = json.dumps(image_of(descriptor(config, CONFIG), descriptor(layer, LAYER)))
        return self.ecr.put_image(repositoryName=name, imageManifest=text, imageTag=tag)["image"]["imageId"][
            "imageDigest"
        ]

    def look(self, name="team/app", tag="v1", **more):
        found = self.ecr.describe_image_scan_findings(repositoryName=name, imageId={"imageTag": tag}, **more)
        return found["imageScanStatus"], found.get("imageScanFindings")

    def counts(self, name="team/app", tag="v1"):
        return self.look(name, tag)[1]["findingSeverityCounts"]

    def post(self, path, body, kind="application/json"):
        answer = self.web.post(path, data=body if isinstance(body, bytes) else json.dumps(body), content_type=kind)
        return answer.status_code, answer.json if answer.data else None

    def set(self, body, kind="application/json"):
        return self.post("/_ecrmock/scan-findings", body, kind)

    def enhanced(self):
        self.ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=ON_PUSH)


@pytest.fixture
def world():
    with mock_ecr() as mock:
        yield World(mock)


def test_counts_trip_a_gate_and_are_the_same_each_time(world):
    world.push()
    assert world.look()[0]["status"] == "FAILED"  # a layer that is none
    assert world.set({"repository": "team/*", "counts": {"CRITICAL": 1, "high": 3}}) == (200, {"set": 1})
    status, findings = world.look()
    assert status == DONE
    assert findings["findingSeverityCounts"] == {"CRITICAL": 1, "HIGH": 3}
    assert [row["severity"] for row in findings["findings"]] == ["CRITICAL"] + ["HIGH"] * 3
    assert world.look()[1] == findings
    world.push("v2", content="two")
    assert world.counts(tag="v2") == {"CRITICAL": 1, "HIGH": 3}
    other = {row["name"] for row in world.look(tag="v2")[1]["findings"]}
    assert not other & {row["name"] for row in findings["findings"]}


def test_the_entry_set_last_answers_and_clearing_shows_the_scan_again(world):
    digest = world.push()
    world.push("other", content="other")
    before = world.look()
    world.set([{"counts": {"LOW": 1}}, {"digest": digest, "counts": {"LOW": 2}}, {"tag": "v*", "counts": {"LOW": 3}}])
    assert world.counts() == {"LOW": 3}
    listed = world.web.get("/_ecrmock/scan-findings").json["entries"]
    assert listed == [
        {"counts": {"LOW": 1}},
        {"digest": digest, "counts": {"LOW": 2}},
        {"tag": "v*", "counts": {"LOW": 3}},
    ]
    assert world.web.delete("/_ecrmock/scan-findings?tag=v*").json == {"cleared": 1}
    assert world.counts() == {"LOW": 2}
    assert world.web.delete("/_ecrmock/scan-findings?digest=sha256:00").json == {"cleared": 0}
    assert world.web.delete("/_ecrmock/scan-findings").json == {"cleared": 2}
    assert world.look() == before


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        ({}, True),
        ({"repository": "team/app"}, True),
        ({"repository": "*/app", "tag": "v?"}, False),
        ({"repository": "team"}, False),
        ({"tag": "v1", "account": ACCOUNT, "region": "us-east-1"}, True),
        ({"tag": "v1", "account": "111122223333"}, False),
        ({"tag": "v1", "region": "eu-west-1"}, False),
        ({"digest": NOWHERE}, False),
    ],
)
def test_an_entry_is_for_the_images_that_its_selector_takes(world, selector, taken):
    world.push()
    assert world.set({**selector, "counts": {"HIGH": 1}})[0] == 200
    assert (world.look()[0] == DONE) == taken


def test_findings_in_ecrs_own_form_come_back_as_they_were(world):
    world.push()
    world.set({"findings": [BASIC]})
    assert world.look()[1]["findings"] == [BASIC]
    assert world.counts() == {"MEDIUM": 1}
    world.enhanced()
    (found,) = world.look()[1]["enhancedFindings"]
    assert (found["severity"], found["title"]) == ("MEDIUM", "CVE-2019-5188 - e2fsprogs")
    package = found["packageVulnerabilityDetails"]["vulnerablePackages"][0]
    assert (package["name"], package["version"], package["release"]) == ("e2fsprogs", "1.44.1", "1ubuntu1.1")
    assert (found["score"], found["scoreDetails"]["cvss"]["version"]) == (4.6, "2.0")


def test_findings_in_inspectors_form_come_back_as_they_were_and_basic_scanning_words_them(world):
    world.push()
    world.set({"enhancedFindings": [ENHANCED]})
    (found,) = world.look()[1]["findings"]
    values = {row["key"]: row["value"] for row in found["attributes"]}
    assert (found["name"], found["severity"], found["description"]) == ("CVE-2023-1", "CRITICAL", "Somebody may.")
    assert values == {
        "package_name": "curl",
        "package_version": "7.88.1-10+deb12u8",
        "CVSS3_SCORE": "9.8",
        "CVSS3_VECTOR": "CVSS:3.1/AV:N",
    }
    world.enhanced()
    (found,) = world.look()[1]["enhancedFindings"]
    assert found.pop("firstObservedAt").timestamp() == 1_700_000_000.5
    assert found == {name: value for name, value in ENHANCED.items() if name != "firstObservedAt"}


def test_basic_scanning_leaves_out_what_is_no_package_of_the_system(world):
    world.push()
    package = {"name": "left-pad", "version": "1.0.0", "packageManager": "NPM"}
    inner = {"vulnerabilityId": "CVE-2023-2", "vulnerablePackages": [package]}
    world.set({"findings": [BASIC], "enhancedFindings": [{**ENHANCED, "packageVulnerabilityDetails": inner}]})
    assert [row["name"] for row in world.look()[1]["findings"]] == ["CVE-2019-5188"]
    assert world.counts() == {"MEDIUM": 1}
    world.enhanced()
    assert world.counts() == {"CRITICAL": 1, "MEDIUM": 1}


def test_lines_of_text_and_yaml(world):
    world.push()
    text = """
    - repository: team/*
      findings: |
        CVE-2026-1234 high openssl 3.0.11-1 3.0.13-1
        CVE-2026-9 negligible zlib 1:1.3
        GHSA-1 Unknown
    """
    assert world.set(text.encode(), "application/yaml") == (200, {"set": 1})
    found = world.look()[1]
    assert found["findingSeverityCounts"] == {"HIGH": 1, "INFORMATIONAL": 1, "UNDEFINED": 1}
    assert [row["name"] for row in found["findings"]] == ["CVE-2026-1234", "CVE-2026-9", "GHSA-1"]
    listed = world.web.get("/_ecrmock/scan-findings").json["entries"][0]["findings"]
    assert listed[:2] == ["CVE-2026-1234 HIGH openssl 3.0.11-1 3.0.13-1", "CVE-2026-9 INFORMATIONAL zlib 1:1.3"]
    assert listed[2:] == ["GHSA-1 UNDEFINED"]
    world.enhanced()
    first, second, third = world.look()[1]["enhancedFindings"]
    assert world.counts() == {"HIGH": 1, "INFORMATIONAL": 1, "UNTRIAGED": 1}
    package = first["packageVulnerabilityDetails"]["vulnerablePackages"][0]
    assert package == {
        "arch": "ARM64",
        "epoch": 0,
        "name": "openssl",
        "packageManager": "OS",
        "version": "3.0.11",
        "release": "1",
        "fixedInVersion": "3.0.13-1",
    }
    assert (first["fixAvailable"], second["fixAvailable"]) == ("YES", "NO")
    package = second["packageVulnerabilityDetails"]["vulnerablePackages"][0]
    assert (package["epoch"], package["version"], package["fixedInVersion"]) == (1, "1.3", "NotAvailable")
    assert third["severity"] == "UNTRIAGED"
    assert third["packageVulnerabilityDetails"]["vulnerablePackages"] == []


def test_a_status_may_be_set_and_an_empty_list_is_an_empty_list(world):
    world.push()
    for status, told in (
        ("UNSUPPORTED_IMAGE", {"status": "UNSUPPORTED_IMAGE"}),
        ("FAILED", {"status": "FAILED", "description": "because"}),
        ("FINDINGS_UNAVAILABLE", {"status": "FINDINGS_UNAVAILABLE"}),
    ):
        entry = {"status": status, **({"description": "because"} if status == "FAILED" else {})}
        assert world.set(entry)[0] == 200
        assert world.look() == (told, None)
    assert world.set({"findings": []})[0] == 200
    status, found = world.look()
    assert (status, found["findings"], found["findingSeverityCounts"]) == (DONE, [], {})


def test_all_members_of_an_enhanced_finding(world):
    digest = world.push()
    world.set({"counts": {"HIGH": 1}})
    world.enhanced()
    (found,) = world.look()[1]["enhancedFindings"]
    assert found["awsAccountId"] == ACCOUNT
    assert found["findingArn"].startswith(f"arn:aws:inspector2:us-east-1:{ACCOUNT}:finding/")
    assert len(found["findingArn"].rpartition("/")[2]) == 32
    details = found["packageVulnerabilityDetails"]
    assert details["cvss"][0]["baseScore"] == found["score"] == found["scoreDetails"]["cvss"]["score"] == 7.5
    assert found["title"] == f"{details['vulnerabilityId']} - {details['vulnerablePackages'][0]['name']}"
    (resource,) = found["resources"]
    assert resource["id"] == f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app/{digest}"
    image = resource["details"]["awsEcrContainerImage"]
    assert (image["architecture"], image["imageHash"], image["imageTags"]) == ("arm64", digest, ["v1"])
    assert (image["registry"], image["repositoryName"]) == (ACCOUNT, "team/app")
    assert found["exploitAvailable"] == "NO"
    assert found["remediation"]["recommendation"]["text"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([], "the list is empty; DELETE clears what is set"),
        (None, "an entry is an object"),
        ([{"counts": {"HIGH": 1}}, 5], "entry 2: an entry is an object"),
        ({}, "give findings, enhancedFindings, counts or status"),
        ({"tag": "v1"}, "give findings, enhancedFindings, counts or status"),
        ({"count": {"HIGH": 1}}, "there is no count; there are repository, tag, digest, account, region, findings,"),
        ({"counts": {"SEVERE": 1}}, "'SEVERE' is no severity; there are CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL"),
        ({"counts": {"HIGH": -1}}, "the count of 'HIGH' is -1, not a number from 0"),
        ({"counts": {"HIGH": True}}, "the count of 'HIGH' is True, not a number from 0"),
        ({"counts": {"HIGH": 10_001}}, "at most 10000 findings are made up"),
        ({"counts": [1]}, 'counts are an object such as {"HIGH": 2}'),
        ({"counts": {"HIGH": 1}, "findings": {"HIGH": 1}}, "findings and counts both count"),
        ({"status": "GREEN"}, "'GREEN' is no status; there are COMPLETE, FAILED"),
        ({"status": "FAILED", "description": 5}, "description is not a text"),
        ({"counts": {}, "account": 123456789012}, "account is a number: put its twelve digits in quotes"),
        ({"counts": {}, "account": "12"}, "an account is twelve digits"),
        ({"counts": {}, "tag": ["v1"]}, "tag is not a text"),
        ({"counts": {}, "digest": "latest"}, "'latest' is no digest"),
        ({"findings": 5}, "findings is a list of findings, lines of text, or counts"),
        ({"findings": [5]}, "findings holds 5, neither an object nor a line of text"),
        ({"findings": ["CVE-1"]}, "'CVE-1': give NAME SEVERITY PACKAGE VERSION FIXED"),
        ({"findings": ["CVE-1 SEVERE"]}, "'SEVERE' is no severity"),
        ({"findings": [{**BASIC, "severity": "SEVERE"}]}, "'SEVERE' is no severity"),
        ({"findings": [{**BASIC, "attributes": [{"value": "x"}]}]}, "a finding is not as in ECR's model: "),
        ({"findings": [{**BASIC, "color": "red"}]}, "ECR's model knows no color in a finding (ImageScanFinding)"),
        (
            {"enhancedFindings": [{**ENHANCED, "resources": [{"color": "red"}]}]},
            "ECR's model knows no resources.1.member.color in a finding (EnhancedImageScanFinding)",
        ),
        ({"findings": [{**BASIC, "color": None}]}, "ECR's model knows no color in a finding (ImageScanFinding)"),
        (
            {"enhancedFindings": [{**ENHANCED, "score": "9"}]},
            "a finding is not as in ECR's model: STRING_VALUE can not be converted to a Double",
        ),
        ({"enhancedFindings": [{**ENHANCED, "updatedAt": "soon"}]}, "JSON of AWS: Invalid isoformat string: 'soon'"),
        (b"{", "the body is not JSON; YAML needs a Content-Type of application/yaml"),
        (b'{"status": "FAILED", "description": "\\ud800"}', "the body holds text that is no Unicode"),
        (b'{"enhancedFindings": [{"score": 1e999}]}', "the body is not JSON; YAML"),
        (b'{"enhancedFindings": [{"score": NaN}]}', "the body is not JSON; YAML"),
        (b"[" * 100_000, "the body is not JSON; YAML needs a Content-Type of application/yaml"),
        (b'[{"findings":[' + b'{"resources":[' * 400 + b"]}" * 400 + b"]}]", "entry 1: it is nested too deep"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_and_changes_nothing(world, body, sentence):
    before = world.mock.world.store.dump()
    status, answer = world.set(body)
    assert status == 400
    assert answer["error"].startswith(sentence)
    assert world.mock.world.store.dump() == before


@pytest.mark.parametrize(
    "body",
    [
        b"a: [",
        b"- counts: {HIGH: 1}\n  account: 2026-13-45",
        b"!!python/object:os.system {}",
        b"&a [*a]",
        b"a: &a {findings: [*a]}",
        b"\xff",
        b'{tag: a, status: FAILED, description: "\\ud800"}',
        b"counts: {HIGH: 1}\nfindings: [&a [x,x,x,x,x,x,x,x,x], &b [*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b]]",
        pytest.param(LAUGHS, id="many laughs"),
    ],
)
def test_yaml_that_makes_no_sense_is_refused(world, body):
    status, answer = world.set(body, "application/x-yaml")
    assert (status, set(answer)) == (400, {"error"})


def test_a_query_that_makes_no_sense_is_refused(world):
    for method in (world.web.delete,):
        answer = method("/_ecrmock/scan-findings?repo=a")
        expected = "there is no repo; there are repository, tag, digest, account, region"
        assert (answer.status_code, answer.json) == (400, {"error": expected})
    assert world.web.put("/_ecrmock/scan-findings").status_code == 405


# -- in process


def test_in_process_the_same_by_keyword_and_by_list():
    with mock_ecr() as mock:
        world = World(mock)
        world.push()
        mock.scan_findings(repository="team/*", counts={"HIGH": 1})
        assert world.counts() == {"HIGH": 1}
        mock.scan_findings([{"tag": "v1", "findings": ["CVE-1 LOW"]}])
        assert world.counts() == {"LOW": 1}
        assert mock.clear_scan_findings(tag="v1") == 1
        assert world.counts() == {"HIGH": 1}
        with pytest.raises(ValueError, match="there is no color"):
            mock.scan_findings(color="red")
        answer = world.ecr.describe_image_scan_findings(repositoryName="team/app", imageId={"imageTag": "v1"})
        moment = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
        mock.scan_findings(findings=answer["imageScanFindings"]["findings"])
        mock.scan_findings(
            tag="v1", enhancedFindings=[{**ENHANCED, "firstObservedAt": moment, "updatedAt": "2026-01-02"}]
        )
        world.enhanced()
        (found,) = world.look()[1]["enhancedFindings"]
        assert found["firstObservedAt"] == found["updatedAt"] == moment


def test_threads_that_set_and_look_see_one_thing_or_the_other(world):
    world.push()
    world.set({"counts": {"HIGH": 1}})
    seen, over = set(), threading.Event()

    def look():
        last = False
        while not last:
            last = over.is_set()
            found = world.ecr.describe_image_scan_findings(repositoryName="team/app", imageId={"imageTag": "v1"})
            counted = found["imageScanFindings"]["findingSeverityCounts"]
            assert counted["HIGH"] == len(found["imageScanFindings"]["findings"])
            seen.add(counted["HIGH"])

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 20):
        world.mock.scan_findings(counts={"HIGH": number})
    over.set()
    for thread in threads:
        thread.join(30)
    assert 19 in seen
    assert seen <= set(range(1, 20))


# -- moto's path


def answer_of(tag=None, mark="MEDIUM", **image):
    return {
        "registryId": ACCOUNT,
        "repositoryName": "team/app",
        "imageId": {"imageTag": tag} if tag else image,
        "imageScanStatus": DONE,
        "imageScanFindings": {"enhancedFindings": [], "findingSeverityCounts": {mark: 1, "UNTRIAGED": 1}},
    }


def test_a_test_written_for_moto_queues_whole_answers(world):
    digest = world.push()
    first, second = answer_of("v1", "LOW"), answer_of(mark="HIGH", imageDigest=digest)
    away = answer_of("other", "CRITICAL")
    assert world.post(MOTO, {"results": [first, away, second]}) == (201, None)

    def look(**image):
        found = world.ecr.describe_image_scan_findings(repositoryName="team/app", imageId=image)
        del found["ResponseMetadata"]
        return found

    assert look(imageTag="v1") == first
    assert look(imageTag="v1") == first  # the same question, the same answer
    assert look(imageDigest=digest) == second
    assert look(imageTag="v1") == first
    assert look(imageDigest=digest, imageTag="v1")["imageScanStatus"]["status"] == "FAILED"  # none is left


def test_an_answer_without_image_is_for_any_and_waits_in_its_region(world):
    world.push()
    assert world.post(MOTO, {"results": [answer_of()], "region": "eu-west-1"})[0] == 201
    assert world.look()[0]["status"] == "FAILED"
    assert world.post(MOTO, {"results": [answer_of()], "region": "us-east-1", "account_id": ACCOUNT})[0] == 201
    assert world.look()[1]["findingSeverityCounts"] == {"MEDIUM": 1, "UNTRIAGED": 1}
    world.mock.scan_results({"results": [answer_of("v2")]})
    world.push("v2", content="two")
    assert world.look(tag="v2")[1]["findingSeverityCounts"] == {"MEDIUM": 1, "UNTRIAGED": 1}


def test_the_first_image_that_is_asked_for_has_the_answers_that_name_none(world):
    digest = world.push()
    world.push("v2", content="two")
    world.post(MOTO, {"results": [answer_of(mark="LOW"), answer_of(mark="HIGH")]})
    assert world.counts() == {"LOW": 1, "UNTRIAGED": 1}
    assert world.look(tag="v2")[0]["status"] == "FAILED"
    found = world.ecr.describe_image_scan_findings(repositoryName="team/app", imageId={"imageDigest": digest})
    assert found["imageScanFindings"]["findingSeverityCounts"] == {"HIGH": 1, "UNTRIAGED": 1}


def test_queued_answers_need_a_scan_and_go_with_the_image(world):
    world.ecr.put_registry_scanning_configuration()
    digest = world.push()
    world.post(MOTO, {"results": [answer_of("v1")]})
    with pytest.raises(world.ecr.exceptions.ScanNotFoundException):
        world.look()
    world.ecr.start_image_scan(repositoryName="team/app", imageId={"imageTag": "v1"})
    assert world.look()[1]["findingSeverityCounts"] == {"MEDIUM": 1, "UNTRIAGED": 1}
    world.ecr.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": digest}])
    assert not {"scan-answers", "scan-answers-waiting", "scan-answers-taken"} & set(world.mock.world.store.dump())


@pytest.mark.parametrize(
    "body",
    [
        [],
        5,
        {},
        {"results": 5},
        {"results": [5]},
        {"results": [{}]},
        {"results": [{"repositoryName": "a"}]},
        {"results": [{"repositoryName": "a", "imageId": {"imageTag": 5}}]},
        {"results": [], "account_id": 5},
        {"results": [], "account_id": "12"},
        {"results": [], "region": 5},
        b"nonsense",
    ],
)
def test_what_motos_path_does_not_understand_is_refused(world, body):
    status, answer = world.post(MOTO, body)
    assert (status, set(answer)) == (400, {"error"})


def test_motos_path_takes_only_posts(world):
    assert world.web.get(MOTO).status_code == 405
    assert world.web.post("/moto-api/static/ecr/other").status_code == 404


def test_the_same_entry_in_yaml_as_in_json(world):
    world.push()
    entry = {"repository": "team/app", "findings": [BASIC]}
    assert world.set(yaml.safe_dump(entry).encode(), "text/yaml; charset=utf-8") == (200, {"set": 1})
    assert world.look()[1]["findings"] == [BASIC]


# -- reports of other scanners


def vulnerability(name, severity, package, version, fixed=None):
    """One of Trivy's."""
    row = {"VulnerabilityID": name, "PkgName": package, "InstalledVersion": version, "Severity": severity}
    return {**row, "FixedVersion": fixed} if fixed else row


def trivy(**metadata):
    """A report of Trivy's over an image."""
    system = [
        vulnerability("CVE-2024-1", "HIGH", "libssl3", "3.0.9-1", "3.0.11-1"),
        vulnerability("CVE-2024-2", "UNKNOWN", "bash", "5.2-1"),
    ]
    node = [vulnerability("CVE-2024-3", "CRITICAL", "left-pad", "1.0.0", "1.0.1")]
    return {
        "SchemaVersion": 2,
        "ArtifactName": "team/app:v1",
        "Metadata": metadata,
        "Results": [
            {"Target": "debian", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": system},
            {"Target": "package-lock.json", "Class": "lang-pkgs", "Type": "npm", "Vulnerabilities": node},
        ],
    }


def blobs_of(world, digest):
    answer = world.ecr.batch_get_image(repositoryName="team/app", imageIds=[{"imageDigest": digest}])
    manifest = json.loads(answer["images"][0]["imageManifest"])
    return manifest["config"]["digest"], [row["digest"] for row in manifest["layers"]]


@pytest.mark.parametrize("by", ["manifest", "config", "layers"])
def test_a_report_is_for_the_image_that_it_names(world, by):
    digest = world.push()
    world.push("v2", content="two")
    config, layers = blobs_of(world, digest)
    metadata = {
        "manifest": {"RepoDigests": [f"team/app@{digest}"]},
        "config": {"ImageID": config},
        "layers": {"Layers": [{"Digest": layer} for layer in layers]},
    }[by]
    status, answer = world.post("/_ecrmock/scan-reports", trivy(**metadata))
    assert (status, [row["findings"] for row in answer["imported"]]) == (200, [3])
    found = world.look()[1]
    assert found["findingSeverityCounts"] == {"HIGH": 1, "UNDEFINED": 1}  # packages of the system only
    assert world.look(tag="v2")[0]["status"] == "FAILED"
    world.enhanced()
    found = world.look()[1]
    assert found["findingSeverityCounts"] == {"CRITICAL": 1, "HIGH": 1, "UNTRIAGED": 1}
    package = found["enhancedFindings"][0]["packageVulnerabilityDetails"]["vulnerablePackages"][0]
    assert (package["packageManager"], package["name"], package["version"]) == ("NPM", "left-pad", "1.0.0")
    assert "release" not in package


def test_a_report_is_for_the_images_that_the_import_names(world):
    world.push()
    world.push("v2", content="two")
    status, answer = world.post("/_ecrmock/scan-reports", trivy())
    assert (status, answer) == (
        400,
        {"error": "the report does not say of which image it is: give repository, tag or digest"},
    )
    path = "/_ecrmock/scan-reports?repository=team/*&tag=v2"
    assert world.post(path, trivy())[0] == 200
    assert world.counts(tag="v2") == {"HIGH": 1, "UNDEFINED": 1}
    assert world.look()[0]["status"] == "FAILED"
    (listed,) = world.web.get("/_ecrmock/scan-reports").json["reports"]
    assert listed == {"repository": "team/*", "tag": "v2", "images": [], "findings": 3}
    world.set({"tag": "v2", "counts": {"LOW": 1}})
    assert world.counts(tag="v2") == {"LOW": 1}  # what a test sets comes first
    world.web.delete("/_ecrmock/scan-findings")
    assert world.web.delete("/_ecrmock/scan-reports?tag=v2").json == {"cleared": 1}
    assert world.look(tag="v2")[0]["status"] == "FAILED"


def test_a_saved_answer_comes_back_and_the_later_report_answers(world, tmp_path):
    digest = world.push()
    world.set({"findings": [BASIC], "counts": {"HIGH": 2}})
    saved = world.ecr.describe_image_scan_findings(repositoryName="team/app", imageId={"imageTag": "v1"})
    world.web.delete("/_ecrmock/scan-findings")
    world.mock.scan_report(trivy(RepoDigests=[f"team/app@{digest}"]))
    assert world.counts() == {"HIGH": 1, "UNDEFINED": 1}
    world.mock.scan_report(saved)  # boto3's answer, times and all
    assert world.counts() == {"HIGH": 2, "MEDIUM": 1}
    world.mock.scan_report(trivy(RepoDigests=[f"team/app@{digest}"]))
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(saved, default=str))
    world.mock.scan_report(path)
    assert world.look()[1]["findings"] == saved["imageScanFindings"]["findings"]
    assert world.counts() == {"HIGH": 2, "MEDIUM": 1}


def test_findings_of_inspector_are_imported(world):
    digest = world.push()
    details = {"awsEcrContainerImage": {"imageHash": digest, "registry": ACCOUNT, "repositoryName": "team/app"}}
    resource = {"type": "AWS_ECR_CONTAINER_IMAGE", "id": "x", "details": details}
    finding = {**ENHANCED, "resources": [resource], "firstObservedAt": "2026-01-02T00:00:00+00:00"}
    assert world.post("/_ecrmock/scan-reports", {"findings": [finding]})[0] == 200
    assert world.counts() == {"CRITICAL": 1}
    world.enhanced()
    (found,) = world.look()[1]["enhancedFindings"]
    assert found["firstObservedAt"].isoformat() == "2026-01-02T00:00:00+00:00"


def test_an_imported_finding_may_have_a_severity_of_no_scale(world):
    world.push()
    world.enhanced()
    finding = {**ENHANCED, "severity": "SEVERE"}  # free text in the model
    answer = {"imageScanStatus": DONE, "imageScanFindings": {"enhancedFindings": [finding]}}
    assert world.post("/_ecrmock/scan-reports?tag=v1", answer)[0] == 200
    found = world.look()[1]
    assert found["findingSeverityCounts"] == {"UNTRIAGED": 1}
    assert found["enhancedFindings"][0]["severity"] == "SEVERE"


def test_reports_of_no_known_form_are_refused(world):
    for body in ({}, [], 5, {"SchemaVersion": 1, "Results": []}, {"findings": [{**ENHANCED, "resources": []}]}):
        status, answer = world.post("/_ecrmock/scan-reports?tag=v1", body)
        assert (status, set(answer)) == (400, {"error"}), body
    assert world.mock.world.store.dump().get("scan-reports") is None
    with pytest.raises(ValueError, match="no known form"):
        world.mock.scan_report({}, tag="v1")


@pytest.mark.parametrize("number", [1e300, -1, 11, "nan", "inf"])
def test_a_score_of_no_scale_is_refused(world, number):
    rated = {"VulnerabilityID": "CVE-1", "PkgName": "zlib", "CVSS": {"nvd": {"V3Score": number}}}
    trivy = {"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [rated]}]}
    attributes = [{"key": "CVSS3_SCORE", "value": str(number)}]
    saved = {"imageScanFindings": {"findings": [{"name": "CVE-1", "severity": "HIGH", "attributes": attributes}]}}
    match = {"vulnerability": {"id": "CVE-1", "cvss": [{"version": "3.1", "metrics": {"baseScore": number}}]}}
    grype = {"source": {}, "matches": [{**match, "artifact": {"name": "zlib"}}]}
    for report in (trivy, saved, grype):
        status, answer = world.post("/_ecrmock/scan-reports?tag=v1", report)
        assert status == 400
        assert answer["error"].endswith("is no score from 0 to 10")


def test_a_report_that_needs_the_extra_says_so(world, monkeypatch):
    severities._scored.cache_clear()
    monkeypatch.setitem(sys.modules, "cvss", None)
    rating = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
    package = {"name": "zlib", "version": "1", "ecosystem": "Debian:12"}
    row = {"package": package, "vulnerabilities": [{"id": "CVE-2024-1", "severity": [rating]}]}
    status, answer = world.post("/_ecrmock/scan-reports?tag=v1", {"results": [{"packages": [row]}]})
    assert status == 400
    assert answer["error"].endswith("pip install 'ecrmock[scan]'")


# -- the page


PAGE = DOCS / "scanning.md"


def test_the_examples_of_the_page_work(world):
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {}
    exec(compile(block, str(PAGE), "exec"), names)
    for name, value in names.items():
        if name.startswith("test_"):
            value()
    (text,) = re.findall(r"<<'YAML'\n(.*?)YAML\n", PAGE.read_text(), re.DOTALL)
    world.push()
    world.push("v2", content="two")
    assert world.set(text.encode(), "application/yaml") == (200, {"set": 2})
    assert world.counts() == {"CRITICAL": 1, "HIGH": 3}
    assert world.counts(tag="v2") == {"HIGH": 1, "LOW": 1}


def test_the_page_is_the_one_that_the_finding_links():
    assert (PAGE.parents[1] / outcomes.PAGE).read_text() == PAGE.read_text()
    assert outcomes.NO_SOURCE in PAGE.read_text()
