"""cosign signs in both of its schemes, oras sees it: `tox -e cosign`, for cosign takes minutes to build."""

import json
import os
import shutil

import pytest
from clients.drivers import Client, Oras

pytestmark = [
    pytest.mark.xdist_group("clients-cosign"),
    pytest.mark.skipif(
        "ECRMOCK_COSIGN" not in os.environ and shutil.which("cosign") is None,
        reason="cosign is not installed; `tox -e cosign` builds it",
    ),
]
NO_LOG = ("--tlog-upload=false", "--use-signing-config=false", "--yes", "--allow-http-registry")
NO_LOG_SEEN = ("--insecure-ignore-tlog", "--allow-http-registry")


class Cosign(Client):
    NAME = "cosign"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.environment["COSIGN_PASSWORD"] = ""
        self("generate-key-pair")


@pytest.fixture
def image(ecr, layout, start):
    """The digest of an image at team/app:v1."""
    ecr.create_repository(repositoryName="team/app")
    made = layout.tag(layout.image(b"hello"), "t1")
    start(Oras).push(layout, "t1", "team/app:v1")
    return made


def tags(ecr):
    return {row.get("imageTag") for row in ecr.list_images(repositoryName="team/app")["imageIds"]}


def test_a_signature_refers_to_its_image(ecr, image, start):
    cosign, oras = start(Cosign), start(Oras, folder="looker")
    name = f"{cosign.host}/team/app@{image}"
    assert "no signatures found" in cosign.refused("verify", "--key", "cosign.pub", *NO_LOG_SEEN, name)
    cosign("sign", "--key", "cosign.key", *NO_LOG, name)
    (seen,) = json.loads(cosign("verify", "--key", "cosign.pub", *NO_LOG_SEEN, name))
    assert seen["critical"]["image"]["docker-manifest-digest"] == image
    (row,) = json.loads(oras("discover", "--format", "json", name))["referrers"]
    assert row["artifactType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert tags(ecr) == {"v1", None}


def test_the_older_scheme_is_a_tag(ecr, image, start):
    cosign = start(Cosign)
    name = f"{cosign.host}/team/app@{image}"
    cosign("sign", "--key", "cosign.key", "--new-bundle-format=false", *NO_LOG, name)
    seen = json.loads(cosign("verify", "--key", "cosign.pub", "--new-bundle-format=false", *NO_LOG_SEEN, name))
    assert [row["critical"]["image"]["docker-manifest-digest"] for row in seen] == [image]
    assert tags(ecr) == {"v1", f"sha256-{image[7:]}.sig"}


def test_a_wrong_password_is_told(image, start):
    cosign = start(Cosign, password="wrong")
    said = cosign.refused("sign", "--key", "cosign.key", *NO_LOG, f"{cosign.host}/team/app@{image}")
    assert "401" in said
