"""ecrmock.domain.templates: which prefix covers a name (fixtures/name-matching.json), and what is made then."""

import json

import pytest
from constants import ACCOUNT
from paths import FIXTURES
from worlds import expiry_of

from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.domain.templates import Templates, covering
from ecrmock.errors.ecr import (
    InvalidParameterException,
    LimitExceededException,
    RepositoryNotFoundException,
    TemplateAlreadyExistsException,
    TemplateNotFoundException,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/creator"
STATEMENT = {"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
SELECTION = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}
LIFECYCLE = json.dumps({"rules": [{"rulePriority": 1, "selection": SELECTION, "action": {"type": "expire"}}]})

VECTORS = json.loads((FIXTURES / "name-matching.json").read_text())


@pytest.mark.parametrize("row", VECTORS["prefixPrecedence"], ids=lambda row: f"{row['prefixes']} {row['repository']}")
def test_the_longest_prefix_with_its_slash_covers_then_root(row):
    assert covering(row["prefixes"], row["repository"]) == row["chosen"]


@pytest.fixture
def templates(world):
    return world.of(Templates, ACCOUNT, "us-east-1")


def add(templates, prefix="team", applied_for=("CREATE_ON_PUSH",), **more):
    asked = {"prefix": prefix, "appliedFor": list(applied_for), **more}
    return do(templates, lambda: templates.add(asked))


def do(templates, work):
    return templates._world.transact(work)


def create(templates, name="team/app", reason="CREATE_ON_PUSH"):
    return do(templates, lambda: templates.create(name, reason))


# -- kept


def test_a_slash_at_the_end_of_a_prefix_means_nothing(templates):
    made = add(templates, "team/")
    assert (made.prefix, templates.get("team"), templates.get("team/")) == ("team/", made, made)
    with pytest.raises(TemplateAlreadyExistsException):
        add(templates, "team")


def test_a_change_leaves_what_is_not_sent_and_an_empty_text_takes_away(templates, world):
    made = add(templates, description="one", repositoryPolicy=POLICY, customRoleArn=ROLE)
    world.travel(world.clock.now() + 60)
    asked = {"prefix": "team", "description": "two", "repositoryPolicy": "", "resourceTags": [{"Key": "a"}]}
    changed = do(templates, lambda: templates.change(asked))
    assert (changed.description, changed.policy, changed.tags) == ("two", None, (("a", ""),))
    assert (changed.applied_for, changed.role, changed.number) == (made.applied_for, ROLE, made.number)
    assert (changed.created_at, changed.updated_at) == (made.created_at, made.created_at + 60)
    assert templates.get("team") == changed


def test_what_is_not_there_is_not_found(templates):
    removed = add(templates)
    assert do(templates, lambda: templates.remove("team")) == removed
    for verb, what in (("get", "team"), ("remove", "team"), ("change", {"prefix": "team"})):
        with pytest.raises(TemplateNotFoundException):
            do(templates, lambda verb=verb, what=what: getattr(templates, verb)(what))


def test_they_are_listed_in_order_of_creation(templates):
    for prefix in ("b", "a", "c"):
        add(templates, prefix)
    first = templates.page(None, 2)
    assert [row.prefix for row in (*first, *templates.page(first[-1].number, 2))] == ["b", "a", "c"]


def test_there_are_as_many_as_the_setting_says(make_world):
    templates = make_world(quota_templates=1).of(Templates, ACCOUNT, "us-east-1")
    add(templates)
    with pytest.raises(LimitExceededException):
        add(templates, "other")


@pytest.mark.parametrize("member", ["repositoryPolicy", "lifecyclePolicy"])
def test_a_policy_is_checked_when_it_is_given(templates, member):
    with pytest.raises(InvalidParameterException):
        add(templates, **{member: "{}"})
    assert templates.find("team") is None


# -- applied


def test_a_template_is_chosen_among_those_for_the_reason(templates):
    for prefix, reason in (("ROOT", "REPLICATION"), ("team", "CREATE_ON_PUSH"), ("team/a", "REPLICATION")):
        add(templates, prefix, [reason])
    asked = [("team/a/b", "REPLICATION"), ("team/a/b", "CREATE_ON_PUSH"), ("x", "REPLICATION"), ("x", "CREATE_ON_PUSH")]
    found = [templates.chosen(*each) for each in asked]
    assert [row and row.prefix for row in found] == ["team/a", "team", "ROOT", None]


@pytest.mark.parametrize("reason", ["REPLICATION", "PULL_THROUGH_CACHE"])
def test_without_a_template_a_repository_is_made_by_the_defaults(templates, reason):
    row = create(templates, reason=reason).row
    assert row == RepositoryRow("team/app", row.created_at)


def test_without_a_template_a_push_makes_none(templates):
    with pytest.raises(RepositoryNotFoundException):
        create(templates, reason="CREATE_ON_PUSH")


def test_a_repository_is_made_as_its_template_says(templates, world):
    exclusion = [{"filterType": "WILDCARD", "filter": "dev-*"}]
    add(
        templates,
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=exclusion,
        repositoryPolicy=POLICY,
        lifecyclePolicy=LIFECYCLE,
        resourceTags=[{"Key": "team", "Value": "a"}],
        encryptionConfiguration={"encryptionType": "KMS"},
        customRoleArn=ROLE,
    )
    made = create(templates)
    row = made.row
    assert (row.mutability.setting, row.mutability.filters) == ("IMMUTABLE_WITH_EXCLUSION", ("dev-*",))
    assert (row.tags, row.encryption, json.loads(row.policy)) == ((("team", "a"),), "KMS", json.loads(POLICY))
    assert row.kms_key == world.of(KeyRing, ACCOUNT, "us-east-1").resolve(None)
    assert json.loads(expiry_of(made).policy()) == json.loads(LIFECYCLE)


@pytest.mark.parametrize(
    "more",
    [
        {"resourceTags": [{"Key": "a"}]},
        {"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/a"}},
    ],
)
def test_tags_and_keys_need_a_role_else_no_repository_is_made(templates, more):
    add(templates, **more)
    assert templates.get("team").lacks_role
    with pytest.raises(RepositoryNotFoundException):
        create(templates)
    do(templates, lambda: templates.change({"prefix": "team", "customRoleArn": ROLE}))
    assert create(templates).name == "team/app"
