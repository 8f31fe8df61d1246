"""Every operation of the shipped model works."""

import json

import pytest

from ecrmock.app import create_app
from ecrmock.protocols.model import Model
from ecrmock.services.ecr import ecr

MODEL = Model("ecr")
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/ecr/aws4_request, "
    "SignedHeaders=host, Signature=ab"
)
HEADERS = {"Authorization": SIGNED, "Content-Type": "application/x-amz-json-1.1"}


@pytest.fixture(scope="module")
def client():
    return create_app().test_client()


def test_every_operation_of_the_model_works():
    assert set(ecr.operations) == set(MODEL.operations)


def test_the_service_answers_to_the_target_of_the_model(client):
    target = f"{MODEL.metadata['targetPrefix']}.DescribeRepositories"
    answer = client.post("/", data="{}", headers={"X-Amz-Target": target, **HEADERS})
    assert (answer.status_code, json.loads(answer.data)) == (200, {"repositories": []})


@pytest.mark.parametrize("operation", sorted(ecr.operations))
def test_an_operation_links_its_page(operation):
    page = f"https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_{operation}.html"
    assert page in ecr.operations[operation].run.__doc__


@pytest.mark.parametrize("operation", sorted(ecr.operations))
def test_an_operation_that_works_answers_or_refuses_in_the_words_of_the_model(client, operation):
    headers = {"X-Amz-Target": f"{MODEL.metadata['targetPrefix']}.{operation}", **HEADERS}
    answer = client.post("/", data="{}", headers=headers)
    if MODEL.shapes[MODEL.operations[operation]["input"]["shape"]].get("required"):
        assert answer.status_code == 400
        assert json.loads(answer.data)["__type"] == "InvalidParameterException"
    elif answer.status_code != 200:
        absent = {"RegistryPolicyNotFoundException", "SigningConfigurationNotFoundException"}
        assert answer.status_code == 400
        assert json.loads(answer.data)["__type"] in absent
