"""Moving from moto: what a suite that was written for it may do, and what ecrmock makes of that."""

import json
import os
import threading
import unittest
import urllib.request
import warnings

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, NoRegionError
from images import digest_of
from moto import mock_aws

from ecrmock import mock_ecr
from ecrmock.testing import UnmockedServiceError

REAL = {"AWS_ACCESS_KEY_ID": "AKIAQLLE6XZQEXAMPLEX", "AWS_SECRET_ACCESS_KEY": "x"}
"""A key as people have it; it holds the account 024370921056."""
EARLY = boto3.client("ecr", "us-east-1", aws_access_key_id=REAL["AWS_ACCESS_KEY_ID"], aws_secret_access_key="x")
QUIET = Config(retries={"max_attempts": 0})
APP = {"repositoryName": "team/app"}


def ecr(**more):
    return boto3.client("ecr", region_name="us-east-1", **more)


def account(client=None):
    return (client or ecr()).describe_registry()["registryId"]


def names(client=None):
    return [row["repositoryName"] for row in (client or ecr()).describe_repositories()["repositories"]]


@pytest.fixture
def developer(monkeypatch):
    """The real key of a developer's laptop, and a default session that has found it."""
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    boto3.client("s3", region_name="us-east-1")
    return boto3.DEFAULT_SESSION


# -- whose account


def test_the_default_session_is_set_aside_and_put_back(developer):
    with mock_ecr():
        assert boto3.DEFAULT_SESSION is not developer
        assert boto3.client("ecr")._request_signer._credentials.access_key == "testing"
        with mock_ecr(isolated=True):
            assert boto3.DEFAULT_SESSION is None
    assert boto3.DEFAULT_SESSION is developer


@pytest.mark.parametrize(
    ("options", "key", "expected"),
    [
        ({}, REAL["AWS_ACCESS_KEY_ID"], "123456789012"),
        ({}, "111122223333", "111122223333"),
        ({"account": "222233334444"}, REAL["AWS_ACCESS_KEY_ID"], "222233334444"),
        ({"account": "222233334444"}, "111122223333", "222233334444"),
    ],
)
def test_a_key_tells_the_account_if_it_is_one_and_none_was_chosen(options, key, expected):
    with mock_ecr(**options) as mock:
        client = ecr(aws_access_key_id=key, aws_secret_access_key="x")
        assert account(client) == expected
        mock.reset()
        assert account(client) == expected


def test_a_client_made_at_import_with_a_real_key_has_the_tests_account():
    with mock_ecr():
        assert account(EARLY) == "123456789012"


def test_a_role_of_another_account_is_of_that_one_whatever_account_was_chosen():
    with mock_ecr(account="222233334444"):
        role = {"RoleArn": "arn:aws:iam::111122223333:role/dev", "RoleSessionName": "me"}
        found = boto3.client("sts", region_name="us-east-1").assume_role(**role)["Credentials"]
        keys = {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"]}
        assert account(ecr(**keys, aws_session_token=found["SessionToken"])) == "111122223333"


def test_motos_account_is_the_default_and_another_may_be_chosen(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "333344445555")
    with mock_aws(), mock_ecr():
        assert boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"] == account()
        assert account() == "333344445555"
    with mock_ecr(account="222233334444"):
        assert account() == "222233334444"


def keys_of(found):
    token = {"aws_session_token": found["SessionToken"]} if "SessionToken" in found else {}
    return {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"], **token}


def test_keys_that_moto_issued_are_of_their_account():
    role = {"RoleArn": "arn:aws:iam::111122223333:role/dev", "RoleSessionName": "me"}
    with mock_aws(), mock_ecr():
        session = keys_of(boto3.client("sts", region_name="us-east-1").assume_role(**role)["Credentials"])
        iam = boto3.client("iam", region_name="us-east-1", **session)
        iam.create_user(UserName="me")
        user = keys_of(iam.create_access_key(UserName="me")["AccessKey"])
        assert (account(ecr(**session)), account(ecr(**user)), account()) == (
            "111122223333",
            "111122223333",
            "123456789012",
        )


# -- which region


@pytest.fixture
def profiles(monkeypatch, tmp_path):
    """An ~/.aws/config, and no region in the environment."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config"
    path.write_text(
        "[default]\nregion=eu-north-1\n[profile work]\nregion=ap-south-1\n"
        "[profile local]\nregion=ap-south-1\nendpoint_url=http://localhost:1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    return path


@pytest.mark.usefixtures("profiles")
def test_the_region_is_that_of_the_profile():
    with mock_ecr():
        assert boto3.client("ecr").meta.region_name == "eu-north-1"
        named = boto3.Session(profile_name="work")
        assert named.client("ecr").meta.region_name == "ap-south-1"
        assert named.get_credentials() is None  # of the cloud that this machine is in


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
@pytest.mark.parametrize(
    ("profile", "region"), [("work", "ap-south-1"), ("gone", "eu-north-1"), ("local", "eu-north-1")]
)
def test_a_profile_that_is_there_and_leads_nowhere_else_is_left_alone(monkeypatch, name, profile, region):
    monkeypatch.setenv(name, profile)
    with mock_ecr():
        client = boto3.client("ecr")
        assert client.meta.region_name == region
        assert names(client) == []
    assert os.environ[name] == profile


def test_without_a_region_botocore_says_so_and_the_fixtures_client_has_one(profiles, request):
    profiles.write_text("")
    with mock_ecr(region="eu-west-1"), pytest.raises(NoRegionError):
        boto3.client("ecr")
    assert request.getfixturevalue("ecr").meta.region_name == "us-east-1"


@pytest.mark.ecrmock(region="eu-west-1")
def test_the_region_of_the_marker_is_that_of_the_fixtures_client(monkeypatch, request):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert request.getfixturevalue("ecr").meta.region_name == "eu-west-1"


# -- a mock inside a mock


@pytest.fixture
def outer():
    with mock_ecr() as mock:
        ecr().create_repository(**APP)
        yield mock


@pytest.mark.usefixtures("outer")
@mock_ecr
def test_a_decorated_test_sees_what_its_fixture_made():
    assert names() == ["team/app"]


def test_the_one_inside_leaves_the_world_as_it_is(outer):
    with mock_ecr() as inner:
        assert inner.world is outer.world
        ecr().create_repository(repositoryName="inner")
    assert names() == ["inner", "team/app"]


@pytest.mark.usefixtures("outer")
def test_the_fixtures_join_too(request):
    assert names(request.getfixturevalue("ecr")) == ["team/app"]
    server = request.getfixturevalue("ecrmock_server")
    assert names(ecr(endpoint_url=server.url)) == ["team/app"]


def test_equal_options_join_and_others_are_told_once():
    with mock_ecr(lenient=True, region="eu-west-1") as outer:
        with mock_ecr(lenient=True) as inner:
            assert inner.world is outer.world
        told = r"^mock_ecr\(iam='off'\) inside mock_ecr\(iam='resource'\) has an empty world of its own; isolated=True"
        with pytest.warns(UserWarning, match=told), mock_ecr(iam="off", lenient=True) as inner:
            assert inner.world is not outer.world
        with warnings.catch_warnings(action="error"), mock_ecr(iam="off", lenient=True) as inner:
            assert inner.world is not outer.world


def test_the_world_ends_with_the_last_that_leaves():
    first, second = mock_ecr().start(), mock_ecr().start()
    world = first.world
    first.stop()
    ecr().create_repository(**APP)
    assert (second.world, world.closed) == (world, False)
    second.stop()
    assert world.closed
    with mock_ecr():
        assert names() == []


def test_what_others_pass_and_raise_holds_for_those_that_join():
    with mock_ecr(unmocked="raise"), mock_ecr(), pytest.raises(UnmockedServiceError, match="service 'sqs'"):
        boto3.client("sqs", region_name="us-east-1", config=QUIET).list_queues()


@pytest.mark.parametrize("leave", ["first", "last"])
def test_threads_that_come_while_another_mock_is_entered_join(leave):
    """The environment, the sessions and the world are of whoever is there, in whatever order they go."""
    mocks = [mock_ecr() for _ in range(3)]
    threads = [threading.Thread(target=mock.start) for mock in mocks[1:]]
    mocks[0].start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(mock.world) for mock in mocks}) == 1
    for mock in mocks if leave == "first" else reversed(mocks):
        mock.stop()


@mock_ecr
class TestClassSetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ecr().create_repository(**APP)

    @mock_ecr
    def test_a_decorated_method_sees_it(self):
        self.assertEqual(names(), ["team/app"])


SCOPES = """
import boto3

def test_one(ecrmock_{scope}, ecr):
    ecr.create_repository(repositoryName="team/app")

def test_two(ecrmock_{scope}, ecr):
    assert len(ecr.describe_repositories()["repositories"]) == 1
    ecrmock_{scope}.reset()
    assert ecr.describe_repositories()["repositories"] == []
"""


@pytest.mark.parametrize("scope", ["module", "session"])
def test_a_mock_for_a_module_or_a_session(pytester, scope):
    pytester.makepyfile(SCOPES.format(scope=scope))
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_a_second_start_of_the_same_mock_is_refused(outer):
    with pytest.raises(RuntimeError, match="active already"):
        outer.start()


# -- options


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"config": {}}, TypeError, "mock_aws's config has no counterpart.*passthrough"),
        ({"isolate": True}, TypeError, "did you mean 'isolated'"),
        ({"layer_url": "aws"}, TypeError, "did you mean 'layer_urls'"),
        ({"unmocked": "rise"}, ValueError, "takes one of refuse, raise, not 'rise'"),
        ({"layer_urls": "s3"}, ValueError, "takes one of local, aws, not 's3'"),
    ],
)
def test_a_wrong_option_is_told_with_what_to_use(options, error, told):
    with pytest.raises(error, match=told):
        mock_ecr(**options)


def test_another_with_the_same_options_joins_and_raises_alike():
    again = mock_ecr(isolated=True, unmocked="raise", layer_urls="aws", lenient=True).again()
    with mock_ecr(), again, pytest.raises(UnmockedServiceError):
        boto3.client("sqs", region_name="us-east-1", config=QUIET).list_queues()


# -- layers by any HTTP client


def layer_url(mock):
    mock.push("team/app", tag="v1")
    manifest = json.loads(ecr().batch_get_image(**APP, imageIds=[{"imageTag": "v1"}])["images"][0]["imageManifest"])
    digest = manifest["layers"][0]["digest"]
    return ecr().get_download_url_for_layer(**APP, layerDigest=digest)["downloadUrl"], digest


@pytest.mark.parametrize("server", [False, True])
def test_a_layer_url_leads_to_its_bytes(server):
    with mock_ecr(server=server) as mock:
        url, digest = layer_url(mock)
        with urllib.request.urlopen(url) as answer:
            assert digest_of(answer.read()) == digest
        assert not server or url.startswith(mock.url)
        mock.reset()
        with urllib.request.urlopen(layer_url(mock)[0]) as answer:
            assert answer.status == 200
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url)


def test_layer_urls_may_have_awss_form():
    with mock_ecr(layer_urls="aws") as mock:
        assert layer_url(mock)[0].startswith("https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/")


def test_where_no_socket_may_be_opened_a_layer_url_has_awss_form_and_the_log_says_why(monkeypatch, caplog):
    def blocked(*_):
        raise RuntimeError("sockets are blocked")

    monkeypatch.setattr("ecrmock.testing.server._Server", blocked)
    with mock_ecr() as mock:
        assert "starport-layer-bucket" in layer_url(mock)[0]
    assert "no socket for layer URLs (sockets are blocked)" in caplog.text


# -- placeholders, and what is told


CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": "abc"}
OCI = "application/vnd.oci.image.manifest.v1+json"


def placeholder(**more):
    return json.dumps({"schemaVersion": 2, "mediaType": OCI, "config": CONFIG, "layers": [], **more})


def test_a_lenient_world_takes_placeholders_and_all_that_reads_them():
    with mock_ecr(lenient=True):
        rule = {"destinations": [{"region": "eu-west-1", "registryId": "123456789012"}]}
        ecr().put_replication_configuration(replicationConfiguration={"rules": [rule]})
        ecr().create_repository(**APP, imageScanningConfiguration={"scanOnPush": True})
        ecr().put_image(**APP, imageTag="v1", imageManifest=placeholder())
        (image,) = ecr().batch_get_image(**APP, imageIds=[{"imageTag": "v1"}])["images"]
        assert image["imageManifest"] == placeholder()
        assert len(ecr().describe_images(**APP)["imageDetails"]) == 1
        ecr().describe_image_scan_findings(**APP, imageId={"imageTag": "v1"})
        assert len(boto3.client("ecr", region_name="eu-west-1").describe_images(**APP)["imageDetails"]) == 1
        assert ecr().batch_delete_image(**APP, imageIds=[{"imageTag": "v1"}])["failures"] == []


def test_a_lenient_world_takes_small_parts():
    with mock_ecr(lenient=True):
        ecr().create_repository(**APP)
        upload = {**APP, "uploadId": ecr().initiate_layer_upload(**APP)["uploadId"]}
        for at in range(3):
            ecr().upload_layer_part(**upload, partFirstByte=at, partLastByte=at, layerPartBlob=b"x")
        ecr().complete_layer_upload(**upload, layerDigests=[digest_of(b"xxx")])


def policy(**more):
    statement = {"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("options", "operation", "request_", "hint"),
    [
        ({}, "put_image", {"imageManifest": "{}"}, "mediaType is None"),
        ({}, "put_image", {"imageManifest": placeholder()}, "digest in config is 'abc'"),
        (
            {},
            "put_image",
            {"imageManifest": placeholder(config={**CONFIG, "digest": digest_of(b"")})},
            "lenient admits",
        ),
        ({}, "put_image", {"imageManifest": "{]"}, "no JSON"),
        (
            {"lenient": True},
            "put_image",
            {"imageManifest": placeholder(), "imageDigest": digest_of(b"made up")},
            f"leave imageDigest='{digest_of(b'made up')}' out: the bytes are {digest_of(placeholder())}",
        ),
        ({}, "set_repository_policy", {"policyText": policy(Action="ecr:Nothing")}, "no action 'ecr:nothing'"),
        ({}, "set_repository_policy", {"policyText": policy(Sidd="x")}, "no member 'Sidd'"),
    ],
)
def test_a_sentence_that_tells_little_has_a_hint_in_the_log_and_the_record(options, operation, request_, hint, caplog):
    with mock_ecr(**options) as mock:
        ecr().create_repository(**APP)
        with pytest.raises(ClientError) as caught:
            getattr(ecr(), operation)(**APP, **request_)
        assert hint in mock.calls[-1].hint
        assert hint in caplog.text
        assert hint not in str(caught.value)
        names()
        assert mock.calls[-1].hint == ""


# -- other services


def test_a_service_that_nobody_answers_may_raise_what_no_one_catches():
    with mock_ecr(unmocked="raise"):
        for service, operation in (("logs", "describe_log_groups"), ("ecr-public", "describe_repositories")):
            with pytest.raises(UnmockedServiceError, match=f"service '{service}'") as caught:
                getattr(boto3.client(service, region_name="us-east-1", config=QUIET), operation)()
            assert not isinstance(caught.value, ClientError)
        assert names() == []


# -- beside moto


@pytest.mark.parametrize("both", [lambda f: mock_aws(mock_ecr(f)), lambda f: mock_ecr(mock_aws(f))])
def test_either_order_of_decorators(both):
    def inside():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mine")
        ecr().create_repository(**APP)
        return names()

    assert both(inside)() == ["team/app"]


def post(path, body):
    return requests.post(f"http://motoapi.amazonaws.com/moto-api/{path}", json=body, timeout=5)


FINDINGS = {"imageScanFindings": {"findingSeverityCounts": {"HIGH": 7}, "findings": []}}


def test_motos_queue_of_scan_results_is_ours_while_we_answer():
    with mock_aws(), mock_ecr() as mock:
        mock.push("team/app", tag="v1")
        results = [{**APP, "registryId": "123456789012", "imageId": {"imageTag": "v1"}, **FINDINGS}]
        assert post("static/ecr/scan-finding-results", {"results": results}).status_code == 201
        ecr().start_image_scan(**APP, imageId={"imageTag": "v1"})
        found = ecr().describe_image_scan_findings(**APP, imageId={"imageTag": "v1"})
        assert found["imageScanFindings"]["findingSeverityCounts"] == {"HIGH": 7}


def test_motos_reset_empties_both_worlds():
    with mock_aws(), mock_ecr():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="mine")
        ecr().create_repository(**APP)
        assert post("reset", {}).json() == {"status": "ok"}
        assert (names(), s3.list_buckets()["Buckets"]) == ([], [])


def test_a_mock_of_moto_that_begins_inside_leaves_our_world_alone():
    with mock_ecr():
        ecr().create_repository(**APP)
        with mock_aws():
            assert names() == ["team/app"]
        assert names() == ["team/app"]


def test_a_server_is_reset_by_motos_path():
    with mock_ecr(server=True) as mock:
        ecr().create_repository(**APP)
        request = urllib.request.Request(f"{mock.url}/moto-api/reset", method="POST")
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer) == {"status": "ok"}
        assert names() == []


def test_a_repository_that_is_made_in_motos_ecr_is_told():
    from moto.ecr import models  # noqa: PLC0415 (as CloudFormation loads it)

    wanted = ["team/app", None, {}, {}, "MUTABLE", []]
    with mock_aws():
        models.ecr_backends["123456789012"]["us-east-1"].create_repository(*wanted)
    with mock_aws(), mock_ecr():
        with pytest.warns(UserWarning, match=MISSED):
            models.ecr_backends["123456789012"]["us-east-1"].create_repository(*wanted)
        assert names() == []


MISSED = "made the repository 'team/app' in moto's ECR"


def test_a_repository_that_motos_cloudformation_makes_is_told():
    pytest.importorskip("openapi_spec_validator", reason="moto's CloudFormation needs it")
    resources = {"R": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "team/app"}}}
    with mock_aws(), mock_ecr():
        formation = boto3.client("cloudformation", region_name="us-east-1")
        with pytest.warns(UserWarning, match=MISSED):
            formation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": resources}))
        assert names() == []
