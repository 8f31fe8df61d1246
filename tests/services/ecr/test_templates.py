"""Repository creation templates through boto3 and the docker door (facts/automation 5)."""

import base64
import json

import pytest
from constants import ACCOUNT, AWAY
from werkzeug.test import Client

from ecrmock import mock_ecr
from ecrmock.domain.templates import Templates

ROLE = f"arn:aws:iam::{ACCOUNT}:role/templates"
LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 3},
                "action": {"type": "expire"},
            }
        ]
    },
    indent=1,
)
POLICY = json.dumps(
    {
        "Version": "2008-10-17",
        "Statement": [
            {
                "Sid": "share",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{AWAY}:root"},
                "Action": "ecr:BatchGetImage",
            }
        ],
    }
)
DENY = {
    "Sid": "no",
    "Effect": "Deny",
    "Principal": {"AWS": f"arn:aws:iam::{AWAY}:root"},
    "Action": ["ecr:CreateRepository"],
    "Resource": f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*",
}
REASONS = ["PULL_THROUGH_CACHE", "REPLICATION", "CREATE_ON_PUSH"]


def create(kit, prefix="team", applied=("CREATE_ON_PUSH",), **more):
    answer = kit.client.create_repository_creation_template(prefix=prefix, appliedFor=list(applied), **more)
    assert answer["registryId"] == ACCOUNT
    return answer["repositoryCreationTemplate"]


def described(kit, **more):
    answer = kit.client.describe_repository_creation_templates(**more)
    assert answer["registryId"] == ACCOUNT
    return [row["prefix"] for row in answer["repositoryCreationTemplates"]]


def repository(kit, name="team/app"):
    return kit.client.describe_repositories(repositoryNames=[name])["repositories"][0]


def names(kit):
    return [row["repositoryName"] for row in kit.client.describe_repositories()["repositories"]]


def called(kit, action):
    return [entry for entry in kit.mock.application.gate.calls.all() if entry.action == action]


def push(kit):
    """What a client does that uploads without looking first."""
    kit.begin()
    kit.push("v1")


def login(kit):
    token = kit.client.get_authorization_token(registryIds=[ACCOUNT])["authorizationData"][0]["authorizationToken"]
    return {"Authorization": f"Basic {token}"}


# -- the four operations


def test_a_template_shows_what_was_given_and_the_defaults(kit):
    made = create(kit)
    now = made.pop("createdAt")
    assert made.pop("updatedAt") == now
    assert made == {
        "prefix": "team",
        "encryptionConfiguration": {"encryptionType": "AES256"},
        "imageTagMutability": "MUTABLE",
        "appliedFor": ["CREATE_ON_PUSH"],
    }


def test_everything_comes_back_the_repository_policy_printed_the_lifecycle_policy_as_sent(kit):
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    given = {
        "description": "for the team",
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": key},
        "resourceTags": [{"Key": "stage", "Value": "dev"}],
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
        "lifecyclePolicy": LIFECYCLE,
        "customRoleArn": ROLE,
    }
    made = create(kit, applied=REASONS, repositoryPolicy=POLICY, **given)
    assert {name: made[name] for name in given} == given
    assert made["appliedFor"] == REASONS
    assert json.loads(made["repositoryPolicy"]) == json.loads(POLICY)
    assert '"Version" : "2008-10-17"' in made["repositoryPolicy"]
    assert kit.client.describe_repository_creation_templates()["repositoryCreationTemplates"] == [made]


def test_an_update_changes_what_is_sent_and_an_empty_text_takes_away(kit):
    create(kit, description="old", lifecyclePolicy=LIFECYCLE, repositoryPolicy=POLICY, imageTagMutability="IMMUTABLE")
    kit.advance(60)
    answer = kit.client.update_repository_creation_template(prefix="team", description="new", lifecyclePolicy="")
    changed = answer["repositoryCreationTemplate"]
    assert (changed["updatedAt"] - changed["createdAt"]).total_seconds() == 60
    assert changed["description"] == "new"
    assert "lifecyclePolicy" not in changed
    assert json.loads(changed["repositoryPolicy"]) == json.loads(POLICY)
    assert changed["imageTagMutability"] == "IMMUTABLE"
    assert changed["appliedFor"] == ["CREATE_ON_PUSH"]
    kit.client.update_repository_creation_template(prefix="team", repositoryPolicy="", appliedFor=["REPLICATION"])
    (changed,) = kit.client.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert "repositoryPolicy" not in changed
    assert changed["appliedFor"] == ["REPLICATION"]


def test_exclusion_filters_stay_until_the_setting_has_none(kit):
    filters = [{"filterType": "WILDCARD", "filter": "dev*"}]
    create(kit, imageTagMutability="IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=filters)

    def update(**more):
        answer = kit.client.update_repository_creation_template(prefix="team", **more)["repositoryCreationTemplate"]
        return answer["imageTagMutability"], answer.get("imageTagMutabilityExclusionFilters")

    assert update(imageTagMutability="MUTABLE_WITH_EXCLUSION") == ("MUTABLE_WITH_EXCLUSION", filters)
    other = [{"filterType": "WILDCARD", "filter": "test*"}]
    assert update(imageTagMutabilityExclusionFilters=other) == ("MUTABLE_WITH_EXCLUSION", other)
    assert update(imageTagMutability="IMMUTABLE") == ("IMMUTABLE", None)
    request = {"prefix": "team", "imageTagMutabilityExclusionFilters": filters}
    code, message = kit.refused("update_repository_creation_template", **request)
    assert code == "InvalidParameterException"
    assert "must be null when imageTagMutability is set as IMMUTABLE'" in message


def test_delete_returns_the_template_and_unknown_or_taken_prefixes_are_refused(kit):
    made = create(kit)
    where = f"in the registry with id '{ACCOUNT}'"
    assert kit.refused("create_repository_creation_template", prefix="team/", appliedFor=REASONS) == (
        "TemplateAlreadyExistsException",
        f"The repository creation template with the prefix 'team/' already exists {where}",
    )
    answer = kit.client.delete_repository_creation_template(prefix="team")
    assert answer["repositoryCreationTemplate"] == made
    gone = ("TemplateNotFoundException", "The repository creation template with the prefix 'team' does not exist")
    for operation in ("delete_repository_creation_template", "update_repository_creation_template"):
        assert kit.refused(operation, prefix="team") == (gone[0], f"{gone[1]} {where}")


def test_describe_pages_in_order_of_creation_and_leaves_unknown_prefixes_out(kit):
    for prefix in ("b", "ROOT", "a/x"):
        create(kit, prefix)
    assert described(kit) == ["b", "ROOT", "a/x"]
    assert described(kit, prefixes=["a/x", "nobody", "b"]) == ["b", "a/x"]
    pages = kit.client.get_paginator("describe_repository_creation_templates").paginate(
        PaginationConfig={"PageSize": 2}
    )
    assert [len(page["repositoryCreationTemplates"]) for page in pages] == [2, 1]
    assert kit.refused("describe_repository_creation_templates", prefixes=["b"], maxResults=1)[0] == (
        "InvalidParameterException"
    )


@pytest.mark.parametrize(
    "member",
    [
        {"repositoryPolicy": "{}"},
        {"lifecyclePolicy": "x" * 200},
        {"resourceTags": [{"Key": "aws:mine", "Value": ""}]},
        {"resourceTags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]},
        {"resourceTags": [{"Key": str(number), "Value": ""} for number in range(51)]},
        {"imageTagMutability": "MUTABLE_WITH_EXCLUSION"},
        {"encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"}},
    ],
)
def test_what_a_repository_would_not_get_a_template_does_not_get(kit, member):
    code, _ = kit.refused("create_repository_creation_template", prefix="team", appliedFor=REASONS, **member)
    assert code == "InvalidParameterException"  # of all that refuse such a member the one that the operations list
    assert described(kit) == []
    create(kit, "team")
    assert kit.refused("update_repository_creation_template", prefix="team", **member)[0] == code


# -- create on push


def test_a_push_to_a_missing_repository_makes_it_by_the_template(kit):
    create(
        kit,
        imageTagMutability="IMMUTABLE",
        lifecyclePolicy=LIFECYCLE,
        repositoryPolicy=POLICY,
        resourceTags=[{"Key": "stage", "Value": "dev"}],
        encryptionConfiguration={"encryptionType": "KMS"},
        customRoleArn=ROLE,
    )
    push(kit)
    made = repository(kit)
    assert made["imageTagMutability"] == "IMMUTABLE"
    assert made["encryptionConfiguration"]["encryptionType"] == "KMS"
    assert made["encryptionConfiguration"]["kmsKey"].startswith(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/")
    assert made["imageScanningConfiguration"] == {"scanOnPush": False}
    text = kit.client.get_lifecycle_policy(repositoryName="team/app")["lifecyclePolicyText"]
    assert json.loads(text) == json.loads(LIFECYCLE)
    assert "\n" not in text
    assert json.loads(kit.client.get_repository_policy(repositoryName="team/app")["policyText"]) == json.loads(POLICY)
    tags = kit.client.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"]
    assert tags == [{"Key": "stage", "Value": "dev"}]
    (first,) = called(kit, "CreateRepository")
    assert first.parameters == {"repositoryName": "team/app"}
    assert first.error is None
    # its record is its own, and stands before that of the upload
    calls = [entry.action for entry in kit.mock.application.gate.calls.all()]
    assert calls.index("CreateRepository") == calls.index("InitiateLayerUpload") - 1


def test_the_docker_door_makes_it_at_the_first_upload_and_a_read_makes_nothing(kit):
    create(kit, "ROOT")
    docker, headers = Client(kit.mock.application), login(kit)
    for method, path in [("HEAD", f"blobs/{kit.sha256(b'')}"), ("GET", "manifests/v1"), ("GET", "tags/list")]:
        assert docker.open(f"/v2/my/app/{path}", method=method, headers=headers).status_code == 404
    assert docker.delete("/v2/my/app/blobs/uploads/0", headers=headers).status_code == 404
    assert names(kit) == []
    started = docker.post("/v2/my/app/blobs/uploads/", headers=headers)
    assert started.status_code == 202
    assert names(kit) == ["my/app"]  # and stays, however the push ends
    done = docker.put(f"{started.headers['Location']}?digest={kit.sha256(b'x')}", data=b"x", headers=headers)
    assert done.status_code == 201


def test_without_a_template_or_with_one_for_other_reasons_the_push_fails_as_always(kit):
    create(kit, "ROOT", ["REPLICATION", "PULL_THROUGH_CACHE"])
    sentence = f"The repository with name 'team/app' does not exist in the registry with id '{ACCOUNT}'"
    refused = ("RepositoryNotFoundException", sentence)
    assert kit.refused("initiate_layer_upload", repositoryName="team/app") == refused
    create(kit, "team", ["CREATE_ON_PUSH"], resourceTags=[{"Key": "a", "Value": "b"}])  # without a role
    assert kit.refused("initiate_layer_upload", repositoryName="team/app") == refused
    answer = Client(kit.mock.application).post("/v2/team/app/blobs/uploads/", headers=login(kit))
    assert answer.status_code == 404
    assert answer.json["errors"][0] == {"code": "NAME_UNKNOWN", "message": sentence}
    assert names(kit) == []
    assert [entry.error.code for entry in called(kit, "CreateRepository")] == ["RepositoryNotFoundException"] * 2


def test_a_disabled_key_makes_none(kit, client_of):
    kms = client_of("kms", ACCOUNT, "us-east-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    create(kit, encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key}, customRoleArn=ROLE)
    kms.disable_key(KeyId=key)
    assert kit.refused("initiate_layer_upload", repositoryName="team/app")[0] == "RepositoryNotFoundException"
    assert [entry.error.code for entry in called(kit, "CreateRepository")] == ["KmsException"]
    kms.enable_key(KeyId=key)
    push(kit)
    assert repository(kit)["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}


def test_a_caller_of_another_account_leaves_an_empty_repository_behind(kit, other):
    # observed: aws/containers-roadmap#853
    create(kit)
    away = other(AWAY)
    code, message = kit.refused(
        "initiate_layer_upload", client=away.client, registryId=ACCOUNT, repositoryName="team/app"
    )
    assert code == "AccessDeniedException"
    assert "ecr:InitiateLayerUpload" in message
    assert repository(kit)["repositoryName"] == "team/app"
    assert kit.ids() == []


def test_a_deny_of_create_repository_keeps_it_from_being_made(kit, other):
    create(kit)
    kit.client.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": [DENY]}))
    away = other(AWAY)
    kit.refused("initiate_layer_upload", client=away.client, registryId=ACCOUNT, repositoryName="team/app")
    assert names(kit) == []


def test_a_template_never_touches_what_exists(kit):
    create(kit, imageTagMutability="IMMUTABLE")
    kit.repository()
    kit.push("v1")
    kit.push("v1", "two")
    assert repository(kit)["imageTagMutability"] == "MUTABLE"
    assert len(called(kit, "CreateRepository")) == 1


def test_basic_credentials_of_nobody_make_nothing(kit):
    create(kit, "ROOT")
    wrong = {"Authorization": "Basic " + base64.b64encode(b"AWS:nothing").decode()}
    assert Client(kit.mock.application).post("/v2/a1/b1/blobs/uploads/", headers=wrong).status_code == 401
    assert names(kit) == []


# -- replication


def test_a_repository_that_replication_makes_has_the_template_of_the_destination(kit, other):
    there = other(ACCOUNT, "eu-west-1")
    create(there, "team", ["REPLICATION"], imageTagMutability="IMMUTABLE", lifecyclePolicy=LIFECYCLE)
    create(kit, "team", ["REPLICATION"], description="of the source: means nothing there")
    rules = [{"destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}]}]
    kit.client.put_replication_configuration(replicationConfiguration={"rules": rules})
    kit.repository()
    kit.push("v1")
    assert len(there.ids()) == 1
    assert repository(there)["imageTagMutability"] == "IMMUTABLE"
    there.client.get_lifecycle_policy(repositoryName="team/app")


def test_a_template_without_the_role_it_needs_lets_the_copy_fail(kit, other):
    there = other(ACCOUNT, "eu-west-1")
    create(there, "ROOT", ["REPLICATION"], resourceTags=[{"Key": "a", "Value": "b"}])
    rules = [{"destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}]}]
    kit.client.put_replication_configuration(replicationConfiguration={"rules": rules})
    kit.repository()
    kit.push("v1")
    assert names(there) == []
    answer = kit.client.describe_image_replication_status(repositoryName="team/app", imageId={"imageTag": "v1"})
    (row,) = answer["replicationStatuses"]
    assert (row["status"], row["failureCode"]) == ("FAILED", "REPOSITORY_NOT_FOUND")


@pytest.mark.parametrize("limit", [1])
def test_a_quota_may_be_set(limit):
    import boto3  # noqa: PLC0415 (a client of this mock alone)

    with mock_ecr(quota_templates=limit):
        client = boto3.client("ecr", "us-east-1", aws_access_key_id=ACCOUNT, aws_secret_access_key="x")
        client.create_repository_creation_template(prefix="one", appliedFor=REASONS)
        with pytest.raises(client.exceptions.LimitExceededException):
            client.create_repository_creation_template(prefix="two", appliedFor=REASONS)


def test_the_template_of_a_push_is_chosen_while_nobody_changes_any(kit, monkeypatch):
    create(kit)
    chosen, locked = Templates.chosen, []

    def watched(self, *asked):
        locked.append(kit.mock.world.lock.locked())
        return chosen(self, *asked)

    monkeypatch.setattr(Templates, "chosen", watched)
    assert kit.begin()
    assert locked == [True, True]  # is there one, and which
