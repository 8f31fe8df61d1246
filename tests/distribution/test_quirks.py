"""ecrmock.distribution.quirks: real ECR's HTTP oddities, each with where it was seen (facts/registry 2.1, 2.15)."""

import json

import pytest
from constants import DOCKER_CONFIG

MIB = 1024 * 1024


@pytest.fixture
def options():
    return {"ecr_quirks": True}


@pytest.fixture
def odd(docker):
    docker.repository()
    return docker


def finish(odd, location, data, **headers):
    return odd("PUT", f"{location}?digest={odd.digest(data)}", **headers)


def test_patch_is_201_and_range_stays_at_the_first_part(odd):
    location = odd.begin()
    first, second = b"a" * (11 * MIB), b"b" * (5 * MIB)
    answer = odd("PATCH", location, first)
    assert (answer.status_code, answer.headers["Range"]) == (201, "0-10485759")
    assert "Docker-Upload-UUID" not in answer.headers
    answer = odd("PATCH", location, second)
    assert answer.headers["Range"] == "0-10485759"


def test_an_upload_has_no_uuid_header(odd):
    answer = odd("POST", "/v2/team/app/blobs/uploads/")
    assert answer.status_code == 202
    assert "Docker-Upload-UUID" not in answer.headers


def test_the_location_of_an_upload_has_its_host(odd):
    # observed: crashappsec/chalk#682, distribution/distribution#2927
    answer = odd("POST", "/v2/team/app/blobs/uploads/")
    assert answer.headers["Location"].startswith("http://localhost/v2/team/app/blobs/uploads/")


def test_a_digest_in_the_post_is_ignored(odd):
    answer = odd("POST", f"/v2/team/app/blobs/uploads/?digest={odd.digest(b'x')}", b"x")
    assert answer.status_code == 202
    assert odd("HEAD", f"/v2/team/app/blobs/{odd.digest(b'x')}").status_code == 404


def test_a_small_part_that_is_not_the_last_is_refused_at_the_end(odd):
    location = odd.begin()
    odd("PATCH", location, b"small")
    odd("PATCH", location, b"last")
    assert odd.refusal(finish(odd, location, b"smalllast")) == (
        400,
        "BLOB_UPLOAD_INVALID",
        "All layer parts except the last part should be at least 5MB",
    )


def test_one_stream_of_any_size_is_cut_well(odd):
    location = odd.begin()
    data = b"x" * (12 * MIB)
    odd("PATCH", location, data)
    assert finish(odd, location, data).status_code == 201


def test_an_empty_blob_is_refused(odd):
    answer = finish(odd, odd.begin(), b"")
    assert odd.refusal(answer)[:2] == (400, "BLOB_UPLOAD_INVALID")
    assert odd.refusal(answer)[2].endswith(" cannot be completed because it does not have any parts.")


def test_sha512_is_refused(odd):
    location = odd.begin()
    answer = odd("PUT", f"{location}?digest={odd.digest(b'x', 'sha512')}", b"x")
    assert odd.refusal(answer)[:2] == (400, "BLOB_UPLOAD_INVALID")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_status_and_cancel_are_404(odd, method):
    answer = odd(method, odd.begin())
    assert odd.refusal(answer)[:2] == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_blob_in_use_is_a_redirect_to_a_presigned_url_on_this_host(odd):
    pushed = odd.push("v1")
    blob = odd.digest(pushed.blobs["layer"])
    answer = odd("GET", f"/v2/team/app/blobs/{blob}")
    assert (answer.status_code, answer.data) == (307, b"")
    place = answer.headers["Location"]
    assert place.startswith("http://localhost/_ecrmock/layers/")
    followed = odd("GET", place.removeprefix("http://localhost"), login=None)
    assert followed.status_code == 200
    assert odd.digest(followed.data) == blob
    head = odd("HEAD", f"/v2/team/app/blobs/{blob}")
    assert head.headers["Content-Type"] == DOCKER_CONFIG


def test_a_blob_that_no_image_uses_is_not_handed_out(odd):
    location = odd.begin()
    odd("PATCH", location, b"loose")
    finish(odd, location, b"loose")
    assert odd.refused("GET", f"/v2/team/app/blobs/{odd.digest(b'loose')}")[:2] == (404, "BLOB_UNKNOWN")


def test_a_blob_cannot_be_deleted(odd):
    assert odd.refused("DELETE", f"/v2/team/app/blobs/{odd.digest(b'x')}")[:2] == (405, "UNSUPPORTED")


def test_manifest_get_has_no_digest_header_and_head_has(odd):
    pushed = odd.push("v1")
    assert "Docker-Content-Digest" not in odd("GET", "/v2/team/app/manifests/v1").headers
    assert odd("HEAD", "/v2/team/app/manifests/v1").headers["Docker-Content-Digest"] == pushed.digest


def test_a_manifest_that_was_put_has_a_digest_and_no_location(odd):
    manifest, _ = odd.blobs()
    answer = odd.put(manifest, "v1")
    assert (answer.status_code, answer.headers["Docker-Content-Digest"]) == (201, odd.digest(manifest))
    assert "Location" not in answer.headers


def test_tags_are_unsorted_text_with_a_token(odd):
    for tag in ("b", "a", "c"):
        odd.push(tag, tag)
    first = odd("GET", "/v2/team/app/tags/list?n=2")
    assert first.headers["Content-Type"] == "text/plain; charset=utf-8"
    link = first.headers["Link"]
    assert link.startswith("<http://localhost/v2/team/app/tags/list?last=")
    rest = odd("GET", link[1:].partition(">")[0].removeprefix("http://localhost"))
    found = [*json.loads(first.data)["tags"], *json.loads(rest.data)["tags"]]
    assert sorted(found) == ["a", "b", "c"]
    assert "Link" not in rest.headers


def test_names_come_by_tokens_too(odd):
    for name in ("a1", "b1"):
        odd.repository(name)
    path, found = "/v2/_catalog?n=1", []
    while path:
        answer = odd("GET", path)
        found += answer.json["repositories"]
        link = answer.headers.get("Link", "")
        assert not link or link.startswith("<http://localhost/v2/_catalog?last=")
        path = link[1:].partition(">")[0].removeprefix("http://localhost")
        path = path and f"{path}&n=1"
    assert found == ["a1", "b1", "team/app"]
    assert odd.refused("GET", "/v2/_catalog?last=a1")[:2] == (405, "UNSUPPORTED")


@pytest.mark.parametrize("last", ["nonsense", "v1", ""])
def test_a_tag_is_no_place_in_a_list(odd, last):
    odd.push("v1")
    assert odd.refused("GET", f"/v2/team/app/tags/list?last={last}") == (
        405,
        "UNSUPPORTED",
        "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'",
    )


def test_an_image_without_layers_is_refused_in_ecrs_words(odd):
    manifest = json.loads(odd.blobs()[0]) | {"layers": []}
    assert odd.refusal(odd.put(json.dumps(manifest).encode(), "v1")) == (
        405,
        "UNSUPPORTED",
        "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Image has to have at least 1 layer'",
    )
