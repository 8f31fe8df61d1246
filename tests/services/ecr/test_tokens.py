"""ecrmock.services.ecr.tokens: GetAuthorizationToken."""

import base64
import json

import pytest


def entries(kit, **request):
    answer = kit.client.get_authorization_token(**request)
    assert set(answer) == {"authorizationData", "ResponseMetadata"}
    return answer["authorizationData"]


def test_one_entry_for_the_callers_account(kit):
    (entry,) = entries(kit)
    assert set(entry) == {"authorizationToken", "expiresAt", "proxyEndpoint"}
    assert entry["proxyEndpoint"] == "https://123456789012.dkr.ecr.us-east-1.amazonaws.com"
    assert entry["expiresAt"].timestamp() == pytest.approx(kit.now() + 12 * 3600, abs=0.0005)


def test_the_token_has_the_shape_of_a_real_one(kit):
    (entry,) = entries(kit)
    assert entry["authorizationToken"].startswith("QVdTOmV5SndZWGxzYjJGa0lqb2")
    user, password = base64.b64decode(entry["authorizationToken"]).decode().split(":")
    body = json.loads(base64.b64decode(password))
    assert user == "AWS"
    assert list(body) == ["payload", "datakey", "version", "type", "expiration"]
    assert (body["version"], body["type"]) == ("2", "DATA_KEY")
    assert body["datakey"].startswith("AQEBA")
    assert body["expiration"] == int(kit.now() + 12 * 3600)


def test_one_entry_a_registry_that_is_asked_for_none_of_which_is_looked_up(kit):
    wanted = ["123456789012", "999988887777"]
    found = entries(kit, registryIds=wanted)
    assert [entry["proxyEndpoint"] for entry in found] == [
        f"https://{account}.dkr.ecr.us-east-1.amazonaws.com" for account in wanted
    ]


def test_each_token_is_another(kit):
    assert entries(kit)[0]["authorizationToken"] != entries(kit)[0]["authorizationToken"]


def test_another_account_and_region_have_their_own_endpoint(other):
    (entry,) = entries(other("111122223333", "cn-north-1"))
    assert entry["proxyEndpoint"] == "https://111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn"


@pytest.mark.parametrize("accounts", [[], ["1" * 12] * 11])
def test_one_to_ten_registries(kit, accounts):
    code, message = kit.refused("get_authorization_token", registryIds=accounts)
    assert code == "InvalidParameterException"
    assert message.startswith("Invalid parameter at 'registryIds' failed to satisfy constraint: 'Member must have len")


def test_a_malformed_registry_is_told_of_the_list(kit):
    assert kit.refused("get_authorization_token", registryIds=["123456789012", "12"]) == (
        "InvalidParameterException",
        (
            "Invalid parameter at 'registryIds' failed to satisfy constraint: "
            "'Member must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]{12}]'"
        ),
    )


def test_a_call_leaves_no_token_in_the_record(kit):
    entries(kit)
    (call,) = kit.mock.calls
    assert call.action == "GetAuthorizationToken"
    assert "authorizationToken" not in repr(call)
