"""Servers for these tests: one that a module shares, and fresh ones."""

import pytest
from kit import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that the tests of a module share; each begins with an empty world."""
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _empty(request):
    if "server" in request.fixturenames:
        assert request.getfixturevalue("server").request("POST", "/_ecrmock/reset")[0] == 200


@pytest.fixture
def start(tmp_path):
    """Start servers of one's own; all are gone afterwards."""
    started = []

    def make(*options, **how):
        started.append(Server(tmp_path, *options, **how))
        return started[-1]

    yield make
    for each in started:
        each.stop()
