"""ecrmock.testing.mock: boto3 in process."""

import os

import boto3
import pytest
from botocore.exceptions import ClientError

from ecrmock import mock_ecr


@mock_ecr
def test_decorator_answers_in_process():
    made = boto3.client("ecr").create_repository(repositoryName="team/app")["repository"]
    assert made["repositoryUri"] == "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app"


@mock_ecr(account="111122223333")
def test_decorator_with_brackets_takes_settings():
    assert boto3.client("ecr").create_repository(repositoryName="a1")["repository"]["registryId"] == "111122223333"


def test_each_entry_begins_empty_and_clients_made_before_are_covered():
    client = boto3.client("ecr", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
    for _ in range(2):
        with mock_ecr() as ecr:
            assert client.describe_repositories()["repositories"] == []
            client.create_repository(repositoryName="a1")
            assert [call.action for call in ecr.calls] == ["DescribeRepositories", "CreateRepository"]


def test_credentials_are_fake_inside_and_put_back(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with mock_ecr():
        assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "mine"
    assert "AWS_SECRET_ACCESS_KEY" not in os.environ


@mock_ecr
def test_other_aws_services_are_refused_with_a_way_out():
    with pytest.raises(ClientError, match=r"service 'sts'.*AWS_ENDPOINT_URL_ECR"):
        boto3.client("sts").get_caller_identity()


def test_outside_the_mock_its_world_is_refused():
    with pytest.raises(RuntimeError, match="not active"):
        _ = mock_ecr().world
    with mock_ecr() as ecr, pytest.raises(RuntimeError, match="active already"):
        ecr.start()
