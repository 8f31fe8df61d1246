"""ecrmock.sources: which source stands for an upstream; nothing is contacted here."""

import pytest

from ecrmock import app
from ecrmock.domain.pull_through.upstreams import OPEN_SOURCE, UpstreamAccess, UpstreamError
from ecrmock.settings import Settings
from ecrmock.sources.layout import LayoutSource
from ecrmock.sources.own import OwnSource
from ecrmock.sources.registry import RegistrySource

ECR = "123456789012.dkr.ecr.us-west-2.amazonaws.com"


def opened(kind, host, *upstreams):
    world = app.new_world(Settings(upstreams=upstreams))
    return world.at(OPEN_SOURCE)(UpstreamAccess(kind, host, "123456789012", "us-east-1"))


def test_the_internet_only_where_it_is_named():
    source = opened("quay", "quay.io", ("quay", "internet"))
    assert isinstance(source, RegistrySource)
    assert source._base == "https://quay.io/v2/"
    with pytest.raises(UpstreamError, match="unreachable"):
        opened("k8s", "registry.k8s.io", ("quay", "internet"))


def test_a_host_goes_before_its_kind(tmp_path):
    pairs = ("azure-container-registry", "http://localhost:1"), ("mine.azurecr.io", str(tmp_path))
    assert isinstance(opened("azure-container-registry", "mine.azurecr.io", *pairs), LayoutSource)
    assert isinstance(opened("azure-container-registry", "other.azurecr.io", *pairs), RegistrySource)


def test_private_ecr_is_this_world_unless_something_else_stands_for_it():
    assert isinstance(opened("ecr", ECR), OwnSource)
    assert isinstance(opened("ecr", ECR, ("ecr", "http://localhost:1")), RegistrySource)
