"""ecrmock.protocols.unsupported: a clear no to services that are not here, in their own protocol."""

import io
import json
from xml.etree import ElementTree as ET

import pytest

from ecrmock.app import new_world
from ecrmock.base.web import Body, Request
from ecrmock.protocols import query, unsupported
from ecrmock.settings import Settings

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def signed(service):
    credential = f"KEY/20261125/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=ab"


@pytest.fixture
def ask():
    """A function that asks a service that is not here."""
    world = new_world(Settings())

    def send(body=b"", query_string="", length=-1, **headers):
        found = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(
            "POST",
            "/",
            header=lambda name: found.get(name.lower()),
            query_string=query_string,
            body=Body(io.BytesIO(body), len(body) if length == -1 else length),
        )
        return unsupported.answer(world, request, query.form(request))

    return send


def xml(response):
    assert response.status == 501
    assert response.header("Content-Type") in {"text/xml", "application/xml"}
    return ET.fromstring(response.body)


def service(text):
    """The service that a refusal's sentence names; it also tells the way out."""
    assert "AWS_ENDPOINT_URL_ECR" in text
    assert "Coverage" in text
    return text.split("'")[1]


@pytest.mark.parametrize(
    ("target", "headers", "name"),
    [
        ("TrentService.CreateKey", {}, "kms"),
        ("secretsmanager.GetSecretValue", {}, "secretsmanager"),
        ("SpencerFrontendService.CreateRepository", {}, "ecr-public"),
        ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", {}, "cloudtrail"),
        ("DynamoDB_20120810.ListTables", {"authorization": signed("dynamodb")}, "dynamodb"),
        ("Something.Else", {}, "Something"),
        ("TrentService.CreateKey", {"authorization": "nonsense"}, "kms"),
        ("TrentService.CreateKey", {"authorization": signed("ecr")}, "kms"),
    ],
)
def test_a_json_service_is_refused_in_json(ask, target, headers, name):
    response = ask(b"{}", x_amz_target=target, content_type="application/x-amz-json-1.1", **headers)
    assert response.status == 501
    assert response.header("Content-Type") == "application/x-amz-json-1.1"
    assert response.header("x-amzn-ErrorType") == "UnknownOperationException"
    assert response.header("x-amzn-RequestId")
    body = json.loads(response.body)
    assert body["__type"] == "UnknownOperationException"
    assert service(body["message"]) == name


@pytest.mark.parametrize(
    "target",
    [
        None,
        "CreateRepository",
        ".CreateRepository",
        "amazonec2containerregistry_v20150921.CreateRepository",
        "AmazonEC2ContainerRegistry_V20150920.CreateRepository",
    ],
)
def test_what_is_signed_for_ecr_and_names_none_of_its_operations_has_ecrs_own_refusal(ask, target):
    """Observed on Athena (facts/api 1.5)."""
    headers = {"authorization": signed("ecr")} | ({"x_amz_target": target} if target else {})
    response = ask(b"{}", content_type="application/x-amz-json-1.1", **headers)
    assert (response.status, json.loads(response.body)) == (400, {"__type": "UnknownOperationException"})
    assert response.header("x-amzn-RequestId")
    for kind in ({}, {"content_type": "application/x-amz-json-1.0"}, {"content_type": "text/plain"}):
        other = ask(b"{}", **kind, **headers)
        assert (other.status, other.body) == (404, b"<UnknownOperationException/>\n")
        assert other.header("Content-Type") == "application/xml"


def test_json_1_0_is_answered_in_kind(ask):
    response = ask(b"{}", x_amz_target="DynamoDB_20120810.ListTables", content_type="application/x-amz-json-1.0")
    assert response.header("Content-Type") == "application/x-amz-json-1.0"


@pytest.mark.parametrize(
    ("body", "headers", "name"),
    [
        (b"Action=GetCallerIdentity&Version=2011-06-15", {}, "sts"),
        (b"Action=ListUsers&Version=2010-05-08", {}, "iam"),
        (b"Action=ListTopics&Version=2010-03-31", {"authorization": signed("sns")}, "sns"),
        (b"Action=X&Version=2000-01-01", {}, "unknown"),
    ],
)
def test_a_query_service_is_refused_in_xml(ask, body, headers, name):
    root = xml(ask(body, content_type=FORM, **headers))
    assert root.tag == "ErrorResponse"
    assert root.findtext("Error/Code") == "UnknownOperation"
    assert root.findtext("Error/Type") == "Sender"
    assert root.findtext("RequestId")
    assert service(root.findtext("Error/Message")) == name


def test_a_presigned_query_call_is_refused_in_xml(ask):
    query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=K%2F20261125%2Fus-east-1%2Fsts%2Faws4_request"
    assert service(xml(ask(query_string=query)).findtext("Error/Message")) == "sts"


@pytest.mark.parametrize(("body", "length"), [(b"Action=X" + bytes(70_000), -1), (b"Action=X", 1000)])
def test_a_form_that_cannot_be_read_is_refused_in_xml_too(ask, body, length):
    assert xml(ask(body, length=length, content_type=FORM)).tag == "ErrorResponse"


def test_s3_is_refused_in_its_own_xml(ask):
    response = ask(authorization=signed("s3"))
    root = xml(response)
    assert root.tag == "Error"
    assert root.findtext("Code") == "NotImplemented"
    assert service(root.findtext("Message")) == "s3"
    assert response.header("x-amz-request-id") == root.findtext("RequestId")


def test_a_rest_service_is_refused_in_json(ask):
    response = ask(authorization=signed("lambda"), content_type="text/plain")
    assert (response.status, response.header("Content-Type")) == (501, "application/json")
    assert service(json.loads(response.body)["message"]) == "lambda"


@pytest.mark.parametrize("name", ["<script>", "a&b", "%00", "%1F", "é", "%EF%BF%BF"])
def test_names_that_xml_cannot_hold_do_no_harm(ask, name):
    query = f"Action=X&X-Amz-Credential=K/20261125/us-east-1/{name}/aws4_request"
    assert xml(ask(query_string=query)).tag == "ErrorResponse"
