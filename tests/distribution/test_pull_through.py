"""Pull through cache at the docker door: manifests, statuses."""

import pytest
from constants import NOWHERE
from upstream import Upstream

APP = "quay/team/app"


@pytest.fixture
def upstream():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture
def options(upstream):
    return {"upstreams": (("quay", upstream.url),)}


@pytest.fixture
def cache(docker):
    """A docker client in a registry with a rule."""
    docker.api("CreatePullThroughCacheRule", ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    return docker


def manifest(reference, name=APP):
    return f"/v2/{name}/manifests/{reference}"


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_pull_by_tag_then_of_every_layer(cache, upstream, method):
    there = upstream.push("team/app", "v1")
    answer = cache(method, manifest("v1"))
    assert (answer.status_code, answer.headers["Docker-Content-Digest"]) == (200, there["digest"])
    upstream.stop()
    got = cache("GET", manifest(there["digest"]))
    assert got.data == upstream.manifests["team/app", "v1"][0]
    for row in (got.json["config"], *got.json["layers"]):
        blob = cache("GET", f"/v2/{APP}/blobs/{row['digest']}")
        assert blob.data == upstream.blobs["team/app", row["digest"]]
    assert cache.tags(APP) == ["v1"]
    assert cache.calls[0] == ("BatchGetImage", None)
    assert len(cache.calls) == 5


@pytest.mark.parametrize("reference", ["v1", NOWHERE, "sha512:" + "0" * 128])
def test_what_the_upstream_lacks(cache, reference):
    told = (404, "MANIFEST_UNKNOWN", "Requested image not found")
    assert cache.refused("GET", manifest(reference)) == told
    assert cache("HEAD", manifest(reference)).status_code == 404
    assert cache.api("DescribeRepositories")["repositories"] == []


def test_without_a_rule_a_repository_is_missing(cache):
    assert cache.refused("GET", manifest("v1", "other/app"))[:2] == (404, "NAME_UNKNOWN")


UNABLE = "The image or images were unable to be pulled using the pull through cache rule. "
REFUSED = "The authentication to the upstream registry failed. Verify that the credentials "


@pytest.mark.parametrize(("status", "opening"), [(401, REFUSED), (403, REFUSED), (500, UNABLE), (418, UNABLE)])
def test_trouble_is_a_403_with_its_reason(cache, upstream, status, opening):
    upstream.before = lambda _path, _headers: (status, {}, b"")
    got, code, sentence = cache.refused("GET", manifest("v1"))
    assert (got, code) == (403, "DENIED")
    assert sentence.startswith(opening)


def test_sha512_all_the_way(cache, upstream):
    there = upstream.push("team/app", "v1")
    data, kind = upstream.manifests["team/app", there["digest"]]
    digest = cache.digest(data, "sha512")
    upstream.manifests["team/app", digest] = data, kind
    answer = cache("GET", manifest(digest))
    assert (answer.status_code, answer.headers["Docker-Content-Digest"]) == (200, digest)
    assert cache("GET", manifest(there["digest"])).status_code == 200


@pytest.mark.parametrize("source", [APP, None])
def test_what_a_cache_brought_is_not_mounted_elsewhere(cache, upstream, source):
    upstream.push("team/app", "v1")
    layer = cache("GET", manifest("v1")).json["layers"][0]["digest"]
    cache.api("PutAccountSetting", name="BLOB_MOUNTING", value="ENABLED")
    cache.repository("own/app")
    path = f"/v2/own/app/blobs/uploads/?mount={layer}" + (f"&from={source}" if source else "")
    assert cache("POST", path).status_code == 202
    upload = cache.blob(upstream.blobs["team/app", layer], "own/app")
    cache.repository("own/other")
    path = f"/v2/own/other/blobs/uploads/?mount={upload}" + ("&from=own/app" if source else "")
    assert cache("POST", path).status_code == 201  # the same bytes, pushed by a client
