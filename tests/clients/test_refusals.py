"""What people read when ECR says no, in each client's words around ECR's own."""

import pytest
from clients.drivers import Buildah, Crane, Ctr, Docker, Helm, Notation, Oras, Podman, Regctl, Skopeo
from clients.engines import Engine

pytestmark = pytest.mark.xdist_group("clients-refusals")
ENGINE = pytest.param(Engine, marks=pytest.mark.engine)
PUSHERS = [Skopeo, Podman, Buildah, Ctr, Crane, Regctl, Oras, ENGINE]
MISSING = "The repository with name 'no/such' does not exist in the registry with id '123456789012'"
FIXED = (
    "The image tag 'v1' already exists in the 'team/fixed' repository and cannot be overwritten "
    "because the tag is immutable."
)
STATUS = {Ctr: {MISSING: "404 Not Found", FIXED: "400 Bad Request"}}
"""containerd shows the status alone."""


def told(driver, words):
    return STATUS.get(driver, {}).get(words, words)


@pytest.mark.parametrize("driver", PUSHERS, ids=lambda driver: driver.NAME)
def test_no_repository(layout, start, driver):
    layout.tag(layout.image(b"hello"), "t1")
    client = start(driver)
    assert told(driver, MISSING) in client.push(layout, "t1", "no/such:v1", client.refused)


@pytest.mark.parametrize("driver", PUSHERS, ids=lambda driver: driver.NAME)
def test_an_immutable_tag(ecr, layout, start, driver):
    ecr.create_repository(repositoryName="team/fixed", imageTagMutability="IMMUTABLE")
    layout.tag(layout.image(b"one"), "one")
    layout.tag(layout.image(b"two"), "two")
    client = start(driver)
    client.push(layout, "one", "team/fixed:v1")
    assert told(driver, FIXED) in client.push(layout, "two", "team/fixed:v1", client.refused)


@pytest.mark.parametrize(
    ("driver", "words"),
    [
        (Skopeo, "invalid username/password"),
        (Podman, "invalid username/password"),
        (Buildah, "invalid username/password"),
        (Docker, "401 Unauthorized"),
        pytest.param(Engine, "401 Unauthorized", marks=pytest.mark.engine),
        (Regctl, "unauthorized"),
        (Oras, "401"),
        (Helm, "401"),
    ],
    ids=lambda value: getattr(value, "NAME", ""),
)
def test_a_wrong_password_at_login(start, driver, words):
    client = start(driver, signed_in=False)
    assert words in client.refused_login("wrong")


@pytest.mark.parametrize("driver", [Ctr, Crane], ids=lambda driver: driver.NAME)
def test_a_wrong_password_at_push(layout, start, driver):
    """These two only remember what login tells them."""
    layout.tag(layout.image(b"hello"), "t1")
    client = start(driver, password="wrong")
    assert "401 Unauthorized" in client.push(layout, "t1", "no/such:v1", client.refused)


def test_docker_finds_no_manifest(start):
    docker = start(Docker)
    assert "no such manifest" in docker.refused("manifest", "inspect", "--insecure", f"{docker.host}/no/such:v1")


def test_notation_finds_no_image(start):
    notation = start(Notation)
    name = f"{notation.host}/no/such@sha256:{'0' * 64}"
    assert "not found" in notation.refused("list", "--insecure-registry", name)
