"""A real `ecrmock serve` for the real programs; a plain run skips what is absent and says so, CI may not."""

import os

import boto3
import pytest
from clients.drivers import Client, Skopeo, absent
from kit import Server
from layouts import Layout


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _empty(server):
    assert server.request("POST", "/_ecrmock/reset")[0] == 200


@pytest.fixture
def url(server):
    return f"http://localhost:{server.port}"


@pytest.fixture
def ecr(url):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client("ecr", endpoint_url=url, region_name="us-east-1", **keys)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "layout")


@pytest.fixture
def start(server, url, tmp_path):
    """Makes a client of any driver, signed in unless told otherwise."""
    made = []

    def started(driver, password=None, folder=None, *, signed_in=True):
        client = driver(tmp_path / (folder or driver.NAME), url)
        made.append(client)
        client.start()
        if signed_in:
            client.sign_in(password or server.password())
        return client

    yield started
    for client in made:
        client.stop()


@pytest.fixture
def skopeo(url, tmp_path):
    return Skopeo(tmp_path, url)


@pytest.fixture
def aws(url, tmp_path):
    client = Client(tmp_path, url, "aws")
    if "ECRMOCK_AWS" not in os.environ and client("--version").startswith("aws-cli/2.9."):
        absent("an aws that heeds AWS_ENDPOINT_URL is not installed")
    return client
