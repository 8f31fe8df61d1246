"""ecrmock.testing.images and `mock.push`: a small image, put as a push puts it."""

import gzip
import io
import json
import tarfile
import urllib.request

import boto3
import pytest
from images import digest_of

from ecrmock import mock_ecr
from ecrmock.testing import ServiceError
from ecrmock.testing.images import SmallImage

REPOSITORY, V1 = {"repositoryName": "team/app"}, {"imageTag": "v1"}
ECR = boto3.Session().client("ecr", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")


@pytest.fixture
def mock():
    with mock_ecr() as mock:
        yield mock


def tags():
    return [image.get("imageTags") for image in ECR.describe_images(**REPOSITORY)["imageDetails"]]


def test_a_push_makes_the_repository_and_names_the_image(mock):
    digest = mock.push("team/app", tag="v1")
    (image,) = ECR.describe_images(**REPOSITORY)["imageDetails"]
    assert (image["imageDigest"], image["imageTags"]) == (digest, ["v1"])
    assert [call.action for call in mock.calls] == ["DescribeImages"]


def test_the_same_arguments_are_the_same_image_on_every_machine(mock):
    again = [mock.push("team/app", tag="v1") for _ in range(2)]
    assert again == ["sha256:4bacba681f2d1c6ff3f6e19d109e5ad90b969835a48180ca8b48214dc01f0d22"] * 2
    assert mock.push("team/app", tag="v2") not in again
    assert tags() == [["v1"], ["v2"]]


def test_other_content_takes_the_tag(mock):
    first = mock.push("team/app", tag="v1")
    assert mock.push("team/app", tag="v1", content="second") != first
    assert mock.push("team/app") not in {first, None}
    assert tags() == [None, ["v1"], None]


@pytest.mark.parametrize("content", ["", "one", "x" * 200_000])
def test_its_layer_is_a_tar_file_under_gzip_and_its_config_names_it(content):
    image = SmallImage.of(content)
    archive = gzip.decompress(image.layer)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.extractfile("content").read() == content.encode()
    assert json.loads(image.config)["rootfs"]["diff_ids"] == [digest_of(archive)]


def test_a_registry_client_reads_every_byte():
    with mock_ecr(server=True, auth="off") as mock:
        digest = mock.push("team/app", tag="v1")
        with urllib.request.urlopen(f"{mock.url}/v2/team/app/manifests/v1") as answer:
            assert answer.headers["Docker-Content-Digest"] == digest
            manifest = json.load(answer)
        for blob in (manifest["config"], *manifest["layers"]):
            with urllib.request.urlopen(f"{mock.url}/v2/team/app/blobs/{blob['digest']}") as answer:
                assert len(answer.read()) == blob["size"]


def test_scan_on_push_and_replication_follow(mock):
    rule = {"destinations": [{"region": "eu-west-1", "registryId": "123456789012"}]}
    ECR.put_replication_configuration(replicationConfiguration={"rules": [rule]})
    ECR.create_repository(**REPOSITORY, imageScanningConfiguration={"scanOnPush": True})
    digest = mock.push("team/app", tag="v1")
    found = ECR.describe_image_scan_findings(**REPOSITORY, imageId=V1)
    assert found["imageScanStatus"]["status"] == "COMPLETE"
    away = boto3.client("ecr", region_name="eu-west-1").describe_images(**REPOSITORY)["imageDetails"]
    assert [image["imageDigest"] for image in away] == [digest]


def test_another_account_and_region(mock):
    mock.push("team/app", tag="v1", account="111122223333", region="eu-west-1")
    theirs = boto3.client("ecr", region_name="eu-west-1", aws_access_key_id="111122223333", aws_secret_access_key="y")
    assert len(theirs.describe_images(**REPOSITORY)["imageDetails"]) == 1
    assert ECR.describe_repositories()["repositories"] == []


def test_a_missing_repository_is_made_by_its_template(mock):
    ECR.create_repository_creation_template(
        prefix="team", appliedFor=["CREATE_ON_PUSH"], imageTagMutability="IMMUTABLE"
    )
    mock.push("team/app", tag="v1")
    with pytest.raises(ServiceError) as caught:
        mock.push("team/app", tag="v1", content="second")
    assert caught.value.code == "ImageTagAlreadyExistsException"


@pytest.mark.parametrize(("name", "tag"), [("Team", "v1"), ("a", None), ("team/app", "v 1"), ("team/app", "")])
def test_what_the_api_would_refuse_is_refused_and_nothing_is_made(mock, name, tag):
    with pytest.raises(ServiceError, match="Invalid parameter"):
        mock.push(name, tag=tag)
    assert ECR.describe_repositories()["repositories"] == []


def test_a_push_needs_an_entered_mock():
    with pytest.raises(RuntimeError, match="not active"):
        mock_ecr().push("team/app")
