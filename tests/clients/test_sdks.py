"""AWS's own clients of the API; what they put, skopeo pulls."""

import json

import pytest
from clients.drivers import Client, Skopeo
from layouts import digests

pytestmark = pytest.mark.xdist_group("clients-sdks")


@pytest.mark.parametrize("name", ["ecr-go", "ecr-java", "ecr-node"])
def test_an_sdk_puts_and_skopeo_pulls(url, tmp_path, layout, start, name):
    """Its program: three repositories, pages of two, an image, an exception by its class, a login."""
    made = layout.tag(layout.image(b"by the api"), "t1")
    folder = layout.folder / "blobs" / "sha256"
    blobs = sorted(digests(layout.folder) - {made[7:]})
    sdk = Client(tmp_path / "sdk", url, name)
    assert sdk(url, folder / made[7:], *(folder / blob for blob in blobs)).splitlines() == [
        "page sdk/a sdk/b",
        "page sdk/c",
        *(f"layer sha256:{blob}" for blob in blobs),
        f"image {made}",
        "refused The repository with name 'sdk/a' already exists in the registry with id '123456789012'",
        "user AWS",
    ]
    assert start(Skopeo).pull("sdk/a:v1") == made


@pytest.mark.parametrize("name", ["aws", "aws2"])
def test_the_aws_cli(url, tmp_path, layout, start, name):
    """Version 1 heeds AWS_ENDPOINT_URL; Debian's version 2 is older than that and must be told by an option."""
    aws = Client(tmp_path / "aws", url, name)

    def call(*arguments):
        return aws("--endpoint-url", url, "ecr", *arguments)

    made = layout.tag(layout.image(b"hello"), "t1")
    repository = json.loads(call("create-repository", "--repository-name", "team/cli"))["repository"]
    assert repository["repositoryUri"] == url.removeprefix("http://") + "/team/cli"
    skopeo = Skopeo(tmp_path / "skopeo", url)
    skopeo.sign_in(call("get-login-password"))
    skopeo.push(layout, "t1", "team/cli:v1")
    listed = json.loads(call("list-images", "--repository-name", "team/cli"))["imageIds"]
    assert listed == [{"imageDigest": made, "imageTag": "v1"}]
    manifest = (layout.folder / "blobs" / "sha256" / made[7:]).read_text()
    put = call("put-image", "--repository-name", "team/cli", "--image-tag", "v2", "--image-manifest", manifest)
    assert json.loads(put)["image"]["imageId"] == {"imageDigest": made, "imageTag": "v2"}
    assert start(Skopeo, folder="puller").pull("team/cli:v2") == made
    said = aws.refused("--endpoint-url", url, "ecr", "describe-repositories", "--repository-names", "no/such")
    assert "RepositoryNotFoundException" in said
    assert "The repository with name 'no/such' does not exist in the registry with id '123456789012'" in said
