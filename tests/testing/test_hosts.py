"""Every name under which AWS has ECR reaches both doors: partitions, FIPS, dual stack, VPC endpoints."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from older_sdk import INSTALLED, OLDER
from werkzeug.test import Client

from ecrmock import mock_ecr

REGIONS = {
    "us-east-1": ("aws", "amazonaws.com"),
    "cn-north-1": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-west-1": ("aws-us-gov", "amazonaws.com"),
    "us-iso-east-1": ("aws-iso", "c2s.ic.gov"),
    "us-isob-east-1": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-west-1": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-south-1": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-de-east-1": ("aws-eusc", "amazonaws.eu"),
}
VARIANTS = {"plain": {}, "fips": {"use_fips_endpoint": True}, "dual": {"use_dualstack_endpoint": True}}


def client(region, **config):
    keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "x"}
    return boto3.client("ecr", region_name=region, config=Config(**config), **keys)


@pytest.fixture
def mock():
    with mock_ecr() as running:
        yield running


@pytest.mark.usefixtures("mock")
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_api_answers_in_every_partition(region, variant):
    if variant == "dual" and region in {"eu-isoe-west-1", "us-isof-south-1"}:
        pytest.xfail("botocore has no dual-stack endpoints there (facts/neighbours B1.1)")
    if OLDER and variant == "dual" and region in {"us-iso-east-1", "us-isob-east-1", "eusc-de-east-1"}:
        pytest.skip(f"botocore {INSTALLED} may have no dual-stack endpoints there yet")
    partition, suffix = REGIONS[region]
    ecr = client(region, **VARIANTS[variant])
    made = ecr.create_repository(repositoryName="team/app")["repository"]
    assert made["repositoryArn"] == f"arn:{partition}:ecr:{region}:111122223333:repository/team/app"
    assert made["repositoryUri"] == f"111122223333.dkr.ecr.{region}.{suffix}/team/app"
    (row,) = ecr.get_authorization_token()["authorizationData"]
    assert row["proxyEndpoint"] == f"https://111122223333.dkr.ecr.{region}.{suffix}"


@pytest.mark.usefixtures("mock")
@pytest.mark.parametrize(
    "host",
    [
        "ecr.us-east-1.amazonaws.com",
        "ecr-fips.us-east-1.amazonaws.com",
        "api.ecr.us-east-1.amazonaws.com.",
        "API.ECR.us-east-1.amazonaws.com.:443",
        "vpce-0123456789abcdef0-abcdefgh.api.ecr.us-east-1.vpce.amazonaws.com",
        "vpce-0123456789abcdef0-abcdefgh-us-east-1a.api.ecr.us-east-1.vpce.amazonaws.com",
    ],
)
def test_other_names_of_the_api(host):
    keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "x"}
    ecr = boto3.client("ecr", region_name="us-east-1", endpoint_url=f"https://{host}", **keys)
    uri = ecr.create_repository(repositoryName="team/app")["repository"]["repositoryUri"]
    assert uri == "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/app"


@pytest.mark.usefixtures("mock")
@pytest.mark.parametrize("host", ["sqs.us-east-1.amazonaws.com.", "sqs.us-east-1.amazonaws.com.:443"])
def test_another_service_is_refused_under_its_name_with_the_dot_of_the_root(host):
    sqs = boto3.client("sqs", region_name="us-east-1", endpoint_url=f"https://{host}")
    with pytest.raises(ClientError, match="service 'sqs'"):
        sqs.list_queues()


@pytest.mark.parametrize(
    "host",
    [
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com.",
        "111122223333.dkr.ecr-fips.eu-west-1.amazonaws.com",
        "111122223333.dkr-ecr.eu-west-1.on.aws",
        "111122223333.dkr-ecr-fips.eu-west-1.on.aws",
        "111122223333.dkr.ecr.eu-west-1.localhost:8327",
        "111122223333.dkr.ecr.eu-west-1.localhost.localstack.cloud:4566",
    ],
)
def test_every_name_of_a_registry_tells_account_and_region(mock, host):
    ecr = client("eu-west-1")
    ecr.create_repository(repositoryName="team/app")
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    web = Client(mock.application)
    answer = web.get("/v2/team/app/tags/list", headers={"Authorization": f"Basic {token}", "Host": host})
    assert answer.json == {"name": "team/app", "tags": []}
    missing = web.get("/v2/no/such/tags/list", headers={"Authorization": f"Basic {token}", "Host": host})
    assert missing.json["errors"][0]["message"].endswith("in the registry with id '111122223333'")
