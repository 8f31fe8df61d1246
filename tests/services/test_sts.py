"""ecrmock.services.sts: who am I, who may I become, and both doors then see that."""

import base64
import html
import re

import boto3
import pytest
from botocore.exceptions import ClientError
from constants import signed
from werkzeug.test import Client

from ecrmock import mock_ecr

ROLE = "arn:aws:iam::111122223333:role/path/to/dev"
SESSION = "arn:aws:sts::111122223333:assumed-role/dev/me"


@pytest.fixture
def mock():
    with mock_ecr() as running:
        yield running


def client(service, credentials=None, key="123456789012"):
    keys = {"aws_access_key_id": key, "aws_secret_access_key": "x"}
    if credentials:
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
    return boto3.client(service, region_name="eu-west-1", **keys)


def refused(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


@pytest.mark.usefixtures("mock")
@pytest.mark.parametrize("key", ["111122223333", "AKIARHPQC2ZRAAAAAAAA", "test"])
def test_a_key_tells_its_account(key):
    found = client("sts", key=key).get_caller_identity()
    assert found["Arn"] == f"arn:aws:iam::{found['Account']}:root"
    assert found["UserId"] == found["Account"]
    assert (found["Account"] == "111122223333") == (key == "111122223333")


def test_a_role_is_assumed_and_seen_at_both_doors(mock):
    found = client("sts").assume_role(
        RoleArn=ROLE, RoleSessionName="me", Tags=[{"Key": "team", "Value": "a"}], SourceIdentity="bob"
    )
    credentials = found["Credentials"]
    assert found["AssumedRoleUser"]["Arn"] == SESSION
    assert re.fullmatch(r"AROA[A-Z2-7]{17}:me", found["AssumedRoleUser"]["AssumedRoleId"])
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", credentials["AccessKeyId"])
    assert (credentials["Expiration"] - mock.clock.now()).total_seconds() == pytest.approx(3600, abs=5)
    assert found["SourceIdentity"] == "bob"
    assert client("sts", credentials).get_caller_identity()["Arn"] == SESSION

    ecr = client("ecr", credentials)
    assert ecr.create_repository(repositoryName="a1")["repository"]["registryId"] == "111122223333"
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    answer = Client(mock.application).get("/v2/a1/tags/list", headers={"Authorization": f"Basic {token}"})
    assert answer.status_code == 200
    assert {call.principal for call in mock.calls if call.account == "111122223333"} == {SESSION}
    assert [call.action for call in mock.calls][-1] == "ListImages"


def test_a_session_ends(mock):
    credentials = client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=900)["Credentials"]
    mock.clock.advance(minutes=14)
    client("ecr", credentials).describe_repositories()
    mock.clock.advance(minutes=2)
    assert refused(client("ecr", credentials).describe_repositories) == (400, "ExpiredTokenException")
    assert refused(client("sts", credentials).get_caller_identity) == (403, "ExpiredToken")


@pytest.mark.usefixtures("mock")
def test_a_session_without_its_token_is_refused():
    credentials = client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
    wrong = {**credentials, "SessionToken": "other"}
    assert refused(client("ecr", wrong).describe_repositories) == (400, "UnrecognizedClientException")
    assert refused(client("sts", wrong).get_caller_identity) == (403, "InvalidClientTokenId")


@pytest.mark.usefixtures("mock")
def test_the_other_ways_to_a_session():
    sts = client("sts")
    web = sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="web", WebIdentityToken="t" * 20)
    assert client("sts", web["Credentials"]).get_caller_identity()["Arn"] == f"{SESSION.rpartition('/')[0]}/web"
    saml = sts.assume_role_with_saml(
        RoleArn=ROLE,
        PrincipalArn="arn:aws:iam::111122223333:saml-provider/x",
        SAMLAssertion=base64.b64encode(b"x" * 20).decode(),
    )
    assert saml["AssumedRoleUser"]["Arn"].startswith("arn:aws:sts::111122223333:assumed-role/dev/")
    federated = sts.get_federation_token(Name="bob")
    assert federated["FederatedUser"]["Arn"] == "arn:aws:sts::123456789012:federated-user/bob"
    assert client("sts", federated["Credentials"]).get_caller_identity()["UserId"] == "123456789012:bob"
    again = sts.get_session_token()["Credentials"]
    assert client("sts", again).get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"


def test_web_identity_needs_no_signature(mock):
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "web",
        "WebIdentityToken": "token",
    }
    answer = Client(mock.application).post("/", data=form)
    assert answer.status_code == 200
    assert f"<Arn>{SESSION.rpartition('/')[0]}/web</Arn>" in answer.text
    assert answer.headers["Content-Type"] == "text/xml"
    unsigned = Client(mock.application).post("/", data={**form, "Action": "AssumeRole"})
    assert (unsigned.status_code, "MissingAuthenticationToken" in unsigned.text) == (403, True)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Action": "AssumeRole", "RoleArn": ROLE}, "ValidationError"),
        ({"Action": "AssumeRole", "RoleArn": ROLE, "RoleSessionName": "a b"}, "ValidationError"),
        ({"Action": "AssumeRole", "RoleArn": "x" * 30, "RoleSessionName": "me"}, "ValidationError"),
        ({"Action": "AssumeRole", "RoleArn": ROLE, "RoleSessionName": "me", "DurationSeconds": "1"}, "ValidationError"),
        ({"Action": "AssumeRole", "RoleArn": ROLE, "RoleSessionName": "me", "DurationSeconds": "x"}, "ValidationError"),
        ({"Action": "Nonsense"}, "InvalidAction"),
        ({"Action": ""}, "InvalidAction"),
    ],
)
def test_what_makes_no_sense_is_refused_in_xml(mock, members, code):
    headers = {"Authorization": signed("x", service="sts")}
    answer = Client(mock.application).post("/", data={"Version": "2011-06-15", **members}, headers=headers)
    assert answer.status_code == 400
    assert f"<Code>{code}</Code>" in answer.text


def told(mock, **members):
    """Status, code and message of a refusal."""
    headers = {"Authorization": signed("x", service="sts")}
    form = {"Version": "2011-06-15", "Action": "AssumeRole", "RoleArn": ROLE, "RoleSessionName": "me", **members}
    form = {name: value for name, value in form.items() if value is not None}
    answer = Client(mock.application).post("/", data=form, headers=headers)
    assert answer.text.startswith(
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender<'
    )
    text = html.unescape(answer.text)
    return answer.status_code, *re.search("<Code>(.*)</Code><Message>(.*)</Message>", text, re.DOTALL).groups()


@pytest.mark.parametrize(
    ("members", "value", "constraint"),
    [
        (
            {"RoleSessionName": "a b"},
            "'a b' at 'roleSessionName'",
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        ({"RoleSessionName": None}, "null at 'roleSessionName'", "Member must not be null"),
        ({"DurationSeconds": "1"}, "'1' at 'durationSeconds'", "Member must have value greater than or equal to 900"),
        (
            {"Tags.member.1.Key": "k" * 129, "Tags.member.1.Value": "v"},
            f"'{'k' * 129}' at 'tags.1.member.key'",
            "Member must have length less than or equal to 128",
        ),
    ],
)
def test_a_member_that_does_not_fit_is_told_with_its_value(mock, members, value, constraint):
    message = f"1 validation error detected: Value {value} failed to satisfy constraint: {constraint}"
    assert told(mock, **members) == (400, "ValidationError", message)


TAGS = {"Tags.member.1.Key": "team", "Tags.member.1.Value": "a"}
HALF = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        (
            {**TAGS, "Tags.member.2.Key": "Team", "Tags.member.2.Value": "b"},
            (
                400,
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ),
        ),
        (
            {**TAGS, "TransitiveTagKeys.member.1": "cost"},
            (
                400,
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ),
        ),
        ({"SerialNumber": "arn:aws:iam::123456789012:mfa/me"}, (403, "AccessDenied", HALF)),
        (
            {"Action": "GetSessionToken", "TokenCode": "123456", "RoleArn": None, "RoleSessionName": None},
            (403, "AccessDenied", HALF),
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_stss_words(mock, members, answer):
    assert told(mock, **members) == answer


def test_a_tag_may_be_transitive_whatever_its_case(mock):
    tags = [{"Key": "team", "Value": "a"}]
    mfa = {"SerialNumber": "arn:aws:iam::123456789012:mfa/me", "TokenCode": "123456"}
    assert client("sts").assume_role(
        RoleArn=ROLE, RoleSessionName="me", Tags=tags, TransitiveTagKeys=["Team"], DurationSeconds=7200, **mfa
    )
    assert [call.error for call in mock.calls] == [None]


@pytest.mark.usefixtures("mock")
def test_what_a_session_may_not_call():
    sts = client("sts")
    role = client("sts", sts.assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"])
    federated = client("sts", sts.get_federation_token(Name="bob")["Credentials"])
    for session in (role, federated):
        for call, name in (
            (session.get_session_token, "GetSessionToken"),
            (lambda session=session: session.get_federation_token(Name="ann"), "GetFederationToken"),
        ):
            with pytest.raises(ClientError, match=f"AccessDenied.*: Cannot call {name} with session credentials$"):
                call()
    role.assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=3600)
    with pytest.raises(ClientError) as caught:
        role.assume_role(RoleArn=ROLE, RoleSessionName="me", DurationSeconds=3601)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["Error"]["Message"] == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )


@pytest.mark.parametrize("name", ["Surprise", "Tags.member.1.Surprise", "Tags.1.Key", "RoleArn.x", "Tags.member.x"])
def test_a_member_that_the_model_lacks_is_refused_by_its_name(mock, caplog, name):
    signed = "AWS4-HMAC-SHA256 Credential=x/20261125/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0"
    known = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "me"}
    tags = {"Tags.member.1.Key": "k", "Tags.member.1.Value": "v", "PolicyArns": "", "SignatureVersion": "4"}
    answers = [
        Client(mock.application).post("/", data={**known, **tags, **more}, headers={"Authorization": signed})
        for more in ({}, {name: "x"})
    ]
    assert [answer.status_code for answer in answers] == [200, 501]
    assert f"knows no member '{name}' in this request" in answers[1].text.replace("&apos;", "'")
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["sts 'AssumeRole' is refused"]


@pytest.mark.usefixtures("mock")
def test_an_operation_that_is_not_here_is_501():
    assert refused(client("sts").get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE") == (501, "InvalidAction")
