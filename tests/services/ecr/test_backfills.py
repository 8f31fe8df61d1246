"""Replication backfills through boto3 (botocore's model; User Guide, replication-backfill)."""

import json

import pytest
from constants import ACCOUNT, AWAY
from images import schema1_of

from ecrmock import mock_ecr

WEST = {"region": "eu-west-1", "registryId": ACCOUNT}
NOBODY = "00000000-0000-4000-8000-000000000000"


def configure(client, *destinations, **more):
    rules = [{"destinations": list(destinations), **more}]
    client.put_replication_configuration(replicationConfiguration={"rules": rules})


def start(client, destination=None):
    answer = client.start_replication_backfill(destination=destination or WEST)
    assert answer["status"] == "PREPARING"
    assert answer["destination"] == (destination or WEST)
    assert answer["registryId"] == ACCOUNT
    return answer["replicationBackfillId"]


def told(client, backfill, **more):
    answer = client.describe_replication_backfill_results(replicationBackfillId=backfill, **more)
    answer.pop("ResponseMetadata")
    return answer


def progress(total, completed, failed, *codes):
    return {
        "totalReplicationCount": total,
        "completedReplicationCount": completed,
        "failedReplicationCount": failed,
        "failureCodes": list(codes),
    }


@pytest.fixture
def slow():
    """A world in which each step of a backfill waits until it is released."""
    with mock_ecr(delays=(("replication-backfill", "manual"),), lenient=True) as mock:
        yield mock


def filled(client_of):
    """A client of a registry with three images that a backfill would copy."""
    client = client_of("ecr", ACCOUNT, "us-east-1")
    client.create_repository(repositoryName="app")
    for number in range(3):
        image(client, number)
    configure(client, WEST)
    return client


def release(mock):
    mock.release("replication-backfill")


def image(client, number, name="app", tag=None):
    text = json.dumps(schema1_of(name=f"n{number}"))
    return client.put_image(repositoryName=name, imageManifest=text, imageTag=tag or f"v{number}")["image"]["imageId"]


def test_what_was_there_before_is_copied_once_a_tag(kit, other):
    kit.repository()
    kit.repository("other")
    one = kit.push("v1")
    kit.put(one.manifest, "v2")
    child = kit.push(None, "child")
    kit.put(kit.index(child), "all")
    archived = {"imageDigest": kit.push("old", "old").digest}
    kit.client.update_image_storage_class(repositoryName="team/app", imageId=archived, targetStorageClass="ARCHIVE")
    kit.push("v1", "of the other", "other")
    configure(kit.client, WEST, repositoryFilters=[{"filter": "team", "filterType": "PREFIX_MATCH"}])
    there = other(ACCOUNT, "eu-west-1")
    assert there.client.describe_repositories()["repositories"] == []
    backfill = start(kit.client)
    answer = told(kit.client, backfill)
    assert answer["status"] == "COMPLETE"
    assert answer["progress"] == progress(4, 4, 0)
    assert answer["endedAt"] >= answer["startedAt"]
    names = [(row["repositoryName"], row["imageId"].get("imageTag"), row["status"]) for row in answer["results"]]
    assert names == [("team/app", tag, "COMPLETE") for tag in ("v1", "v2", None, "all")]
    assert [row.get("subImageFailureCodes") for row in answer["results"]] == [None, None, None, []]
    assert sorted(there.ids(), key=str) == sorted(kit.ids(), key=str)
    assert len(there.client.describe_repositories()["repositories"]) == 1
    statuses = kit.client.describe_image_replication_status(repositoryName="team/app", imageId={"imageTag": "v1"})
    assert statuses["replicationStatuses"] == [{**WEST, "status": "COMPLETE"}]


def test_it_needs_a_configured_destination_and_is_one_a_region(kit, slow, client_of):  # noqa: ARG001 (after kit)
    client = client_of("ecr", ACCOUNT, "us-east-1")
    configure(client, WEST, {"region": "eu-west-1", "registryId": AWAY}, {"region": "us-west-2", "registryId": ACCOUNT})
    sentence = "The destination must be configured in the replication configuration of the registry"
    told_so = f"Invalid parameter at 'destination' failed to satisfy constraint: '{sentence}'"
    nowhere = {**WEST, "region": "sa-east-1"}
    refused = kit.refused("start_replication_backfill", client=client, destination=nowhere)
    assert refused == ("InvalidParameterException", told_so)
    first = start(client)
    for account in (ACCOUNT, AWAY):
        code, _ = kit.refused(
            "start_replication_backfill", client=client, destination={"region": "eu-west-1", "registryId": account}
        )
        assert code == "ReplicationBackfillInProgressException"
    start(client, {"region": "us-west-2", "registryId": ACCOUNT})
    client.stop_replication_backfill(replicationBackfillId=first)
    start(client)


def test_ten_at_once(kit, slow, client_of):  # noqa: ARG001 (entered after kit)
    client = client_of("ecr", ACCOUNT, "us-east-1")
    places = [{"region": f"eu-west-{number}", "registryId": ACCOUNT} for number in range(1, 12)]
    configure(client, *places)
    for place in places[:10]:
        start(client, place)
    assert kit.refused("start_replication_backfill", client=client, destination=places[10])[0] == (
        "LimitExceededException"
    )
    pages = list(client.get_paginator("list_replication_backfills").paginate(PaginationConfig={"PageSize": 4}))
    assert [len(page["backfills"]) for page in pages] == [4, 4, 2]
    assert [row["destination"] for page in pages for row in page["backfills"]] == places[:10]


def test_it_prepares_then_copies_and_has_results_when_it_is_over(slow, client_of):
    client = filled(client_of)
    backfill = start(client)
    assert {"status", "progress", "results", "endedAt"} & set(told(client, backfill)) == {"status"}
    release(slow)
    answer = told(client, backfill)
    assert (answer["status"], answer["progress"]) == ("IN_PROGRESS", progress(3, 0, 0))
    assert "results" not in answer
    release(slow)
    answer = told(client, backfill.upper(), maxResults=2)
    assert (answer["status"], answer["progress"], len(answer["results"])) == ("COMPLETE", progress(3, 3, 0), 2)
    assert len(told(client, backfill, maxResults=2, nextToken=answer["nextToken"])["results"]) == 1


def test_a_stop_before_or_between_the_steps_ends_it_at_once(kit, slow, client_of):
    client = client_of("ecr", ACCOUNT, "us-east-1")
    client.create_repository(repositoryName="app")
    image(client, 1)
    configure(client, WEST)
    for steps in (0, 1):
        backfill = start(client)
        for _ in range(steps):
            release(slow)
        assert client.stop_replication_backfill(replicationBackfillId=backfill)["status"] == "STOPPED"
        answer = told(client, backfill)
        assert (answer["status"], answer["results"], "progress" in answer) == ("STOPPED", [], bool(steps))
        release(slow)
        assert client_of("ecr", ACCOUNT, "eu-west-1").describe_repositories()["repositories"] == []
        code, _ = kit.refused("stop_replication_backfill", client=client, replicationBackfillId=backfill)
        assert code == "ReplicationBackfillInvalidStatusException"


def test_a_stop_during_a_copy_waits_for_it(slow, client_of, monkeypatch):
    client = filled(client_of)
    backfill = start(client)
    release(slow)
    from ecrmock.reactions import backfill as reaction  # noqa: PLC0415 (to stand between two copies)

    carry, seen = reaction.carry, []

    def stopping(*arguments):
        code = carry(*arguments)
        seen.append(client.stop_replication_backfill(replicationBackfillId=backfill)["status"])
        return code

    monkeypatch.setattr(reaction, "carry", stopping)
    release(slow)
    assert seen == ["STOPPING"]
    answer = told(client, backfill)
    assert (answer["status"], answer["progress"], len(answer["results"])) == ("STOPPED", progress(3, 1, 0), 1)


def test_failures_are_told_and_half_of_a_hundred_end_it(client_of):
    with mock_ecr(lenient=True):
        client = client_of("ecr", ACCOUNT, "us-east-1")
        client.create_repository(repositoryName="app")
        digests = [image(client, number)["imageDigest"] for number in range(99)]
        away = {"region": "eu-west-1", "registryId": AWAY}
        configure(client, away)
        backfill = start(client, away)
        answer = told(client, backfill, resultStatusFilter="FAILED", maxResults=1000)
        assert answer["status"] == "COMPLETE"  # it is judged from a hundred on
        assert answer["progress"] == progress(99, 0, 99, "DESTINATION_REGISTRY_ACCESS_DENIED")
        assert [row["imageId"]["imageDigest"] for row in answer["results"]] == digests
        assert {row["failureCode"] for row in answer["results"]} == {"DESTINATION_REGISTRY_ACCESS_DENIED"}
        assert told(client, backfill, resultStatusFilter="COMPLETE")["results"] == []
        configure(client)
        for number in range(99, 105):
            image(client, number)
        configure(client, away)
        answer = told(client, start(client, away))
        assert (answer["status"], answer["failureCode"]) == ("FAILED", "ReplicationFailureThresholdExceeded")
        assert answer["progress"] == progress(105, 0, 100, "DESTINATION_REGISTRY_ACCESS_DENIED")


def test_it_is_forgotten_after_ninety_days(kit):
    configure(kit.client, WEST)
    backfill = start(kit.client)
    assert told(kit.client, backfill)["progress"] == progress(0, 0, 0)
    kit.advance(89 * 86_400)
    told(kit.client, backfill)
    kit.advance(2 * 86_400)
    for operation in ("describe_replication_backfill_results", "stop_replication_backfill"):
        code, message = kit.refused(operation, replicationBackfillId=backfill)
        assert (code, message) == (
            "ReplicationBackfillNotFoundException",
            "The specified replication backfill could not be found.",
        )
    assert kit.client.list_replication_backfills()["backfills"] == []
    assert kit.refused("stop_replication_backfill", replicationBackfillId=NOBODY)[0] == (
        "ReplicationBackfillNotFoundException"
    )


def test_a_token_of_one_backfill_is_not_one_of_another(kit, client_of):
    with mock_ecr(lenient=True):
        client = filled(client_of)
        first = start(client)
        token = told(client, first, maxResults=1)["nextToken"]
        second = start(client)
        told(client, second)
        code, _ = kit.refused(
            "describe_replication_backfill_results", client=client, replicationBackfillId=second, nextToken=token
        )
        assert code == "InvalidParameterException"


def test_a_tag_that_moved_while_it_was_under_way_is_not_moved_back(slow, client_of):
    client, away = client_of("ecr", ACCOUNT, "us-east-1"), client_of("ecr", ACCOUNT, "eu-west-1")
    client.create_repository(repositoryName="app")
    old = image(client, 1, tag="latest")
    configure(client, WEST)
    backfill = start(client)
    release(slow)
    new = image(client, 2, tag="latest")
    release(slow)
    assert told(client, backfill)["status"] == "COMPLETE"
    rows = away.describe_images(repositoryName="app")["imageDetails"]
    expected = {new["imageDigest"]: ["latest"], old["imageDigest"]: None}
    assert {row["imageDigest"]: row.get("imageTags") for row in rows} == expected
