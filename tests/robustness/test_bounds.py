"""Settings at both ends of what they take: no call fails inside."""

import dataclasses
from typing import get_type_hints

import boto3
import pytest
from images import digest_of

from ecrmock import bounds, mock_ecr
from ecrmock.settings import Settings

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
NUMBERS = [name for name, hint in get_type_hints(Settings).items() if hint in {int, float, int | None}]
LAYER, NOWHERE = b"layer", "00000000-0000-0000-0000-000000000000"


def largest(bound):
    """The largest number that a bound takes, of those that are used here."""
    years = [bounds.YEARS * 365 * each for each in (86_400, 24, 1)]
    return next(each for each in (10**15, *years) if bound.fits(each))


def statuses(client):
    """The statuses of calls that read the numbers; the client may be refused."""
    members = {"repositoryName": "a1", "uploadId": NOWHERE}
    yield status(client.create_repository, repositoryName="a1", tags=[{"Key": "a", "Value": "b"}])
    yield status(client.get_authorization_token)
    yield status(client.initiate_layer_upload, repositoryName="a1", into=members)
    yield status(client.upload_layer_part, **members, partFirstByte=0, partLastByte=4, layerPartBlob=LAYER)
    yield status(client.complete_layer_upload, **members, layerDigests=[digest_of(LAYER)])
    yield status(client.get_download_url_for_layer, repositoryName="a1", layerDigest=digest_of(LAYER))
    yield status(client.put_image, repositoryName="a1", imageManifest="{}", imageTag="v1")
    yield status(client.describe_repositories)


def status(call, into=None, **members):
    try:
        answer = call(**members)
    except call.__self__.exceptions.ClientError as error:
        answer = error.response
    if into is not None and "uploadId" in answer:
        into["uploadId"] = answer["uploadId"]
    return answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("end", ["least", "most"])
@pytest.mark.parametrize("name", NUMBERS)
def test_at_both_ends_of_its_bounds_no_call_fails_inside(name, end, caplog):
    value = largest(FIELDS[name].metadata["takes"]) if end == "most" else 0
    with mock_ecr(**{"quota_layer_part_minimum": 0, name: value}) as mock:
        client = boto3.client("ecr", "us-east-1")
        assert set(statuses(client)) <= {200, 400}
        mock.clock.advance(days=400)
        assert set(statuses(client)) <= {200, 400}
    assert not [record for record in caplog.records if record.exc_info]
