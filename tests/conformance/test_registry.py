"""Groups `ping`, `empty`, `bad digest`, `missing manifest`, `invalid digest format`, and tags at their limits."""

import pytest
from constants import OCI
from images import descriptor, digest_of, encoded, image_of


def test_ping(client):
    for path in ("/v2/", "/v2"):
        assert client("GET", path).status_code == 200
    assert client.client.get("/v2/").status_code == 401


def test_an_empty_repository(client, algorithm):
    assert client.tags() == []
    subject = digest_of("anything", algorithm)
    assert client.referrers(subject) == ([], False)
    assert client.referrers(subject, "application/x")[0] == []


def test_a_missing_manifest(client, algorithm):
    missing = digest_of("anything", algorithm)
    for reference in (missing, "missing-tag"):
        client.is_gone(f"manifests/{reference}")


@pytest.fixture
def pushed(client, algorithm):
    """A manifest over blobs that are there, not pushed yet; (digest, bytes)."""
    rows = []
    for data in (b"{}", b"layer"):
        rows.append(descriptor(data, "application/x", algorithm))
        client.push_blob(rows[-1]["digest"], data)
    data = encoded(image_of(*rows))
    return digest_of(data, algorithm), data


def test_a_bad_digest_is_400_and_nothing_is_stored(client, pushed):
    digest, data = pushed
    assert client("PUT", f"manifests/{digest}", data + b"  ", Content_Type=OCI).status_code == 400
    client.is_gone(f"manifests/{digest}")
    assert client("PUT", f"manifests/{digest}?tag=a&tag=b", data + b"  ", Content_Type=OCI).status_code == 400
    assert client.tags() == []
    assert "images" not in client.world.store.dump()


@pytest.mark.parametrize("digest", ["sha256:baddigeststring", "sha512:baddigeststring", "sha256:", ":x", "x:y"])
def test_an_invalid_digest_format(client, pushed, digest):
    _, data = pushed
    assert client("PUT", f"manifests/{digest}", data, Content_Type=OCI).status_code == 400
    assert client("GET", f"manifests/{digest}").status_code in {400, 404}
    assert client("HEAD", f"manifests/{digest}").status_code in {400, 404}
    assert client("DELETE", f"manifests/{digest}").status_code in {400, 404}
    assert client("GET", f"referrers/{digest}").status_code == 400
    assert client("GET", f"blobs/{digest}").status_code in {400, 404}


def test_a_tag_is_up_to_128_characters(client, pushed):
    _, data = pushed
    for tag in ("_", "a" * 128, "A-Z_0.9"):
        assert client("PUT", f"manifests/{tag}", data, Content_Type=OCI).status_code == 201
        assert client("GET", f"manifests/{tag}").data == data
    for tag in ("a" * 129, "-", "."):
        assert client("PUT", f"manifests/{tag}", data, Content_Type=OCI).status_code == 400


def test_a_tag_pushed_by_name_alone_shows_sha256_until_a_sha512_is_named(client, pushed, algorithm):
    digest, data = pushed
    sha256 = digest_of(data)
    assert client("PUT", "manifests/v1", data, Content_Type=OCI).headers["Docker-Content-Digest"] == sha256
    assert client("PUT", f"manifests/{digest}", data, Content_Type=OCI).status_code == 201
    for name in {digest, sha256}:
        assert client("HEAD", f"manifests/{name}").headers["Docker-Content-Digest"] == name
    assert client("HEAD", "manifests/v1").headers["Docker-Content-Digest"] == sha256
    assert algorithm


def test_deleting_a_manifest_twice(client, pushed):
    digest, data = pushed
    client("PUT", f"manifests/{digest}?tag=v1", data, Content_Type=OCI)
    assert client("DELETE", f"manifests/{digest}").status_code == 202
    assert client("DELETE", f"manifests/{digest}").status_code == 404
    client.is_gone("manifests/v1")
