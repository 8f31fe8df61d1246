"""Scans of a real server: done by its worker, whatever the doors do meanwhile; findings set from outside."""

import json
import time

import image_layers
from constants import CONFIG, OCI
from images import descriptor, digest_of, encoded, image_of

LABELS = {"ecrmock.scan.findings": "HIGH=2,LOW=1"}


def blob(server, login, data, kind):
    """Upload a blob; its descriptor."""
    status, _, body = server.request("POST", f"/v2/team/app/blobs/uploads/?digest={digest_of(data)}", data, login)
    assert status == 201, body
    return descriptor(data, kind)


def push(server, login, tag, labels=None, layer=None):
    """Push an image at the docker door."""
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": labels}, "tag": tag}).encode()
    layer = layer or f"layer of {tag}".encode()
    plain = "application/vnd.oci.image.layer.v1.tar"
    body = encoded(image_of(blob(server, login, config, CONFIG), blob(server, login, layer, plain)))
    status, _, answer = server.request("PUT", f"/v2/team/app/manifests/{tag}", body, {**login, "Content-Type": OCI})
    assert status == 201, answer


def look(server, tag):
    """The answer once the scan is done."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        status, body = server.api("DescribeImageScanFindings", repositoryName="team/app", imageId={"imageTag": tag})
        assert status == 200, body
        if body["imageScanStatus"]["status"] != "IN_PROGRESS":
            return body
    raise TimeoutError


def test_the_worker_scans_what_is_pushed_and_asked_for(start):
    server = start()
    server.api("CreateRepository", repositoryName="team/app", imageScanningConfiguration={"scanOnPush": True})
    login = server.login()
    push(server, login, "labelled", LABELS)
    found = look(server, "labelled")
    assert found["imageScanStatus"]["status"] == "COMPLETE"
    assert found["imageScanFindings"]["findingSeverityCounts"] == {"HIGH": 2, "LOW": 1}
    server.api("PutImageScanningConfiguration", repositoryName="team/app", imageScanningConfiguration={})
    push(server, login, "asked")
    image = {"repositoryName": "team/app", "imageId": {"imageTag": "asked"}}
    assert server.api("StartImageScan", **image)[1]["imageScanStatus"] == {"status": "IN_PROGRESS"}
    assert look(server, "asked")["imageScanStatus"]["status"] == "FAILED"
    entry = b"repository: team/*\ntag: asked\ncounts: {CRITICAL: 1}\n"
    status, _, body = server.request("POST", "/_ecrmock/scan-findings", entry, {"Content-Type": "application/yaml"})
    assert (status, json.loads(body)) == (200, {"set": 1})
    assert look(server, "asked")["imageScanFindings"]["findingSeverityCounts"] == {"CRITICAL": 1}
    body = json.dumps(
        {"results": [{"repositoryName": "team/app", "imageId": {}, "imageScanStatus": {"status": "PENDING"}}]}
    )
    status, _, answer = server.request("POST", "/moto-api/static/ecr/scan-finding-results", body)
    assert (status, answer) == (201, b"")
    assert look(server, "asked")["imageScanStatus"] == {"status": "PENDING"}


def test_the_worker_matches_packages_with_the_sample(start):
    server = start("--advisories", "sample")
    server.api("CreateRepository", repositoryName="team/app", imageScanningConfiguration={"scanOnPush": True})
    status = image_layers.dpkg(("libc6", "2.36-9+deb12u1", {"Source": "glibc"}), ("bash", "5.2.15-2+b2"))
    layer = image_layers.tar({"etc/os-release": image_layers.DEBIAN, "var/lib/dpkg/status": status})
    push(server, server.login(), "v1", layer=layer)
    found = look(server, "v1")["imageScanFindings"]
    assert "CVE-2023-4911" in [row["name"] for row in found["findings"]]
    assert sum(found["findingSeverityCounts"].values()) == len(found["findings"])


def test_advisories_that_are_not_there_are_told_in_a_line(start, tmp_path):
    server = start("--advisories", str(tmp_path / "none.json"), wait=False)
    assert server.process.wait(30) == 2
    assert "none.json: No such file or directory" in " ".join(server.stderr().split())
    assert "Traceback" not in server.stderr()
