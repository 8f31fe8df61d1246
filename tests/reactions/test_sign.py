"""ecrmock.reactions.sign: what happens to an image between the look at it and its signature."""

import json

import boto3
import pytest
from images import schema1_of

from ecrmock import mock_ecr
from ecrmock.domain.images.images import Images
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.signing import signatures
from ecrmock.domain.signing.notation import Signer

PLACE = ("123456789012", "us-east-1")
ONE, TWO = (f"arn:aws:signer:us-east-1:123456789012:/signing-profiles/{name}" for name in ("one", "two"))
IMAGE = schema1_of()


@pytest.fixture
def mock():
    with mock_ecr(lenient=True) as mock:
        yield mock


@pytest.fixture
def client(mock):
    client = boto3.client("ecr", region_name=mock.world.settings.region)
    client.create_repository(repositoryName="app")
    rules = [{"signingProfileArn": profile} for profile in (ONE, TWO)]
    client.put_signing_configuration(signingConfiguration={"rules": rules})
    return client


def push(client):
    answer = client.put_image(repositoryName="app", imageManifest=json.dumps(IMAGE), imageTag="v1")
    return answer["image"]["imageId"]["imageDigest"]


def while_signing(monkeypatch, act):
    """Do this once the first signature is under way; no lock is held there."""
    done = []

    def signer(world, profile):
        if not done:
            done.append(profile)
            act(world)
        return Signer(world.secret, profile)

    monkeypatch.setattr(signatures, "signer", signer)
    return done


def images(world):
    repository = world.of(Registry, *PLACE).existing("app")
    return [] if repository is None else repository.of(Images).all()


def test_an_image_that_goes_while_it_is_signed(monkeypatch, mock, client):
    def delete(world):
        assert not world.lock.locked()
        repository = world.of(Registry, *PLACE).repository("app")
        world.transact(lambda: repository.of(Images).drop(*images(world)))

    done = while_signing(monkeypatch, delete)
    push(client)
    mock.world.settle()
    assert done == [ONE]
    assert images(mock.world) == []
    assert mock.world.store.table(signatures.STATUSES).partitions() == []
    assert mock.world.schedule.failed() == []


def test_a_repository_that_goes_while_an_image_is_signed(monkeypatch, mock, client):
    done = while_signing(
        monkeypatch, lambda world: world.transact(lambda: world.of(Registry, *PLACE).delete("app", force=True))
    )
    push(client)
    mock.world.settle()
    assert done == [ONE]
    assert mock.world.blobs.names() == set()
    assert mock.world.schedule.failed() == []


def test_other_calls_go_on_meanwhile_and_both_profiles_sign(monkeypatch, mock, client):
    seen = []

    def look(world):
        seen.append(world.transact(lambda: len(images(world))))

    while_signing(monkeypatch, look)
    digest = push(client)
    rows = client.describe_image_signing_status(repositoryName="app", imageId={"imageDigest": digest})
    assert [(row["signingProfileArn"], row["status"]) for row in rows["signingStatuses"]] == [
        (ONE, "COMPLETE"),
        (TWO, "COMPLETE"),
    ]
    assert seen == [1]
    assert len(images(mock.world)) == 3


def test_whatever_goes_wrong_is_a_status_and_never_in_progress_for_ever(monkeypatch, mock, client, caplog):
    def break_off(_world):
        raise RuntimeError("boom")

    while_signing(monkeypatch, break_off)
    digest = push(client)
    mock.world.settle()
    told = client.describe_image_signing_status(repositoryName="app", imageId={"imageDigest": digest})
    first, second = told["signingStatuses"]
    assert (first["status"], first["failureCode"], first["failureReason"]) == ("FAILED", "INTERNAL_ERROR", "boom")
    assert second["status"] == "COMPLETE"
    assert "RuntimeError: boom" in caplog.text
