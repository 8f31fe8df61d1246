"""Every kind of content: pushed, seen, listed, referred to, deleted; groups `image` to `sha512 digests`."""

import pytest


def tagged(content):
    return {tag: manifest for manifest in content.manifests for tag in manifest.tags}


def test_it_is_pushed_and_comes_back_under_every_name(client, content):
    for digest, data in content.blobs.items():
        client.push_blob(digest, data)
    for manifest in content.manifests:
        query = "&".join(f"tag={tag}" for tag in manifest.tags) if content.algorithm != "sha256" else ""
        answer = client.put(manifest, f"{manifest.digest}?{query}" if query else None)
        assert answer.headers.getlist("OCI-Tag") == (list(manifest.tags) if query else [])
        for tag in manifest.tags if not query else ():
            client.put(manifest, tag)
    for tag, manifest in tagged(content).items():
        # one pushed by sha512 keeps showing that
        client.is_manifest(f"manifests/{tag}", manifest, manifest.digest)
    for digest, data in content.blobs.items():
        assert client("GET", f"blobs/{digest}").data == data
        assert client("HEAD", f"blobs/{digest}").headers["Content-Length"] == str(len(data))


def test_its_tags_are_listed_in_order_many_set_at_once_and_all_again(client, content):
    for _ in range(2):
        client.push(content)
    assert client.tags() == sorted(tagged(content))
    assert len(next(iter(client.world.store.dump()["images"].values()))) == len(content.manifests)
    last, extra = content.manifests[-1], [f"extra-{number}" for number in range(10)]
    answer = client.put(last, f"{last.digest}?{'&'.join(f'tag={tag}' for tag in extra)}")
    assert answer.headers.getlist("OCI-Tag") == extra
    for tag in extra[::4]:
        client.is_manifest(f"manifests/{tag}", last, last.digest)
    names = sorted([*tagged(content), *extra])
    assert client.tags() == names
    middle = len(names) // 2
    assert client.tags(f"?last={names[middle - 1]}") == names[middle:]
    assert client.tags("?n=0") == []
    assert client.tags(f"?n=1&last={names[0]}") == names[1:2]


def test_its_referrers_are_listed_and_filtered(client, content):
    client.push(content)
    for subject, wanted in content.referrers().items():
        found, _ = client.referrers(subject)
        assert len(found) == len(wanted)
        for row in wanted:
            assert any(same(client, row, each) for each in found), row
        for kind in {row.get("artifactType") for row in wanted} - {None}:
            chosen, filtered = client.referrers(subject, kind)
            assert filtered
            assert {each["artifactType"] for each in chosen} == {kind}
            assert len(chosen) == sum(row.get("artifactType") == kind for row in wanted)
    for manifest in content.manifests:
        if manifest.digest not in content.referrers():
            assert client.referrers(manifest.digest)[0] == []


def same(client, wanted, found):
    """Whether a listed descriptor is the wanted one; a sha512 may be shown by the sha256 of the same bytes."""
    if wanted["digest"].startswith("sha512:") and found["digest"] != wanted["digest"]:
        data = client("GET", f"manifests/{found['digest']}").data
        if data != client("GET", f"manifests/{wanted['digest']}").data:
            return False
        found = found | {"digest": wanted["digest"]}
    return wanted == {name: found[name] for name in wanted if name in found}


@pytest.mark.parametrize("tags_first", [True, False])
def test_it_is_deleted_and_gone_at_once(client, content, tags_first):
    client.push(content)
    left = dict.fromkeys(tagged(content))
    for tag in list(left) if tags_first else ():
        assert client("DELETE", f"manifests/{tag}").status_code == 202
        client.is_gone(f"manifests/{tag}")
        del left[tag]
        assert client.tags() == sorted(left)
    for manifest in reversed(content.manifests):
        # ECR deletes an image with its last tag
        assert client("DELETE", f"manifests/{manifest.digest}").status_code in ({202, 404} if tags_first else {202})
        client.is_gone(f"manifests/{manifest.digest}")
        for tag in manifest.tags:
            client.is_gone(f"manifests/{tag}")
        if manifest.subject:
            assert all(row["digest"] != manifest.digest for row in client.referrers(manifest.subject)[0])
    assert client.tags() == []
    for digest in content.blobs:
        assert client("DELETE", f"blobs/{digest}").status_code in {202, 404}
        client.is_gone(f"blobs/{digest}")
    assert client.world.blobs.names() == set()
    for table in ("images", "layers", "content-refs"):
        assert table not in client.world.store.dump()
