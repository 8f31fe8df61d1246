"""ecrmock.distribution.mounts: a layer of another repository linked instead of uploaded (facts/registry 2.6)."""

import json
import math

import pytest
from constants import NOWHERE, signed
from images import descriptor, encoded, image_of

DATA = b"shared layer"


@pytest.fixture
def two(docker):
    """Two repositories, the layer in the one called `source`, and mounting switched on; its digest."""
    for name in ("source", "target"):
        docker.repository(name)
    switch(docker)
    return docker.blob(DATA, "source")


def switch(docker, value="ENABLED"):
    docker.api("PutAccountSetting", name="BLOB_MOUNTING", value=value)


def mount(docker, digest, source="source", target="target", **more):
    query = f"mount={digest.replace(':', '%3A')}" + (f"&from={source}" if source else "")
    return docker("POST", f"/v2/{target}/blobs/uploads/?{query}", **more)


def mounted(docker, answer, digest, target="target", data=DATA):
    """Whether a mount was one; else it must be an upload that can be finished or cancelled."""
    if answer.status_code == 201:
        assert answer.headers["Location"] == f"/v2/{target}/blobs/{digest}"
        assert answer.headers["Docker-Content-Digest"] == digest
        assert answer.headers["Content-Length"] == "0"
        assert answer.data == b""
        assert docker("GET", answer.headers["Location"]).data == data
        return True
    assert answer.status_code == 202
    assert answer.headers["Range"] == "0-0"
    location = answer.headers["Location"]
    assert location == f"/v2/{target}/blobs/uploads/{answer.headers['Docker-Upload-UUID']}"
    assert docker("DELETE", location).status_code == 204
    return False


def refs(docker):
    """How often each content is needed."""
    rows = docker.world.store.dump().get("content-refs", {})
    return {f"sha256:{sha256}": row.refs for part in rows.values() for sha256, row in part.items()}


def test_switched_off_every_mount_becomes_an_upload(docker, two):
    for value in ("DISABLED", "ENABLED"):
        switch(docker, value)
        assert mounted(docker, mount(docker, two), two) == (value == "ENABLED")


def test_without_a_word_mounting_is_off(docker):
    for name in ("source", "target"):
        docker.repository(name)
    digest = docker.blob(DATA, "source")
    assert not mounted(docker, mount(docker, digest), digest)
    assert not mounted(docker, mount(docker, digest, None), digest)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("source", ["source", None])
def test_a_layer_is_mounted_with_and_without_from(docker, two, algorithm, source):
    digest = docker.digest(DATA, algorithm)
    if algorithm == "sha512":
        assert docker("POST", f"/v2/source/blobs/uploads/?digest={digest}", DATA).status_code == 201
    assert mounted(docker, mount(docker, digest, source), digest)
    assert docker("HEAD", f"/v2/target/blobs/{two}").status_code == 200
    assert "uploads" not in docker.world.store.dump()


def test_a_sha512_name_that_the_source_does_not_know_is_none(docker, two):
    digest = docker.digest(DATA, "sha512")
    assert not mounted(docker, mount(docker, digest), digest)
    assert two


@pytest.mark.parametrize("source", ["gone", "target", "Bad_Name!", "a//b", "%00", "source/"])
def test_a_source_that_is_none_is_an_upload(docker, two, source):
    assert not mounted(docker, mount(docker, two, source), two)


@pytest.mark.parametrize("digest", [NOWHERE, "nonsense", "sha256:short", "md5:" + "0" * 32, ""])
def test_a_layer_that_is_nowhere_is_an_upload(docker, two, digest):
    for source in ("source", None):
        assert not mounted(docker, mount(docker, digest, source), digest)
    assert two


def test_a_layer_that_is_here_already_is_201_whatever_the_setting(docker, two):
    docker.blob(DATA, "target")
    switch(docker, "DISABLED")
    for source in ("source", "gone", None):
        assert mounted(docker, mount(docker, two, source), two)
    assert refs(docker)[two] == 2


def test_a_missing_target_is_not_known(docker, two):
    assert docker.refusal(mount(docker, two, target="gone"))[:2] == (404, "NAME_UNKNOWN")


def kms(docker, operation, **request):
    """A call to the KMS neighbour."""
    answer = docker.client.post(
        "/",
        data=json.dumps(request),
        headers={
            "X-Amz-Target": f"TrentService.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": signed(service="kms"),
        },
    )
    assert answer.status_code == 200
    return json.loads(answer.data)


def test_only_between_repositories_of_the_same_encryption_and_key(docker):
    switch(docker)
    keys = [kms(docker, "CreateKey")["KeyMetadata"]["Arn"] for _ in range(2)]
    kinds = {
        "plain": {},
        "aes": {"encryptionType": "AES256"},
        "managed": {"encryptionType": "KMS"},
        "one": {"encryptionType": "KMS", "kmsKey": keys[0]},
        "same": {"encryptionType": "KMS", "kmsKey": keys[0].rpartition("/")[2]},
        "two": {"encryptionType": "KMS", "kmsKey": keys[1]},
        "dsse": {"encryptionType": "KMS_DSSE", "kmsKey": keys[0]},
    }
    for name, kind in kinds.items():
        docker.repository(name, **({"encryptionConfiguration": kind} if kind else {}))
    digests = {name: docker.blob(f"layer of {name}".encode(), name) for name in kinds}
    alike = {frozenset({"plain", "aes"}), frozenset({"one", "same"})}
    for source, digest in digests.items():
        for target in kinds:
            if source == target:
                continue
            data = f"layer of {source}".encode()
            answer = mount(docker, digest, source, target)
            expected = frozenset({source, target}) in alike
            assert mounted(docker, answer, digest, target, data) == expected, (source, target)


def test_anonymous_mounts_look_for_a_source_that_fits(docker, two):
    docker.repository("keyed", encryptionConfiguration={"encryptionType": "KMS"})
    docker.repository("also", encryptionConfiguration={"encryptionType": "KMS"})
    assert not mounted(docker, mount(docker, two, None, "keyed"), two, "keyed")
    docker.blob(DATA, "also")
    assert mounted(docker, mount(docker, two, None, "keyed"), two, "keyed")


def test_only_within_one_account_and_region(docker, two):
    docker.api("CreateRepository", account="111122223333", repositoryName="target")
    docker.api("CreateRepository", region="eu-west-1", repositoryName="target")
    for where in ({"account": "111122223333"}, {"region": "eu-west-1"}):
        docker.api("PutAccountSetting", **where, name="BLOB_MOUNTING", value="ENABLED")
        login = docker.token(**where)
        answer = mount(docker, two, login=login)
        assert answer.status_code == 202
        assert mount(docker, two, None, login=login).status_code == 202


def test_the_setting_is_that_of_the_registry_addressed(docker, two):
    docker.api("PutAccountSetting", region="eu-west-1", name="BLOB_MOUNTING", value="DISABLED")
    assert mounted(docker, mount(docker, two), two)


def test_bytes_are_counted_and_go_with_the_last_repository(docker, two):
    docker.repository("third")
    assert refs(docker) == {two: 1}
    assert mounted(docker, mount(docker, two), two)
    assert mounted(docker, mount(docker, two, "target", "third"), two, "third")
    assert refs(docker) == {two: 3}
    for place, name in enumerate(("source", "target", "third")):
        assert docker.world.blobs.names() == {two.partition(":")[2]}
        docker.api("DeleteRepository", repositoryName=name)
        assert refs(docker).get(two, 0) == 2 - place
    assert docker.world.blobs.names() == set()


def test_a_mounted_layer_can_be_pushed_with_and_switching_off_keeps_it(docker, two):
    assert mounted(docker, mount(docker, two), two)
    switch(docker, "DISABLED")
    docker.blob(b"{}", "target")
    body = image_of(descriptor(b"{}", "x/y"), {"mediaType": "x/y", "digest": two, "size": 2})
    assert docker.put(encoded(body), "v1", "target").status_code == 201
    docker.api("DeleteRepository", repositoryName="source", force=True)
    assert docker("GET", f"/v2/target/blobs/{two}").data == DATA
    (image,) = docker.api("DescribeImages", repositoryName="target")["imageDetails"]
    assert image["imageSizeInBytes"] == len(DATA) + 2


def test_a_mounted_layer_that_nothing_uses_goes_after_its_grace(docker, two):
    assert mounted(docker, mount(docker, two), two)
    docker.world.travel(docker.world.clock.now() + math.ceil(24.1 * 3600))
    docker.login = docker.token()
    assert docker("HEAD", f"/v2/target/blobs/{two}").status_code == 404
    assert docker.world.blobs.names() == set()


def test_a_large_layer_is_mounted_without_copying(docker, two):
    data = bytes(1024) * 1200
    digest = docker.blob(data, "source")
    before = docker.world.blobs.names()
    assert mounted(docker, mount(docker, digest), digest, data=data)
    assert docker.world.blobs.names() == before
    assert two


def test_a_source_that_the_caller_may_not_read_is_an_upload_not_a_refusal(docker, two):
    # containerd takes a 403 here as fatal (observed: containerd/containerd#14086)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "ecr:GetDownloadUrlForLayer"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    docker.api("SetRepositoryPolicy", repositoryName="source", policyText=policy)
    for source in ("source", None):
        assert not mounted(docker, mount(docker, two, source), two)
    docker.api("DeleteRepositoryPolicy", repositoryName="source")
    assert mounted(docker, mount(docker, two), two)


def test_a_target_that_the_caller_may_not_push_to_is_denied(docker, two):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "ecr:InitiateLayerUpload"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    docker.api("SetRepositoryPolicy", repositoryName="target", policyText=policy)
    assert docker.refusal(mount(docker, two))[:2] == (403, "DENIED")


def test_a_mount_is_recorded_as_the_beginning_of_an_upload(docker, two):
    mount(docker, two)
    assert docker.calls[-1] == ("InitiateLayerUpload", None)
