"""The issue's own words: an image of Debian's docker-registry, pulled through a cache rule by real clients."""

import json
import threading

import boto3
import pytest
from clients.drivers import Crane, Skopeo
from clients.engines import Engine
from clients.hub import Hub, Tokens
from kit import Server
from layouts import digests

pytestmark = pytest.mark.xdist_group("clients-pull-through")
USER, PASSWORD = "ann", "s3cret"
APP = "docker-hub/library/app"


@pytest.fixture(scope="module")
def tokens():
    running = Tokens(USER, PASSWORD)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def hub(tmp_path_factory, tokens):
    running = Hub(tmp_path_factory.mktemp("hub"), tokens)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, hub):
    running = Server(tmp_path_factory.mktemp("server"), "--upstream", f"docker-hub={hub.url}")
    yield running
    running.stop()


@pytest.fixture
def rule(ecr, url):
    """Makes the rule for Docker Hub with a login."""

    def made(password=PASSWORD):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        secrets = boto3.client("secretsmanager", endpoint_url=url, region_name="us-east-1", **keys)
        login = json.dumps({"username": USER, "accessToken": password})
        arn = secrets.create_secret(Name="ecr-pullthroughcache/hub", SecretString=login)["ARN"]
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="docker-hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
        )

    return made


@pytest.fixture
def push(layout, hub, tmp_path):
    """Puts an image (or what a descriptor names) into the upstream with skopeo; its digest."""

    def pushed(text, tag, name="library/app", descriptor=None):
        digest = layout.tag(descriptor or layout.image(text), tag)
        skopeo = Skopeo(tmp_path / "pusher", hub.url)
        skopeo(
            *("copy", "--all", "--dest-tls-verify=false", "--dest-creds", f"{USER}:{PASSWORD}"),
            f"oci:{layout.folder}:{tag}",
            f"docker://127.0.0.1:{hub.port}/{name}:{tag}",
        )
        return digest

    return pushed


@pytest.mark.parametrize(
    "driver", [Skopeo, Crane, pytest.param(Engine, marks=pytest.mark.engine)], ids=lambda driver: driver.NAME
)
def test_a_never_seen_image_fills_the_repository_and_outlives_the_upstream(  # noqa: PLR0913, PLR0917
    start, driver, ecr, rule, push, hub, tokens
):
    rule()
    assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")["isValid"]
    digest = push(b"hello", "v1")
    tokens.asked.clear()
    client = start(driver)
    assert client.pull(f"{APP}:v1") == digest
    assert tokens.asked == [("repository:library/app:pull", "ecrmock")]
    hub.stop()
    try:
        again = start(driver, folder="again")
        assert again.pull(f"{APP}:v1") == digest
        assert again.pull(f"{APP}@{digest}") == digest
        (image,) = ecr.describe_images(repositoryName=APP)["imageDetails"]
        assert (image["imageDigest"], image["imageTags"]) == (digest, ["v1"])
        assert not ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")["isValid"]
    finally:
        hub.start()


def test_twenty_at_once_are_one_fetch(server, rule, push, hub, tokens):
    rule()
    digest = push(b"many", "many")
    tokens.asked.clear()
    login, found = server.login(), []

    def pull():
        status, headers, _ = server.request("GET", f"/v2/{APP}/manifests/many", None, login)
        found.append((status, headers["Docker-Content-Digest"]))

    threads = [threading.Thread(target=pull) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [(200, digest)] * 20
    assert tokens.asked == [("repository:library/app:pull", "ecrmock")]
    assert hub.fetched("/v2/library/app/manifests/many") == 1


def test_a_list_comes_whole(start, ecr, rule, push, layout):
    rule()
    index = layout.index(layout.image(b"amd64"), layout.image(b"arm64", "arm64"))
    digest = push(b"", "multi", descriptor=index)
    skopeo = start(Skopeo)
    skopeo("copy", "--all", "--src-tls-verify=false", f"docker://{skopeo.host}/{APP}:multi", "oci:back:t")
    assert digests(skopeo.back()) == digests(layout.folder)
    assert digest in [image["imageDigest"] for image in ecr.describe_images(repositoryName=APP)["imageDetails"]]
    assert len(ecr.describe_images(repositoryName=APP)["imageDetails"]) == 3


def test_what_it_refuses(start, ecr, rule, push):
    rule("wrong")
    push(b"hello", "v1")
    crane = start(Crane)
    told = crane.refused("manifest", f"{crane.host}/{APP}:v1")
    assert "DENIED" in told
    assert "Verify that the credentials are valid and try again" in told
    answer = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")
    assert (answer["isValid"], "401" in answer["failure"]) == (False, True)


def test_what_it_lacks(start, ecr, rule):
    rule()
    crane = start(Crane)
    assert "MANIFEST_UNKNOWN: Requested image not found" in crane.refused("manifest", f"{crane.host}/{APP}:none")
    assert ecr.describe_repositories()["repositories"] == []
