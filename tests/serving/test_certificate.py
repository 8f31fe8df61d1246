"""The local CA's certificate covers every name under which AWS's own clients look for ECR."""

import re

import boto3
import pytest
from botocore.config import Config
from older_sdk import INSTALLED, OLDER

from ecrmock import tls

REGIONS = ("us-east-1", "us-gov-west-1", "cn-north-1")
NAMES = tls.names("localhost", REGIONS)


def covered(host):
    return host in NAMES or re.sub(r"^[^.]+", "*", host) in NAMES


@pytest.mark.parametrize("region", [*REGIONS, "eu-west-1", "eusc-de-east-1"])
def test_the_endpoint_of_a_region(region):
    assert covered(endpoint(region))


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", ["sts", "kms"])
def test_the_endpoint_of_a_neighbour(service, region):
    assert covered(endpoint(region, service))


def test_the_endpoint_of_sts_without_a_region():
    assert covered("sts.amazonaws.com")


@pytest.mark.parametrize("region", [*REGIONS, "eu-west-1"])
def test_the_endpoint_with_both_stacks(region):
    assert covered(endpoint(region, use_dualstack_endpoint=True))


@pytest.mark.parametrize("region", REGIONS)
def test_the_endpoint_with_fips(region):
    assert covered(endpoint(region, use_fips_endpoint=True))


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_the_endpoint_with_fips_and_both_stacks(region):
    assert covered(endpoint(region, use_fips_endpoint=True, use_dualstack_endpoint=True))


def endpoint(region, service="ecr", **options):
    if OLDER and (region == "eusc-de-east-1" or "use_dualstack_endpoint" in options):
        pytest.skip(f"botocore {INSTALLED} may still look under other names, which AWS never had")
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client(service, region_name=region, config=Config(**options), **keys)
    return client.meta.endpoint_url.removeprefix("https://")


@pytest.mark.parametrize(
    "host",
    [
        "123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "123456789012.dkr-ecr.us-east-1.on.aws",
        "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com",
        "123456789012.dkr-ecr-fips.us-east-1.on.aws",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
        "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu",
    ],
)
def test_the_names_of_a_registry(host):
    assert covered(host)


def test_no_name_is_there_twice():
    assert len(NAMES) == len(set(NAMES))
