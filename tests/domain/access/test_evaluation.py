"""ecrmock.domain.access.evaluation: who may do what (facts/access 6 and 7)."""

import json

import pytest
import yaml
from paths import FIXTURES

from ecrmock.domain.access.evaluation import ADMIN, AccessRequest, Decision, Principal, evaluate
from ecrmock.domain.access.policies import read

FILE = yaml.load(
    (FIXTURES / "policies" / "vectors.yaml").read_text(encoding="utf-8"),
    getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
A, B = FILE["accounts"].values()
REPOSITORY = FILE["repository"]
CALLERS = {name: Principal(**facts) for name, facts in FILE["callers"].items()}
ALICE, SESSION, ROOT, BOB = (CALLERS[name] for name in ("alice", "session", "root", "bob"))
LAMBDA = Principal("service", service="lambda.amazonaws.com")
ANONYMOUS = Principal("anonymous")
ANY = {"Effect": "Allow", "Action": "ecr:*"}


def policy(kind, *statements, version="2012-10-17", **options):
    text = json.dumps({"Version": version, "Statement": list(statements)})
    return read(text, kind, account=A, region="us-east-1", **options)


def own(*statements, **options):
    return policy("identity", *({"Resource": "*"} | each for each in statements), **options)


def on_repository(principal="*", *, element="Principal", **members):
    return policy("repository", ANY | {element: principal} | members)


def ask(principal, action="BatchGetImage", resource=REPOSITORY, account=A, context=None, **policies):
    request = AccessRequest(principal, f"ecr:{action}", resource, account, context or {})
    return evaluate(request, **({"identity": ()} | policies))


# -- the vectors of facts/access 6.2


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda vector: str(vector["number"]))
def test_vector(vector):
    kinds = {"identity": "identity", "boundary": "identity", "session": "identity", "repository": "repository"}
    shelves = {"identity": FILE["identities"], "repository": FILE["repositories"]}
    policies = {
        side: policy(kind, *shelves[kind][vector[side]]) for side, kind in kinds.items() if vector.get(side) is not None
    }
    policies["identity"] = (policies["identity"],) if "identity" in policies else ()
    principal = CALLERS[vector["caller"]]._replace(tags=vector.get("tags", {}))
    decision = ask(principal, vector["action"], context=vector.get("context"), **policies)
    if vector.get("result") == "allow":
        assert decision.allowed
    else:
        assert decision[:3] == (False, "denies" in vector, vector.get("denies") or vector["silent"])


def test_all_vectors_are_there():
    assert [vector["number"] for vector in FILE["vectors"]] == list(range(1, 60))


# -- callers of all kinds


@pytest.mark.parametrize("principal", [ALICE, SESSION, ROOT])
def test_an_administrator_may_everything_in_its_own_account(principal):
    assert ask(principal, identity=ADMIN).allowed
    assert ask(principal, "PutRegistryPolicy", "*", identity=ADMIN).allowed
    assert ask(principal, "GetAuthorizationToken", "*", identity=ADMIN).allowed


@pytest.mark.parametrize("principal", [ALICE, SESSION, ROOT])
@pytest.mark.parametrize("place", ["repository", "registry"])
def test_a_deny_binds_administrators_and_the_root_too(principal, place):
    extra = {"Resource": REPOSITORY} if place == "registry" else {}
    deny = policy(place, {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"} | extra)
    refused = ask(principal, identity=ADMIN, **{place: deny})
    assert refused == Decision(False, True, "resource-based policy", deny, deny.statements[0])
    assert ask(principal, "PutImage", identity=ADMIN, **{place: deny}).allowed


def test_an_administrator_of_another_account_needs_the_owner():
    root = Principal("root", f"arn:aws:iam::{B}:root", B)
    for caller in (BOB, root):
        assert not ask(caller, identity=ADMIN).allowed
        assert ask(caller, identity=ADMIN).which == "resource-based policy"
        for principal in ("*", {"AWS": B}, {"AWS": f"arn:aws:iam::{B}:root"}):
            assert ask(caller, identity=ADMIN, repository=on_repository(principal)).allowed
        assert not ask(caller, identity=ADMIN, repository=on_repository({"AWS": A})).allowed
    assert ask(root, repository=on_repository({"AWS": B})).allowed
    assert not ask(root, repository=on_repository({"AWS": BOB.arn})).allowed


def test_a_registry_policy_grants_like_a_repository_policy():
    grant = policy("registry", ANY | {"Principal": {"AWS": B}, "Resource": REPOSITORY[:-3] + "*"})
    assert ask(BOB, identity=ADMIN, registry=grant).allowed
    assert not ask(BOB, resource=REPOSITORY.replace("team", "other"), identity=ADMIN, registry=grant).allowed
    named = policy("registry", ANY | {"Principal": {"AWS": ALICE.arn}, "Resource": REPOSITORY})
    assert ask(ALICE, registry=named).statement == named.statements[0]


def test_a_registry_policy_of_scope_v1_has_a_say_in_three_actions():
    text = {"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Resource": "*"}
    narrow = policy("registry", text, registry_scope="V1")
    wide = policy("registry", text)
    for action in ("ReplicateImage", "BatchImportUpstreamImage", "CreateRepository"):
        assert ask(ROOT, action, registry=narrow).explicit
    assert ask(ROOT, "PutImage", registry=narrow).allowed
    assert ask(ROOT, "PutImage", registry=wide).explicit
    assert ask(ROOT, "PutImage", registry=wide.within("V1")).allowed
    assert ask(ROOT, "PutImage", registry=narrow.within("V2")).explicit


def test_only_a_resource_policy_is_asked_about_a_service():
    grant = on_repository(
        {"Service": "lambda.amazonaws.com"}, Condition={"StringLike": {"aws:SourceArn": f"arn:aws:lambda:*:{A}:*"}}
    )
    source = {"AWS:sourcearn": f"arn:aws:lambda:us-east-1:{A}:function:f"}
    assert ask(LAMBDA, repository=grant, context=source).allowed
    assert not ask(LAMBDA, repository=grant).allowed
    assert not ask(LAMBDA._replace(service="codebuild.amazonaws.com"), repository=grant, context=source).allowed
    assert ask(LAMBDA, identity=ADMIN).which == "resource-based policy"
    assert ask(LAMBDA, repository=on_repository("*")).allowed
    assert not ask(LAMBDA, repository=on_repository({"AWS": A})).allowed
    assert not ask(ALICE, repository=grant, context=source).allowed
    assert ask(LAMBDA, repository=on_repository("*", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}})).allowed


def test_nobody_in_particular_is_everybody_only():
    assert ask(ANONYMOUS, repository=on_repository("*")).allowed
    assert ask(ANONYMOUS, repository=on_repository({"AWS": "*"})).allowed
    assert not ask(ANONYMOUS, repository=on_repository({"AWS": A})).allowed
    assert not ask(ANONYMOUS, identity=ADMIN).allowed
    assert ask(ANONYMOUS, repository=on_repository("*", Effect="Deny")).explicit


def test_a_federated_user_is_named_by_its_own_arn():
    caller = Principal("federated", f"arn:aws:sts::{A}:federated-user/fred", A)
    assert ask(caller, repository=on_repository({"AWS": caller.arn})).allowed
    assert ask(caller, identity=ADMIN).allowed
    assert not ask(caller, repository=on_repository({"AWS": ALICE.arn})).allowed


def test_a_principal_of_another_type_is_nobody_here():
    grant = on_repository({"Federated": ALICE.arn, "CanonicalUser": "abc"})
    for caller in (ALICE, LAMBDA, ANONYMOUS):
        assert not ask(caller, repository=grant).allowed


# -- limits


def test_each_limit_must_allow_and_the_first_that_is_silent_is_named():
    allow, silent = own(ANY), own({"Effect": "Allow", "Action": "s3:*"})
    assert ask(SESSION, identity=(allow,), boundary=allow, session=allow).allowed
    for identity, boundary, session, which in [
        (silent, silent, silent, "identity-based policy"),
        (allow, silent, silent, "permissions boundary"),
        (allow, allow, silent, "session policy"),
    ]:
        for caller in (SESSION, SESSION._replace(account=B)):
            refused = ask(caller, identity=(identity,), boundary=boundary, session=session)
            assert refused == Decision(False, False, which)


def test_a_role_that_is_named_is_still_limited():
    grant, allow = on_repository({"AWS": SESSION.role_arn}), own(ANY)
    assert ask(SESSION, repository=grant, boundary=allow, session=allow).allowed
    assert not ask(SESSION._replace(role_arn=""), repository=grant).allowed


def test_everybody_under_a_session_policy():
    assert ask(SESSION, repository=on_repository("*"), session=own(ANY)).allowed


def test_the_most_generous_form_counts():
    names = {"AWS": [A, SESSION.role_arn, SESSION.arn]}
    silent = own({"Effect": "Allow", "Action": "s3:*"})
    assert ask(SESSION, repository=on_repository(names), session=silent, boundary=silent).allowed


@pytest.mark.parametrize("side", ["identity", "boundary", "session"])
def test_a_deny_on_the_callers_side(side):
    deny = own(ANY, {"Effect": "Deny", "Action": "ecr:Batch*"})
    refused = ask(
        SESSION, repository=on_repository({"AWS": SESSION.arn}), **{side: (deny,) if side == "identity" else deny}
    )
    assert refused.explicit
    assert refused.statement == deny.statements[1]


def test_the_callers_side_is_named_first_when_several_deny():
    deny = own({"Effect": "Deny", "Action": "*"})
    refused = ask(SESSION, identity=(deny,), boundary=deny, repository=on_repository("*", Effect="Deny"))
    assert refused.which == "identity-based policy"


# -- NotPrincipal


@pytest.mark.parametrize(
    ("caller", "listed", "excepted"),
    [
        (ALICE, [ALICE.arn], False),
        (ALICE, [A], False),
        (ALICE, [ALICE.arn, A], True),
        (ALICE, [ALICE.arn, B], False),
        (ALICE, ["*"], True),
        (ROOT, [A], True),
        (ROOT, [ALICE.arn], False),
        (SESSION, [SESSION.role_arn, A], True),
        (SESSION, [SESSION.arn, A], True),
        (SESSION, [SESSION.arn], False),
        (ANONYMOUS, [A], False),
        (LAMBDA, [A], False),
    ],
)
def test_who_is_excepted_from_a_deny(caller, listed, excepted):
    deny = on_repository({"AWS": listed}, element="NotPrincipal", Effect="Deny")
    assert ask(caller, identity=ADMIN, repository=deny).explicit is not excepted


def test_a_service_is_excepted_by_its_name():
    deny = on_repository({"Service": LAMBDA.service}, element="NotPrincipal", Effect="Deny")
    assert not ask(LAMBDA, repository=deny).explicit
    assert ask(ROOT, repository=deny).explicit


def test_an_allow_for_everybody_not_listed():
    grant = on_repository({"AWS": B}, element="NotPrincipal")
    assert ask(ALICE, repository=grant).allowed
    assert ask(ANONYMOUS, repository=grant).allowed
    assert not ask(BOB, identity=ADMIN, repository=grant).allowed


# -- actions and resources


@pytest.mark.parametrize(
    "action",
    [
        *("GetAuthorizationToken", "CreatePullThroughCacheRule", "CreateRepositoryCreationTemplate"),
        *("UpdateRepositoryCreationTemplate", "DeleteRepositoryCreationTemplate"),
        "DescribeRepositoryCreationTemplates",
    ],
)
def test_what_only_an_identity_policy_grants(action):
    everything = policy("registry", ANY | {"Principal": "*", "Resource": "*"})
    refused = ask(ALICE, action, "*", registry=everything)
    assert refused == Decision(False, False, "identity-based policy")
    assert ask(ALICE, action, "*", registry=everything, identity=(own(ANY),)).allowed
    assert not ask(BOB, action, "*", registry=everything, identity=ADMIN).allowed
    deny = policy("registry", ANY | {"Principal": "*", "Resource": "*", "Effect": "Deny"})
    assert ask(ALICE, action, "*", registry=deny, identity=ADMIN).explicit


@pytest.mark.parametrize(
    ("statement", "action", "resource", "allowed"),
    [
        ({"Action": "*"}, "PutImage", REPOSITORY, True),
        ({"Action": ["ecr:ListImages", "ecr:Put*"]}, "PutImage", REPOSITORY, True),
        ({"Action": "ECR:PUTIMAG?"}, "PutImage", REPOSITORY, True),
        ({"Action": "ecr:Put"}, "PutImage", REPOSITORY, False),
        ({"Action": "s3:*"}, "PutImage", REPOSITORY, False),
        ({"NotAction": ["ecr:Delete*", "ecr:Batch*"]}, "PutImage", REPOSITORY, True),
        ({"NotAction": ["ecr:Delete*", "ecr:put*"]}, "PutImage", REPOSITORY, False),
        ({"Action": "*", "Resource": REPOSITORY.replace("app", "App")}, "PutImage", REPOSITORY, False),
        ({"Action": "*", "Resource": "arn:*"}, "PutImage", REPOSITORY, True),
        ({"Action": "*", "Resource": REPOSITORY}, "PutRegistryPolicy", "*", False),
        ({"Action": "*", "Resource": REPOSITORY[:-8] + "*"}, "DescribeRepositories", REPOSITORY[:-8] + "*", True),
        ({"Action": "*", "Resource": REPOSITORY[:-8] + "t*"}, "DescribeRepositories", REPOSITORY[:-8] + "*", False),
        ({"Action": "*", "NotResource": REPOSITORY}, "PutImage", REPOSITORY, False),
        ({"Action": "*", "NotResource": REPOSITORY + "s"}, "PutImage", REPOSITORY, True),
        ({"Action": "*", "Resource": ["arn:aws:s3:::b", REPOSITORY]}, "PutImage", REPOSITORY, True),
    ],
)
def test_what_a_statement_is_about(statement, action, resource, allowed):
    if "NotResource" not in statement:
        statement = {"Resource": "*"} | statement
    allow = policy("identity", {"Effect": "Allow"} | statement)
    assert ask(ALICE, action, resource, identity=(allow,)).allowed is allowed


@pytest.mark.parametrize(
    ("resource", "tags", "version", "allowed"),
    [
        ("${aws:PrincipalTag/team}/*", {"Team": "team"}, "2012-10-17", True),
        ("${aws:PrincipalTag/team}/*", {"team": "*"}, "2012-10-17", False),
        ("${aws:PrincipalTag/team}/*", {}, "2012-10-17", False),
        ("${aws:PrincipalTag/team, 'team'}/*", {}, "2012-10-17", True),
        ("${aws:PrincipalTag/team}/*", {"team": "team"}, "2008-10-17", False),
        ("team/${*}", {}, "2012-10-17", False),
    ],
)
def test_variables_in_a_resource(resource, tags, version, allowed):
    text = REPOSITORY.replace("team/app", resource)
    allow = own(ANY | {"Resource": text}, version=version)
    assert ask(ALICE._replace(tags=tags), identity=(allow,)).allowed is allowed


@pytest.mark.parametrize(
    ("caller", "key", "value"),
    [
        (ALICE, "aws:PrincipalArn", ALICE.arn),
        (ALICE, "aws:username", "alice"),
        (ALICE, "aws:PrincipalAccount", A),
        (ALICE, "AWS:principaltype", "User"),
        (ALICE, "aws:PrincipalIsAWSService", "false"),
        (SESSION, "aws:PrincipalArn", SESSION.role_arn),
        (SESSION, "aws:PrincipalType", "AssumedRole"),
        (ROOT, "aws:PrincipalType", "Account"),
        (ANONYMOUS, "aws:PrincipalType", "Anonymous"),
        (LAMBDA, "aws:PrincipalServiceName", "lambda.amazonaws.com"),
    ],
)
def test_keys_that_follow_from_the_principal(caller, key, value):
    deny = on_repository("*", Effect="Deny", Condition={"StringEquals": {key: value}})
    assert ask(caller, identity=ADMIN, repository=deny).explicit
    assert not ask(caller, identity=ADMIN, repository=deny, context={key.upper(): "other"}).explicit


# -- refusals


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (Decision(False, False, "identity-based policy"), "because no identity-based policy allows the ecr:X action"),
        (Decision(False, False, "resource-based policy"), "because no resource-based policy allows the ecr:X action"),
        (Decision(False, False, "permissions boundary"), "because no permissions boundary allows the ecr:X action"),
        (Decision(False, False, "session policy"), "because no session policy allows the ecr:X action"),
        (Decision(False, True, "identity-based policy"), "with an explicit deny in an identity-based policy"),
        (Decision(False, True, "resource-based policy"), "with an explicit deny in a resource-based policy"),
        (Decision(False, True, "permissions boundary"), "with an explicit deny in a permissions boundary"),
        (Decision(False, True, "session policy"), "with an explicit deny in a session policy"),
    ],
)
def test_how_a_refusal_ends(decision, why):
    assert decision.why("ecr:X") == why


def test_a_managed_policy_that_denies_is_named():
    deny = own({"Effect": "Deny", "Action": "*"})._replace(arn=f"arn:aws:iam::{A}:policy/no")
    why = ask(ALICE, identity=(deny,)).why("ecr:BatchGetImage")
    assert why == f"with an explicit deny in an identity-based policy: arn:aws:iam::{A}:policy/no"
