"""ecrmock.gateway.call: under which addresses does a caller reach a registry?"""

import pytest

from ecrmock.distribution import login
from ecrmock.errors.ecr import RepositoryNotFoundException
from ecrmock.gateway.identity import Caller

AWS = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("host", "place", "address"),
    [
        ("localhost:8327", {}, "localhost:8327"),
        ("ecrmock:4510", {}, "ecrmock:4510"),
        ("127.0.0.1:1", {}, "127.0.0.1:1"),
        ("localhost:8327", {"region": "eu-west-1"}, "localhost:8327/123456789012.dkr.ecr.eu-west-1"),
        ("localhost:8327", {"account": "111122223333"}, "localhost:8327/111122223333.dkr.ecr.us-east-1"),
        ("", {}, AWS),
        ("api.ecr.us-east-1.amazonaws.com", {}, AWS),
        ("ecr.us-east-1.api.aws:443", {}, AWS),
        (
            "api.ecr.us-east-1.amazonaws.com",
            {"region": "eu-west-1", "account": "111122223333"},
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        ),
        (
            "api.ecr.cn-north-1.amazonaws.com.cn",
            {"region": "cn-north-1"},
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        ),
    ],
)
def test_the_address_of_a_registry_follows_the_host_that_was_called(gate, make_call, host, place, address):
    assert make_call(gate, host=host, **place).registry_address() == address


def test_settings_say_which_registry_has_the_short_address(make_gate, make_call):
    gate = make_gate(account="999988887777", region="ap-east-1")
    call = make_call(gate, host="localhost:8327", account="999988887777", region="ap-east-1")
    assert call.registry_address() == "localhost:8327"
    assert make_call(gate, host="localhost:8327").registry_address() == "localhost:8327/123456789012.dkr.ecr.us-east-1"


@pytest.mark.parametrize(
    ("host", "scheme", "endpoint"),
    [
        ("localhost:8327", "http", "http://localhost:8327/111122223333.dkr.ecr.us-east-1"),
        ("localhost:8443", "https", "https://localhost:8443/111122223333.dkr.ecr.us-east-1"),
        ("", "http", "https://111122223333.dkr.ecr.us-east-1.amazonaws.com"),
        ("api.ecr.us-east-1.amazonaws.com", "https", "https://111122223333.dkr.ecr.us-east-1.amazonaws.com"),
    ],
)
def test_the_endpoint_of_a_login_is_a_scheme_and_the_address_of_its_registry(gate, make_call, host, scheme, endpoint):
    assert make_call(gate, host=host, scheme=scheme).endpoint("111122223333") == endpoint


def test_the_endpoint_of_the_default_registry_has_no_path(gate, make_call):
    assert make_call(gate, host="localhost:8327").endpoint("123456789012") == "http://localhost:8327"


@pytest.mark.parametrize(
    "host", ["localhost:8327", "api.ecr.us-east-1.amazonaws.com", "123456789012.dkr.ecr.us-east-1.localhost:8327"]
)
@pytest.mark.parametrize(
    "place", [(a, r) for a in ("123456789012", "111122223333") for r in ("us-east-1", "eu-west-1")]
)
def test_an_address_leads_back_to_its_registry(gate, make_call, asked, host, place):
    """facts/registry 3.8: what the API hands out is what the docker door understands, whoever logged in."""
    address = make_call(gate, host=host, account=place[0], region=place[1]).registry_address()
    name, _, path = f"{address}/team/app".partition("/")
    request = asked(path=f"/v2/{path}/tags/list", host=name)
    found = login.target(request, Caller.root("123456789012", "us-east-1"))
    assert found == (*place, "/v2/team/app/tags/list")


def test_a_call_knows_time_registry_and_repositories(gate, make_call):
    call = make_call(gate)
    assert call.now == 1_700_000_000.0
    assert call.registry.account == "123456789012"
    assert call.repository("team/app").name == "team/app"
    assert call.transact(lambda: "done") == "done"
    with pytest.raises(RepositoryNotFoundException):
        make_call(gate, region="eu-west-1").repository("team/app")
