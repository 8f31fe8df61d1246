"""ecrmock.protocols.sigv4: signatures are checked when asked for, with what real clients send."""

import datetime as dt

import boto3
import pytest
import time_machine
from botocore.config import Config
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


def test_the_same_signature_does_not_pass_twice(mock):
    caught = []
    made = client()
    made.meta.events.register("before-send.ecr", lambda request, **_: caught.append(request.headers))
    made.describe_repositories()
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in caught[0].items()}
    again = Client(mock.application).post(
        "/", data=b"{}", headers=headers, base_url="https://api.ecr.eu-west-1.amazonaws.com"
    )
    assert (again.status_code, "used before" in again.text) == (400, True)


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
