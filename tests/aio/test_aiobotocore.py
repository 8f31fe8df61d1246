"""ecrmock.testing.intercept: aiobotocore's two HTTP classes, and sync clients on the same world."""

import aiobotocore.httpxsession
import aiobotocore.session
import botocore.session
import pytest
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError

from ecrmock import mock_ecr

HTTP = {"aiohttp": {}, "httpx": {"http_session_cls": aiobotocore.httpxsession.HttpxSession}}
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}


@pytest.fixture(params=HTTP)
def config(request):
    return AioConfig(**HTTP[request.param])


def client(config, service="ecr"):
    return aiobotocore.session.get_session().create_client(service, config=config, **KEYS)


async def push(ecr, name, data=b"layer"):
    """A layer by the API: blobs in a request."""
    await ecr.create_repository(repositoryName=name)
    upload = (await ecr.initiate_layer_upload(repositoryName=name))["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": len(data) - 1, "layerPartBlob": data}
    return await ecr.upload_layer_part(repositoryName=name, uploadId=upload, **part)


async def test_a_client_made_inside(config):
    async with mock_ecr() as mock, client(config) as ecr:
        assert (await push(ecr, "team/app"))["lastByteReceived"] == 4
        with pytest.raises(ClientError, match="already exists"):
            await ecr.create_repository(repositoryName="team/app")
        assert mock.calls[0].action == "CreateRepository"


async def test_a_client_made_before(config):
    async with client(config) as ecr:
        for _ in range(2):
            with mock_ecr() as mock:
                await push(ecr, "team/app")
                assert mock.calls[0].action == "CreateRepository"


@mock_ecr
async def test_sync_and_async_share_one_world(config):
    async with client(config) as ecr:
        await ecr.create_repository(repositoryName="by/async")
    sync = botocore.session.Session().create_client("ecr", **KEYS)
    sync.create_repository(repositoryName="by/sync")
    async with client(config) as ecr:
        pages = [page async for page in ecr.get_paginator("describe_repositories").paginate()]
    assert [row["repositoryName"] for row in pages[0]["repositories"]] == ["by/async", "by/sync"]


@mock_ecr
async def test_other_services_are_refused(config):
    async with client(config, "sqs") as sqs:
        with pytest.raises(ClientError, match="service 'sqs'"):
            await sqs.list_queues()


@mock_ecr
async def test_a_waiter_and_an_exception_class(config):
    async with client(config) as ecr:
        with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
            await ecr.list_images(repositoryName="no/such")
