"""What clients push beside plain images, and how the API shows it (facts/registry 2.11, 2.12)."""

import json

import pytest
from constants import CONFIG, DOCKER, DOCKER_CONFIG, DOCKER_LAYER, DOCKER_LIST, EMPTY, LAYER, OCI, OCI_INDEX
from images import descriptor, encoded, image_of, index_of

IN_TOTO = "application/vnd.in-toto+json"


@pytest.fixture(autouse=True)
def _repository(docker):
    docker.repository()


def blob(docker, data, kind, **more):
    """A blob uploaded as containerd does it, and its descriptor."""
    digest = docker.digest(data)
    if docker("HEAD", f"/v2/team/app/blobs/{digest}").status_code == 404:
        location = docker("POST", "/v2/team/app/blobs/uploads/").headers["Location"]
        assert docker("PUT", f"{location}?digest={digest}", data).status_code == 201
    return descriptor(data, kind, **more)


def manifest(docker, reference, config, layers, kind=OCI, **members):
    """A manifest put by tag, or by digest for None; its descriptor."""
    return put(docker, reference, image_of(config, *layers, kind=kind, **members))


def put(docker, reference, body):
    data = encoded(body)
    answer = docker.put(data, reference or docker.digest(data), kind=body["mediaType"])
    assert answer.status_code == 201, answer.data
    digest = answer.headers["Docker-Content-Digest"]
    assert docker("GET", f"/v2/team/app/manifests/{reference or digest}").data == data
    return descriptor(data, body["mediaType"])


def described(docker):
    rows = docker.api("DescribeImages", repositoryName="team/app")["imageDetails"]
    return {row["imageDigest"]: row for row in rows}


def buildx(docker, tag, platforms=("amd64", "arm64"), *, attested=True):
    """What `docker buildx build --push` sends: children by digest, then the index by tag."""
    rows, sizes = [], []
    for platform in platforms:
        config = blob(docker, json.dumps({"architecture": platform, "os": "linux"}).encode(), CONFIG)
        layers = [blob(docker, f"{platform} {part}".encode() * 100, LAYER) for part in ("base", "app")]
        child = manifest(docker, None, config, layers)
        sizes.append(config["size"] + sum(layer["size"] for layer in layers))
        rows.append({**child, "platform": {"architecture": platform, "os": "linux"}})
    for row in list(rows) if attested else []:
        config = blob(docker, json.dumps({"of": row["digest"]}).encode(), CONFIG)
        notes = {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"}
        layer = blob(docker, f"provenance of {row['digest']}".encode(), IN_TOTO, annotations=notes)
        child = manifest(docker, None, config, [layer])
        about = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": row["digest"],
        }
        unknown = {"architecture": "unknown", "os": "unknown"}
        rows.append({**child, "annotations": about, "platform": unknown})
    index = put(docker, tag, index_of(*rows))
    return index, rows, sizes


@pytest.mark.parametrize("attested", [True, False])
def test_a_multi_platform_build_is_one_tagged_index_and_untagged_children(docker, attested):
    index, rows, sizes = buildx(docker, "v1", attested=attested)
    found = described(docker)
    assert set(found) == {index["digest"], *(row["digest"] for row in rows)}
    assert found[index["digest"]]["imageTags"] == ["v1"]
    assert found[index["digest"]]["imageManifestMediaType"] == OCI_INDEX
    assert found[index["digest"]]["imageSizeInBytes"] == max(sizes)
    assert "artifactMediaType" not in found[index["digest"]]
    for row in rows:
        child = found[row["digest"]]
        assert "imageTags" not in child
        assert "subjectManifestDigest" not in child
        assert (child["imageManifestMediaType"], child["artifactMediaType"]) == (OCI, CONFIG)
    assert docker.tags() == ["v1"]
    ids = docker.api("ListImages", repositoryName="team/app", filter={"tagStatus": "UNTAGGED"})["imageIds"]
    assert {each["imageDigest"] for each in ids} == {row["digest"] for row in rows}
    attestations = rows[2:]
    for row in attestations:
        body = json.loads(docker("GET", f"/v2/team/app/manifests/{row['digest']}").data)
        assert [layer["mediaType"] for layer in body["layers"]] == [IN_TOTO]


def test_the_same_build_again_changes_nothing(docker):
    buildx(docker, "v1")
    before = described(docker)
    calls = len(docker.calls)
    buildx(docker, "v1")
    after = described(docker)
    for image in (*before.values(), *after.values()):
        image.pop("lastRecordedPullTime", None)
    assert after == before
    # blobs are there already: nothing was uploaded
    assert "CompleteLayerUpload" not in {action for action, _ in docker.calls[calls:]}


def test_a_build_works_where_tags_are_fixed_because_children_come_by_digest(docker):
    docker.api("PutImageTagMutability", repositoryName="team/app", imageTagMutability="IMMUTABLE")
    _, rows, _ = buildx(docker, "v1")
    buildx(docker, "v2", ("amd64", "s390x"))
    assert docker.tags() == ["v1", "v2"]
    assert len(rows) == 4


def test_the_next_build_takes_the_tag_and_leaves_the_old_index_and_its_children(docker):
    old, _, _ = buildx(docker, "latest", ("amd64",))
    new, _, _ = buildx(docker, "latest", ("arm64",))
    found = described(docker)
    assert found[new["digest"]]["imageTags"] == ["latest"]
    assert "imageTags" not in found[old["digest"]]
    assert len(found) == 6


def test_children_are_held_at_the_api_and_by_digest_here(docker):
    index, rows, _ = buildx(docker, "v1")
    reason = f"Requested image referenced by manifest list: [{index['digest']}]"
    for row in rows:
        answer = docker.api("BatchDeleteImage", repositoryName="team/app", imageIds=[{"imageDigest": row["digest"]}])
        assert [failure["failureReason"] for failure in answer["failures"]] == [reason]
        assert docker.refused("DELETE", f"/v2/team/app/manifests/{row['digest']}") == (405, "UNSUPPORTED", reason)


def test_the_last_tag_of_a_child_goes_alone_here_and_not_at_the_api(docker):
    child = docker.push("child")
    index = put(docker, "multi", json.loads(docker.index(child)))
    asked = {"repositoryName": "team/app", "imageIds": [{"imageTag": "child"}]}
    (failure,) = docker.api("BatchDeleteImage", **asked)["failures"]
    assert failure["failureCode"] == "ImageReferencedByManifestList"
    assert docker.tags() == ["child", "multi"]
    assert docker("DELETE", "/v2/team/app/manifests/child").status_code == 202
    assert docker.tags() == ["multi"]
    assert docker("GET", f"/v2/team/app/manifests/{child.digest}").data == child.manifest
    assert "imageTags" not in described(docker)[child.digest]
    assert docker.refused("DELETE", "/v2/team/app/manifests/child")[:2] == (404, "MANIFEST_UNKNOWN")
    assert docker("DELETE", f"/v2/team/app/manifests/{index['digest']}").status_code == 202
    assert docker("DELETE", f"/v2/team/app/manifests/{child.digest}").status_code == 202
    docker.world.travel(docker.world.clock.now() + 86_400)  # the layers' grace
    assert docker.world.blobs.names() == set()


def test_a_docker_list_over_docker_images(docker):
    rows = []
    for platform in ("amd64", "arm64"):
        config = blob(docker, platform.encode(), DOCKER_CONFIG)
        layer = blob(docker, b"layer", DOCKER_LAYER)
        child = manifest(docker, None, config, [layer], DOCKER)
        rows.append({**child, "platform": {"architecture": platform, "os": "linux"}})
    index = put(docker, "v1", index_of(*rows, kind=DOCKER_LIST))
    found = described(docker)
    assert found[index["digest"]]["imageManifestMediaType"] == DOCKER_LIST
    assert {found[row["digest"]]["artifactMediaType"] for row in rows} == {DOCKER_CONFIG}


HELM = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
COSIGN = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
NOTATION = "application/vnd.cncf.notary.signature"
WASM_CONFIG = "application/vnd.wasm.config.v0+json"


def test_a_helm_chart_is_known_by_its_config(docker):
    config = blob(docker, b'{"name":"c","version":"0.1.0"}', HELM)
    notes = {"org.opencontainers.image.title": "c", "org.opencontainers.image.version": "0.1.0"}
    chart = manifest(docker, "0.1.0", config, [blob(docker, b"chart", CHART)], annotations=notes)
    image = described(docker)[chart["digest"]]
    # UG push-oci-artifact shows these two types
    assert (image["imageManifestMediaType"], image["artifactMediaType"]) == (OCI, HELM)
    assert image["imageTags"] == ["0.1.0"]
    assert "subjectManifestDigest" not in image


def test_a_cosign_signature_by_tag_is_an_ordinary_image(docker):
    subject = docker.push("v1")
    tag = subject.digest.replace(":", "-") + ".sig"
    layer = blob(docker, b"payload", COSIGN, annotations={"dev.cosignproject.cosign/signature": "MEUC"})
    signature = manifest(docker, tag, blob(docker, b"{}", CONFIG), [layer])
    image = described(docker)[signature["digest"]]
    assert (image["imageTags"], image["artifactMediaType"]) == ([tag], CONFIG)
    assert "subjectManifestDigest" not in image
    assert docker("GET", f"/v2/team/app/referrers/{subject.digest}").status_code == 200


@pytest.mark.parametrize(
    ("kind", "config", "layer"),
    [(BUNDLE, EMPTY, BUNDLE), (NOTATION, EMPTY, "application/jose+json"), ("text/sbom+json", EMPTY, "text/sbom+json")],
)
def test_an_artifact_with_a_subject_is_a_referrer_of_its_type(docker, kind, config, layer):
    subject = docker.push("v1")
    row = {"mediaType": OCI, "digest": subject.digest, "size": len(subject.manifest)}
    parts = blob(docker, b"{}", config), [blob(docker, b"content", layer)]
    found = manifest(docker, None, *parts, artifactType=kind, subject=row, annotations={"made": "now"})
    image = described(docker)[found["digest"]]
    assert image["artifactMediaType"] == kind
    assert image["subjectManifestDigest"] == subject.digest
    assert "imageTags" not in image
    assert image["imageSizeInBytes"] == len(b"{}") + len(b"content")
    (listed,) = json.loads(
        docker("GET", f"/v2/team/app/referrers/{subject.digest}?artifactType={kind.replace('+', '%2B')}").data
    )["manifests"]
    assert (listed["digest"], listed["artifactType"]) == (found["digest"], kind)


def test_notation_of_the_older_kind_is_known_by_its_config(docker):
    subject = docker.push("v1")
    row = {"mediaType": OCI, "digest": subject.digest, "size": len(subject.manifest)}
    parts = blob(docker, b"{}", NOTATION), [blob(docker, b"envelope", "application/cose")]
    found = manifest(docker, None, *parts, subject=row)
    assert described(docker)[found["digest"]]["artifactMediaType"] == NOTATION


def test_a_wasm_module_is_known_by_its_config(docker):
    config = blob(docker, b'{"architecture":"wasm","os":"wasip1"}', WASM_CONFIG)
    found = manifest(docker, "v1", config, [blob(docker, b"\0asm", "application/wasm")])
    assert described(docker)[found["digest"]]["artifactMediaType"] == WASM_CONFIG


def test_the_artifact_type_wins_over_that_of_the_config(docker):
    parts = blob(docker, b"{}", HELM), [blob(docker, b"x", "application/x")]
    found = manifest(docker, "v1", *parts, artifactType="application/vnd.example+type")
    assert described(docker)[found["digest"]]["artifactMediaType"] == "application/vnd.example+type"


def test_an_artifact_may_have_the_empty_blob_as_config_and_only_layer(docker):
    empty = blob(docker, b"{}", EMPTY)
    found = manifest(docker, "v1", empty, [empty], artifactType="application/vnd.example+type")
    image = described(docker)[found["digest"]]
    assert image["artifactMediaType"] == "application/vnd.example+type"
    assert docker("DELETE", f"/v2/team/app/manifests/{found['digest']}").status_code == 202
    docker.world.travel(docker.world.clock.now() + 86_400)  # the layers' grace
    assert docker.world.blobs.names() == set()


def test_a_build_cache_as_an_image(docker):
    # --cache-to type=registry,image-manifest=true,oci-mediatypes=true (observed: aws/containers-roadmap#876)
    config = blob(docker, b'{"layers":[]}', "application/vnd.buildkit.cacheconfig.v0")
    found = manifest(docker, "cache", config, [blob(docker, b"layer", LAYER)])
    kind = "application/vnd.buildkit.cacheconfig.v0"
    assert described(docker)[found["digest"]]["artifactMediaType"] == kind


# -- blobs deleted by hand


def test_a_layer_deleted_by_hand_and_uploaded_again_is_in_use_again(docker):
    pushed = docker.push("v1")
    layer = docker.digest(pushed.blobs["layer"])
    assert docker("DELETE", f"/v2/team/app/blobs/{layer}").status_code == 202
    docker.blob(pushed.blobs["layer"])
    docker.world.travel(docker.world.clock.now() + 25 * 3600)
    docker.login = docker.token()
    assert docker("GET", f"/v2/team/app/blobs/{layer}").data == pushed.blobs["layer"]
    url = docker.api("GetDownloadUrlForLayer", repositoryName="team/app", layerDigest=layer)
    assert url["layerDigest"] == layer


def test_a_layer_deleted_by_hand_and_pushed_again_outlives_the_old_image(docker):
    pushed = docker.push("v1")
    layer = docker.digest(pushed.blobs["layer"])
    docker("DELETE", f"/v2/team/app/blobs/{layer}")
    docker.blob(pushed.blobs["layer"])
    body = json.loads(pushed.manifest)
    second = json.dumps({**body, "annotations": {"a": "b"}}).encode()
    assert docker.put(second, "v2").status_code == 201
    assert docker("DELETE", "/v2/team/app/manifests/v1").status_code == 202
    assert docker("GET", f"/v2/team/app/blobs/{layer}").data == pushed.blobs["layer"]
    assert docker("DELETE", "/v2/team/app/manifests/v2").status_code == 202
    docker.world.travel(docker.world.clock.now() + 86_400)  # the layers' grace
    assert docker.world.blobs.names() == set()
