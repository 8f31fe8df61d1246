"""A server that is its own upstream: it neither waits for itself nor holds its lock."""

import json
import socket
import threading

import pytest
from constants import OCI
from images import descriptor, encoded, image_of
from kit import Server


@pytest.fixture
def server(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Server(tmp_path, "--auth", "off", "--upstream", f"quay=http://127.0.0.1:{port}", port=port)
    yield running
    running.stop()


def pushed(server, name="team/app"):
    """The bytes of an image with the tag v1."""
    server.api("CreateRepository", repositoryName=name)
    rows = []
    for data in (b"{}", b"x" * 3_000_000):
        rows.append(descriptor(data, "application/x"))
        assert server.request("POST", f"/v2/{name}/blobs/uploads/?digest={rows[-1]['digest']}", data)[0] == 201
    body = encoded(image_of(*rows))
    assert server.request("PUT", f"/v2/{name}/manifests/v1", body, {"Content-Type": OCI})[0] == 201
    return body


def add(server, prefix, **more):
    asked = {"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": "quay.io", **more}
    assert server.api("CreatePullThroughCacheRule", **asked)[0] == 200


def test_it_fetches_from_itself_while_many_wait(server):
    body, found = pushed(server), []
    add(server, "quay")

    def pull():
        found.append(server.request("GET", "/v2/quay/team/app/manifests/v1")[::2])

    threads = [threading.Thread(target=pull) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [(200, body)] * 20
    digest = json.loads(body)["layers"][0]["digest"]
    assert server.request("GET", f"/v2/quay/team/app/blobs/{digest}")[2] == b"x" * 3_000_000


def test_a_rule_that_leads_to_what_it_covers_ends(server):
    pushed(server)
    add(server, "ROOT")
    assert server.request("GET", "/v2/nobody/has/manifests/v1")[0] == 404
    assert server.request("GET", "/v2/team/app/manifests/v1")[0] == 200
    assert server.request("GET", "/v2/team/app/manifests/v2")[0] == 404


def test_rules_that_lead_to_each_other_end(server):
    add(server, "aa", upstreamRepositoryPrefix="bb")
    add(server, "bb", upstreamRepositoryPrefix="aa")
    assert server.request("GET", "/v2/aa/app/manifests/v1")[0] == 404
    pushed(server, "aa/app")
    assert server.request("GET", "/v2/bb/app/manifests/v1")[0] == 200
