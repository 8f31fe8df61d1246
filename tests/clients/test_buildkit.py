"""BuildKit builds and pushes: platforms, attestations, caches, zstd, and a base image from our registry."""

import json
from pathlib import Path

import pytest
from clients.drivers import Crane, Oras, program
from clients.engines import BuildKit, Engine
from constants import OCI, OCI_INDEX

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("buildkit")]
HELLO = {"lines": ("FROM scratch", "COPY hello.txt /hello.txt"), "files": {"hello.txt": b"hello\n"}}
TWO = "--opt=platform=linux/amd64,linux/arm64"
PROVENANCE, SPDX = "https://slsa.dev/provenance/v1", "https://spdx.dev/Document"


@pytest.fixture(scope="module")
def daemon(server, tmp_path_factory):
    running = BuildKit(tmp_path_factory.mktemp("buildkit"), f"http://localhost:{server.port}")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def buildkit(daemon, server):
    """Signed in, with an empty cache."""
    daemon.sign_in(server.password())
    daemon("prune", "--all")
    return daemon


@pytest.fixture
def app(ecr):
    """A repository."""
    ecr.create_repository(repositoryName="team/app")
    return "team/app"


def images(ecr, name):
    """What ECR lists, by digest."""
    return {image["imageDigest"]: image for image in ecr.describe_images(repositoryName=name)["imageDetails"]}


def manifest(ecr, name, **identity):
    (image,) = ecr.batch_get_image(repositoryName=name, imageIds=[identity])["images"]
    return json.loads(image["imageManifest"])


def statements(ecr, crane, name, index):
    """(the digest it is about, the statement) of each attestation that an index names."""
    attestations = {}
    for child in index["manifests"]:
        if about := child.get("annotations", {}).get("vnd.docker.reference.digest"):
            attestations[about] = manifest(ecr, name, imageDigest=child["digest"])
    return [
        (about, json.loads(crane("blob", f"{crane.host}/{name}@{layer['digest']}")))
        for about, attestation in attestations.items()
        for layer in attestation["layers"]
    ]


def test_one_platform_is_pushed_and_pulled(ecr, app, buildkit, start):
    digest = buildkit.build(f"{app}:v1", **HELLO)
    assert {key: row["imageManifestMediaType"] for key, row in images(ecr, app).items()} == {digest: OCI}
    assert start(Crane).pull(f"{app}:v1") == digest


def test_two_platforms_and_their_provenance(ecr, app, buildkit, start):
    digest = buildkit.build(f"{app}:v1", TWO, "--opt=attest:provenance=mode=max,version=v1", **HELLO)
    index, listed = manifest(ecr, app, imageTag="v1"), images(ecr, app)
    children = {child["digest"]: child["platform"]["architecture"] for child in index["manifests"]}
    assert sorted(children.values()) == ["amd64", "arm64", "unknown", "unknown"]
    assert (listed[digest]["imageTags"], listed[digest]["imageManifestMediaType"]) == (["v1"], OCI_INDEX)
    assert {key for key, row in listed.items() if not row.get("imageTags")} == set(children)
    told = statements(ecr, start(Crane), app, index)
    assert {about for about, _ in told} == {key for key, value in children.items() if value != "unknown"}
    assert {said["predicateType"] for _, said in told} == {PROVENANCE}


def test_a_child_of_what_was_pushed_stays_while_its_index_does(ecr, app, buildkit):
    digest = buildkit.build(f"{app}:v1", TWO, "--opt=attest:provenance=mode=min", **HELLO)
    children = [{"imageDigest": key} for key in images(ecr, app) if key != digest]
    failures = ecr.batch_delete_image(repositoryName=app, imageIds=children)["failures"]
    assert [row["failureCode"] for row in failures] == ["ImageReferencedByManifestList"] * 4
    assert ecr.batch_delete_image(repositoryName=app, imageIds=[{"imageDigest": digest}])["failures"] == []
    assert ecr.batch_delete_image(repositoryName=app, imageIds=children)["failures"] == []


def test_a_bill_of_materials_by_a_scanner_from_the_registry(ecr, app, buildkit, start):
    ecr.create_repository(repositoryName="team/scanner")
    scanner = Path(program("sbom-scanner")).read_bytes()
    lines = ("FROM scratch", "COPY --chmod=755 scan /scan", 'ENTRYPOINT ["/scan"]')
    buildkit.build("team/scanner:v1", lines=lines, files={"scan": scanner})
    generator = f"--opt=attest:sbom=generator={buildkit.host}/team/scanner:v1"
    buildkit.build(f"{app}:v1", TWO, generator, "--opt=attest:provenance=mode=min,version=v1", **HELLO)
    index = manifest(ecr, app, imageTag="v1")
    told = statements(ecr, start(Crane), app, index)
    platforms = [child["digest"] for child in index["manifests"] if child["platform"]["os"] == "linux"]
    expected = {(digest, kind) for digest in platforms for kind in (SPDX, PROVENANCE)}
    assert (len(platforms), {(about, said["predicateType"]) for about, said in told}) == (2, expected)
    scanned = [said["predicate"]["files"] for _, said in told if said["predicateType"] == SPDX]
    assert [file["fileName"] for files in scanned for file in files] == ["/hello.txt"] * 2


def test_layers_are_zstd_where_asked_for(ecr, app, buildkit, start):
    output = ",compression=zstd,force-compression=true,oci-mediatypes=true"
    digest = buildkit.build(f"{app}:v1", output=output, **HELLO)
    assert [layer["mediaType"].rpartition("+")[2] for layer in manifest(ecr, app, imageTag="v1")["layers"]] == ["zstd"]
    assert start(Oras).pull(f"{app}:v1") == digest
    lines = (f"FROM {buildkit.host}/{app}:v1", "COPY hello.txt /more.txt")
    buildkit("prune", "--all")
    buildkit.build(f"{app}:v2", lines=lines)


def test_a_base_image_comes_from_the_registry(ecr, app, buildkit, start):
    base = buildkit.build(f"{app}:base", **HELLO)
    buildkit("prune", "--all")
    lines = (f"FROM {buildkit.host}/{app}:base", "COPY more.txt /more.txt")
    buildkit.build(f"{app}:v1", "--opt=attest:provenance=version=v1", lines=lines, files={"more.txt": b"more\n"})
    crane = start(Crane)
    ((_, said),) = statements(ecr, crane, app, manifest(ecr, app, imageTag="v1"))
    known = said["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [row["digest"]["sha256"] for row in known] == [base[7:]]
    assert b"hello\n" in crane.run("export", f"{crane.host}/{app}:v1", "-").stdout.encode()


def test_what_buildkit_builds_the_engine_pulls(app, buildkit, start):
    digest = buildkit.build(f"{app}:v1", TWO, "--opt=attest:provenance=mode=max", **HELLO)
    engine = start(Engine)
    assert engine.pull(f"{app}:v1") == digest
    assert engine.read(f"{engine.host}/{app}:v1", "/hello.txt") == b"hello\n"


# -- the cache in a registry


def cached(buildkit, mode, name="team/app:cache"):
    return f"--{mode}-cache=type=registry,ref={buildkit.host}/{name}"


def test_a_cache_is_exported_and_used_again(ecr, app, buildkit):
    to = f"{cached(buildkit, 'export')},mode=max,image-manifest=true,oci-mediatypes=true"
    buildkit.build(f"{app}:v1", to, **HELLO)
    (kept,) = (row for row in images(ecr, app).values() if row.get("imageTags") == ["cache"])
    assert kept["imageManifestMediaType"] == OCI
    assert kept["artifactMediaType"] == "application/vnd.buildkit.cacheconfig.v0"
    buildkit("prune", "--all")
    assert "CACHED" not in again(buildkit, app)
    buildkit("prune", "--all")
    assert "CACHED" in again(buildkit, app, cached(buildkit, "import"))


def again(buildkit, app, *options):
    """What the same build says."""

    def run(*arguments):
        done = buildkit.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stderr

    return buildkit.build(f"{app}:again", *options, run=run, **HELLO)


def test_a_cache_inside_the_image_is_used_again(app, buildkit):
    buildkit.build(f"{app}:v1", "--export-cache=type=inline", **HELLO)
    buildkit("prune", "--all")
    assert "CACHED" in again(buildkit, app, cached(buildkit, "import", f"{app}:v1"))


def test_the_cache_index_is_refused_as_by_ecr(ecr, app, buildkit):
    to = f"{cached(buildkit, 'export')},mode=max,image-manifest=false"
    said = buildkit.build(f"{app}:v1", to, run=buildkit.refused, **HELLO)
    assert "Images with digests '[sha256:" in said
    assert "required for pushing image into repository with name 'team/app'" in said
    assert "cache" not in [tag for row in images(ecr, app).values() for tag in row.get("imageTags", ())]


# -- what it says when it is refused


def test_a_repository_that_is_not_there(buildkit):
    said = buildkit.build("no/such:v1", run=buildkit.refused, **HELLO)
    assert "The repository with name 'no/such' does not exist in the registry with id '123456789012'" in said


def test_an_immutable_tag(ecr, buildkit):
    ecr.create_repository(repositoryName="team/fixed", imageTagMutability="IMMUTABLE")
    buildkit.build("team/fixed:v1", **HELLO)
    said = buildkit.build("team/fixed:v1", run=buildkit.refused, **HELLO | {"files": {"hello.txt": b"other\n"}})
    assert (
        "The image tag 'v1' already exists in the 'team/fixed' repository and cannot be overwritten "
        "because the tag is immutable."
    ) in said


def test_without_a_login_nothing_is_pushed(app, buildkit):
    (buildkit.folder / "config.json").unlink()
    assert "401 Unauthorized" in buildkit.build(f"{app}:v1", run=buildkit.refused, **HELLO)
