"""ecrmock.domain.registry.trust: one registry lets another account in, where ECR itself asks."""

import pytest
from constants import ACCOUNT, AWAY
from worlds import allow_by, trust_by

from ecrmock.domain.registry import trust
from ecrmock.domain.registry.registries import Registry

ROLE = f"arn:aws:iam::{AWAY}:role/service/puller"
EVERY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"


@pytest.fixture
def registry(world):
    return world.of(Registry, ACCOUNT, "us-east-1")


def statement(action, principal=f"arn:aws:iam::{AWAY}:root", effect="Allow", **more):
    return {"Sid": "a", "Effect": effect, "Principal": {"AWS": principal}, "Action": f"ecr:{action}", **more}


def lets_in(registry, action="ReplicateImage", name="team/app", account=AWAY):
    return trust.lets_in(registry, account, action, name)


def lets_pull(registry, role=None, action="BatchGetImage", name="team/app"):
    return trust.lets_pull(registry, AWAY, action, name, role)


def test_its_own_account_is_let_in_whatever_the_policy_says(registry):
    trust_by(registry, statement("*", "*", "Deny", Resource="*"))
    assert lets_in(registry, account=ACCOUNT)
    assert not lets_in(registry)


def test_without_a_policy_nobody_else_is(registry):
    assert not lets_in(registry)
    assert not lets_pull(registry)


def test_without_iam_everybody_is(make_world):
    registry = make_world(iam="off").of(Registry, ACCOUNT, "us-east-1")
    assert lets_in(registry)
    assert lets_pull(registry)


@pytest.mark.parametrize(
    ("action", "name", "account", "may"),
    [
        ("ReplicateImage", "team/app", AWAY, True),
        ("ReplicateImage", "other/app", AWAY, False),
        ("CreateRepository", "team/app", AWAY, False),
        ("ReplicateImage", "team/app", "444455556666", False),
    ],
)
def test_a_policy_is_for_an_action_a_repository_and_an_account(registry, action, name, account, may):
    resource = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/*"
    trust_by(registry, statement("ReplicateImage", Resource=resource))
    assert lets_in(registry, action, name, account) is may


def test_a_deny_is_stronger(registry):
    deny = statement("ReplicateImage", "*", "Deny", Resource=EVERY, Sid="b")
    trust_by(registry, statement("*", Resource=EVERY), deny)
    assert not lets_in(registry)
    assert lets_in(registry, "CreateRepository")


@pytest.mark.parametrize(
    ("condition", "may"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-west-2"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2023-11-14T22:13:19Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2023-11-14T22:13:20Z"}}, False),
        ({"NumericEquals": {"aws:EpochTime": "1700000000"}}, True),
        ({"StringEquals": {"aws:SourceIp": "127.0.0.1"}}, False),
    ],
)
def test_a_condition_knows_region_and_time_and_no_caller(registry, condition, may):
    trust_by(registry, statement("ReplicateImage", Resource=EVERY, Condition=condition))
    assert lets_in(registry) is may


# -- pull through cache


def test_the_policy_of_the_repository_may_let_it_pull_too(registry, make_bench):
    bench = make_bench(registry.world)
    allow_by(bench.repository, statement("BatchGetImage"))
    assert lets_pull(registry)
    assert not lets_pull(registry, action="GetDownloadUrlForLayer")
    assert not lets_pull(registry, name="team/other")
    assert not lets_in(registry, "BatchGetImage")


@pytest.mark.parametrize(
    ("principal", "role", "may"),
    [
        (ROLE, ROLE, True),
        (ROLE, None, False),
        (f"arn:aws:iam::{AWAY}:root", ROLE, True),
        (f"arn:aws:sts::{AWAY}:assumed-role/puller/ecr", ROLE, True),
        (f"arn:aws:iam::{AWAY}:role/other", ROLE, False),
    ],
)
def test_it_may_act_in_a_role(registry, principal, role, may):
    trust_by(registry, statement("BatchGetImage", principal, Resource=EVERY))
    assert lets_pull(registry, role) is may
