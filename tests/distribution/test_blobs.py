"""ecrmock.distribution.blobs: HEAD, GET and Range (facts/registry 1.5)."""

import gc
import warnings

import pytest
from constants import ACCOUNT, NOWHERE

DATA = bytes(place % 251 for place in range(3000))
EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def path(docker):
    """Where a blob of 3,000 bytes is."""
    docker.repository()
    return f"/v2/team/app/blobs/{docker.blob(DATA)}"


def test_get_brings_the_bytes(docker, path):
    answer = docker("GET", path)
    assert (answer.status_code, answer.data) == (200, DATA)
    assert answer.headers["Content-Length"] == "3000"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Docker-Content-Digest"] == docker.digest(DATA)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == f'"{docker.digest(DATA)}"'
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_head_tells_size_and_digest_without_a_body(docker, path):
    answer = docker("HEAD", path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == "3000"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Docker-Content-Digest"] == docker.digest(DATA)


def test_a_percent_escape_in_the_path_is_decoded(docker, path):
    assert docker("GET", path.replace("sha256:", "sha256%3A")).data == DATA


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=500-1499", 500, 1500),
        ("bytes=500-", 500, 3000),
        ("bytes=-500", 2500, 3000),
        ("bytes=2000-5000", 2000, 3000),
        ("bytes=0-0", 0, 1),
        ("bytes=2999-2999", 2999, 3000),
        ("bytes=-5000", 0, 3000),
        ("BYTES=1-2", 1, 3),
    ],
)
def test_a_range_is_206(docker, path, wanted, start, stop):
    answer = docker("GET", path, Range=wanted)
    assert (answer.status_code, answer.data) == (206, DATA[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/3000"
    assert answer.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("wanted", ["bytes=500-0", "bytes=5000-10000", "bytes=3000-", "bytes=-0"])
def test_a_range_outside_is_416_with_the_size(docker, path, wanted):
    answer = docker("GET", path, Range=wanted)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */3000"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=-", "bytes", "bytes=1"])
def test_what_is_no_single_range_brings_the_whole_blob(docker, path, wanted):
    answer = docker("GET", path, Range=wanted)
    assert (answer.status_code, answer.data) == (200, DATA)


def test_a_range_of_a_head_is_ignored(docker, path):
    answer = docker("HEAD", path, Range="bytes=0-1")
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "3000")


def test_any_range_of_an_empty_blob_is_outside(docker):
    docker.repository()
    docker.blob(b"")
    assert docker("GET", f"/v2/team/app/blobs/{EMPTY}").data == b""
    assert docker("GET", f"/v2/team/app/blobs/{EMPTY}", Range="bytes=0-").status_code == 416


def test_a_missing_blob_is_404_in_ecrs_words(docker):
    docker.repository()
    assert docker.refused("GET", f"/v2/team/app/blobs/{NOWHERE}") == (
        404,
        "BLOB_UNKNOWN",
        (
            f"The layer with digest '{NOWHERE}' does not exist within the repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}'"
        ),
    )
    head = docker("HEAD", f"/v2/team/app/blobs/{NOWHERE}")
    assert (head.status_code, head.data) == (404, b"")


def test_a_blob_of_another_repository_is_missing_here(docker, path):
    docker.repository("other")
    assert docker.refused("GET", path.replace("team/app", "other"))[:2] == (404, "BLOB_UNKNOWN")


def test_a_missing_repository_is_not_known(docker):
    for method in ("GET", "HEAD"):
        assert docker(method, f"/v2/gone/blobs/{NOWHERE}").status_code == 404
    assert docker.refused("GET", f"/v2/gone/blobs/{NOWHERE}")[1] == "NAME_UNKNOWN"


@pytest.mark.parametrize("digest", ["nonsense", "sha256:short", "sha256:" + "G" * 64, "md5:" + "0" * 32, "sha256:"])
def test_a_malformed_digest_is_400(docker, digest):
    docker.repository()
    assert docker.refused("GET", f"/v2/team/app/blobs/{digest}")[:2] == (400, "DIGEST_INVALID")
    assert docker("HEAD", f"/v2/team/app/blobs/{digest}").status_code == 400


def test_a_blob_deleted_by_hand_is_gone_at_once(docker, path):
    assert docker("DELETE", path).status_code == 202
    assert docker("HEAD", path).status_code == 404
    assert docker.refused("DELETE", path)[:2] == (404, "BLOB_UNKNOWN")
    assert docker.world.blobs.names() == set()


def test_who_has_a_blob_is_told_so(docker, path):
    tag = docker("GET", path).headers["ETag"]
    answer = docker("GET", path, If_None_Match=f'"other", {tag}')
    assert (answer.status_code, answer.data) == (304, b"")
    assert docker("GET", path, If_None_Match='"other"').status_code == 200


def test_a_loose_blob_is_served_at_this_door_and_goes_after_a_day(docker, path):
    assert docker("GET", path).status_code == 200
    docker.world.travel(docker.world.clock.now() + 25 * 3600)
    docker.login = docker.token()
    assert docker.refused("GET", path)[:2] == (404, "BLOB_UNKNOWN")


def test_a_large_blob_is_sent_in_blocks_and_ranges(docker):
    docker.repository()
    data = bytes(1024) * 1200 + b"end"
    path = f"/v2/team/app/blobs/{docker.blob(data)}"
    assert docker("GET", path).data == data
    assert docker("GET", path, Range="bytes=-4").data == b"\0end"


def test_the_file_of_a_large_blob_is_closed_when_nobody_needs_it(docker):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        elsewhere = type(docker)({})
        elsewhere.repository()
        elsewhere.blob(bytes(1024) * 1200)
        del elsewhere
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_the_api_sees_the_same_blob(docker, path):
    digest = docker.digest(DATA)
    answer = docker.api("BatchCheckLayerAvailability", repositoryName="team/app", layerDigests=[digest])
    assert answer["layers"][0]["layerSize"] == 3000
    pushed = docker.push("v1")
    layer = docker.digest(pushed.blobs["layer"])
    url = docker.api("GetDownloadUrlForLayer", repositoryName="team/app", layerDigest=layer)["downloadUrl"]
    assert url.startswith("http://localhost/")
    assert docker("GET", url.removeprefix("http://localhost"), login=None).data == pushed.blobs["layer"]
    assert path
