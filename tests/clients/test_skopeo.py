"""skopeo pushes and pulls, the AWS CLI and boto3 see it: the main job."""

import hashlib
import json
import time

import boto3
import pytest
from layouts import digests, pulled

pytestmark = pytest.mark.xdist_group("clients")
PLAIN = ("--dest-tls-verify=false",)


@pytest.fixture
def logged_in(server, skopeo):
    skopeo.sign_in(server.password())
    return skopeo


def test_the_main_job(server, aws, skopeo, layout, ecr):
    """The issue's own words: create-repository, get-login-password | skopeo login, copy in and out."""
    made = json.loads(aws("ecr", "create-repository", "--repository-name", "team/app"))["repository"]
    registry, _, _ = made["repositoryUri"].partition("/")
    assert registry == f"localhost:{server.port}"
    password = aws("ecr", "get-login-password")
    skopeo("login", "--tls-verify=false", "-u", "AWS", "--password-stdin", registry, stdin=password)
    pushed = layout.tag(layout.image(b"hello"), "t1")

    skopeo("copy", *PLAIN, f"oci:{layout.folder}:t1", f"docker://{made['repositoryUri']}:t1")
    skopeo("copy", "--src-tls-verify=false", f"docker://{made['repositoryUri']}:t1", "oci:back:t1")
    assert pulled(skopeo.folder / "back") == pushed
    assert digests(skopeo.folder / "back") == digests(layout.folder)

    (seen,) = ecr.describe_images(repositoryName="team/app")["imageDetails"]
    manifest = json.loads((layout.folder / "blobs" / "sha256" / pushed[7:]).read_bytes())
    assert seen["imageDigest"] == pushed
    assert seen["imageTags"] == ["t1"]
    assert seen["imageSizeInBytes"] == manifest["config"]["size"] + manifest["layers"][0]["size"]
    assert seen["imageManifestMediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert seen["artifactMediaType"] == "application/vnd.oci.image.config.v1+json"
    assert seen["imagePushedAt"] <= seen["lastRecordedPullTime"]
    (got,) = ecr.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "t1"}])["images"]
    assert got["imageManifest"].encode() == (layout.folder / "blobs" / "sha256" / pushed[7:]).read_bytes()
    listed = json.loads(aws("ecr", "list-images", "--repository-name", "team/app"))["imageIds"]
    assert listed == [{"imageDigest": pushed, "imageTag": "t1"}]


def test_an_image_put_with_boto3_is_pulled(server, ecr, logged_in, layout):
    ecr.create_repository(repositoryName="team/api")
    pushed = layout.tag(layout.image(b"by the api"), "t1")
    for name in digests(layout.folder) - {pushed[7:]}:
        data = (layout.folder / "blobs" / "sha256" / name).read_bytes()
        upload = ecr.initiate_layer_upload(repositoryName="team/api")["uploadId"]
        part = {"partFirstByte": 0, "partLastByte": len(data) - 1, "layerPartBlob": data}
        ecr.upload_layer_part(repositoryName="team/api", uploadId=upload, **part)
        ecr.complete_layer_upload(repositoryName="team/api", uploadId=upload, layerDigests=[f"sha256:{name}"])
    manifest = (layout.folder / "blobs" / "sha256" / pushed[7:]).read_text()
    ecr.put_image(repositoryName="team/api", imageManifest=manifest, imageTag="t1")
    logged_in("copy", "--src-tls-verify=false", f"docker://localhost:{server.port}/team/api:t1", "oci:back:t1")
    assert pulled(logged_in.folder / "back") == pushed


def test_an_index_with_its_children(server, ecr, logged_in, layout):
    ecr.create_repository(repositoryName="team/multi")
    pushed = layout.tag(layout.index(layout.image(b"one"), layout.image(b"two", "arm64")), "all")
    where = f"docker://localhost:{server.port}/team/multi:all"
    logged_in("copy", "--all", *PLAIN, f"oci:{layout.folder}:all", where)
    raw = logged_in("inspect", "--raw", "--tls-verify=false", where)
    assert "sha256:" + hashlib.sha256(raw.encode()).hexdigest() == pushed
    tags = {
        row["imageDigest"]: row.get("imageTags")
        for row in ecr.describe_images(repositoryName="team/multi")["imageDetails"]
    }
    assert len(tags) == 3
    assert tags[pushed] == ["all"]
    child = next(digest for digest in tags if digest != pushed)
    (failure,) = ecr.batch_delete_image(repositoryName="team/multi", imageIds=[{"imageDigest": child}])["failures"]
    assert failure["failureReason"] == f"Requested image referenced by manifest list: [{pushed}]"
    logged_in("copy", "--all", "--src-tls-verify=false", where, "oci:back:all")
    assert digests(logged_in.folder / "back") == digests(layout.folder)


@pytest.mark.parametrize("form", ["v2s2", "v2s1"])
def test_docker_formats_are_taken(server, ecr, logged_in, layout, form):
    ecr.create_repository(repositoryName="team/docker")
    layout.tag(layout.image(b"hello"), "t1")
    where = f"docker://localhost:{server.port}/team/docker:{form}"
    logged_in("copy", "--format", form, *PLAIN, f"oci:{layout.folder}:t1", where)
    (seen,) = ecr.describe_images(repositoryName="team/docker")["imageDetails"]
    expected = {"v2s2": "manifest.v2+json", "v2s1": "manifest.v1+prettyjws"}[form]
    assert seen["imageManifestMediaType"] == f"application/vnd.docker.distribution.{expected}"
    text = manifest(ecr)
    kept = logged_in.folder / "kept.json"
    kept.write_text(text)
    assert seen["imageDigest"] == logged_in("manifest-digest", kept).strip()
    logged_in("copy", "--src-tls-verify=false", f"{where.rpartition(':')[0]}@{seen['imageDigest']}", "dir:back")
    assert (logged_in.folder / "back" / "manifest.json").read_text() == text


def manifest(ecr):
    ids = ecr.list_images(repositoryName="team/docker")["imageIds"]
    return ecr.batch_get_image(repositoryName="team/docker", imageIds=ids)["images"][0]["imageManifest"]


def test_tags_lists_and_deletion(server, ecr, logged_in, layout):
    ecr.create_repository(repositoryName="team/tags")
    layout.tag(layout.image(b"hello"), "t1")
    where = f"localhost:{server.port}/team/tags"
    for tag in ("b", "a"):
        logged_in("copy", *PLAIN, f"oci:{layout.folder}:t1", f"docker://{where}:{tag}")
    assert json.loads(logged_in("list-tags", "--tls-verify=false", f"docker://{where}"))["Tags"] == ["a", "b"]
    logged_in("delete", "--tls-verify=false", f"docker://{where}:a")
    assert ecr.describe_images(repositoryName="team/tags")["imageDetails"] == []


def test_a_missing_repository_is_told_in_ecrs_words(server, logged_in, layout):
    layout.tag(layout.image(b"hello"), "t1")
    said = logged_in.refused("copy", *PLAIN, f"oci:{layout.folder}:t1", f"docker://localhost:{server.port}/no/such:t1")
    assert "The repository with name 'no/such' does not exist in the registry with id '123456789012'" in said


def test_a_wrong_password_is_refused(server, skopeo):
    said = skopeo.refused("login", "--tls-verify=false", "-u", "AWS", "-p", "wrong", f"localhost:{server.port}")
    assert "invalid username/password" in said


def test_an_immutable_tag_is_told_in_ecrs_words(server, ecr, logged_in, layout):
    ecr.create_repository(repositoryName="team/fixed", imageTagMutability="IMMUTABLE")
    layout.tag(layout.image(b"one"), "one")
    layout.tag(layout.image(b"two"), "two")
    where = f"docker://localhost:{server.port}/team/fixed:v1"
    logged_in("copy", *PLAIN, f"oci:{layout.folder}:one", where)
    said = logged_in.refused("copy", *PLAIN, f"oci:{layout.folder}:two", where)
    assert "The image tag 'v1' already exists in the 'team/fixed' repository and cannot be overwritten" in said
    assert "because the tag is immutable." in said


def test_the_aws_cli_is_told_and_does_not_retry(aws):
    for service, operation in (("ecr-public", "describe-repositories"), ("sns", "list-topics")):
        said = aws.refused(service, operation)
        assert f"service '{service}'" in said
        assert "reached max retries" not in said
    assert json.loads(aws("sts", "get-caller-identity"))["Account"] == "123456789012"


def test_another_account_pulls_exactly_when_the_policy_says_so(server, ecr, skopeo, layout):
    """Account B pulls from A's repository when A's policy admits it, and reads AWS's sentence when not."""
    ecr.create_repository(repositoryName="team/shared")
    layout.tag(layout.image(b"hello"), "t1")
    where = f"localhost:{server.port}/123456789012.dkr.ecr.us-east-1/team/shared"
    host = f"localhost:{server.port}"
    skopeo("login", "--tls-verify=false", "-u", "AWS", "-p", server.password(), host)
    skopeo("copy", *PLAIN, f"oci:{layout.folder}:t1", f"docker://{where}:t1")

    skopeo("login", "--tls-verify=false", "-u", "AWS", "-p", server.password("222222222222"), host)
    pull = ("copy", "--src-tls-verify=false", f"docker://{where}:t1")
    said = skopeo.refused(*pull, "oci:refused:t1")
    assert "User: arn:aws:iam::222222222222:root is not authorized to perform: ecr:BatchGetImage on resource: " in said
    assert "because no resource-based policy allows the ecr:BatchGetImage action" in said

    grant = {"Effect": "Allow", "Principal": {"AWS": "222222222222"}}
    pulls = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    policy = {"Version": "2012-10-17", "Statement": [{**grant, "Action": pulls}]}
    ecr.set_repository_policy(repositoryName="team/shared", policyText=json.dumps(policy))
    skopeo(*pull, "oci:back:t1")
    assert digests(skopeo.folder / "back") == digests(layout.folder)
    said = skopeo.refused("copy", *PLAIN, f"oci:{layout.folder}:t1", f"docker://{where}:t2")
    assert "denied" in said or "403" in said, said  # skopeo asks by HEAD first, whose refusal has no body

    ecr.delete_repository_policy(repositoryName="team/shared")
    skopeo.refused(*pull, "oci:again:t1")


def test_what_is_pushed_here_is_pulled_from_another_account_and_region(server, url, ecr, logged_in, layout):
    """Refused until the other registry's policy lets this account replicate."""
    keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "test"}
    there = boto3.client("ecr", endpoint_url=url, region_name="eu-west-1", **keys)
    destination = {"region": "eu-west-1", "registryId": "111122223333"}
    ecr.put_replication_configuration(replicationConfiguration={"rules": [{"destinations": [destination]}]})
    ecr.create_repository(repositoryName="team/far")
    here = f"docker://localhost:{server.port}/team/far"
    pushed = {tag: layout.tag(layout.image(tag.encode()), tag) for tag in ("t1", "t2")}
    logged_in("copy", *PLAIN, f"oci:{layout.folder}:t1", f"{here}:t1")
    assert replicated(ecr, "t1") == {
        **destination,
        "status": "FAILED",
        "failureCode": "DESTINATION_REGISTRY_ACCESS_DENIED",
    }
    statement = {
        "Sid": "Replication",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/*",
    }
    there.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    there.create_repository_creation_template(prefix="team", appliedFor=["REPLICATION"], imageTagMutability="IMMUTABLE")
    logged_in("copy", *PLAIN, f"oci:{layout.folder}:t2", f"{here}:t2")
    assert replicated(ecr, "t2") == {**destination, "status": "COMPLETE"}
    logged_in.sign_in(server.password("111122223333", "eu-west-1"))
    (made,) = there.describe_repositories(repositoryNames=["team/far"])["repositories"]
    assert made["imageTagMutability"] == "IMMUTABLE"
    logged_in("copy", "--src-tls-verify=false", f"docker://{made['repositoryUri']}:t2", "oci:back:t2")
    assert pulled(logged_in.folder / "back") == pushed["t2"]


def replicated(ecr, tag):
    """The status once it is no longer in progress."""
    for _ in range(100):
        answer = ecr.describe_image_replication_status(repositoryName="team/far", imageId={"imageTag": tag})
        (row,) = answer["replicationStatuses"]
        if row["status"] != "IN_PROGRESS":
            break
        time.sleep(0.05)
    return row


def test_case_50_a_repository_uri_is_an_address(ecr, layout, logged_in):
    """localstack/localstack#2988: what the API hands out is where an image is pushed to and pulled from."""
    uri = ecr.create_repository(repositoryName="team/addressable")["repository"]["repositoryUri"]
    pushed = layout.tag(layout.image(b"hello"), "t1")
    logged_in("copy", *PLAIN, f"oci:{layout.folder}:t1", f"docker://{uri}:v1")
    logged_in("copy", "--src-tls-verify=false", f"docker://{uri}:v1", "oci:back:v1")
    assert pulled(logged_in.folder / "back") == pushed
