"""Groups `sha256 blobs` and `sha512 blobs`: every way to upload, right and wrong, and every way to read."""

import pytest

OCTETS = "application/octet-stream"
REPO2 = "conformance/repo2"
CHUNK = 1024


def with_digest(location, digest):
    return f"{location}?digest={digest.replace(':', '%3A')}"


def post_only(client, digest, data):
    return client("POST", with_digest("blobs/uploads/", digest), data, Content_Type=OCTETS)


def post_put(client, digest, data):
    return client("PUT", with_digest(begin(client), digest), data, Content_Type=OCTETS)


def stream(client, digest, data):
    answer = client("PATCH", begin(client), data, Content_Type=OCTETS)
    assert answer.status_code == 202
    return client("PUT", with_digest(answer.headers["Location"], digest), Content_Type=OCTETS)


def chunked(client, digest, data, **options):
    """Chunks in order; before each, if wanted, one that is out of order and the way back from there."""
    location, done = begin(client), 0
    size = len(data) // options.get("chunks", 3) + 1
    with_put = options.get("last_with_put", False)
    while done < len(data):
        if options.get("out_of_order"):
            location = mistake(client, with_digest(location, digest) if with_put else location, data, (done, size))
        stop = min(done + size, len(data))
        final = with_put and stop == len(data)
        method, path = ("PUT", with_digest(location, digest)) if final else ("PATCH", location)
        answer = client(method, path, data[done:stop], Content_Type=OCTETS, Content_Range=f"{done}-{stop - 1}")
        if final:
            return answer
        assert answer.status_code == 202
        assert answer.headers["Range"] == f"0-{stop - 1}"
        location, done = answer.headers["Location"], stop
    return client("PUT", with_digest(location, digest), Content_Type=OCTETS)


def mistake(client, path, data, place):
    """A chunk that skips ahead, or back to the beginning: 416, and the status tells the truth."""
    done, size = place
    start = done + size if done + size < len(data) else 0
    stop = min(start + size, len(data))
    if start == done:  # the whole blob is one chunk: there is no wrong place
        return path.partition("?")[0]
    method = "PUT" if "?" in path and stop == len(data) else "PATCH"
    answer = client(method, path, data[start:stop], Content_Type=OCTETS, Content_Range=f"{start}-{stop - 1}")
    assert answer.status_code == 416
    status = client("GET", answer.headers["Location"])
    assert status.status_code == 204
    assert status.headers["Range"] == answer.headers["Range"] == f"0-{max(done - 1, 0)}"
    return status.headers["Location"]


def begin(client):
    answer = client("POST", "blobs/uploads/")
    assert answer.status_code == 202
    assert answer.headers["Range"] == "0-0"
    return answer.headers["Location"]


WAYS = {
    "post only": (post_only, {}),
    "post+put": (post_put, {}),
    "stream": (stream, {}),
    "chunked single": (chunked, {"chunks": 1}),
    "chunked multi": (chunked, {}),
    "chunked multi and put chunk": (chunked, {"last_with_put": True}),
    "chunked out-of-order": (chunked, {"out_of_order": True}),
    "chunked out-of-order and put chunk": (chunked, {"out_of_order": True, "last_with_put": True}),
}
CONTENTS = {"many bytes": None, "one byte": b"x", "empty": b"", "empty JSON": b"{}"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_blob_in_every_way(client, blob, way, content):
    digest, data = blob(3 * CHUNK - 5, CONTENTS[content])
    client.is_gone(f"blobs/{digest}")
    work, options = WAYS[way]
    answer = work(client, digest, data, **options)
    assert answer.status_code == 201
    assert answer.headers["Docker-Content-Digest"] == digest
    assert client("GET", answer.headers["Location"]).data == data
    head = client("HEAD", f"blobs/{digest}")
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(data)))
    got = client("GET", f"blobs/{digest}")
    assert (got.data, got.headers["Content-Length"]) == (data, str(len(data)))
    # it is deleted, and gone at once
    assert client("DELETE", f"blobs/{digest}").status_code == 202
    client.is_gone(f"blobs/{digest}")
    assert client.world.blobs.names() == set()


@pytest.mark.parametrize("way", [way for way in WAYS if "order" not in way])
def test_a_blob_that_is_not_what_its_digest_says_is_400_and_not_there(client, blob, way):
    digest, data = blob(3 * CHUNK - 5)
    work, options = WAYS[way]
    answer = work(client, digest, data + b"oh no", **options)
    assert answer.status_code == 400
    client.is_gone(f"blobs/{digest}")
    assert client.world.blobs.names() == set()


@pytest.mark.parametrize("way", WAYS)
def test_a_blob_again(client, blob, way):
    digest, data = blob(3 * CHUNK - 5)
    client.push_blob(digest, data)
    work, options = WAYS[way]
    assert work(client, digest, data, **options).status_code == 201
    assert client("GET", f"blobs/{digest}").data == data


def test_an_upload_is_cancelled(client, blob):
    digest, data = blob(512)
    location = begin(client)
    assert client("DELETE", location).status_code == 204
    assert client("GET", location).status_code == 404
    assert client("PUT", with_digest(location, digest), data).status_code == 404
    client.is_gone(f"blobs/{digest}")


def test_the_algorithm_may_be_announced(client, blob, algorithm):
    digest, data = blob(512)
    answer = client("POST", f"blobs/uploads/?digest-algorithm={algorithm}")
    assert answer.status_code == 202
    client("PATCH", answer.headers["Location"], data)
    assert client("PUT", with_digest(answer.headers["Location"], digest)).status_code == 201


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("anonymous", [True, False])
def test_a_mount_is_one_or_an_upload(client, blob, allowed, anonymous):
    digest, data = blob(512)
    if allowed:
        client.allow_mounts()
    client.push_blob(digest, data, REPO2)
    source = "" if anonymous else f"&from={REPO2}"
    answer = client("POST", f"blobs/uploads/?mount={digest}{source}")
    assert answer.status_code == (201 if allowed else 202)
    if not allowed:
        answer = client("PUT", with_digest(answer.headers["Location"], digest), data)
    assert client("GET", answer.headers["Location"]).data == data
    for repo in (REPO2, "conformance/repo1"):
        assert client("DELETE", f"blobs/{digest}", repo=repo).status_code == 202
        assert client("HEAD", f"blobs/{digest}", repo=repo).status_code == 404
    assert client.world.blobs.names() == set()


def test_a_mount_of_what_is_not_there_is_an_upload(client, blob):
    client.allow_mounts()
    digest, data = blob(512)
    for source in (f"&from={REPO2}", ""):
        answer = client("POST", f"blobs/uploads/?mount={digest}{source}")
        assert answer.status_code == 202
    assert client("PUT", with_digest(answer.headers["Location"], digest), data).status_code == 201


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("500-1499", 500, 1500), ("500-", 500, 2048), ("-500", 1548, 2048), ("2000-5000", 2000, 2048)],
)
def test_a_range(client, blob, wanted, start, stop):
    digest, data = blob(2048)
    client.push_blob(digest, data)
    answer = client("GET", f"blobs/{digest}", Range=f"bytes={wanted}")
    assert (answer.status_code, answer.data) == (206, data[start:stop])
    assert answer.headers["Content-Length"] == str(stop - start)
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/2048"


@pytest.mark.parametrize("wanted", ["500-0", "5000-10000"])
def test_a_range_that_is_none(client, blob, wanted):
    digest, data = blob(2048)
    client.push_blob(digest, data)
    assert client("GET", f"blobs/{digest}", Range=f"bytes={wanted}").status_code == 416
