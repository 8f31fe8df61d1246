"""Requests as a client sends them, and a gate to a world whose clock stands still."""

import pytest

from ecrmock.app import new_world
from ecrmock.base.web import Request
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.gateway.call import Call
from ecrmock.gateway.gate import Gate
from ecrmock.gateway.identity import Caller
from ecrmock.settings import Settings


@pytest.fixture
def asked():
    """A function that makes a request with these headers and this query."""

    def make(query_string="", method="GET", path="/", host="", **headers):
        found = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        return Request(method, path, header=lambda name: found.get(name.lower()), query_string=query_string, host=host)

    return make


@pytest.fixture
def make_gate():
    """A function from settings to a gate; `gate.world` has one repository, team/app."""

    def make(**settings):
        world = new_world(Settings(**settings))
        world.clock.freeze(1_700_000_000.0)
        registry = world.of(Registry, "123456789012", "us-east-1")
        world.transact(lambda: registry.create(RepositoryRow("team/app", world.clock.now())))
        return Gate(world)

    return make


@pytest.fixture
def gate(make_gate):
    return make_gate()


@pytest.fixture
def make_call():
    """A function that makes a call of the default account's root; members of Call may be given."""

    def make(gate, action="DescribeRepositories", **members):
        caller = Caller.root(members.pop("by", "123456789012"), members.get("region", "us-east-1"))
        place = {"account": "123456789012", "region": "us-east-1", "request_id": "r1"}
        return Call(gate.world, caller, action, **(place | members))

    return make
