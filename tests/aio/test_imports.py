"""ecrmock.testing.intercept: aiobotocore and AWS's Common Runtime that are imported inside reach no network."""

import subprocess
import sys

import pytest

LATE = """
import asyncio, socket, sys
from ecrmock import mock_ecr

def getaddrinfo(host, *more, **named):
    raise AssertionError(f"{host} was looked up")

socket.getaddrinfo = getaddrinfo
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
finders = list(sys.meta_path)

async def ask(mock):
    import aiobotocore.session, aiobotocore.config, aiobotocore.httpxsession
    from aiobotocore.httpxsession import HttpxSession
    from aiobotocore.httpsession import AIOHTTPSession
    from botocore.exceptions import ClientError
    config = aiobotocore.config.AioConfig(http_session_cls=SESSION)
    session = aiobotocore.session.get_session()
    async with session.create_client("s3", config=config, **KEYS) as s3:
        try:
            await s3.list_buckets()
        except ClientError as error:
            assert "s3" in str(error), error
        else:
            raise AssertionError("it was answered")
    async with session.create_client("ecr", config=config, **KEYS) as ecr:
        await ecr.create_repository(repositoryName="team/app")
    assert [call.action for call in mock.calls] == ["CreateRepository"]
    return SESSION.send

with mock_ecr() as mock:
    inside = asyncio.run(ask(mock))
assert sys.meta_path == finders
from aiobotocore.SESSION_MODULE import SESSION
assert SESSION.send is not inside
"""
SESSIONS = {"AIOHTTPSession": "httpsession", "HttpxSession": "httpxsession"}


@pytest.mark.parametrize("session", SESSIONS)
def test_aiobotocore_that_is_imported_inside(session):
    code = LATE.replace("SESSION_MODULE", SESSIONS[session]).replace("SESSION", session)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


CRT = """
import io, os, sys
from ecrmock import mock_ecr
from ecrmock.testing.intercept import UncaughtError

BEFORE
with mock_ecr():
    assert ("awscrt.s3" in sys.modules) is bool("BEFORE")
    import boto3
    from boto3.s3.transfer import TransferConfig
    s3 = boto3.client("s3", region_name="us-east-1")
    for work in (
        lambda: s3.upload_fileobj(io.BytesIO(b"x"), "b", "k", Config=TransferConfig(preferred_transfer_client="crt")),
        lambda: s3.download_file("b", "k", os.devnull, Config=TransferConfig(preferred_transfer_client="crt")),
    ):
        try:
            work()
        except UncaughtError as error:
            assert "b.s3.us-east-1.amazonaws.com" in str(error) or "s3.amazonaws.com" in str(error), error
            assert "preferred_transfer_client" in str(error)
        else:
            raise AssertionError("it was sent")
    from awscrt.s3 import S3Client
    inside = S3Client.make_request
assert S3Client.make_request is not inside
"""


@pytest.mark.parametrize("before", ["", "import awscrt.s3"])
def test_a_transfer_by_the_common_runtime_is_refused_with_what_to_do(before):
    pytest.importorskip("awscrt")
    code = CRT.replace("BEFORE", before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
