"""ecrmock.distribution.uploads: every form of an upload (facts/registry 1.6)."""

import hashlib
import threading

import pytest
from constants import ACCOUNT, OCI
from images import descriptor, encoded, image_of

NO_UPLOAD = "00000000-0000-4000-8000-000000000000"
MIB = 1024 * 1024
MISMATCH = "None of the provided layer digests match the calculated layer digest"


@pytest.fixture(autouse=True)
def _repository(docker):
    docker.repository()


def unknown(upload, name="team/app"):
    return (
        404,
        "BLOB_UPLOAD_UNKNOWN",
        (
            f"The upload with id '{upload}' in the repository with name '{name}' in registry with id '{ACCOUNT}' does "
            "not exist"
        ),
    )


def standing(docker, location):
    """The Range of an upload as it stands."""
    answer = docker("GET", location)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Location"] == location
    assert answer.headers["Docker-Upload-UUID"] == location.rpartition("/")[2]
    return answer.headers["Range"]


def finish(docker, location, data, body=b"", **headers):
    """PUT with the digest of all the data; the blob is what it should be."""
    answer = docker("PUT", f"{location}?digest={docker.digest(data)}", body, **headers)
    assert answer.status_code == 201
    assert answer.data == b""
    assert answer.headers["Content-Length"] == "0"
    assert answer.headers["Docker-Content-Digest"] == docker.digest(data)
    assert answer.headers["Location"] == f"/v2/team/app/blobs/{docker.digest(data)}"
    assert docker("GET", answer.headers["Location"]).data == data
    assert docker.refused("GET", location) == unknown(location.rpartition("/")[2])


# -- beginning


@pytest.mark.parametrize("slash", ["/", ""])
def test_post_begins_an_upload_with_and_without_the_slash(docker, slash):
    answer = docker("POST", f"/v2/team/app/blobs/uploads{slash}")
    assert (answer.status_code, answer.data) == (202, b"")
    upload = answer.headers["Docker-Upload-UUID"]
    assert answer.headers["Location"] == f"/v2/team/app/blobs/uploads/{upload}"
    assert answer.headers["Range"] == "0-0"
    assert answer.headers["Content-Length"] == "0"
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_a_missing_repository_is_not_known(docker):
    assert docker.refused("POST", "/v2/gone/blobs/uploads/") == (
        404,
        "NAME_UNKNOWN",
        f"The repository with name 'gone' does not exist in the registry with id '{ACCOUNT}'",
    )


def test_a_mount_is_answered_with_an_ordinary_upload(docker):
    docker.repository("other")
    digest = docker.blob(b"data", "other")
    answer = docker("POST", f"/v2/team/app/blobs/uploads/?mount={digest.replace(':', '%3A')}&from=other")
    assert answer.status_code == 202
    finish(docker, answer.headers["Location"], b"data", b"data")


# -- in every form


def test_post_then_put(docker):
    finish(docker, docker.begin(), b"whole", b"whole")


def test_post_then_patch_then_put(docker):
    location = docker.begin()
    answer = docker("PATCH", location, b"whole")
    assert (answer.status_code, answer.data) == (202, b"")
    assert answer.headers["Location"] == location
    assert answer.headers["Range"] == "0-4"
    assert answer.headers["Docker-Upload-UUID"] == location.rpartition("/")[2]
    assert answer.headers["Content-Length"] == "0"
    finish(docker, location, b"whole")


def test_streamed_patches_and_a_put_with_the_rest_are_appended(docker):
    location = docker.begin()
    docker("PATCH", location, b"one")
    assert docker("PATCH", location, b"two").headers["Range"] == "0-5"
    finish(docker, location, b"onetwothree", b"three")


@pytest.mark.parametrize("form", ["{}-{}", "bytes {}-{}", "bytes={}-{}", "{}-{}/9", "bytes {}-{}/*"])
def test_chunks_are_announced_by_their_content_range(docker, form):
    location = docker.begin()
    for first in (0, 3):
        answer = docker("PATCH", location, b"abc", Content_Range=form.format(first, first + 2))
        assert answer.status_code == 202
    assert answer.headers["Range"] == "0-5"
    finish(docker, location, b"abcabcxyz", b"xyz", Content_Range=form.format(6, 8))


def test_a_chunked_body_needs_no_length(docker):
    location = docker.begin()
    assert docker.wsgi("PATCH", location, b"abc").status_code == 202
    answer = docker.wsgi("PUT", f"{location}?digest={docker.digest(b'abcdef')}", b"def")
    assert answer.status_code == 201


def test_a_whole_blob_in_one_post(docker):
    answer = docker("POST", f"/v2/team/app/blobs/uploads/?digest={docker.digest(b'data')}", b"data")
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v2/team/app/blobs/{docker.digest(b'data')}"
    assert answer.headers["Docker-Content-Digest"] == docker.digest(b"data")
    assert docker("GET", answer.headers["Location"]).data == b"data"
    assert "uploads" not in docker.world.store.dump()


def test_a_post_with_a_digest_but_no_body_begins_an_upload(docker):
    answer = docker("POST", f"/v2/team/app/blobs/uploads/?digest={docker.digest(b'data')}")
    assert answer.status_code == 202
    finish(docker, answer.headers["Location"], b"data", b"data")


def test_a_wrong_digest_in_one_post_keeps_nothing(docker):
    before = docker.world.store.dump()
    path = f"/v2/team/app/blobs/uploads/?digest={docker.digest(b'other')}"
    assert docker.refused("POST", path, b"data") == (400, "BLOB_UPLOAD_INVALID", MISMATCH)
    assert docker.world.store.dump() == before
    assert docker.world.blobs.names() == set()


def test_an_empty_blob_is_a_blob(docker):
    finish(docker, docker.begin(), b"")
    head = docker("HEAD", "/v2/team/app/blobs/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    assert (head.status_code, head.headers["Content-Length"]) == (200, "0")


def test_a_sha512_digest_is_accepted_and_found_under_both_names(docker):
    digest = docker.digest(b"data", "sha512")
    answer = docker("PUT", f"{docker.begin()}?digest={digest.replace(':', '%3A')}", b"data")
    assert answer.status_code == 201
    assert answer.headers["Docker-Content-Digest"] == digest
    for name in (digest, docker.digest(b"data")):
        assert docker("GET", f"/v2/team/app/blobs/{name}").data == b"data"
    wrong = docker.digest(b"other", "sha512")
    assert docker.refused("PUT", f"{docker.begin()}?digest={wrong}", b"data")[:2] == (400, "BLOB_UPLOAD_INVALID")


def test_a_large_layer_is_known_by_its_sha512_too(docker):
    data = bytes(1024) * 1200
    digest = docker.digest(data, "sha512")
    assert docker("PUT", f"{docker.begin()}?digest={digest}", data).status_code == 201
    assert docker("HEAD", f"/v2/team/app/blobs/{digest}").headers["Content-Length"] == str(len(data))
    wrong = f"{docker.begin()}?digest=sha512:{'0' * 128}"
    assert docker.refused("PUT", wrong, data) == (400, "BLOB_UPLOAD_INVALID", MISMATCH)


def test_a_blob_that_is_here_already_is_a_success_again(docker):
    for _ in range(2):
        finish(docker, docker.begin(), b"data", b"data")


def test_two_uploads_of_one_blob_at_a_time_both_succeed(docker):
    one, two = docker.begin(), docker.begin()
    docker("PATCH", one, b"data")
    docker("PATCH", two, b"data")
    finish(docker, one, b"data")
    finish(docker, two, b"data")


def test_small_chunks_are_no_fault_at_this_door(docker):
    location, data = docker.begin(), bytes(range(97, 107))
    for place in range(10):
        span = f"{place}-{place}"
        assert docker("PATCH", location, data[place : place + 1], Content_Range=span).headers["Range"] == f"0-{place}"
    finish(docker, location, data)


def test_a_large_layer_in_four_chunks_the_last_with_the_put(docker):
    # facts/registry V5 at a tenth of its size
    size, location = MIB, docker.begin()
    data = b"".join(hashlib.sha256(bytes([place])).digest() * (size // 32) for place in range(3)) + b"x" * (size // 2)
    for place in range(3):
        chunk = data[place * size : (place + 1) * size]
        answer = docker("PATCH", location, chunk, Content_Range=f"{place * size}-{(place + 1) * size - 1}")
        assert (answer.status_code, answer.headers["Range"]) == (202, f"0-{(place + 1) * size - 1}")
    finish(docker, location, data, data[3 * size :], Content_Range=f"{3 * size}-{len(data) - 1}")


# -- out of order


@pytest.mark.parametrize("first", [0, 2, 4, 1000])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_chunk_out_of_order_is_416_with_the_place_to_go_on(docker, method, first):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    path = location if method == "PATCH" else f"{location}?digest={docker.digest(b'abcxyz')}"
    answer = docker(method, path, b"xyz", Content_Range=f"{first}-{first + 2}")
    assert docker.refusal(answer) == (
        416,
        "BLOB_UPLOAD_INVALID",
        f"First byte of the layer part is {first} instead of 3",
    )
    assert answer.headers["Location"] == location
    assert answer.headers["Range"] == "0-2"
    assert standing(docker, location) == "0-2"
    finish(docker, location, b"abcxyz", b"xyz", Content_Range="3-5")


def test_a_patch_from_the_beginning_again_tells_the_expected_byte(docker):
    # facts/registry V6, smaller
    location, size = docker.begin(), 113_049
    docker("PATCH", location, b"x" * size)
    answer = docker("PATCH", location, b"x" * size, Content_Range=f"0-{size - 1}")
    assert docker.refusal(answer)[2] == f"First byte of the layer part is 0 instead of {size}"
    assert answer.status_code == 416


@pytest.mark.parametrize("span", ["3-6", "3-4"])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_body_that_is_not_as_long_as_its_content_range_does_not_count(docker, method, span):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    path = location if method == "PATCH" else f"{location}?digest={docker.digest(b'abcxyz')}"
    assert docker(method, path, b"xyz", Content_Range=span).status_code in {400, 416}
    assert standing(docker, location) == "0-2"
    finish(docker, location, b"abcxyz", b"xyz", Content_Range="3-5")


@pytest.mark.parametrize("span", ["nonsense", "5-3", "-3", "3-", "a-b", ""])
def test_a_content_range_that_cannot_be_read_is_refused(docker, span):
    location = docker.begin()
    answer = docker("PATCH", location, b"abc", Content_Range=span)
    if span:
        assert docker.refusal(answer)[:2] == (400, "BLOB_UPLOAD_INVALID")
        assert standing(docker, location) == "0-0"
    else:
        assert answer.status_code == 202


# -- looking and cancelling


def test_the_status_of_an_upload_tells_where_it_stands(docker):
    location = docker.begin()
    assert standing(docker, location) == "0-0"
    docker("PATCH", location, b"abc")
    assert standing(docker, location) == "0-2"
    docker("PATCH", location, b"")
    assert standing(docker, location) == "0-2"


def test_a_cancelled_upload_is_gone(docker):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    answer = docker("DELETE", location)
    assert (answer.status_code, answer.data) == (204, b"")
    gone = unknown(location.rpartition("/")[2])
    assert docker.refused("GET", location) == gone
    assert docker.refused("DELETE", location) == gone
    assert docker.refused("PATCH", location, b"x") == gone
    assert docker.refused("PUT", f"{location}?digest={docker.digest(b'abc')}") == gone
    assert "uploads" not in docker.world.store.dump()


def test_an_upload_belongs_to_its_repository(docker):
    docker.repository("other")
    upload = docker.begin().rpartition("/")[2]
    path = f"/v2/other/blobs/uploads/{upload}"
    gone = unknown(upload, "other")
    assert docker.refused("GET", path) == gone
    assert docker.refused("PATCH", path, b"x") == gone
    assert docker.refused("PUT", f"{path}?digest={docker.digest(b'x')}", b"x") == gone
    assert docker.refused("DELETE", path) == gone


def test_an_upload_that_never_was(docker):
    assert docker.refused("PATCH", f"/v2/team/app/blobs/uploads/{NO_UPLOAD}", b"x") == unknown(NO_UPLOAD)


def test_an_upload_of_a_repository_that_went(docker):
    location = docker.begin()
    docker.api("DeleteRepository", repositoryName="team/app")
    assert docker.refused("PATCH", location, b"x")[:2] == (404, "NAME_UNKNOWN")


def test_an_unfinished_upload_expires_after_a_day(docker):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    docker.world.travel(docker.world.clock.now() + 24 * 3600 + 1)
    docker.login = docker.token()
    assert docker.refused("GET", location) == unknown(location.rpartition("/")[2])


# -- digests


@pytest.mark.parametrize(
    "query", ["", "?digest=", "?digest=nonsense", "?digest=sha256:short", "?digest=md5:" + "0" * 32]
)
def test_a_put_needs_a_digest_of_a_known_algorithm(docker, query):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    assert docker.refused("PUT", location + query)[:2] == (400, "DIGEST_INVALID")
    finish(docker, location, b"abc")


def test_upper_case_hex_is_no_digest(docker):
    digest = "sha256:" + docker.digest(b"abc").partition(":")[2].upper()
    assert docker.refused("PUT", f"{docker.begin()}?digest={digest}", b"abc")[:2] == (400, "DIGEST_INVALID")


def test_a_digest_that_does_not_fit_is_refused_in_ecrs_words(docker):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    path = f"{location}?digest={docker.digest(b'other')}"
    assert docker.refused("PUT", path) == (400, "BLOB_UPLOAD_INVALID", MISMATCH)
    assert docker.world.blobs.names() == set()


def test_a_refused_put_leaves_the_upload_as_it_was(docker):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    path = f"{location}?digest={docker.digest(b'other')}"
    assert docker.refused("PUT", path, b"xyz") == (400, "BLOB_UPLOAD_INVALID", MISMATCH)
    assert standing(docker, location) == "0-2"
    finish(docker, location, b"abcxyz", b"xyz")


# -- bodies that end early


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_body_shorter_than_its_length_is_400_and_does_not_count(docker, method):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    path = location if method == "PATCH" else f"{location}?digest={docker.digest(b'abcde')}"
    answer = docker.wsgi(method, path, b"de", length=100)
    assert docker.refusal(answer)[:2] == (400, "SIZE_INVALID")
    assert standing(docker, location) == "0-2"
    finish(docker, location, b"abcde", b"de")


def test_a_whole_blob_that_is_cut_off_keeps_nothing(docker):
    before = docker.world.store.dump()
    path = f"/v2/team/app/blobs/uploads/?digest={docker.digest(b'data')}"
    assert docker.wsgi("POST", path, b"data", length=5).status_code == 400
    assert docker.world.store.dump() == before
    assert docker.world.blobs.names() == set()


class Broken:
    """A client that goes away in the middle."""

    def __init__(self, data):
        self.data = data

    def read(self, _size):
        if not self.data:
            raise OSError("went away")
        data, self.data = self.data, b""
        return data


def test_a_client_that_goes_away_leaves_the_upload_as_it_was(docker):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    for length in (None, 100):
        assert docker.wsgi("PATCH", location, Broken(b"de"), length=length).status_code == 400
        assert standing(docker, location) == "0-2"
    finish(docker, location, b"abcde", b"de")


# -- one writer at a time


class Waiting:
    """A body of which the second half comes when it is told to."""

    def __init__(self, first, second):
        self.parts = [first, second]
        self.reached = threading.Event()
        self.go = threading.Event()

    def read(self, _size):
        if len(self.parts) == 1:
            self.reached.set()
            assert self.go.wait(10)
        return self.parts.pop(0) if self.parts else b""


class Running:
    """A PATCH that is in the middle of its body until `end`."""

    def __init__(self, docker, location, **headers):
        self.body, self.answer = Waiting(b"def", b"ghi"), None
        self.thread = threading.Thread(target=self.run, args=(docker, location, headers))
        self.thread.start()
        assert self.body.reached.wait(10)

    def run(self, docker, location, headers):
        self.answer = docker.wsgi("PATCH", location, self.body, **headers)

    def end(self):
        self.body.go.set()
        self.thread.join(10)
        return self.answer


def test_while_one_writes_others_are_refused_and_the_status_stands(docker):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    running = Running(docker, location)
    upload = location.rpartition("/")[2]
    busy = (416, "BLOB_UPLOAD_INVALID", f"The upload with id '{upload}' is receiving another layer part")
    path = f"{location}?digest={docker.digest(b'abc')}"
    try:
        assert docker.refused("PATCH", location, b"xyz") == busy
        assert docker.refused("PATCH", location, b"xyz", Content_Range="3-5") == busy
        assert docker.refused("PUT", path) == busy
        assert docker.refused("PUT", path, b"xyz") == busy
        assert docker.refused("DELETE", location) == busy
        assert standing(docker, location) == "0-2"
    finally:
        answer = running.end()
    assert (answer.status_code, answer.headers["Range"]) == (202, "0-8")
    finish(docker, location, b"abcdefghi")


def test_an_upload_that_expires_while_it_is_written_is_not_known(docker):
    location = docker.begin()
    running = Running(docker, location)
    docker.world.travel(docker.world.clock.now() + 24 * 3600 + 1)
    assert docker.refusal(running.end()) == unknown(location.rpartition("/")[2])
    assert "uploads" not in docker.world.store.dump()


def test_a_repository_that_goes_while_a_layer_is_written_is_not_known(docker):
    running = Running(docker, docker.begin())
    docker.api("DeleteRepository", repositoryName="team/app")
    assert docker.refusal(running.end())[:2] == (404, "NAME_UNKNOWN")


def test_others_go_on_while_a_layer_is_written(docker):
    running = Running(docker, docker.begin())
    try:
        pushed = docker.push("v1")
        assert docker("GET", "/v2/team/app/manifests/v1").data == pushed.manifest
        assert docker.api("DescribeRepositories")["repositories"]
    finally:
        assert running.end().status_code == 202


def test_many_push_the_same_image_at_once(docker):
    statuses = []

    def push(number):
        for data in (b"{}", b"layer"):
            digest = docker.digest(data)
            location = docker.wsgi("POST", "/v2/team/app/blobs/uploads/", b"", length=0).headers["Location"]
            statuses.append(docker.wsgi("PATCH", location, data, length=len(data)).status_code)
            statuses.append(docker.wsgi("PUT", f"{location}?digest={digest}", b"", length=0).status_code)
        body = encoded(image_of(*(descriptor(data, "application/x") for data in (b"{}", b"layer"))))
        kind = {"content_type": OCI}
        path = f"/v2/team/app/manifests/v{number % 3}"
        statuses.append(docker.wsgi("PUT", path, body, length=len(body), **kind).status_code)

    threads = [threading.Thread(target=push, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(statuses) == [201] * 36 + [202] * 24
    assert docker.tags() == ["v0", "v1", "v2"]
    dump = docker.world.store.dump()
    assert {layer.users for layer in next(iter(dump["layers"].values())).values()} == {1}
    ((digest, _),) = next(iter(dump["images"].values())).items()
    assert docker("DELETE", f"/v2/team/app/manifests/{digest}").status_code == 202
    docker.world.travel(docker.world.clock.now() + 86_400)  # the layers' grace
    assert docker.world.blobs.names() == set()


@pytest.mark.parametrize("options", [{"quota_layer_bytes": 5, "quota_layer_parts": 2}])
def test_quotas_deny(docker):
    location = docker.begin()
    docker("PATCH", location, b"abc")
    assert docker.refused("PATCH", location, b"def")[:2] == (403, "DENIED")
    docker("PATCH", location, b"d")
    assert docker.refused("PATCH", location, b"e")[:2] == (403, "DENIED")
    finish(docker, location, b"abcd")
