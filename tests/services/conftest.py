"""boto3 against a mock in process, and every successful answer compared with botocore's output shape."""

import json
import re

import boto3
import pytest
from botocore.config import Config
from constants import NOON

from ecrmock import mock_ecr

_CLIENTS = {}


def _client(service, account="123456789012", region="us-east-1"):
    """One client a service, account and region for the whole run; botocore's class is patched, not the client."""
    key = service, account, region
    if key not in _CLIENTS:
        client = _CLIENTS[key] = boto3.client(
            service,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        client.meta.events.register(f"after-call.{service}.*", _check_answer)
    return _CLIENTS[key]


def _check_answer(http_response, model, **_):
    if http_response.status_code == 200 and model.output_shape:
        fits(model.output_shape, json.loads(http_response.content), model.name)


def fits(shape, value, path):
    """Fail where an answer is not what the model says: unknown members, null, wrong types."""
    assert value is not None, f"{path} is null"
    kind = shape.type_name
    assert isinstance(value, _TYPES[kind]), f"{path} is {value!r}, no {kind}"
    if kind == "structure":
        assert set(value) <= set(shape.members), f"{path} holds {set(value) - set(shape.members)}"
        for member in shape.required_members:
            assert member in value, f"{path} lacks {member}"
        for member, inner in value.items():
            fits(shape.members[member], inner, f"{path}.{member}")
    elif kind == "list":
        for place, inner in enumerate(value):
            fits(shape.member, inner, f"{path}[{place}]")
    elif kind == "string":
        assert not shape.enum or value in shape.enum, f"{path} is {value!r}, none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        assert not pattern or re.fullmatch(pattern, value), f"{path} is {value!r}, not {pattern}"
    else:
        assert kind == "boolean" or not isinstance(value, bool), f"{path} is a boolean"


_TYPES = {
    "structure": dict,
    "list": list,
    "map": dict,
    "string": str,
    "timestamp": (int, float),
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "boolean": bool,
    "blob": str,
}


@pytest.fixture(scope="session")
def client_of():
    """A function from service, account and region to a client whose answers are checked."""
    return _client


@pytest.fixture
def options():
    """Settings of the mock; a test parametrises this name to have others."""
    return {}


@pytest.fixture
def mock(options):
    """A mock whose clock stands still."""
    with mock_ecr(**options) as running:
        running.world.clock.freeze(NOON)
        yield running


@pytest.fixture
def kms(mock):
    """A KMS client of account 123456789012 in us-east-1."""
    assert mock.world
    return _client("kms")


@pytest.fixture
def secrets(mock):
    """A Secrets Manager client of account 123456789012 in us-east-1."""
    assert mock.world
    return _client("secretsmanager")
