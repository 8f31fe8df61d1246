"""ecrmock.gateway.authorize: which policies are asked, with which action, resource and context."""

import json
from dataclasses import replace

import pytest
from constants import ACCOUNT, AWAY
from worlds import allow_by, trust_by

from ecrmock.domain.access import policies
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.errors.common import AccessDeniedException
from ecrmock.gateway.authorize import authorize, denies, locks_out, permits
from ecrmock.gateway.identity import Caller

NAME = "team/app"
ARN = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{NAME}"


def statement(effect="Allow", action="*", principal="*", **more):
    who = principal if principal == "*" else {"AWS": principal}
    return {"Sid": "a", "Effect": effect, "Principal": who, "Action": f"ecr:{action}", **more}


@pytest.fixture
def ask(gate, make_call):
    """A function that makes a call about the repository; its members may be given."""

    def make(action="BatchGetImage", *names, **members):
        return make_call(gate, action, **{"repositories": names or (NAME,), **members})

    return make


@pytest.fixture
def registry(ask):
    return ask().registry


@pytest.fixture
def repository(ask):
    return ask().repository(NAME)


def refused(call):
    """AWS's sentence, without the caller."""
    with pytest.raises(AccessDeniedException) as caught:
        authorize(call)
    start = f"User: {call.caller.principal} is not authorized to perform: "
    assert caught.value.message.startswith(start)
    return caught.value.message.removeprefix(start)


# -- whose policies are asked


def test_an_account_may_do_anything_in_its_own_registry_where_there_is_no_policy(ask):
    authorize(ask("DeleteRepository"))
    authorize(ask("DescribeRegistry", repositories=()))
    authorize(ask("BatchGetImage", "never/made"))


def test_within_an_account_a_policy_of_a_repository_or_the_registry_may_deny(ask, registry, repository):
    allow_by(repository, statement("Deny", "BatchGetImage"))
    assert refused(ask()).endswith("with an explicit deny in a resource-based policy")
    authorize(ask("ListImages"))
    trust_by(registry, statement("Deny", "ListImages", Resource="*"))
    assert "explicit deny" in refused(ask("ListImages"))


def test_another_account_needs_one_of_the_two_policies(ask, registry, repository):
    assert "no resource-based policy allows" in refused(ask(by=AWAY))
    allow_by(repository, statement(action="BatchGetImage", principal=f"arn:aws:iam::{AWAY}:root"))
    authorize(ask(by=AWAY))
    for call in (ask("ListImages", by=AWAY), ask(by="444455556666")):
        refused(call)
    trust_by(registry, statement(action="ListImages", principal=f"arn:aws:iam::{AWAY}:root", Resource="*"))
    authorize(ask("ListImages", by=AWAY))


def test_each_repository_of_a_call_is_asked_for(ask, registry):
    where = ARN.replace(NAME, "secret/*")
    trust_by(registry, statement("Deny", "BatchGetImage", Resource=where))
    authorize(ask("BatchGetImage", NAME, "other"))
    assert f"on resource: {where.replace('*', 'app')}" in refused(ask("BatchGetImage", NAME, "secret/app"))


@pytest.mark.parametrize("more", [{"service": "kms"}, {"service": "sts"}])
def test_other_services_have_no_policies_here(ask, more):
    authorize(ask(by=AWAY, **more))


def test_without_iam_nobody_is_asked(make_gate, make_call):
    call = make_call(make_gate(iam="off"), "BatchGetImage", by=AWAY, repositories=(NAME,))
    allow_by(call.repository(NAME), statement("Deny"))
    authorize(call)
    assert permits(call, "DeleteRepository", NAME)
    assert not denies(call, NAME)


# -- which action, on what


@pytest.mark.parametrize(
    ("operation", "names", "told"),
    [
        ("BatchGetImage", (NAME,), f"ecr:BatchGetImage on resource: {ARN}"),
        ("ListImageReferrers", (NAME,), f"ecr:BatchGetImage on resource: {ARN}"),
        ("DescribeRepositories", (), f"ecr:DescribeRepositories on resource: {ARN.replace(NAME, '*')}"),
        ("DescribeRegistry", (), "ecr:DescribeRegistry on resource: *"),
        ("GetAuthorizationToken", (), "ecr:GetAuthorizationToken on resource: *"),
    ],
)
def test_an_operation_is_an_action_on_a_repository_on_all_or_on_everything(ask, operation, names, told):
    assert refused(ask(operation, by=AWAY, repositories=names)).startswith(f"{told} because ")


def test_the_region_of_the_registry_is_in_the_resource(gate, make_call):
    call = make_call(gate, "BatchGetImage", by=AWAY, repositories=(NAME,), region="cn-north-1")
    assert f"on resource: arn:aws-cn:ecr:cn-north-1:{ACCOUNT}:repository/{NAME} " in refused(call)


# -- the condition keys


TAGS = [{"Key": "team", "Value": "a"}, {"Key": "bare"}]


def holds(call, key, value, operator="StringEquals"):
    """Whether a key of this call has this value: a Deny under that condition says so."""
    repository = call.repository(NAME)
    allow_by(repository, statement("Deny", Condition={operator: {key: value}}))
    return denies(call, NAME)


@pytest.mark.parametrize(
    ("key", "value", "members"),
    [
        ("aws:SourceIp", "127.0.0.1", {}),
        ("aws:SourceIp", "192.0.2.7", {"source": "192.0.2.7"}),
        ("aws:RequestedRegion", "us-east-1", {}),
        ("aws:SecureTransport", "false", {}),
        ("aws:SecureTransport", "true", {"scheme": "https"}),
        ("aws:CurrentTime", "2023-11-14T22:13:20.000Z", {}),
        ("aws:EpochTime", "1700000000", {}),
        ("aws:UserAgent", "docker/27", {"user_agent": "docker/27"}),
        ("aws:userid", ACCOUNT, {}),
        ("aws:ViaAWSService", "false", {}),
        ("aws:RequestTag/team", "a", {"parameters": {"tags": TAGS}}),
        ("aws:RequestTag/bare", "", {"parameters": {"tags": TAGS}}),
        ("ecr:AccountSetting", "X", {"action": "PutAccountSetting", "parameters": {"name": "X"}}),
    ],
)
def test_a_call_has_the_keys_of_aws(ask, key, value, members):
    call = ask(**members)
    assert holds(call, key, value)
    assert not holds(call, key, f"not {value}")


@pytest.mark.parametrize("key", ["SourceArn", "SourceAccount", "RequestTag/team", "TagKeys"])
def test_keys_of_which_a_call_says_nothing_are_absent(ask, key):
    assert holds(ask(), f"aws:{key}", "true", "Null")
    assert not holds(ask(), f"aws:{key}", "false", "Null")


@pytest.mark.parametrize("prefix", ["aws", "ecr"])
def test_the_tags_of_the_repository_are_keys_under_two_names(ask, prefix):
    call = ask()
    call.transact(lambda: call.repository(NAME).change(tags=(("team", "a"),)))
    assert holds(call, f"{prefix}:ResourceTag/team", "a")
    assert not holds(call, f"{prefix}:ResourceTag/team", "b")
    assert holds(call, f"{prefix}:ResourceTag/other", "true", "Null")


@pytest.mark.parametrize("parameters", [{"tags": TAGS}, {"tagKeys": ["team", "bare"]}])
def test_the_keys_of_tags_that_are_put_or_taken_away_are_a_list(ask, parameters):
    call = ask("TagResource", parameters=parameters)
    assert holds(call, "aws:TagKeys", "bare", "ForAnyValue:StringEquals")
    assert holds(call, "aws:TagKeys", ["bare", "team"], "ForAllValues:StringEquals")
    assert not holds(call, "aws:TagKeys", ["bare"], "ForAllValues:StringEquals")


# -- further questions


def test_a_caller_may_be_asked_for_another_action_on_another_repository(ask, gate, registry):
    call = ask(by=AWAY)
    gate.world.transact(lambda: registry.create(RepositoryRow("other", 1.0)))
    allow_by(registry.repository("other"), statement(action="ListImages"))
    asked = [("ListImages", "other"), ("ListImages", NAME), ("BatchGetImage", "other")]
    assert [permits(call, *each) for each in asked] == [True, False, False]
    assert permits(ask(), "DeleteRepository", "never/made")


def test_only_an_explicit_deny_denies(ask, repository):
    assert not denies(ask(by=AWAY), NAME)
    allow_by(repository, statement("Deny", "BatchGetImage"))
    assert denies(ask(by=AWAY), NAME)
    assert not denies(ask("ListImages"), NAME)


@pytest.mark.parametrize(
    ("effect", "action", "out"),
    [
        ("Deny", "*", True),
        ("Deny", "SetRepositoryPolicy", True),
        ("Deny", "ListImages", False),
        ("Allow", "*", False),
    ],
)
def test_a_policy_locks_out_who_could_not_set_another_one(ask, effect, action, out):
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement(effect, action)]})
    policy = policies.read(text, "repository", account=ACCOUNT, region="us-east-1")
    assert locks_out(ask("SetRepositoryPolicy"), policy, NAME) is out


# -- who is asked about


@pytest.mark.parametrize(
    ("principal", "named", "may"),
    [
        (f"arn:aws:iam::{AWAY}:user/ann", f"arn:aws:iam::{AWAY}:user/ann", True),
        (f"arn:aws:iam::{AWAY}:user/ann", f"arn:aws:iam::{AWAY}:user/bob", False),
        (f"arn:aws:sts::{AWAY}:assumed-role/dev/ann", f"arn:aws:iam::{AWAY}:role/dev", True),
        (f"arn:aws:sts::{AWAY}:assumed-role/dev/ann", f"arn:aws:iam::{AWAY}:role/ops", False),
        (f"arn:aws:sts::{AWAY}:federated-user/ann", f"arn:aws:sts::{AWAY}:federated-user/ann", True),
        (f"arn:aws:iam::{AWAY}:root", f"arn:aws:iam::{AWAY}:user/ann", False),
    ],
)
def test_a_policy_may_name_users_roles_and_federated_users(ask, repository, principal, named, may):
    allow_by(repository, statement(action="BatchGetImage", principal=named))
    role = f"arn:aws:iam::{AWAY}:role/dev" if "assumed-role" in principal else None
    caller = Caller.root(AWAY, "us-east-1")._replace(principal=principal, role=role)
    call = replace(ask(), caller=caller)
    assert permits(call, "BatchGetImage", NAME) is may


def test_a_service_that_calls_for_somebody_is_named_as_such_and_says_for_whom(ask, repository):
    build = f"arn:aws:codebuild:us-east-1:{AWAY}:project/p"
    service = Caller.root(ACCOUNT, "us-east-1")._replace(
        service="codebuild.amazonaws.com", source_arn=build, source_account=AWAY
    )
    call = replace(ask(), caller=service)
    assert not permits(call, "BatchGetImage", NAME)
    equals = {"aws:SourceArn": build, "aws:SourceAccount": AWAY}
    for name, may in (("codebuild.amazonaws.com", True), ("eks.amazonaws.com", False)):
        allowed = statement(action="BatchGetImage", Condition={"StringEquals": equals})
        allow_by(repository, allowed | {"Principal": {"Service": name}})
        assert permits(call, "BatchGetImage", NAME) is may
    allow_by(repository, allowed | {"Principal": {"Service": "codebuild.amazonaws.com"}})
    other = service._replace(source_account="444455556666")
    assert not permits(replace(call, caller=other), "BatchGetImage", NAME)
