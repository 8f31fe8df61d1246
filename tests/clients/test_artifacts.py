"""Artifacts and what refers to what: one program attaches, another one lists."""

import datetime as dt
import hashlib
import json
import subprocess
import sys
import time

import pytest
from clients.drivers import Crane, Helm, Notation, Oras, OrasPy, Regctl, Sigstore, Skopeo

pytestmark = pytest.mark.xdist_group("clients-artifacts")
SBOM = "application/vnd.example.sbom"
SIGNATURE = "application/vnd.cncf.notary.signature"
OURS = "x509.subject: C=US, ST=WA, O=ecrmock"


@pytest.fixture
def image(ecr, layout, start):
    """The digest of an image at team/app:v1, pushed by skopeo."""
    ecr.create_repository(repositoryName="team/app")
    made = layout.tag(layout.image(b"hello"), "t1")
    start(Skopeo).push(layout, "t1", "team/app:v1")
    return made


def discovered(oras, name="team/app:v1"):
    """(type, digest) of what refers to an image, as oras sees it."""
    seen = json.loads(oras("discover", "--format", "json", f"{oras.host}/{name}"))
    return [(row["artifactType"], row["digest"]) for row in seen.get("referrers") or ()]


def tags(ecr, name="team/app"):
    return sorted(row["imageTag"] for row in ecr.list_images(repositoryName=name)["imageIds"] if "imageTag" in row)


@pytest.mark.usefixtures("image")
def test_oras_attaches_and_regctl_lists(ecr, start):
    oras, regctl = start(Oras), start(Regctl)
    name = f"{oras.host}/team/app:v1"
    (oras.folder / "sbom.json").write_text("{}\n")
    oras("attach", "--artifact-type", SBOM, "--annotation", "by=oras", name, "sbom.json:application/json")
    listed = json.loads(regctl("artifact", "list", "--format", "{{jsonPretty .}}", name))
    (row,) = listed.get("descriptors") or listed["manifest"]["manifests"]
    assert row["artifactType"] == SBOM
    assert row["annotations"]["by"] == "oras"
    assert discovered(oras) == [(SBOM, row["digest"])]
    assert regctl("artifact", "get", "--subject", name, "--filter-artifact-type", SBOM) == "{}\n"
    assert tags(ecr) == ["v1"]


def test_regctl_attaches_and_oras_discovers(ecr, image, start):
    oras, regctl = start(Oras), start(Regctl)
    name = f"{oras.host}/team/app:v1"
    regctl("artifact", "put", "--artifact-type", SBOM, "--subject", name, stdin="hello\n")
    ((kind, digest),) = discovered(oras)
    assert kind == SBOM
    manifest = json.loads(start(Crane)("manifest", f"{oras.host}/team/app@{digest}"))
    assert manifest["subject"]["digest"] == image
    assert tags(ecr) == ["v1"]


@pytest.mark.usefixtures("image")
def test_oras_copies_an_image_with_what_refers_to_it(ecr, start):
    ecr.create_repository(repositoryName="team/copy")
    oras, regctl = start(Oras), start(Regctl)
    (oras.folder / "sbom.json").write_text("{}\n")
    oras("attach", "--artifact-type", SBOM, f"{oras.host}/team/app:v1", "sbom.json")
    oras("copy", "-r", f"{oras.host}/team/app:v1", f"{oras.host}/team/copy:v1")
    assert discovered(oras, "team/copy:v1") == discovered(oras) != []
    regctl("artifact", "get", "--subject", f"{oras.host}/team/copy:v1", "--filter-artifact-type", SBOM)


def trusting(notation, store, identity="*"):
    """Let notation verify strictly against this trust store."""
    policy = {
        "version": "1.0",
        "trustPolicies": [
            {
                "name": "all",
                "registryScopes": ["*"],
                "signatureVerification": {"level": "strict"},
                "trustStores": [f"ca:{store}"],
                "trustedIdentities": [identity],
            }
        ],
    }
    (notation.folder / "policy.json").write_text(json.dumps(policy))
    notation("policy", "import", "policy.json", "--force")


def test_notation_signs_and_verifies_and_oras_sees_it(ecr, image, start):
    notation, oras = start(Notation), start(Oras)
    name = f"{oras.host}/team/app@{image}"
    notation("cert", "generate-test", "--default", "tester")
    trusting(notation, "tester")
    assert "no signature" in notation.refused("verify", "--insecure-registry", name)
    notation("sign", "--insecure-registry", "--force-referrers-tag=false", name)
    assert "Successfully verified signature" in notation("verify", "--insecure-registry", name)
    ((kind, digest),) = discovered(oras)
    assert kind == SIGNATURE
    assert digest in notation("list", "--insecure-registry", name)
    assert tags(ecr) == ["v1"]


def profile(name):
    return f"arn:aws:signer:us-east-1:123456789012:/signing-profiles/{name}"


def certificate(url, name):
    """What `ecrmock signing-certificate` prints."""
    command = [sys.executable, "-m", "ecrmock", "signing-certificate", profile(name), "--url", url]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def signed(ecr, name):
    """Whether a profile's signature of team/app:v1 is complete; waits for the server's worker."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = ecr.describe_image_signing_status(repositoryName="team/app", imageId={"imageTag": "v1"})
        rows = {row["signingProfileArn"]: row["status"] for row in found["signingStatuses"]}
        if rows.get(profile(name)) != "IN_PROGRESS":
            return rows.get(profile(name)) == "COMPLETE"
        time.sleep(0.02)
    return False


@pytest.fixture
def managed(ecr):
    """ECR signs with the profile `ours`."""
    ecr.put_signing_configuration(signingConfiguration={"rules": [{"signingProfileArn": profile("ours")}]})


@pytest.fixture(params=["Fri Dec 31 23:59:59 1999", "Thu Jan  1 00:00:00 2099"])
def moment(server, request):
    """A time at which the world stands, as Notation prints it."""
    now = dt.datetime.strptime(f"{request.param} +0000", "%a %b %d %H:%M:%S %Y %z").timestamp()
    assert server.request("POST", "/_ecrmock/clock", json.dumps({"freeze": now}))[0] == 200
    return request.param


@pytest.fixture
def verifier(url, start):
    """A notation that trusts what the profile `ours` signs, and knows a certificate of `theirs`."""
    notation = start(Notation)
    for store in ("ours", "theirs"):
        (notation.folder / f"{store}.pem").write_text(certificate(url, store))
        notation("cert", "add", "--type", "ca", "--store", store, f"{store}.pem")
    trusting(notation, "ours", OURS)
    return notation


def verify(notation, digest):
    return notation("verify", "--insecure-registry", f"{notation.host}/team/app@{digest}")


@pytest.mark.usefixtures("managed")
def test_ecr_signs_and_notation_verifies_with_the_printed_certificate(ecr, image, start, verifier):
    assert signed(ecr, "ours")
    assert "Successfully verified signature" in verify(verifier, image)
    ((kind, digest),) = discovered(start(Oras))
    assert kind == SIGNATURE
    name = f"{verifier.host}/team/app@{image}"
    assert digest in verifier("list", "--insecure-registry", name)
    trusting(verifier, "theirs", OURS)
    assert "verification failed" in verifier.refused("verify", "--insecure-registry", name)


@pytest.mark.usefixtures("managed")
def test_notation_verifies_what_was_signed_at_another_time_of_the_world(moment, ecr, image, verifier):
    assert signed(ecr, "ours")
    assert "Successfully verified signature" in verify(verifier, image)
    seen = verifier("inspect", "--insecure-registry", f"{verifier.host}/team/app@{image}")
    assert f"signingTime: {moment}" in seen
    assert "signature algorithm: ECDSA-SHA-256" in seen


@pytest.mark.usefixtures("managed")
def test_ecr_signs_an_index_and_its_children_and_notation_verifies_each(ecr, layout, start, verifier):
    ecr.create_repository(repositoryName="team/app")
    skopeo = start(Skopeo)
    made = layout.tag(layout.index(layout.image(b"one"), layout.image(b"two")), "t1")
    skopeo.push(layout, "t1", "team/app:v1", run=lambda *words: skopeo(*words[:1], "--all", *words[1:]))
    assert signed(ecr, "ours")
    listed = ecr.describe_images(repositoryName="team/app")["imageDetails"]
    images = [row["imageDigest"] for row in listed if "subjectManifestDigest" not in row]
    assert made in images
    assert len(images) == 3
    for digest in images:
        assert "Successfully verified signature" in verify(verifier, digest)


def test_sigstore_attaches_and_regctl_lists(ecr, image, start):
    sigstore, regctl = start(Sigstore), start(Regctl)
    name = f"{regctl.host}/team/app"
    made = json.loads(sigstore(name, "v1"))
    assert made["imageDigest"] == made["subjectDigest"] == image
    assert made["digest"] in regctl("artifact", "list", f"{name}:v1")
    assert tags(ecr) == ["v1"]


@pytest.mark.usefixtures("image")
def test_a_wrong_password_is_told_by_sigstore(start):
    sigstore = start(Sigstore, password="wrong")
    assert "401" in sigstore.refused(f"{sigstore.host}/team/app", "v1")


def test_helm_pushes_and_oras_pulls(ecr, start):
    ecr.create_repository(repositoryName="charts/web")
    helm, oras = start(Helm), start(Oras)
    helm("create", "web")
    helm("package", "web")
    helm("push", "--plain-http", "web-0.1.0.tgz", f"oci://{helm.host}/charts")
    (layer,) = json.loads(oras("manifest", "fetch", f"{oras.host}/charts/web:0.1.0"))["layers"]
    oras("blob", "fetch", "--output", "chart.tgz", f"{oras.host}/charts/web@{layer['digest']}")
    assert (oras.folder / "chart.tgz").read_bytes() == (helm.folder / "web-0.1.0.tgz").read_bytes()
    (seen,) = ecr.describe_images(repositoryName="charts/web")["imageDetails"]
    assert seen["artifactMediaType"] == "application/vnd.cncf.helm.config.v1+json"


def test_crane_copies_a_chart_and_helm_pulls(ecr, start):
    for name in ("charts/web", "other/web"):
        ecr.create_repository(repositoryName=name)
    helm, crane = start(Helm), start(Crane)
    helm("create", "web")
    helm("package", "web")
    helm("push", "--plain-http", "web-0.1.0.tgz", f"oci://{helm.host}/charts")
    crane("copy", f"{crane.host}/charts/web:0.1.0", f"{crane.host}/other/web:0.1.0")
    helm("pull", "--plain-http", f"oci://{helm.host}/other/web", "--version", "0.1.0", "-d", "..")
    assert (helm.folder.parent / "web-0.1.0.tgz").read_bytes() == (helm.folder / "web-0.1.0.tgz").read_bytes()


def test_helm_is_told(ecr, start):
    ecr.create_repository(repositoryName="charts/web", imageTagMutability="IMMUTABLE")
    helm = start(Helm)
    helm("create", "web")
    helm("package", "web")
    said = helm.refused("push", "--plain-http", "web-0.1.0.tgz", f"oci://{helm.host}/no")
    assert "The repository with name 'no/web' does not exist in the registry with id '123456789012'" in said
    helm("push", "--plain-http", "web-0.1.0.tgz", f"oci://{helm.host}/charts")
    (helm.folder / "web" / "values.yaml").write_text("changed: true\n")
    helm("package", "web")
    said = helm.refused("push", "--plain-http", "web-0.1.0.tgz", f"oci://{helm.host}/charts")
    assert "The image tag '0.1.0' already exists in the 'charts/web' repository" in said


def test_oras_for_python_pushes_and_oras_pulls(ecr, start):
    ecr.create_repository(repositoryName="team/files")
    python, oras = start(OrasPy), start(Oras)
    (python.folder / "a.txt").write_text("hello artifact\n")
    made = json.loads(python("push", python.host, "team/files:v1", "a.txt"))
    assert made["status"] == 201
    oras("pull", f"{oras.host}/team/files:v1")
    assert (oras.folder / "a.txt").read_text() == "hello artifact\n"
    raw = oras("manifest", "fetch", f"{oras.host}/team/files:v1")
    assert "sha256:" + hashlib.sha256(raw.encode()).hexdigest() == made["digest"]


def test_oras_pushes_and_oras_for_python_pulls(ecr, start):
    ecr.create_repository(repositoryName="team/files")
    python, oras = start(OrasPy), start(Oras)
    (oras.folder / "b.txt").write_text("back\n")
    oras("push", f"{oras.host}/team/files:v2", "--artifact-type", "application/vnd.example", "b.txt")
    pulled = json.loads(python("pull", python.host, "team/files:v2", "out"))
    assert pulled["tags"] == ["v2"]
    assert (python.folder / "out" / "b.txt").read_text() == "back\n"


def test_oras_for_python_is_told(start):
    python = start(OrasPy)
    (python.folder / "a.txt").write_text("hello artifact\n")
    said = python.refused("push", python.host, "no/such:v1", "a.txt")
    assert "The repository with name 'no/such' does not exist in the registry with id '123456789012'" in said
