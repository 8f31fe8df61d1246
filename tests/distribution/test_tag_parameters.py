"""PUT manifests/<digest>?tag=a&tag=b (facts/registry 1.7, step 8), and who has a manifest already."""

import json

import pytest
from constants import NOWHERE, OCI


@pytest.fixture(autouse=True)
def _repository(docker):
    docker.repository()


def path(reference, name="team/app"):
    return f"/v2/{name}/manifests/{reference}"


def put(docker, manifest, *tags, name="team/app", algorithm="sha256"):
    query = "&".join(f"tag={tag}" for tag in tags)
    return docker.put(manifest, f"{docker.digest(manifest, algorithm)}?{query}", name)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("count", [1, 2, 10, 100])
def test_each_tag_is_set_and_told(docker, algorithm, count):
    manifest, _ = docker.blobs()
    tags = [f"t{number:02}" for number in range(count)]
    answer = put(docker, manifest, *tags, algorithm=algorithm)
    digest = docker.digest(manifest, algorithm)
    assert (answer.status_code, answer.data) == (201, b"")
    assert answer.headers.getlist("OCI-Tag") == tags
    assert answer.headers["Docker-Content-Digest"] == digest
    assert answer.headers["Location"] == path(digest)
    assert docker.tags() == sorted(tags)
    for tag in tags[:3]:
        got = docker("GET", path(tag))
        assert (got.data, got.headers["Docker-Content-Digest"]) == (manifest, digest)
    (image,) = docker.api("DescribeImages", repositoryName="team/app")["imageDetails"]
    assert sorted(image["imageTags"]) == tags


def test_the_same_tag_twice_is_set_once(docker):
    manifest, _ = docker.blobs()
    assert put(docker, manifest, "a", "b", "a").headers.getlist("OCI-Tag") == ["a", "b"]


def test_a_put_without_parameters_or_by_tag_tells_no_tags(docker):
    manifest, _ = docker.blobs()
    for reference in (docker.digest(manifest), "v1", "v1?tag=a"):
        answer = docker.put(manifest, reference)
        assert answer.status_code == 201
        assert "OCI-Tag" not in answer.headers
    assert docker.tags() == ["v1"]


def test_tags_move_and_stay(docker):
    one = docker.push("a", "one")
    docker.put(one.manifest, "b")
    two, _ = docker.blobs("two")
    assert put(docker, two, "b", "c").status_code == 201
    for _ in range(2):
        assert put(docker, two, "b", "c").headers.getlist("OCI-Tag") == ["b", "c"]
    assert docker("GET", path("a")).data == one.manifest
    assert docker("GET", path("b")).data == docker("GET", path("c")).data == two


def test_a_hundred_and_one_tags_are_too_many_and_nothing_happens(docker):
    manifest, _ = docker.blobs()
    before = docker.world.store.dump()
    answer = put(docker, manifest, *(f"t{number}" for number in range(101)))
    assert docker.refusal(answer)[0] == 414
    assert docker.world.store.dump() == before


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_fixed_tag_refuses_all(docker, place):
    docker.repository("fixed", imageTagMutability="IMMUTABLE")
    docker.push("taken", "one", "fixed")
    manifest, _ = docker.blobs("two", "fixed")
    tags = ["a", "b"]
    tags.insert(place, "taken")
    before = docker.world.store.dump()
    assert docker.refusal(put(docker, manifest, *tags, name="fixed"))[:2] == (400, "TAG_INVALID")
    assert docker.world.store.dump() == before
    assert put(docker, manifest, "a", "b", name="fixed").status_code == 201
    assert docker.refusal(put(docker, manifest, "c", "a", name="fixed"))[:2] == (400, "TAG_INVALID")
    assert docker.tags("fixed") == ["a", "b", "taken"]


@pytest.mark.parametrize("tag", ["-a", "a b", "a%2Fb", "a" * 129, "%C3%A9"])
def test_one_illegal_tag_refuses_all(docker, tag):
    manifest, _ = docker.blobs()
    before = docker.world.store.dump()
    answer = put(docker, manifest, "good", tag)
    assert docker.refusal(answer)[0] == 400
    assert docker.world.store.dump() == before


def test_a_wrong_digest_sets_no_tag(docker):
    manifest, _ = docker.blobs()
    assert docker.refusal(docker.put(manifest, f"sha256:{'0' * 64}?tag=a"))[:2] == (400, "MANIFEST_INVALID")
    assert docker.tags() == []


@pytest.mark.parametrize("options", [{"quota_tags_per_image": 2}])
def test_the_quota_of_tags_refuses_all(docker):
    manifest, _ = docker.blobs()
    before = docker.world.store.dump()
    assert docker.refusal(put(docker, manifest, "a", "b", "c"))[:2] == (403, "DENIED")
    assert docker.world.store.dump() == before


def test_a_subject_is_told_beside_tags(docker):
    manifest, _ = docker.blobs()
    row = {"mediaType": OCI, "digest": NOWHERE, "size": 1}
    data = json.dumps({**json.loads(manifest), "subject": row}).encode()
    answer = put(docker, data, "a", "b")
    assert answer.headers["OCI-Subject"] == row["digest"]
    assert answer.headers.getlist("OCI-Tag") == ["a", "b"]


# -- If-None-Match


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_has_a_manifest_is_told_so(docker, method):
    pushed = docker.push("v1")
    for reference in ("v1", pushed.digest):
        tag = docker("GET", path(reference)).headers["ETag"]
        assert tag == f'"{pushed.digest}"'
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = docker(method, path(reference), If_None_Match=known)
            assert (answer.status_code, answer.data) == (304, b""), known
            assert answer.headers["ETag"] == tag
            assert answer.headers["Docker-Content-Digest"] == pushed.digest
            assert "Content-Length" not in answer.headers
    for known in ('"other"', pushed.digest, "nonsense", '""'):
        answer = docker(method, path("v1"), If_None_Match=known)
        assert answer.status_code == 200, known
        assert answer.data == (pushed.manifest if method == "GET" else b"")


def test_a_tag_that_moved_is_sent_anew(docker):
    one = docker.push("v1", "one")
    two = docker.push("v1", "two")
    answer = docker("GET", path("v1"), If_None_Match=f'"{one.digest}"')
    assert (answer.status_code, answer.data) == (200, two.manifest)


def test_what_is_gone_is_gone_whatever_the_client_has(docker):
    pushed = docker.push("v1")
    docker("DELETE", path(pushed.digest))
    assert docker("GET", path("v1"), If_None_Match="*").status_code == 404
