"""ecrmock.services.ecr.tags: TagResource, UntagResource, ListTagsForResource."""

import pytest

ARN = "arn:aws:ecr:us-east-1:123456789012:repository/team/app"


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def tags(kit):
    found = kit.client.list_tags_for_resource(resourceArn=ARN)["tags"]
    assert all(set(tag) == {"Key", "Value"} for tag in found)
    return {tag["Key"]: tag["Value"] for tag in found}


def tag(kit, **pairs):
    rows = [{"Key": key, "Value": value} for key, value in pairs.items()]
    answer = kit.client.tag_resource(resourceArn=ARN, tags=rows)
    assert set(answer) == {"ResponseMetadata"}


def test_no_tags_are_an_empty_list(kit):
    answer = kit.client.list_tags_for_resource(resourceArn=ARN)
    assert {name: value for name, value in answer.items() if name != "ResponseMetadata"} == {"tags": []}


def test_tagging_adds_and_overwrites_and_leaves_others_alone(kit):
    tag(kit, team="blue", env="dev")
    tag(kit, env="prod", Env="other")
    assert tags(kit) == {"team": "blue", "env": "prod", "Env": "other"}


def test_tags_of_create_are_listed(kit):
    made = kit.repository("other1", tags=[{"Key": "k", "Value": ""}])
    assert kit.client.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "k", "Value": ""}]


def test_tagging_twice_is_the_same_success(kit):
    tag(kit, team="blue")
    tag(kit, team="blue")
    assert tags(kit) == {"team": "blue"}


def test_untagging_removes_and_forgives_what_is_not_there(kit):
    tag(kit, a="1", b="2")
    for _ in range(2):
        answer = kit.client.untag_resource(resourceArn=ARN, tagKeys=["a", "gone", "B"])
        assert set(answer) == {"ResponseMetadata"}
    assert tags(kit) == {"b": "2"}


@pytest.mark.parametrize("key", ["k" * 128, "a:b/c=d+e-f@g h", "ключ", "AWS"])
def test_keys_that_are_accepted(kit, key):
    tag(kit, **{key: "v" * 256})
    assert tags(kit) == {key: "v" * 256}


@pytest.mark.parametrize(
    "rows",
    [
        [{"Key": "", "Value": "x"}],
        [{"Key": "k" * 129, "Value": "x"}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "aws:mine", "Value": "x"}],
        [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}],
    ],
)
def test_bad_tags_are_refused_and_none_is_set(kit, rows):
    rows = [{"Key": "good", "Value": "x"}, *rows]
    assert kit.refused("tag_resource", resourceArn=ARN, tags=rows) == (
        "InvalidTagParameterException",
        "Tag parameters are invalid",
    )
    assert tags(kit) == {}


def test_fifty_tags_are_the_most_counting_those_that_are_there(kit):
    tag(kit, **{f"k{n}": "" for n in range(50)})
    tag(kit, k0="again")
    code, _ = kit.refused("tag_resource", resourceArn=ARN, tags=[{"Key": "one more", "Value": ""}])
    assert code == "TooManyTagsException"
    assert len(tags(kit)) == 50


@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags_for_resource"])
@pytest.mark.parametrize(
    "arn",
    [
        "nonsense",
        "arn:aws:s3:::bucket",
        "arn:aws:ecr:us-east-1:123456789012:registry/team/app",
        "arn:aws:ecr:us-east-1:12:repository/team/app",
        "arn:aws-cn:ecr:us-east-1:123456789012:repository/team/app",
        "arn:aws:ecr:us-east-1:123456789012:repository/",
    ],
)
def test_other_arns_are_invalid(kit, operation, arn):
    more = {"tag_resource": {"tags": []}, "untag_resource": {"tagKeys": []}}.get(operation, {})
    assert kit.refused(operation, resourceArn=arn, **more) == (
        "InvalidParameterException",
        "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
    )


@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags_for_resource"])
def test_a_missing_repository_is_not_found(kit, operation):
    more = {"tag_resource": {"tags": []}, "untag_resource": {"tagKeys": []}}.get(operation, {})
    assert kit.refused(operation, resourceArn=ARN.replace("team/app", "gone"), **more) == (
        "RepositoryNotFoundException",
        "The repository with name 'gone' does not exist in the registry with id '123456789012'",
    )


def test_account_and_region_come_from_the_arn(kit, other):
    away = other("123456789012", "eu-west-1")
    away.client.tag_resource(resourceArn=ARN, tags=[{"Key": "from", "Value": "elsewhere"}])
    assert tags(kit) == {"from": "elsewhere"}
    code, message = kit.refused("list_tags_for_resource", client=other().client, resourceArn=ARN)
    assert code == "AccessDeniedException"
    assert message == (
        "User: arn:aws:iam::111122223333:root is not authorized to perform: ecr:ListTagsForResource on resource: "
        f"{ARN} because no resource-based policy allows the ecr:ListTagsForResource action"
    )


def test_a_tag_without_its_value_is_refused_by_its_path(kit):
    rows = [{"Key": "a", "Value": ""}, {"Key": "b"}]
    assert kit.refused("tag_resource", resourceArn=ARN, tags=rows) == (
        "InvalidParameterException",
        "Invalid parameter at 'tags.2.member.value' failed to satisfy constraint: 'Member must not be null'",
    )


def test_a_tag_without_its_key_is_refused_by_its_path(kit):
    code, message = kit.refused("tag_resource", resourceArn=ARN, tags=[{"Key": "a", "Value": ""}, {"Value": "x"}])
    assert (code, message) == (
        "InvalidParameterException",
        "Invalid parameter at 'tags.2.member.key' failed to satisfy constraint: 'Member must not be null'",
    )
