"""podman builds images, the AWS CLI waits for their scans: labels of a Dockerfile, and a real package database."""

import json
import re
import shutil
from pathlib import Path

import pytest
from clients.drivers import Podman

pytestmark = pytest.mark.xdist_group("clients")
DATABASE, RELEASE = Path("/var/lib/dpkg/status"), Path("/etc/os-release")
APP = ("--repository-name", "team/app", "--image-id", "imageTag=v1")


def built(podman, *lines):
    """Build and push an image of this Dockerfile."""
    (podman.folder / "Dockerfile").write_text("\n".join(["FROM scratch", *lines, ""]))
    name = f"{podman.host}/team/app:v1"
    podman("build", "-q", "-t", name, ".")
    podman("push", name)


def scanned(aws):
    """What the AWS CLI shows of a scan that it started and waited for."""
    begun = json.loads(aws("ecr", "start-image-scan", *APP))
    assert begun["imageScanStatus"] == {"status": "IN_PROGRESS"}
    aws("ecr", "wait", "image-scan-complete", *APP)
    return json.loads(aws("ecr", "describe-image-scan-findings", *APP))["imageScanFindings"]


@pytest.fixture
def podman(ecr, start):
    ecr.create_repository(repositoryName="team/app")
    return start(Podman)


def test_labels_of_a_dockerfile_steer_the_scan(podman, aws):
    (podman.folder / "hi.txt").write_text("hi\n")
    built(podman, 'LABEL ecrmock.scan.findings="HIGH=2,LOW=5"', "COPY hi.txt /hi.txt")
    found = scanned(aws)
    assert found["findingSeverityCounts"] == {"HIGH": 2, "LOW": 5}
    assert len(found["findings"]) == 7
    few = ("--page-size", "2", "--query", "length(imageScanFindings.findings)")
    paged = aws("ecr", "describe-image-scan-findings", *APP, *few)
    assert paged.strip() == "7"


@pytest.mark.skipif(not DATABASE.exists(), reason="this machine has no dpkg database to put into an image")
def test_every_package_of_a_real_database_is_counted(podman, aws):
    for path in (DATABASE, RELEASE):
        shutil.copy(path, podman.folder / path.name)
    built(podman, f"COPY os-release {RELEASE}", f"COPY status {DATABASE}")
    (finding,) = scanned(aws)["findings"]
    installed = (podman.folder / DATABASE.name).read_text().count("\nStatus: install ok installed\n")
    assert finding["name"] == "ECRMOCK-NO-ADVISORY-SOURCE"
    assert int(re.match(r"\d+", finding["description"])[0]) == installed > 10
