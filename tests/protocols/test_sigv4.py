"""ecrmock.protocols.sigv4: signatures are checked when asked for, with what real clients send."""

import datetime as dt
import hashlib
import json

import boto3
import pytest
import time_machine
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from werkzeug.test import Client

from ecrmock import mock_ecr
from ecrmock.app import App
from ecrmock.settings import Settings

KEY, SECRET = "AKIDEXAMPLE", "secret"
QUIET = Config(retries={"max_attempts": 0})


@pytest.fixture
def mock():
    with mock_ecr(auth="sigv4", credentials=((KEY, SECRET),)) as running:
        yield running


def client(service="ecr", key=KEY, secret=SECRET, token=None, **more):
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
    return boto3.client(service, region_name="eu-west-1", config=QUIET, **keys, **more)


def refused(call, *arguments, **named):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


WRONG = "The request signature we calculated does not match the signature you provided."


@pytest.mark.usefixtures("mock")
def test_the_right_secret_passes_and_a_wrong_one_does_not():
    assert client().create_repository(repositoryName="a1")["repository"]["repositoryName"] == "a1"
    code, text = refused(client(secret="other").create_repository, repositoryName="a2")
    assert code == "InvalidSignatureException"
    assert text.startswith(WRONG)
    assert [row["repositoryName"] for row in client().describe_repositories()["repositories"]] == ["a1"]


@pytest.mark.usefixtures("mock")
def test_an_unknown_key_is_refused():
    assert refused(client(key="AKIDOTHER").describe_repositories) == (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_a_session_of_our_sts_passes_until_it_is_over(mock):
    found = client("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/dev", RoleSessionName="me")["Credentials"]
    keys = {"key": found["AccessKeyId"], "secret": found["SecretAccessKey"], "token": found["SessionToken"]}
    arn = client(**keys).create_repository(repositoryName="a1")["repository"]["repositoryArn"]
    assert arn == "arn:aws:ecr:eu-west-1:111122223333:repository/a1"
    assert refused(client(**keys | {"token": "other"}).describe_repositories)[0] == "UnrecognizedClientException"
    assert refused(client(**keys | {"secret": "other"}).describe_repositories)[0] == "InvalidSignatureException"
    mock.clock.advance(hours=2)
    assert refused(client(**keys).describe_repositories)[0] == "ExpiredTokenException"


@pytest.mark.usefixtures("mock")
def test_sts_words_it_as_query_services_do():
    assert refused(client("sts", secret="other").get_caller_identity)[0] == "SignatureDoesNotMatch"
    assert client("kms").create_key()["KeyMetadata"]["Enabled"]


@pytest.mark.parametrize(("minutes", "text"), [(-16, "Signature expired: "), (16, "Signature not yet current: ")])
def test_a_clock_that_is_off_is_told(mock, minutes, text):
    caught = []

    def late(request, **_):
        caught.append(request.headers)

    made = client()
    made.meta.events.register("before-send.ecr", late)
    now = dt.datetime.now(dt.UTC)
    with time_machine.travel(now, tick=False):
        made.describe_repositories()
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in caught[0].items()}
    web = Client(mock.application)
    with time_machine.travel(now - dt.timedelta(minutes=minutes), tick=False):
        answer = web.post("/", data=b"{}", headers=headers, base_url="https://api.ecr.eu-west-1.amazonaws.com")
    assert answer.status_code == 400
    assert f'"message":"{text}' in answer.text


def test_a_changed_body_is_refused(mock):
    caught = []
    made = client()
    made.meta.events.register("before-send.ecr", lambda request, **_: caught.append(request.headers))
    made.describe_repositories()
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in caught[0].items()}
    headers["Content-Length"] = "18"
    again = Client(mock.application).post(
        "/", data=b'{"maxResults": 10}', headers=headers, base_url="https://api.ecr.eu-west-1.amazonaws.com"
    )
    assert WRONG in again.text


def test_a_signature_for_another_service_is_refused():
    application = App(Settings(auth="sigv4", credentials=((KEY, SECRET),)))
    scope = f"Credential={KEY}/20261125/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {
        "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Date": "20261125T000000Z",
    }
    answer = Client(application).post("/", data=b"{}", headers=headers)
    assert "Credential should be scoped to correct service: 'ecr'." in answer.text


@pytest.fixture
def sent(mock):
    """A function that makes boto3 sign a call and returns its headers, and one that sends them (again) raw."""
    web = Client(mock.application)

    def sign():
        made, caught = client(), []
        made.meta.events.register("before-send.ecr", lambda request, **_: caught.append(request))
        made.describe_repositories()
        found = caught[0].headers.items()
        return {name: value.decode() if isinstance(value, bytes) else value for name, value in found}

    def send(headers, body=b"{}"):
        host = "https://api.ecr.eu-west-1.amazonaws.com"
        headers = {name: value for name, value in headers.items() if name != "Content-Length"}
        return web.post("/", data=body, headers=headers, base_url=host)

    return sign, send


def resigned(headers, body=b"{}", without=()):
    """The same call signed by hand, with whatever headers there are; some may be left out of the signature."""
    kept = {name: value for name, value in headers.items() if name not in {"Authorization", "Content-Length"}}
    request = AWSRequest("POST", "https://api.ecr.eu-west-1.amazonaws.com/", kept, data=body)
    request.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(KEY, SECRET), "ecr", "eu-west-1")
    everything = signer.headers_to_sign
    signer.headers_to_sign = lambda asked: _less(everything(asked), without)
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    parts = f"Credential={signer.scope(request)}, SignedHeaders={names}, Signature={signature}"
    return kept | {"Authorization": f"AWS4-HMAC-SHA256 {parts}"}


def _less(headers, without):
    for name in without:
        del headers[name]
    return headers


def told(answer):
    body = json.loads(answer.data)
    return answer.status_code, body.get("__type"), body.get("message", "")


def test_the_same_call_passes_again_and_again(sent):
    sign, send = sent
    headers = sign()
    assert [json.loads(send(headers).data) for _ in range(3)] == [{"repositories": []}] * 3


@pytest.mark.usefixtures("mock")
def test_equal_calls_in_one_second_all_pass():
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False):
        assert [client().describe_repositories()["repositories"] for _ in range(3)] == [[]] * 3


def test_what_is_signed_by_hand_passes(sent):
    sign, send = sent
    headers = sign()
    assert send(resigned(headers)).status_code == 200
    assert send(resigned(headers | {"X-Amz-Content-SHA256": hashlib.sha256(b"{}").hexdigest()})).status_code == 200


@pytest.mark.parametrize("value", [hashlib.sha256(b'{"repositoryName": "x/one"}').hexdigest(), "UNSIGNED-PAYLOAD", "x"])
def test_a_signed_hash_of_another_body_is_refused(sent, value):
    sign, send = sent
    target = "AmazonEC2ContainerRegistry_V20150921.CreateRepository"
    headers = resigned(sign() | {"X-Amz-Content-SHA256": value, "X-Amz-Target": target})
    status, code, text = told(send(headers, b'{"repositoryName": "x/two"}'))
    assert (status, code, text.startswith(WRONG)) == (400, "InvalidSignatureException", True)
    assert client().describe_repositories()["repositories"] == []


def test_a_call_whose_operation_is_not_signed_is_refused(sent):
    sign, send = sent
    headers = resigned(sign(), without=["x-amz-target"])
    swapped = {"X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.DeleteRepository"}
    for more in ({}, swapped):
        assert told(send(headers | more, b"{}")) == (
            400,
            "InvalidSignatureException",
            "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
        )


def test_a_call_whose_host_is_not_signed_is_refused(sent):
    sign, send = sent
    assert told(send(resigned(sign(), without=["host"]))) == (
        400,
        "InvalidSignatureException",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )


@pytest.mark.parametrize("name", ["X-Amz-Content-SHA256", "X-Amz-Security-Token", "X-Amz-User-Agent", "x_amz_anything"])
def test_a_header_of_aws_that_was_added_later_is_refused(sent, name):
    sign, send = sent
    status, code, text = told(send(sign() | {name: hashlib.sha256(b"{}").hexdigest()}))
    assert (status, code) == (400, "InvalidSignatureException")
    assert text == f"'{name.lower().replace('_', '-')}' must be a 'SignedHeader' in the AWS Authorization."


def test_an_operation_that_was_swapped_is_refused(sent):
    sign, send = sent
    answer = send(sign() | {"X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.DeleteRepository"})
    assert told(answer)[2].startswith(WRONG)


@pytest.mark.parametrize("header", ["Host", "X-Amz-Date", "X-Amz-Target", "Content-Type"])
def test_any_signed_header_that_is_changed_is_refused(sent, header):
    sign, send = sent
    headers = sign()
    assert send(headers).status_code == 200
    answer = send(headers | {header: headers.get(header, "api.ecr.eu-west-1.amazonaws.com") + "x"})
    assert answer.status_code == (404 if header == "Content-Type" else 400)  # a type of no protocol: facts/api 1.5


def test_a_presigned_call_is_refused(mock):
    web = Client(mock.application)
    url = boto3.client(
        "sts", region_name="eu-west-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    ).generate_presigned_url("get_caller_identity")
    path = url.partition("amazonaws.com")[2]
    answer = web.get(path, base_url="https://sts.eu-west-1.amazonaws.com")
    assert (answer.status_code, "IncompleteSignature" in answer.text) == (400, True)


TEST_HEADERS = {
    "X-Ecrmock-Account-Id": "444455556666",
    "X-Moto-Account-Id": "444455556666",
    "X-Ecrmock-Service-Principal": "codebuild.amazonaws.com",
    "X-Ecrmock-Source-Arn": "arn:aws:codebuild:eu-west-1:444455556666:project/a",
    "X-Ecrmock-Source-Account": "444455556666",
}


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("name", TEST_HEADERS)
def test_no_header_makes_a_key_another_caller(sent, name, signed):
    sign, send = sent
    headers = sign() | {name: TEST_HEADERS[name]}
    status, code, text = told(send(resigned(headers) if signed else headers))
    assert (status, code) == (400, "AccessDeniedException")
    assert text.startswith(f"The header '{name.lower()}' is a convenience of ecrmock for tests")


@pytest.mark.usefixtures("mock")
@pytest.mark.parametrize("name", TEST_HEADERS)
def test_sts_takes_no_test_header_either(name):
    made = client("sts")
    made.meta.events.register("before-sign.sts", lambda request, **_: request.headers.add_header(name, "444455556666"))
    assert refused(made.get_caller_identity)[0] == "AccessDenied"
    assert client("sts").get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize("name", TEST_HEADERS)
def test_the_docker_door_takes_no_test_header_either(mock, name):
    token = client().get_authorization_token()["authorizationData"][0]["authorizationToken"]
    web, login = Client(mock.application), {"Authorization": f"Basic {token}"}
    assert web.get("/v2/", headers=login).status_code == 200
    answer = web.get("/v2/", headers=login | {name: TEST_HEADERS[name]})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (403, "DENIED")
    assert "only the signature says who calls" in answer.json["errors"][0]["message"]
