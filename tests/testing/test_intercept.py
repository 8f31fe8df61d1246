"""ecrmock.testing.intercept: ECR is ours while moto answers the other services, however they are nested."""

import subprocess
import sys

import boto3
import pytest
from moto import mock_aws

from ecrmock import mock_ecr

AFTER_MOTO = boto3.client("ecr", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
"""Made after moto was imported, and before the first mock of ours was entered."""


def both(client):
    """ECR is ours: moto would know no upload without a repository, and prints no such sentence; STS is moto's."""
    client.create_repository(repositoryName="team/app")
    with pytest.raises(client.exceptions.UploadNotFoundException, match=r"^An error occurred .*The upload with id"):
        client.upload_layer_part(
            repositoryName="team/app",
            uploadId="00000000-0000-4000-8000-000000000000",
            partFirstByte=0,
            partLastByte=0,
            layerPartBlob=b"x",
        )
    assert boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"] == "123456789012"
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mine")


def test_moto_inside_ours():
    with mock_ecr() as mock, mock_aws():
        both(boto3.client("ecr", region_name="us-east-1"))
        both_actions = [call.action for call in mock.calls]
    assert both_actions == ["CreateRepository", "UploadLayerPart"]


def test_ours_inside_moto():
    with mock_aws(), mock_ecr() as mock:
        both(boto3.client("ecr", region_name="us-east-1"))
        assert len(mock.calls) == 2


def test_a_client_made_after_motos_import_and_before_ours():
    with mock_aws(), mock_ecr():
        both(AFTER_MOTO)
    with mock_ecr(), mock_aws():
        both(AFTER_MOTO)


def test_ecr_is_motos_again_when_ours_is_left():
    with mock_aws():
        with mock_ecr():
            AFTER_MOTO.create_repository(repositoryName="ours")
        names = [row["repositoryName"] for row in AFTER_MOTO.describe_repositories()["repositories"]]
    assert names == []


@pytest.mark.parametrize(
    "imports",
    [
        "import moto, boto3; from ecrmock import mock_ecr",
        "import boto3; from ecrmock import mock_ecr; from ecrmock.testing import intercept; import moto",
        "import boto3; client = boto3.client('ecr'); from ecrmock import mock_ecr; import moto",
        "import boto3, moto; client = boto3.client('ecr'); from ecrmock import mock_ecr",
    ],
)
def test_any_order_of_imports(imports):
    code = f"""
import os
os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
client = None
{imports}
for first, second in ((moto.mock_aws, mock_ecr), (mock_ecr, moto.mock_aws)):
    with first() as one, second() as two:
        ecr = client or boto3.client("ecr")
        ecr.create_repository(repositoryName="team/app")
        ours = one if first is mock_ecr else two
        assert [call.action for call in ours.calls] == ["CreateRepository"], ours.calls
        assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
