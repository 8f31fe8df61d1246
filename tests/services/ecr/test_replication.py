"""Replication through boto3 and the docker door: what is copied, when, and when not (facts/automation 3)."""

import json

import pytest
from constants import ACCOUNT, AWAY, OCI_INDEX
from images import descriptor, index_of, schema1_of
from werkzeug.test import Client

from ecrmock import mock_ecr
from ecrmock.domain.replication.copies import Replication

CONFIGURATION = "replicationConfiguration"


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def rule(*destinations, prefixes=()):
    filters = [{"filter": prefix, "filterType": "PREFIX_MATCH"} for prefix in prefixes]
    rows = [{"region": region, "registryId": account} for region, account in destinations]
    return {"destinations": rows, **({"repositoryFilters": filters} if filters else {})}


def configure(kit, *rules):
    asked = {"rules": list(rules)}
    assert kit.client.put_replication_configuration(replicationConfiguration=asked)[CONFIGURATION] == asked
    assert kit.client.describe_registry()[CONFIGURATION] == asked


def allow(kit, *actions):
    """Let ACCOUNT do this to the registry of a kit."""
    account, region = kit.client.describe_registry()["registryId"], kit.client.meta.region_name
    statement = {
        "Sid": "Replication",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": [f"ecr:{action}" for action in actions],
        "Resource": f"arn:aws:ecr:{region}:{account}:repository/*",
    }
    kit.client.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def status(kit, **image):
    answer = kit.client.describe_image_replication_status(repositoryName="team/app", imageId=image)
    return [tuple(row.values()) for row in answer["replicationStatuses"]]


def repositories(kit):
    return [row["repositoryName"] for row in kit.client.describe_repositories()["repositories"]]


def test_an_image_appears_in_another_region_and_is_pulled_there(kit, other):
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    pushed = kit.push("v1")
    there = other(ACCOUNT, "eu-west-1")
    assert there.ids() == [(pushed.digest, "v1")]
    assert status(kit, imageTag="v1") == [("eu-west-1", ACCOUNT, "COMPLETE")]
    token = there.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    docker, login = Client(kit.mock.application), {"Authorization": f"Basic {token}"}
    got = docker.get("/v2/team/app/manifests/v1", headers=login)
    assert got.data.decode() == pushed.manifest
    for data in pushed.blobs.values():
        assert docker.get(f"/v2/team/app/blobs/{kit.sha256(data)}", headers=login).data == data
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": pushed.digest}])
    kit.client.delete_repository(repositoryName="team/app", force=True)
    assert docker.get("/v2/team/app/manifests/v1", headers=login).status_code == 200  # deletions are not copied


def test_what_was_there_before_stays_where_it_is_and_a_new_tag_brings_it(kit, other):
    pushed = kit.push("old")
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    there = other(ACCOUNT, "eu-west-1")
    assert repositories(there) == []
    assert status(kit, imageTag="old") == []
    kit.put(pushed.manifest, "new")
    assert there.ids() == [(pushed.digest, "new")]
    first, second = kit.push("moved"), kit.push("moved", "two")
    assert first.digest == pushed.digest
    assert there.ids() == [(pushed.digest, "new"), (second.digest, "moved")]
    configure(kit)
    kit.push("v9", "nine")
    assert "v9" not in [tag for _, tag in there.ids()]
    assert status(kit, imageTag="v9") == []
    assert status(kit, imageTag="new") == [("eu-west-1", ACCOUNT, "COMPLETE")]


def test_filters_are_plain_prefixes_and_destinations_come_in_order_and_once(kit, other):
    configure(
        kit,
        rule(("us-west-2", ACCOUNT), ("eu-west-1", ACCOUNT), prefixes=["team/a", "xy"]),
        rule(("eu-west-1", ACCOUNT), ("ap-south-1", ACCOUNT), prefixes=["team"]),
        rule(("sa-east-1", ACCOUNT), prefixes=["eam"]),
    )
    kit.push("v1")
    told = [(region, ACCOUNT, "COMPLETE") for region in ("us-west-2", "eu-west-1", "ap-south-1")]
    status(kit, imageTag="v1")
    assert status(kit, imageTag="v1") == told
    assert repositories(other(ACCOUNT, "sa-east-1")) == []


def test_one_hop_only(kit, other):
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    there = other(ACCOUNT, "eu-west-1")
    configure(there, rule(("us-west-2", ACCOUNT)))
    kit.push("v1")
    assert len(there.ids()) == 1
    assert repositories(other(ACCOUNT, "us-west-2")) == []
    assert status(there, imageTag="v1") == []


def test_an_index_comes_with_its_children_also_with_older_ones(kit, other):
    old = kit.push(None, "old")
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    new = kit.push(None, "new")
    index = kit.index(old, new)
    kit.put(index, "all")
    assert {digest for digest, _ in other(ACCOUNT, "eu-west-1").ids()} == {old.digest, new.digest, kit.sha256(index)}


def test_another_account_must_allow_it(kit, other):
    there = other(AWAY, "eu-west-1")
    configure(kit, rule(("eu-west-1", AWAY)))
    kit.push("v1")
    kit.describe()
    assert status(kit, imageTag="v1") == [("eu-west-1", AWAY, "FAILED", "DESTINATION_REGISTRY_ACCESS_DENIED")]
    allow(there, "ReplicateImage")
    kit.push("v2", "two")
    kit.describe()
    assert status(kit, imageTag="v2") == [("eu-west-1", AWAY, "FAILED", "REPOSITORY_NOT_FOUND")]
    assert repositories(there) == []
    allow(there, "ReplicateImage", "CreateRepository")
    pushed = kit.push("v3", "three")
    assert there.ids() == [(pushed.digest, "v3")]
    assert status(kit, imageTag="v3") == [("eu-west-1", AWAY, "COMPLETE")]


def test_a_fixed_tag_at_the_destination_stays_and_the_image_comes_without_it(kit, other):
    there = other(ACCOUNT, "eu-west-1")
    there.repository(imageTagMutability="IMMUTABLE")
    kept = there.push("v1", "theirs")
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    pushed = kit.push("v1", "ours")
    assert sorted(there.ids(), key=str) == sorted([(kept.digest, "v1"), (pushed.digest, None)], key=str)
    assert status(kit, imageTag="v1") == [("eu-west-1", ACCOUNT, "COMPLETE")]


def test_archiving_is_not_copied_and_a_restore_is(kit, other):
    there = other(ACCOUNT, "eu-west-1")
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    pushed = kit.push("v1")
    image = {"imageDigest": pushed.digest}
    kit.client.update_image_storage_class(repositoryName="team/app", imageId=image, targetStorageClass="ARCHIVE")
    assert there.describe()[0]["imageStatus"] == "ACTIVE"
    there.client.batch_delete_image(repositoryName="team/app", imageIds=[image])
    kit.client.update_image_storage_class(repositoryName="team/app", imageId=image, targetStorageClass="STANDARD")
    kit.describe()
    assert there.ids() == [(pushed.digest, "v1")]
    there.client.update_image_storage_class(repositoryName="team/app", imageId=image, targetStorageClass="ARCHIVE")
    kit.put(pushed.manifest, "again")
    assert there.describe()[0]["imageStatus"] == "ACTIVE"


def test_it_takes_its_time_where_it_is_told_to(client_of):
    with mock_ecr(delays=(("replicate-image", 1800),), lenient=True) as mock:
        here, there = client_of("ecr", ACCOUNT, "us-east-1"), client_of("ecr", ACCOUNT, "eu-west-1")
        here.create_repository(repositoryName="app")
        here.put_replication_configuration(replicationConfiguration={"rules": [rule(("eu-west-1", ACCOUNT))]})
        text = json.dumps(schema1_of())
        image = here.put_image(repositoryName="app", imageManifest=text, imageTag="v1")["image"]["imageId"]
        for state, found in (("IN_PROGRESS", 0), ("COMPLETE", 1)):
            (row,) = here.describe_image_replication_status(repositoryName="app", imageId=image)["replicationStatuses"]
            assert (row["status"], len(there.describe_repositories()["repositories"])) == (state, found)
            mock.clock.advance(seconds=1800)


def test_a_copy_that_cannot_be_made_leaves_nothing(kit, other, client_of):
    there, kms = other(ACCOUNT, "eu-west-1"), client_of("kms", ACCOUNT, "eu-west-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    there.repository(encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key})
    kms.disable_key(KeyId=key)
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    pushed = kit.push("v1")
    kit.describe()
    assert status(kit, imageTag="v1") == [("eu-west-1", ACCOUNT, "FAILED", "KMS_ERROR")]
    assert there.ids() == []
    assert there.availability(kit.sha256(pushed.blobs["layer"])) == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([rule(("us-east-1", ACCOUNT))], "Replication destination cannot be the same as the source registry"),
        (
            [rule(("eu-west-1", ACCOUNT), ("eu-west-1", ACCOUNT))],
            "Replication rule cannot have the same destination twice",
        ),
        ([rule(("cn-north-1", ACCOUNT))], "Region cn-north-1 is not supported for replication"),
        ([rule(("moon", ACCOUNT))], "Region moon is not supported for replication"),
        (
            [rule(*(("eu-west-1", f"{number:012}") for number in range(26)))],
            "Replication configuration cannot have more than 25 unique destinations",
        ),
    ],
)
def test_a_configuration_that_cannot_be(kit, rules, sentence):
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    told = f"Invalid parameter at '{CONFIGURATION}' failed to satisfy constraint: '{sentence}'"
    assert kit.refused("put_replication_configuration", replicationConfiguration={"rules": rules}) == (
        "InvalidParameterException",
        told,
    )
    assert kit.client.describe_registry()[CONFIGURATION] == {"rules": [rule(("eu-west-1", ACCOUNT))]}


def test_the_status_of_an_image_that_is_not_there(kit):
    code, _ = kit.refused("describe_image_replication_status", repositoryName="team/app", imageId={"imageTag": "x"})
    assert code == "ImageNotFoundException"
    code, _ = kit.refused("describe_image_replication_status", repositoryName="team/app", imageId={})
    assert code == "InvalidParameterException"


def test_statuses_go_with_their_image(kit):
    configure(kit, rule(("eu-west-1", ACCOUNT)))
    pushed = kit.push("v1")
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": pushed.digest}])
    configure(kit)
    kit.push("v1")
    assert status(kit, imageTag="v1") == []


# -- deletions (User Guide, replication-delete)


def spreading(*destinations, enabled=True):
    return {**rule(*destinations), "deleteReplication": {"enabled": enabled}}


def delete(kit, **image):
    return kit.client.batch_delete_image(repositoryName="team/app", imageIds=[image])


@pytest.fixture
def there(kit, other):
    configure(kit, spreading(("eu-west-1", ACCOUNT)))
    return other(ACCOUNT, "eu-west-1")


def test_a_tag_that_goes_from_an_image_with_others_goes_there_too(kit, there):
    pushed = kit.push("v1")
    kit.put(pushed.manifest, "v2")
    assert there.ids() == [(pushed.digest, "v1"), (pushed.digest, "v2")]
    delete(kit, imageTag="v1")
    assert there.ids() == [(pushed.digest, "v2")]


def test_the_last_tag_takes_the_image_there_with_all_its_tags(kit, there):
    pushed = kit.push("v1")
    there.put(pushed.manifest, "their-own")
    delete(kit, imageTag="v1")
    assert there.ids() == []


def test_a_deletion_by_digest_and_an_expiry_are_passed_on(kit, there):
    pushed = kit.push("v1")
    kit.put(pushed.manifest, "v2")
    delete(kit, imageDigest=pushed.digest)
    assert there.ids() == []
    policy = {"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 3}
    text = json.dumps({"rules": [{"rulePriority": 1, "selection": policy, "action": {"type": "expire"}}]})
    kit.client.put_lifecycle_policy(repositoryName="team/app", lifecyclePolicyText=text)
    kit.push("v3", "three")
    assert len(there.ids()) == 1
    kit.advance(5 * 86_400)
    assert kit.ids() == there.ids() == []


def test_what_a_tag_names_there_by_now_stays(kit, there):
    first = kit.push("v1")
    kit.put(first.manifest, "v2")
    second = there.push("v1", "two")
    delete(kit, imageTag="v1")
    assert sorted(there.ids()) == sorted([(first.digest, "v2"), (second.digest, "v1")])


def test_deletions_go_one_hop_too_and_not_with_the_repository(kit, other, there):
    configure(there, spreading(("us-west-2", ACCOUNT)))
    far = other(ACCOUNT, "us-west-2")
    far.repository()
    pushed = kit.push("v1")
    there.ids()
    far.push("v1")
    delete(kit, imageTag="v1")
    assert there.ids() == []
    assert far.ids() == [(pushed.digest, "v1")]
    kit.push("v2", "two")
    kit.client.delete_repository(repositoryName="team/app", force=True)
    assert [tag for _, tag in there.ids()] == ["v2"]


def test_a_rule_that_says_no_or_nothing_spreads_none(kit, other):
    there = other(ACCOUNT, "eu-west-1")
    for each in (spreading(("eu-west-1", ACCOUNT), enabled=False), rule(("eu-west-1", ACCOUNT))):
        configure(kit, each)
        kit.push("v1")
        delete(kit, imageTag="v1")
        assert len(there.ids()) == 1


def test_another_accounts_policy_is_asked_for_deletions_too(kit, other):
    there = other(AWAY, "eu-west-1")
    allow(there, "ReplicateImage", "CreateRepository")
    configure(kit, spreading(("eu-west-1", AWAY)))
    pushed = kit.push("v1")
    assert there.ids() == [(pushed.digest, "v1")]
    there.client.delete_registry_policy()
    delete(kit, imageTag="v1")
    assert there.ids() == [(pushed.digest, "v1")]


def test_a_child_of_a_list_that_is_kept_there_stays(kit, there):
    pushed = kit.push("v1")
    there.ids()
    there.put(there.index(pushed), "all")
    delete(kit, imageDigest=pushed.digest)
    assert pushed.digest in {digest for digest, _ in there.ids()}


def test_a_delayed_copy_and_its_deletion_keep_their_order(client_of):
    with mock_ecr(delays=(("replicate-image", 60),), lenient=True) as mock:
        here, there = client_of("ecr", ACCOUNT, "us-east-1"), client_of("ecr", ACCOUNT, "eu-west-1")
        here.create_repository(repositoryName="app")
        here.put_replication_configuration(replicationConfiguration={"rules": [spreading(("eu-west-1", ACCOUNT))]})
        text = json.dumps(schema1_of())
        for tag in ("v1", "v2"):
            here.put_image(repositoryName="app", imageManifest=text, imageTag=tag)
        here.batch_delete_image(repositoryName="app", imageIds=[{"imageTag": "v1"}])
        mock.clock.advance(seconds=60)
        (image,) = there.describe_images(repositoryName="app")["imageDetails"]
        assert image["imageTags"] == ["v2"]


@pytest.mark.parametrize("still", [True, False])
def test_a_delayed_copy_is_not_made_for_another_repository_of_that_name(client_of, still):
    with mock_ecr(delays=(("replicate-image", "manual"),), lenient=True) as mock:
        here, there = client_of("ecr", ACCOUNT, "us-east-1"), client_of("ecr", ACCOUNT, "eu-west-1")
        text = json.dumps(schema1_of())
        for tag, rules in (
            ("old", [rule(("eu-west-1", ACCOUNT))]),
            ("new", [rule(("eu-west-1", ACCOUNT))] if still else []),
        ):
            here.put_replication_configuration(replicationConfiguration={"rules": rules})
            here.create_repository(repositoryName="app")
            here.put_image(repositoryName="app", imageManifest=text, imageTag=tag)
            if tag == "old":
                here.delete_repository(repositoryName="app", force=True)
        mock.release()
        found = [row["repositoryName"] for row in there.describe_repositories()["repositories"]]
        assert found == (["app"] if still else [])
        if still:
            assert there.describe_images(repositoryName="app")["imageDetails"][0]["imageTags"] == ["new"]


def test_a_delayed_copy_of_an_image_that_went_and_came_back_is_that_of_the_new_one(client_of):
    with mock_ecr(delays=(("replicate-image", "manual"),), lenient=True) as mock:
        here, there = client_of("ecr", ACCOUNT, "us-east-1"), client_of("ecr", ACCOUNT, "eu-west-1")
        here.create_repository(repositoryName="app")
        here.put_replication_configuration(replicationConfiguration={"rules": [rule(("eu-west-1", ACCOUNT))]})
        text = json.dumps(schema1_of())
        here.put_image(repositoryName="app", imageManifest=text, imageTag="v1")
        here.batch_delete_image(repositoryName="app", imageIds=[{"imageTag": "v1"}])
        here.put_replication_configuration(replicationConfiguration={"rules": []})
        here.put_image(repositoryName="app", imageManifest=text, imageTag="v1")
        mock.release()
        assert there.describe_repositories()["repositories"] == []


def test_lists_of_lists_may_be_deep(client_of):
    with mock_ecr(lenient=True):
        here, there = client_of("ecr", ACCOUNT, "us-east-1"), client_of("ecr", ACCOUNT, "eu-west-1")
        here.create_repository(repositoryName="app")
        text = json.dumps(index_of())
        for _ in range(1_100):
            image = here.put_image(repositoryName="app", imageManifest=text)["image"]["imageId"]
            text = json.dumps(index_of(descriptor(text, OCI_INDEX)))
        here.put_replication_configuration(replicationConfiguration={"rules": [rule(("eu-west-1", ACCOUNT))]})
        image = here.put_image(repositoryName="app", imageManifest=text, imageTag="v1")["image"]["imageId"]
        (row,) = here.describe_image_replication_status(repositoryName="app", imageId=image)["replicationStatuses"]
        assert row["status"] == "COMPLETE"
        (found,) = there.describe_images(repositoryName="app", imageIds=[{"imageTag": "v1"}])["imageDetails"]
        assert found["imageDigest"] == image["imageDigest"]


def test_a_copy_that_breaks_has_failed_and_is_told_to_the_log(kit, monkeypatch, caplog):
    configure(kit, rule(("eu-west-1", ACCOUNT)))

    def broken(*_arguments):
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr(Replication, "copy", broken)
    kit.push("v1")
    kit.describe()
    assert status(kit, imageTag="v1") == [("eu-west-1", ACCOUNT, "FAILED", "INTERNAL_ERROR")]
    assert kit.mock.world.schedule.failed() == []
    assert "by accident" in caplog.text
