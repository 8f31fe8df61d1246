"""Scans that read the layers of images: Debian, Alpine, RPM; with advisories, without, and with nothing to read."""

import contextlib
import gzip
import json
import logging

import boto3
import image_layers
import pytest
from constants import CONFIG, LAYER, OCI
from images import encoded, image_of
from layouts import Layout
from paths import FIXTURES
from werkzeug.test import Client

from ecrmock import mock_ecr
from ecrmock.domain.scanning.events import ScanCompleted
from ecrmock.domain.vulnerabilities import inventory

APP = "team/app"
DONE = {"status": "COMPLETE", "description": "The scan was completed successfully."}
EVERY = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
UNSUPPORTED = "UnsupportedImageError: The operating system and/or package manager are not supported."
HEADERS = (
    image_layers.header("openssl-libs", "3.0.7", "24.el9", epoch=1),
    image_layers.header("glibc", "2.34", "60.el9"),
)
IMAGES = {
    "debian": (
        {
            "etc/os-release": image_layers.DEBIAN,
            "var/lib/dpkg/status": image_layers.dpkg(
                ("libssl3", "3.0.11-1~deb12u1", {"Source": "openssl"}),
                ("bash", "5.2.15-2+b2"),
                ("zlib1g", "1:1.2.13-1"),
            ),
        },
        3,
        "DEBIAN_12",
    ),
    "alpine": (
        {
            "etc/os-release": image_layers.ALPINE,
            "lib/apk/db/installed": image_layers.apk(("libssl3", "3.3.0-r1", "openssl"), ("musl", "1.2.5-r0", "musl")),
        },
        2,
        "ALPINE_LINUX_3_20",
    ),
    "rocky": (
        {"etc/os-release": image_layers.ROCKY, "var/lib/rpm/rpmdb.sqlite": image_layers.rpmdb(*HEADERS)},
        2,
        "ROCKY_LINUX_9",
    ),
}


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def packed(files):
    return gzip.compress(image_layers.tar(files), 1, mtime=0)


def push(kit, tag, *layers, architecture="amd64", name=APP):
    """Push an image of these files, bottom layer first; its digest."""
    config = json.dumps({"architecture": architecture, "os": "linux", "of": tag}).encode()
    blobs = [packed(files) for files in layers]
    for blob in (config, *blobs):
        if kit.availability(kit.sha256(blob), name) != "AVAILABLE":
            kit.layer(blob, name)
    manifest = kit.manifest(config, *blobs)
    kit.put(manifest, tag, name)
    return kit.sha256(manifest)


def start(kit, tag):
    return kit.client.start_image_scan(repositoryName=APP, imageId={"imageTag": tag})


def look(kit, tag):
    found = kit.client.describe_image_scan_findings(repositoryName=APP, imageId={"imageTag": tag})
    return found["imageScanStatus"], found.get("imageScanFindings")


@pytest.mark.parametrize("system", IMAGES)
def test_without_advisories_one_finding_says_that_nobody_knows(kit, system, caplog):
    files, number, platform = IMAGES[system]
    digest = push(kit, "v1", files)
    start(kit, "v1")
    with caplog.at_level(logging.WARNING, "ecrmock"):
        status, found = look(kit, "v1")
    assert status == DONE
    (finding,) = found["findings"]
    assert (finding["name"], finding["severity"]) == ("ECRMOCK-NO-ADVISORY-SOURCE", "INFORMATIONAL")
    assert finding["description"].startswith(f"{number} packages were found in the image")
    assert finding["uri"] == "docs/scanning.md"
    assert found["findingSeverityCounts"] == {"INFORMATIONAL": 1}
    assert [digest in record.getMessage() for record in caplog.records] == [True]
    kit.advance(25 * 3600)
    start(kit, "v1")
    look(kit, "v1")
    kit.client.put_registry_scanning_configuration(scanType="ENHANCED", rules=EVERY)
    status, found = look(kit, "v1")
    assert len(caplog.records) == 1  # once an image
    assert status == DONE
    (finding,) = found["enhancedFindings"]
    assert (finding["severity"], finding["title"]) == (
        "INFORMATIONAL",
        "ECRMOCK-NO-ADVISORY-SOURCE - no source of advisories",
    )
    image = finding["resources"][0]["details"]["awsEcrContainerImage"]
    assert (image["platform"], image["architecture"]) == (platform, "amd64")


def test_an_image_with_nothing_to_read_is_not_supported(kit):
    push(kit, "scratch", {"app": b"\x7fELF"})
    start(kit, "scratch")
    assert look(kit, "scratch") == ({"status": "FAILED", "description": UNSUPPORTED}, None)
    kit.client.put_registry_scanning_configuration(scanType="ENHANCED", rules=EVERY)
    assert look(kit, "scratch") == ({"status": "UNSUPPORTED_IMAGE"}, None)


@pytest.mark.parametrize("options", [{"scratch_completes": True}])
def test_a_scan_of_nothing_may_be_complete_but_no_clean_bill(kit):
    push(kit, "scratch", {"app": b"\x7fELF"})
    start(kit, "scratch")
    status, found = look(kit, "scratch")
    assert status == DONE
    assert [row["name"] for row in found["findings"]] == ["ECRMOCK-NO-ADVISORY-SOURCE"]
    assert found["findings"][0]["description"].startswith("0 packages were found")


@pytest.mark.parametrize("options", [{"lenient": True}])
def test_an_image_without_its_bytes_is_scanned_and_says_so(kit):
    """Tests written for other mocks wait for COMPLETE; an empty list would read as a clean bill."""
    config, layer = b"{}", b"nowhere"
    kit.put(kit.manifest(config, layer), "v1")
    start(kit, "v1")
    status, found = look(kit, "v1")
    assert status == DONE
    (finding,) = found["findings"]
    assert (finding["name"], finding["severity"]) == ("ECRMOCK-NO-ADVISORY-SOURCE", "INFORMATIONAL")
    assert f"its layer {kit.sha256(layer)} was never uploaded" in finding["description"]


def test_a_layer_that_was_deleted_by_hand_fails_the_scan(kit):
    push(kit, "v1", IMAGES["debian"][0])
    (image,) = kit.client.batch_get_image(repositoryName=APP, imageIds=[{"imageTag": "v1"}])["images"]
    (layer,) = json.loads(image["imageManifest"])["layers"]
    token = kit.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    answer = Client(kit.mock.application).delete(
        f"/v2/{APP}/blobs/{layer['digest']}", headers={"Authorization": f"Basic {token}"}
    )
    assert answer.status_code == 202
    start(kit, "v1")
    status, found = look(kit, "v1")
    assert (status["status"], found) == ("FAILED", None)
    assert layer["digest"] in status["description"]


def test_a_scan_that_breaks_fails_and_is_not_in_progress_for_ever(kit, monkeypatch):
    push(kit, "v1", IMAGES["debian"][0])

    def read(_layers):
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr(inventory, "read", read)
    start(kit, "v1")
    assert look(kit, "v1") == ({"status": "FAILED", "description": "The scan failed: by accident"}, None)
    assert kit.mock.world.schedule.failed() == []


def test_what_is_read_may_go_meanwhile(kit, monkeypatch):
    """No lock is held while layers are read, and the bytes of a layer outlive it."""
    digest = push(kit, "v1", IMAGES["debian"][0])
    read, seen = inventory.read, []

    def slowly(layers):
        kit.client.batch_delete_image(repositoryName=APP, imageIds=[{"imageDigest": digest}])
        kit.client.delete_repository(repositoryName=APP, force=True)
        assert kit.mock.world.blobs.names() == set()
        seen.append(len(read(layers).packages))
        return read(layers)

    monkeypatch.setattr(inventory, "read", slowly)
    start(kit, "v1")
    assert kit.client.describe_repositories()["repositories"] == []
    assert seen == [3]
    assert not kit.mock.world.store.dump().get("scans")
    assert kit.mock.world.schedule.failed() == []


def test_an_image_that_is_pushed_again_while_it_is_scanned_is_scanned_again(kit, monkeypatch):
    kit.client.put_registry_scanning_configuration(rules=EVERY)
    read, seen = inventory.read, []

    def slowly(layers):
        if not seen:
            seen.append(True)
            kit.client.batch_delete_image(repositoryName=APP, imageIds=[{"imageTag": "v1"}])
            push(kit, "v1", IMAGES["debian"][0])
            kit.advance(60)
            return read([])
        return read(layers)

    monkeypatch.setattr(inventory, "read", slowly)
    push(kit, "v1", IMAGES["debian"][0])
    status, found = look(kit, "v1")
    assert (status, len(found["findings"])) == (DONE, 1)
    assert found["findings"][0]["description"].startswith("3 packages")


def test_a_large_layer_is_read_from_its_file(kit):
    """Above a mebibyte a layer is a temporary file."""
    noise = bytes(range(256)) * 6000
    files = {"noise": noise, **IMAGES["alpine"][0]}
    layer = image_layers.tar(files)
    config = b'{"architecture": "amd64"}'
    kit.layer(config)
    upload = kit.begin()
    kit.part(upload, layer)
    kit.client.complete_layer_upload(repositoryName=APP, uploadId=upload, layerDigests=[kit.sha256(layer)])
    body = json.loads(kit.manifest(config, layer))
    body["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar"
    kit.put(json.dumps(body), "v1")
    start(kit, "v1")
    assert look(kit, "v1")[1]["findings"][0]["description"].startswith("2 packages")


# -- with advisories


CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
MEDIUM = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"
FOUND = {
    "debian": [
        ("CVE-2024-1", "CRITICAL", "libssl3", "3.0.11-1~deb12u1"),
        ("CVE-2024-2", "MEDIUM", "zlib1g", "1:1.2.13-1"),
    ],
    "alpine": [("CVE-2024-1", "CRITICAL", "libssl3", "3.3.0-r1")],
    "rocky": [("CVE-2024-1", "MEDIUM", "openssl-libs", "1:3.0.7-24.el9")],
}
COUNTS = {"debian": {"CRITICAL": 1, "MEDIUM": 1}, "alpine": {"CRITICAL": 1}, "rocky": {"MEDIUM": 1}}
SPLIT = {
    "debian": [(0, "3.0.11", "1~deb12u1", "3.0.13-1~deb12u1"), (1, "1.2.13", "1", "1:1.2.13-2")],
    "alpine": [(0, "3.3.0", "r1", "3.3.2-r0")],
    "rocky": [(1, "3.0.7", "24.el9", "1:3.0.7-27.el9")],
}


ADVISORIES = FIXTURES / "scans" / "advisories.json"
with_advisories = pytest.mark.parametrize(
    "options", [{"advisories": [ADVISORIES], "scans_in_describe_images": True}], ids=["advisories"]
)


@with_advisories
@pytest.mark.parametrize("system", IMAGES)
def test_old_packages_are_found_and_the_counts_are_the_same_everywhere(kit, system):
    done = []
    kit.mock.world.bus.subscribe(ScanCompleted, done.append)
    files, _, platform = IMAGES[system]
    digest = push(kit, "v1", {"lower": "layer"}, files)
    start(kit, "v1")
    kit.client.get_waiter("image_scan_complete").wait(repositoryName=APP, imageId={"imageTag": "v1"})
    status, found = look(kit, "v1")
    assert status == DONE
    rows = [{row["key"]: row["value"] for row in each["attributes"]} for each in found["findings"]]
    assert [
        (each["name"], each["severity"], row["package_name"], row["package_version"])
        for each, row in zip(found["findings"], rows, strict=True)
    ] == FOUND[system]
    assert found["findings"][0]["description"] == "What CVE-2024-1 says."
    assert rows[0]["CVSS3_VECTOR"] in {CRITICAL, MEDIUM}
    assert float(rows[0]["CVSS3_SCORE"]) in {9.8, 5.3}
    assert found["vulnerabilitySourceUpdatedAt"].date().isoformat() == "2025-06-01"
    summary = kit.describe()[0]["imageScanFindingsSummary"]
    assert found["findingSeverityCounts"] == summary["findingSeverityCounts"] == COUNTS[system]
    kit.client.put_registry_scanning_configuration(scanType="ENHANCED", rules=EVERY)
    status, found = look(kit, "v1")
    assert found["findingSeverityCounts"] == COUNTS[system]
    assert [dict(event.counts) for event in done] == [COUNTS[system]] * 2
    assert [(event.engine, event.digest) for event in done] == [("BASIC", digest), ("ENHANCED", digest)]
    details = [each["packageVulnerabilityDetails"] for each in found["enhancedFindings"]]
    packages = [each["vulnerablePackages"][0] for each in details]
    assert [(row["epoch"], row["version"], row["release"], row["fixedInVersion"]) for row in packages] == SPLIT[system]
    assert {row["arch"] for row in packages} == {"AMD64"}
    assert {row["sourceLayerHash"] for row in packages} == {kit.sha256(packed(files))}
    first = found["enhancedFindings"][0]
    assert first["resources"][0]["details"]["awsEcrContainerImage"]["platform"] == platform
    assert (first["fixAvailable"], first["status"]) == ("YES", "ACTIVE")
    assert first["remediation"]["recommendation"]["text"] == f"Update {packages[0]['name']} to {SPLIT[system][0][3]}."


@with_advisories
def test_an_update_takes_the_finding_away_and_an_empty_list_is_then_true(kit):
    old, _, _ = IMAGES["alpine"]
    new = {"lib/apk/db/installed": image_layers.apk(("libssl3", "3.3.2-r0", "openssl"))}
    push(kit, "old", old)
    push(kit, "new", old, new)
    for tag in ("old", "new"):
        start(kit, tag)
    assert look(kit, "old")[1]["findingSeverityCounts"] == {"CRITICAL": 1}
    status, found = look(kit, "new")
    assert (status, found["findings"], found["findingSeverityCounts"]) == (DONE, [], {})


@with_advisories
def test_labels_reports_and_findings_set_come_before_the_scan(kit):
    push(kit, "v1", IMAGES["debian"][0])
    start(kit, "v1")
    assert look(kit, "v1")[1]["findingSeverityCounts"] == COUNTS["debian"]
    kit.mock.scan_findings(tag="v1", counts={"LOW": 4})
    assert look(kit, "v1")[1]["findingSeverityCounts"] == {"LOW": 4}
    kit.mock.clear_scan_findings()
    assert look(kit, "v1")[1]["findingSeverityCounts"] == COUNTS["debian"]


@pytest.fixture
def kit_of(kit):
    """A kit of another mock, with these options."""
    with contextlib.ExitStack() as stack:

        def make(**options):
            mock = stack.enter_context(mock_ecr(**options))
            inner = type(kit)(mock, boto3.client("ecr", region_name="us-east-1"))
            inner.repository()
            return inner

        yield make


def test_advisories_that_changed_are_read_again(kit_of, tmp_path):
    path = tmp_path / "advisories.json"
    path.write_bytes(ADVISORIES.read_bytes())
    kit = kit_of(advisories=str(path))
    push(kit, "v1", IMAGES["alpine"][0])
    path.write_text("[]")
    start(kit, "v1")
    (finding,) = look(kit, "v1")[1]["findings"]
    assert finding["name"] == "ECRMOCK-NO-ADVISORY-SOURCE"
    assert "ecrmock has no source of advisories about alpine 3.20.3. docs/" in finding["description"]
    path.unlink()
    kit.advance(25 * 3600)
    start(kit, "v1")
    status, _ = look(kit, "v1")
    assert (status["status"], str(path) in status["description"]) == ("FAILED", True)


def test_a_folder_of_advisories(kit_of, tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(json.loads(ADVISORIES.read_bytes())[:1]))
    (tmp_path / "two.json").write_text(json.dumps(json.loads(ADVISORIES.read_bytes())[1]))
    kit = kit_of(advisories=[tmp_path])
    push(kit, "v1", IMAGES["debian"][0])
    start(kit, "v1")
    assert look(kit, "v1")[1]["findingSeverityCounts"] == COUNTS["debian"]


def test_the_sample_knows_a_thing_or_two(kit_of):
    kit = kit_of(advisories="sample")
    status = image_layers.dpkg(("libc6", "2.36-9+deb12u1", {"Source": "glibc"}))
    push(kit, "v1", {"etc/os-release": image_layers.DEBIAN, "var/lib/dpkg/status": status})
    start(kit, "v1")
    assert "CVE-2023-4911" in [row["name"] for row in look(kit, "v1")[1]["findings"]]


@pytest.mark.parametrize("content", [None, "{", "[5]"])
def test_advisories_that_make_no_sense_are_refused_at_the_start(tmp_path, content):
    path = tmp_path / "advisories.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=r"advisories\.json"):
        mock_ecr(advisories=[path]).start()


def test_an_image_that_a_cache_brings_is_pushed_and_so_scanned(kit_of, tmp_path):
    layout = Layout(tmp_path / "layout")
    layer = packed(IMAGES["alpine"][0])
    config = layout.put(b'{"architecture": "amd64", "os": "linux"}', CONFIG)
    row = layout.put(layer, LAYER)
    layout.tag(layout.put(encoded(image_of(config, row)), OCI), "v1")
    kit = kit_of(upstreams={"quay": str(layout.folder)}, advisories=[ADVISORIES])
    kit.client.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    kit.client.put_registry_scanning_configuration(rules=EVERY)
    name = {"repositoryName": "quay/app"}
    assert kit.client.batch_get_image(**name, imageIds=[{"imageTag": "v1"}])["images"]
    found = kit.client.describe_image_scan_findings(**name, imageId={"imageTag": "v1"})
    assert (found["imageScanStatus"], found["imageScanFindings"]["findingSeverityCounts"]) == (DONE, {"CRITICAL": 1})
