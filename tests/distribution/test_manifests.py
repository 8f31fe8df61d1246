"""ecrmock.distribution.manifests: PUT, GET, HEAD, DELETE by tag and digest (facts/registry 1.7)."""

import json

import pytest
from constants import (
    ACCOUNT,
    CONFIG,
    DOCKER,
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LIST,
    LAYER,
    NOWHERE,
    OCI,
    OCI_INDEX,
    SCHEMA1,
)
from images import descriptor, encoded, image_of, index_of, schema1_of

MISSING = (404, "MANIFEST_UNKNOWN", "Requested image not found")


@pytest.fixture(autouse=True)
def _repository(docker):
    docker.repository()


def path(reference, name="team/app"):
    return f"/v2/{name}/manifests/{reference}"


def syntax(constraint, member="ImageManifest"):
    return f"Invalid parameter at '{member}' failed to satisfy constraint: '{constraint}'"


# -- put and got


def test_put_answers_201_with_digest_and_location(docker):
    manifest, _ = docker.blobs()
    answer = docker.put(manifest, "v1")
    assert (answer.status_code, answer.data) == (201, b"")
    assert answer.headers["Docker-Content-Digest"] == docker.digest(manifest)
    assert answer.headers["Location"] == path(docker.digest(manifest))
    assert answer.headers["Content-Length"] == "0"
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert docker("GET", answer.headers["Location"]).data == manifest


def test_get_and_head_by_tag_and_digest_bring_the_stored_bytes_under_their_own_type(docker):
    pushed = docker.push("v1")
    for reference in ("v1", pushed.digest, pushed.digest.replace(":", "%3A")):
        answer = docker("GET", path(reference))
        assert (answer.status_code, answer.data) == (200, pushed.manifest)
        head = docker("HEAD", path(reference))
        assert (head.status_code, head.data) == (200, b"")
        for told in (answer.headers, head.headers):
            assert told["Content-Type"] == OCI
            assert told["Content-Length"] == str(len(pushed.manifest))
            assert told["Docker-Content-Digest"] == pushed.digest


def test_the_bytes_are_kept_as_they_came(docker):
    manifest, _ = docker.blobs()
    odd = b"\n " + manifest[:-1] + ', "annotations": {"na\\u00efve": "日本\U0001f433"} }\r\n'.encode()
    docker.put(odd, "v1")
    assert docker("GET", path("v1")).data == odd
    assert docker("HEAD", path(docker.digest(odd))).status_code == 200


@pytest.mark.parametrize("kind", [OCI, f"{OCI}; charset=utf-8", f"{OCI};charset=utf-8", "application/json", None])
def test_the_type_is_the_bare_one_however_it_was_sent(docker, kind):
    manifest, _ = docker.blobs()
    headers = {"Content_Type": kind} if kind else {}
    assert docker("PUT", path("v1"), manifest, **headers).status_code == 201
    assert docker("GET", path("v1")).headers["Content-Type"] == OCI


def test_each_kind_of_manifest_comes_back_under_its_type(docker):
    pushed = docker.push("v1")
    image = json.loads(pushed.manifest)
    row = pushed.described()
    schema1 = schema1_of(image["layers"][0]["digest"], name="team/app", tag="old", architecture="amd64")
    for kind, body in {
        DOCKER: {**image, "mediaType": DOCKER},
        DOCKER_LIST: index_of(row, kind=DOCKER_LIST),
        OCI_INDEX: {"schemaVersion": 2, "manifests": [row]},
        OCI: {name: value for name, value in image.items() if name != "mediaType"},
        SCHEMA1: schema1,
    }.items():
        data = json.dumps(body).encode()
        assert docker.put(data, "kind", kind=kind).status_code == 201, kind
        answer = docker("GET", path("kind"))
        assert (answer.headers["Content-Type"], answer.data) == (kind, data)
        assert docker("GET", path(docker.digest(data))).headers["Content-Type"] == kind


def test_a_manifest_by_digest_then_by_two_tags_is_one_image(docker):
    # facts/registry V10
    manifest, _ = docker.blobs()
    digest = docker.digest(manifest)
    for reference in (digest, "a", "b"):
        assert docker.put(manifest, reference).status_code == 201
    (image,) = docker.api("DescribeImages", repositoryName="team/app")["imageDetails"]
    assert sorted(image["imageTags"]) == ["a", "b"]


def test_a_push_by_digest_is_an_untagged_image(docker):
    pushed = docker.push()
    assert docker.tags() == []
    assert docker.api("ListImages", repositoryName="team/app")["imageIds"] == [{"imageDigest": pushed.digest}]


def test_an_unchanged_push_succeeds_where_tags_may_move(docker):
    pushed = docker.push("v1")
    for reference in ("v1", pushed.digest):
        answer = docker.put(pushed.manifest, reference)
        assert (answer.status_code, answer.headers["Docker-Content-Digest"]) == (201, pushed.digest)


def test_a_tag_moves_and_the_old_image_stays(docker):
    one, two = docker.push("v1", "one"), docker.push("v1", "two")
    assert docker("GET", path("v1")).data == two.manifest
    assert docker("GET", path(one.digest)).data == one.manifest


def test_a_sha512_reference_is_accepted_and_found_under_both_names(docker):
    manifest, _ = docker.blobs()
    digest = docker.digest(manifest, "sha512")
    answer = docker.put(manifest, digest)
    assert (answer.status_code, answer.headers["Docker-Content-Digest"]) == (201, digest)
    assert answer.headers["Location"] == path(digest)
    for reference in (digest, docker.digest(manifest)):
        got = docker("GET", path(reference))
        assert (got.data, got.headers["Docker-Content-Digest"]) == (manifest, reference)
    (image,) = docker.api("DescribeImages", repositoryName="team/app")["imageDetails"]
    assert image["imageDigest"] == docker.digest(manifest)


def test_layers_named_by_sha512_are_found_and_go_with_their_image(docker):
    names = {}
    for data in (b"{}", b"layer"):
        names[data] = docker.digest(data, "sha512")
        assert docker("PUT", f"{docker.begin()}?digest={names[data]}", data).status_code == 201
    manifest = encoded(image_of(*(descriptor(data, LAYER, "sha512") for data in names)))
    assert docker.put(manifest, "v1").status_code == 201
    assert docker("GET", path("v1")).data == manifest
    (image,) = docker.api("DescribeImages", repositoryName="team/app")["imageDetails"]
    assert image["imageSizeInBytes"] == len(b"{}") + len(b"layer")
    assert docker("DELETE", path("v1")).status_code == 202
    docker.world.travel(docker.world.clock.now() + 86_400)  # the layers' grace
    assert docker.world.blobs.names() == set()


def test_an_index_over_images_that_are_here(docker):
    index = docker.index(docker.push(None, "one"), docker.push(None, "two"))
    assert docker.put(index, "multi", kind=OCI_INDEX).status_code == 201
    answer = docker("GET", path("multi"))
    assert (answer.data, answer.headers["Content-Type"]) == (index, OCI_INDEX)


@pytest.mark.parametrize("members", [{"layers": []}, {"unknown": {"member": 1}}, {"artifactType": "application/x.y"}])
def test_oci_manifests_that_only_this_door_admits(docker, members):
    manifest, _ = docker.blobs()
    data = json.dumps({**json.loads(manifest), **members}).encode()
    assert docker.put(data, "v1").status_code == 201
    assert docker("GET", path("v1")).data == data


def test_a_pull_is_recorded(docker):
    docker.push("v1")
    docker("GET", path("v1"))
    (image,) = docker.api("DescribeImages", repositoryName="team/app")["imageDetails"]
    assert image["lastRecordedPullTime"] == pytest.approx(docker.world.clock.now(), abs=0.0005)


# -- refused


def test_a_fixed_tag_is_refused_even_when_nothing_changes(docker):
    docker.repository("fixed", imageTagMutability="IMMUTABLE")
    pushed = docker.push("v1", "one", "fixed")
    other, _ = docker.blobs("two", "fixed")
    for manifest in (pushed.manifest, other):
        assert docker.refusal(docker.put(manifest, "v1", "fixed")) == (
            400,
            "TAG_INVALID",
            (
                "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the "
                "tag is immutable."
            ),
        )
    assert docker.put(pushed.manifest, "v2", "fixed").status_code == 201
    assert docker.put(pushed.manifest, pushed.digest, "fixed").status_code == 201
    assert docker.put(other, docker.digest(other), "fixed").status_code == 201


def test_missing_layers_are_listed(docker):
    manifest, _ = docker.blobs()
    body = json.loads(manifest)
    body["layers"][0]["digest"] = NOWHERE
    body["config"]["digest"] = "sha256:" + "1" * 64
    assert docker.refusal(docker.put(json.dumps(body).encode(), "v1")) == (
        404,
        "BLOB_UPLOAD_UNKNOWN",
        (
            f"Layers with digests '[sha256:{'1' * 64}, {NOWHERE}]' required for pushing image into repository with "
            f"name 'team/app' in the registry with id '{ACCOUNT}' do not exist"
        ),
    )


def test_missing_children_are_listed(docker):
    index = docker.index(docker.push()._replace(digest=NOWHERE))
    assert docker.refusal(docker.put(index, "v1", kind=OCI_INDEX)) == (
        400,
        "MANIFEST_BLOB_UNKNOWN",
        (
            f"Images with digests '[{NOWHERE}]' required for pushing image into repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}' do not exist"
        ),
    )


@pytest.mark.parametrize("reference", [NOWHERE, "sha512:" + "0" * 128])
def test_a_digest_that_does_not_fit_is_refused_in_ecrs_words(docker, reference):
    manifest, _ = docker.blobs()
    assert docker.refusal(docker.put(manifest, reference)) == (
        400,
        "MANIFEST_INVALID",
        (
            f"The image with digest '{reference}' in repository 'team/app' and registry ID '{ACCOUNT}' does not match "
            "the image digest that Amazon ECR has calculated."
        ),
    )


@pytest.mark.parametrize("data", [b"", b"no json", b"[]", b"{}", b'{"schemaVersion": 2}', b"\xff\xfe"])
def test_what_is_no_manifest_is_invalid_json_syntax(docker, data):
    assert docker.refusal(docker.put(data, "v1")) == (405, "UNSUPPORTED", syntax("Invalid JSON syntax"))


def test_a_type_that_contradicts_the_manifest_is_refused(docker):
    manifest, _ = docker.blobs()
    for kind in (DOCKER, OCI_INDEX, "application/vnd.unknown"):
        refused = docker.refusal(docker.put(manifest, "v1", kind=kind))
        assert refused == (405, "UNSUPPORTED", syntax("Invalid JSON syntax"))


@pytest.mark.parametrize("reference", ["a+b", "-a", ".a", "a" * 129, "a b", "é"])
def test_illegal_tags_are_400(docker, reference):
    manifest, _ = docker.blobs()
    assert docker.refusal(docker.put(manifest, reference))[0] == 400
    # the API admits some of these, so reading may look for them
    status = 404 if reference in {"-a", ".a", "a" * 129} else 400
    assert docker.refused("GET", path(reference))[0] == status
    head = docker("HEAD", path(reference))
    assert (head.status_code, head.data) == (status, b"")


def test_an_illegal_character_in_a_tag_is_told_the_pattern(docker):
    assert docker.refused("GET", path("a+b")) == (
        400,
        "MANIFEST_INVALID",
        "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'",
    )


@pytest.mark.parametrize("reference", ["sha256:short", "sha256:" + "0" * 63 + "G", "md5:" + "0" * 32, "a:b"])
def test_malformed_digests_are_400(docker, reference):
    manifest, _ = docker.blobs()
    assert docker.refusal(docker.put(manifest, reference))[:2] == (400, "DIGEST_INVALID")
    assert docker.refused("GET", path(reference))[:2] == (400, "DIGEST_INVALID")
    assert docker.refused("DELETE", path(reference))[:2] == (400, "DIGEST_INVALID")


@pytest.mark.parametrize("options", [{"quota_manifest_bytes": 600}])
def test_a_manifest_may_be_too_large(docker):
    manifest, _ = docker.blobs()
    assert docker.put(manifest.ljust(600), "v1").status_code == 201
    large = manifest.ljust(601)
    assert docker.put(large, "v2").status_code == 413
    assert docker.wsgi("PUT", path("v2"), large).status_code == 413
    assert docker.tags() == ["v1"]


def test_a_manifest_that_is_cut_off_is_400(docker):
    manifest, _ = docker.blobs()
    answer = docker.wsgi("PUT", path("v1"), manifest, length=len(manifest) + 1)
    assert answer.status_code == 400
    assert docker.tags() == []


@pytest.mark.parametrize("reference", ["gone", NOWHERE, "sha512:" + "0" * 128])
def test_a_missing_image_is_not_known(docker, reference):
    assert docker.refused("GET", path(reference)) == MISSING
    assert docker.refused("DELETE", path(reference)) == MISSING
    head = docker("HEAD", path(reference))
    assert (head.status_code, head.data) == (404, b"")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_missing_repository_is_not_known(docker, method):
    assert docker.refused(method, path("v1", "gone"), b"{}", Content_Type=OCI) == (
        404,
        "NAME_UNKNOWN",
        f"The repository with name 'gone' does not exist in the registry with id '{ACCOUNT}'",
    )


# -- deleted


def test_delete_by_digest_removes_the_image_and_its_tags(docker):
    pushed = docker.push("v1")
    docker.put(pushed.manifest, "v2")
    answer = docker("DELETE", path(pushed.digest))
    assert (answer.status_code, answer.data) == (202, b"")
    for reference in ("v1", "v2", pushed.digest):
        assert docker.refused("GET", path(reference)) == MISSING
    docker.world.travel(docker.world.clock.now() + 86_400)  # the layers' grace
    assert docker.world.blobs.names() == set()


def test_delete_by_tag_removes_the_tag_and_the_image_with_its_last(docker):
    pushed = docker.push("v1")
    docker.put(pushed.manifest, "v2")
    assert docker("DELETE", path("v1")).status_code == 202
    assert docker.refused("GET", path("v1")) == MISSING
    assert docker("GET", path(pushed.digest)).data == pushed.manifest
    assert docker("DELETE", path("v2")).status_code == 202
    assert docker.refused("GET", path(pushed.digest)) == MISSING


def test_the_child_of_an_index_is_held_in_the_apis_words(docker):
    child = docker.push(None, "one")
    index = docker.index(child)
    docker.put(index, "multi", kind=OCI_INDEX)
    status, _, message = docker.refused("DELETE", path(child.digest))
    assert status in {400, 405}
    assert message == f"Requested image referenced by manifest list: [{docker.digest(index)}]"
    assert docker("DELETE", path("multi")).status_code == 202
    assert docker("DELETE", path(child.digest)).status_code == 202


# -- schema 1 (facts/registry 2.9)


def with_history(docker, tag="v1"):
    """Push an image whose history has a step without a layer."""
    config = b'{"architecture":"amd64","rootfs":{"diff_ids":["sha256:1"]},"history":[{},{"empty_layer":true}]}'
    for data in (config, b"layer"):
        docker.blob(data)
    body = image_of(descriptor(config, DOCKER_CONFIG), descriptor(b"layer", DOCKER_LAYER), kind=DOCKER)
    assert docker.put(encoded(body), tag, kind=DOCKER).status_code == 201
    return encoded(body)


@pytest.mark.parametrize("agent", ["docker/1.7.1 go/go1.4.2 kernel/3.16", "docker/1.9.0", "docker/1.8"])
def test_a_docker_of_2015_gets_schema_1_and_can_pull_every_layer_of_it(docker, agent):
    with_history(docker)
    answer = docker("GET", path("v1"), User_Agent=agent)
    assert answer.headers["Content-Type"] == f"{SCHEMA1.removesuffix('json')}prettyjws"
    body = json.loads(answer.data)
    assert (body["name"], body["tag"], len(body["signatures"])) == ("team/app", "v1", 1)
    for row in body["fsLayers"]:
        data = docker("GET", f"/v2/team/app/blobs/{row['blobSum']}", User_Agent=agent).data
        assert docker.digest(data) == row["blobSum"]
    head = docker("HEAD", path("v1"), User_Agent=agent)
    assert head.headers["Docker-Content-Digest"] == answer.headers["Docker-Content-Digest"]
    assert head.headers["Content-Length"] == str(len(answer.data))


@pytest.mark.parametrize("agent", ["docker/1.10.0 go/go1.5", "docker/1.13.1", "docker/28.0.1", "curl/8", "docker/1.70"])
def test_everybody_else_gets_the_stored_bytes_without_asking(docker, agent):
    stored = with_history(docker)
    assert docker("GET", path("v1"), User_Agent=agent).data == stored


def test_by_digest_the_stored_bytes_whoever_asks(docker):
    stored = with_history(docker)
    assert docker("GET", path(docker.digest(stored)), User_Agent="docker/1.9.0").data == stored


def test_what_a_translation_gave_can_be_pushed_and_pulled_by_its_digest(docker):
    with_history(docker)
    answer = docker("GET", path("v1"), Accept=f"{SCHEMA1.removesuffix('json')}prettyjws")
    digest = answer.headers["Docker-Content-Digest"]
    assert digest != docker.digest(answer.data)  # that of the text under the signature
    pushed = docker.put(answer.data, digest, kind=answer.headers["Content-Type"])
    assert (pushed.status_code, pushed.headers["Docker-Content-Digest"]) == (201, digest)
    assert docker("GET", path(digest)).data == answer.data
    assert docker("DELETE", path(digest)).status_code == 202
    assert docker("GET", path(digest)).status_code == 404


# -- sizes


def test_127_layers_200_children_and_an_index_of_indexes(docker):
    config = {"mediaType": CONFIG, "size": 2, "digest": docker.blob(b"{}")}

    def layer(text):
        kind = LAYER
        return {"mediaType": kind, "size": len(text), "digest": docker.blob(text.encode())}

    def put(body, kind, tag=None):
        data = json.dumps({"schemaVersion": 2, "mediaType": kind, **body}).encode()
        assert docker.put(data, tag or docker.digest(data), kind=kind).status_code == 201
        return {"mediaType": kind, "size": len(data), "digest": docker.digest(data)}

    wide = put({"config": config, "layers": [layer(f"layer {n}") for n in range(127)]}, OCI, "wide")
    children = [put({"config": config, "layers": [layer(f"child {n}")]}, OCI) for n in range(200)]
    index = put({"manifests": children}, OCI_INDEX, "index")
    nested = put({"manifests": [index, wide]}, OCI_INDEX, "nested")
    for tag, row in (("wide", wide), ("index", index), ("nested", nested)):
        answer = docker("GET", path(tag))
        assert docker.digest(answer.data) == answer.headers["Docker-Content-Digest"] == row["digest"]
    refusal = docker.refused("DELETE", path(index["digest"]))
    assert refusal[0] >= 400
    assert len(docker.api("ListImages", repositoryName="team/app")["imageIds"]) == 100  # and more pages
    for reference in ("nested", index["digest"]):
        assert docker("DELETE", path(reference)).status_code == 202
    for row in (*children, wide):
        assert docker("DELETE", path(row["digest"])).status_code == 202
    assert docker.api("ListImages", repositoryName="team/app")["imageIds"] == []
