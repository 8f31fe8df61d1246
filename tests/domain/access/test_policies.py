"""ecrmock.domain.access.policies: reading, checking and printing documents (facts/access 5.1, 5.2, 8)."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.domain.access.policies import ON_REGISTRY, ON_REPOSITORY, read
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.protocols.model import Model

A = "111111111111"
MINE = f"arn:aws:ecr:us-east-1:{A}:repository/"
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
SENTENCE = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid {} policy provided'"


def take(document, kind="repository", **options):
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    return read(text, kind, account=A, region="us-east-1", **options)


def one(**members):
    """A document of one statement, with members changed; None leaves one out."""
    changed = {name: value for name, value in (STATEMENT | members).items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [changed]}


def refused(document, kind="repository", **options):
    with pytest.raises(InvalidParameterException) as caught:
        take(document, kind, **options)
    assert caught.value.message == SENTENCE.format(kind)
    return str(caught.value.__cause__)


# -- the action table


def test_the_sixty_four_actions_are_the_models_and_three_more():
    operations = set(Model("ecr").operations)
    assert len(ON_REPOSITORY) == 35
    assert len(ON_REGISTRY) == 29
    assert operations - ON_REPOSITORY - ON_REGISTRY == {"ListImageReferrers"}
    assert {"BatchImportUpstreamImage", "ReplicateImage", "GetImageCopyStatus"} <= ON_REPOSITORY - operations


# -- printing: what AWS gives back (facts/api 5.7)


DOCUMENTED = """{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "ReadersOnly",
    "Effect" : "Allow",
    "Principal" : "*",
    "Action" : [ "ecr:DescribeImages", "ecr:ListImages" ]
  } ]
}"""


def test_the_documented_sample_with_action_before_principal():
    sent = """{
    "Version" : "2012-10-17",
    "Statement" : [
        {
            "Sid" : "ReadersOnly",
            "Effect" : "Allow",
            "Action" : ["ecr:DescribeImages", "ecr:ListImages"],
            "Principal" : "*"
        }
    ]
}
"""
    assert take(sent).printed == DOCUMENTED


def test_the_sample_of_access_control():
    sent = one(Sid="Readers", Action=["ecr:BatchGetImage", "ecr:ListImages"])
    assert take(sent).printed == DOCUMENTED.replace("ReadersOnly", "Readers").replace("DescribeImages", "BatchGetImage")


def test_principals_are_an_object_on_its_own_lines():
    # documented: botocore's examples-1.json of GetRepositoryPolicy, with IAM's example account
    sent = {
        "Version": "2008-10-17",
        "Statement": [
            {
                "Sid": "new statement",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::012345678901:role/CodeDeployDemo"},
                "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"],
            }
        ],
    }
    assert take(sent).printed == (
        '{\n  "Version" : "2008-10-17",\n  "Statement" : [ {\n    "Sid" : "new statement",\n'
        '    "Effect" : "Allow",\n    "Principal" : {\n'
        '      "AWS" : "arn:aws:iam::012345678901:role/CodeDeployDemo"\n    },\n'
        '    "Action" : [ "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability" ]\n'
        "  } ]\n}"
    )


def test_order_is_awss_a_list_of_one_its_element_an_account_its_root_and_version_always_there():
    sent = (
        '{"Statement": [{"Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"b": [1, 2.5]}, '
        '"Null": {}}, "Resource": "*", "NotAction": ["ecr:*"], "NotPrincipal": {"AWS": ["111111111111"], '
        '"Service": "lambda.amazonaws.com"}, "Effect": "Deny", "Sid": "\\u00e9 \\"鲸\\""}, '
        '{"Action": "ECR:putimage", "Principal": {"AWS": "*"}, "Effect": "Allow", "Condition": {}}], "Id": ""}'
    )
    assert take(sent).printed == (
        """{
  "Version" : "2008-10-17",
  "Id" : "",
  "Statement" : [ {
    "Sid" : "é \\"鲸\\"",
    "Effect" : "Deny",
    "NotPrincipal" : {
      "AWS" : "arn:aws:iam::111111111111:root",
      "Service" : "lambda.amazonaws.com"
    },
    "NotAction" : "ecr:*",
    "Resource" : "*",
    "Condition" : {
      "Bool" : {
        "aws:SecureTransport" : false
      },
      "NumericLessThan" : {
        "b" : [ 1, 2.5 ]
      },
      "Null" : { }
    }
  }, {
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : "ECR:putimage",
    "Condition" : { }
  } ]
}"""
    )


def test_accounts_in_a_list_are_roots_of_the_registrys_partition():
    sent = json.dumps(one(Principal={"AWS": [A, "222222222222", f"arn:aws-cn:iam::{A}:user/x"]}))
    policy = read(sent, "repository", account=A, region="cn-north-1")
    roots = [f"arn:aws-cn:iam::{A}:root", "arn:aws-cn:iam::222222222222:root", f"arn:aws-cn:iam::{A}:user/x"]
    assert json.loads(policy.printed)["Statement"][0]["Principal"] == {"AWS": roots}


def test_a_condition_on_one_account_keeps_its_number():
    sent = one(Condition={"StringEquals": {"aws:SourceAccount": [A]}})
    kept = json.loads(take(sent).printed)["Statement"][0]["Condition"]
    assert kept == {"StringEquals": {"aws:SourceAccount": A}}


def test_a_statement_that_is_no_list_stays_so():
    printed = take({"Statement": STATEMENT, "Version": "2012-10-17"}).printed
    assert printed.startswith('{\n  "Version" : "2012-10-17",\n  "Statement" : {\n    "Effect" : "Allow",\n')
    assert printed.endswith('    "Action" : "ecr:BatchGetImage"\n  }\n}')


# -- what is accepted


@pytest.mark.parametrize(
    "members",
    [
        {"Sid": "ECR Repository Policy"},
        {"Sid": ""},
        {"Resource": "*"},
        {"Resource": ["*"]},
        {"Action": "*"},
        {"Action": "ecr:*"},
        {"Action": "ecr:Batch*"},
        {"Action": "ECR:PUTIMAGE"},
        {"Action": "ecr:GetAuthorizationToken"},
        {"Action": "ecr:GetImageCopyStatus"},
        {"Action": None, "NotAction": ["ecr:PutImage", "ecr:?utImage"]},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": [A, f"arn:aws:iam::{A}:root"]}},
        {"Principal": {"AWS": f"arn:aws:iam::{A}:user/path/name"}},
        {"Principal": {"AWS": f"arn:aws-cn:iam::{A}:role/service-role/a+b=c,d.e@f_g"}},
        {"Principal": {"AWS": f"arn:aws:sts::{A}:assumed-role/name/session@x"}},
        {"Principal": {"AWS": f"arn:aws:sts::{A}:federated-user/name"}},
        {"Principal": {"Service": ["codebuild.amazonaws.com", "logs.us-east-1.amazonaws.com"]}},
        {"Principal": {"Service": "ec2.amazonaws.com.cn"}},
        {"Principal": {"Federated": "cognito-identity.amazonaws.com", "CanonicalUser": "79a59d"}},
        {"Principal": None, "NotPrincipal": {"AWS": [f"arn:aws:iam::{A}:user/a", A]}},
        {"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b*"]}}},
        {"Condition": {"NumericEquals": {"k": 3}, "Bool": {"k": True}, "Null": {"k": [True]}}},
    ],
)
def test_good_statements_of_a_repository_policy(members):
    assert take(one(**members)).kind == "repository"


def test_good_documents():
    assert not take({"Statement": [STATEMENT]}).variables
    assert not take({"Version": "2008-10-17", "Id": "x", "Statement": STATEMENT}).variables
    assert take(one()).variables
    same = {"Sid": "same"} | STATEMENT
    assert len(take({"Statement": [same, same]}).statements) == 2


def test_what_a_statement_holds():
    sent = one(
        Sid="s",
        Action=["ecr:PutImage", "ecr:Get*"],
        Principal={"AWS": A, "Service": ["a.amazonaws.com"]},
        Condition={"StringEquals": {"aws:SourceAccount": "1"}, "NumericEquals": {"N": [1, 1.5, True, "x"]}},
    )
    statement = take(sent).statements[0]
    assert statement.sid == "s"
    assert statement.effect == "Allow"
    assert statement.actions == (("ecr:putimage", "ecr:get*"), False)
    assert statement.resources == (("*",), False)
    assert statement.principals == (("AWS", f"arn:aws:iam::{A}:root"), ("Service", "a.amazonaws.com"))
    assert [(each.key, each.values) for each in statement.conditions] == [
        ("aws:sourceaccount", ("1",)),
        ("n", ("1", "1.5", "true", "x")),
    ]


def test_exactly_10240_characters_are_taken():
    filler = 10240 - len(json.dumps(one(Sid="")))
    take(json.dumps(one(Sid="a" * filler)))
    assert "longer" in refused(json.dumps(one(Sid="a" * filler + "a")))


def test_what_was_stored_may_be_longer_than_what_is_sent():
    policy = take(json.dumps({"Statement": [STATEMENT] * 130}, separators=(",", ":")))
    assert len(policy.printed) > 10240
    assert take(policy.printed, stored=True) == policy
    refused(policy.printed)
    refused("x" * 20000, stored=True)


# -- what is refused: facts/access 8.1 and 8.2, always with AWS's one sentence


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "{", "null", "true", "3", '"x"', "[]", "{}", "\ufeff{}", "{} {}", "\0"),
        str(one()),  # observed: kislyuk/aegea#16, Python's str(dict)
        json.dumps([one()]),
        "[" * 10000,
        '{"Statement":' * 700,
        '{"a":' * 1000 + "1" + "}" * 1000,
        '{"Statement": ' + "9" * 9000 + "}",
        '{"Version": NaN}',
        json.dumps(one(Condition={"NumericEquals": {"k": 1}})).replace("1}", "1e999}"),
        json.dumps(one(Condition={"NumericEquals": {"k": 1}})).replace("1}", "Infinity}"),
        json.dumps(one(Condition={"NumericEquals": {"k": 1}})).replace("1}", "9" * 5000 + "}"),
        json.dumps(one(Sid="X")).replace("X", "\\ud800"),
        json.dumps(one(Sid="X")).replace("X", "\ud800"),
        json.dumps(one(Sid="X")).replace("X", "\n"),
        json.dumps(one(Condition={"Bool": {"X": "1"}})).replace("X", "\\uDFFF"),
        json.dumps(one())[:-1] + ', "Statement": []}',
        json.dumps(one())[:-3] + ', "Effect": "Allow"}]}',
    ],
)
def test_texts_that_are_no_policy(text):
    refused(text)


@pytest.mark.parametrize(
    "document",
    [
        {"Version": "2012-10-17"},
        {"Statement": []},
        {"Statement": None},
        {"Statement": "x"},
        {"Statement": ["x"]},
        {"Statement": [[STATEMENT]]},
        {"Statement": [STATEMENT, {}]},
        {"Statement": [STATEMENT], "Version": "2012-10-18"},
        {"Statement": [STATEMENT], "Version": ""},
        {"Statement": [STATEMENT], "Version": None},
        {"Statement": [STATEMENT], "Version": ["2012-10-17"]},
        {"Statement": [STATEMENT], "Id": 3},
        {"Statement": [STATEMENT], "Id": None},
        {"Statement": [STATEMENT], "Comment": "x"},
        {"statement": [STATEMENT]},
        {"Statement": [STATEMENT], "version": "2012-10-17"},
    ],
)
def test_documents_that_break_the_grammar(document):
    refused(document)


@pytest.mark.parametrize(
    "members",
    [
        {"Effect": None},
        {"Effect": "allow"},
        {"Effect": "Permit"},
        {"Effect": ["Allow"]},
        {"Effect": True},
        {"Sid": 3},
        {"Sid": ["x"]},
        {"Comment": "x"},
        {"action": "ecr:*"},
        {"Action": None},
        {"NotAction": "ecr:*"},
        {"Action": []},
        {"Action": ""},
        {"Action": {}},
        {"Action": 3},
        {"Action": ["ecr:PutImage", None]},
        {"Action": [["ecr:PutImage"]]},
        {"Action": "PutImage"},
        {"Action": "ecr:"},
        {"Action": "ecr:PutImages"},
        {"Action": "ecr:ListImageReferrers"},
        {"Action": "ecr: PutImage*"},
        {"Action": "ecr:PutImage\n"},
        {"Action": "s3:GetObject"},
        {"Action": "ecr-public:*"},
        {"Action": "ec*:PutImage"},
        {"Action": "**"},
        {"Action": "*:*"},
        {"Action": None, "NotAction": "ecr:Unknown"},
        {"Principal": None},
        {"NotPrincipal": "*"},
        {"Principal": []},
        {"Principal": {}},
        {"Principal": ["*"]},
        {"Principal": A},
        {"Principal": {"AWS": []}},
        {"Principal": {"AWS": 111111111111}},
        {"Principal": {"AWS": {"x": "*"}}},
        {"Principal": {"aws": "*"}},
        {"Principal": {"User": "*"}},
        {"Principal": {"AWS": "11111111111"}},
        {"Principal": {"AWS": "\u0661" * 12}},
        {"Principal": {"AWS": A + "\n"}},
        {"Principal": {"AWS": ""}},
        {"Principal": {"AWS": "alice"}},
        {"Principal": {"AWS": "**"}},
        {"Principal": {"AWS": f"arn:aws:iam::{A}:*"}},  # observed: hashicorp/terraform-provider-aws#3924
        {"Principal": {"AWS": f"arn:aws:iam::{A}:user/a*"}},
        {"Principal": {"AWS": f"arn:aws:iam::{A}:role/a?"}},
        {"Principal": {"AWS": f"arn:aws:iam::{A}:role/"}},
        {"Principal": {"AWS": f"arn:aws:iam::{A}:group/admins"}},
        {"Principal": {"AWS": f"arn:aws:iam::{A}:root/x"}},
        {"Principal": {"AWS": "arn:aws:iam::*:root"}},
        {"Principal": {"AWS": f"arn:aws:sts::{A}:assumed-role/name"}},
        {"Principal": {"AWS": f"arn:aws:s3::{A}:user/x"}},
        {"Principal": {"AWS": "AROAJQABLZS4A3QDU576Q"}},
        {"Principal": {"Service": "*"}},
        {"Principal": {"Service": "codebuild"}},
        {"Principal": {"Service": "codebuild.example.com"}},
        {"Principal": {"Service": ".amazonaws.com"}},
        {"Principal": {"Service": "*.amazonaws.com"}},
        {"Principal": {"Federated": ""}},
        {"Principal": {"Federated": "*"}},
        {"Principal": None, "NotPrincipal": {"AWS": "x"}},
        {"Resource": MINE + "team/app"},  # observed: aws/aws-cdk#24314
        {"Resource": ["*", "*"]},
        {"Resource": []},
        {"Resource": {}},
        {"NotResource": "*"},
        {"Condition": None, "Conditions": {}},
        {"Condition": []},
        {"Condition": "x"},
        {"Condition": {"StringEquals": []}},
        {"Condition": {"StringEquals": "x"}},
        {"Condition": {"StringEqual": {"k": "x"}}},
        {"Condition": {"StringEqual": {}}},
        {"Condition": {"NullIfExists": {"k": "true"}}},
        {"Condition": {"StringEquals": {"k": {}}}},
        {"Condition": {"StringEquals": {"k": None}}},
        {"Condition": {"StringEquals": {"k": []}}},
        {"Condition": {"StringEquals": {"k": ["a", ["b"]]}}},
        {"Condition": {"k": {"StringEquals": "x"}}},
    ],
)
def test_statements_that_are_refused(members):
    assert refused(one(**members))


def test_null_is_no_value():
    for name in STATEMENT:
        refused({"Statement": [STATEMENT | {name: None}]})
    for name in ("Sid", "Resource", "Condition"):
        refused({"Statement": [STATEMENT | {name: None}]})


def test_the_cause_tells_what_is_wrong():
    assert refused(one(Action="ecr:PutImages")) == "there is no action 'ecr:putimages' here"
    assert refused(one(Principal={"AWS": "alice"})) == "'alice' is no AWS principal"
    assert refused(one(Principal=None)) == "exactly one of Principal and NotPrincipal"
    assert refused(one(Condition={"Like": {}})) == "there is no condition operator 'Like'"


# -- registry policies


@pytest.mark.parametrize("resource", ["*", MINE + "*", MINE + "prod-*", [MINE + "a", MINE + "${aws:username}/b?"]])
def test_good_resources_of_a_registry_policy(resource):
    assert take(one(Resource=resource), "registry").statements[0].resources.texts[0].startswith(("*", MINE))


@pytest.mark.parametrize(
    "members",
    [
        {},  # observed: pulumi/pulumi-aws#2326
        {"Resource": []},
        {"Resource": ""},
        {"Resource": MINE},
        {"Resource": "arn:aws:ecr:*:*:repository/*"},
        {"Resource": f"arn:aws:ecr:us-east-1:{A}:*"},
        {"Resource": MINE.replace(A, "222222222222") + "*"},
        {"Resource": MINE.replace("us-east-1", "us-west-2") + "*"},
        {"Resource": MINE.replace("arn:aws", "arn:aws-cn") + "*"},
        {"Resource": "arn:aws:s3:::bucket"},
        {"Resource": [MINE + "*", 3]},
        {"NotResource": MINE + "*"},
        {"Resource": "*", "NotResource": "*"},
        {"Resource": "*", "Principal": None},
        {"Resource": "*", "Action": "ecr:Unknown"},
    ],
)
def test_registry_policies_that_are_refused(members):
    assert refused(one(**members), "registry")


def test_the_partition_of_a_resource_is_the_regions():
    text = json.dumps(one(Resource=f"arn:aws-cn:ecr:cn-north-1:{A}:repository/*"))
    assert read(text, "registry", account=A, region="cn-north-1")
    refused(text, "registry")


@pytest.mark.parametrize(
    ("action", "good"),
    [
        ("ecr:ReplicateImage", True),
        ("ecr:createrepository", True),
        (["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"], True),
        ("ecr:*", True),
        ("*", False),
        ("ecr:Replicate*", False),
        ("ecr:PutImage", False),  # observed: hashicorp/terraform-provider-awscc#1171
        (["ecr:ReplicateImage", "ecr:PutImage"], False),
    ],
)
def test_scope_v1_takes_three_actions(action, good):
    sent = one(Resource=MINE + "*", Action=action)
    assert take(sent, "registry").reach is None
    if good:
        assert take(sent, "registry", registry_scope="V1").reach == {
            *("ecr:replicateimage", "ecr:batchimportupstreamimage", "ecr:createrepository")
        }
    else:
        refused(sent, "registry", registry_scope="V1")


# -- policies on the caller's side


@pytest.mark.parametrize(
    "members",
    [
        {"Action": "*", "Resource": "*"},
        {"Action": ["s3:*", "ecr-public:Get*", "cloudtrail:LookupEvents", "*:*"], "Resource": "arn:aws:s3:::b/*"},
        {"Action": None, "NotAction": "iam:*", "NotResource": ["arn:aws:ecr:*:*:repository/${aws:username}"]},
    ],
)
def test_good_identity_policies(members):
    defaults = {"Principal": None}
    assert take(one(**(defaults | members)), "identity").statements[0].principals == ()


@pytest.mark.parametrize(
    "members",
    [
        {"Resource": "*", "Principal": "*"},
        {"Resource": "*", "NotPrincipal": {"AWS": A}},
        {},
        {"Resource": "*", "NotResource": "*"},
        {"Resource": "team/app"},
        {"Resource": "*", "Action": "PutImage"},
        {"Resource": "*", "Action": "ecr:"},
        {"Resource": "*", "Action": ":PutImage"},
        {"Resource": "*", "Action": "s3:Get Object"},
    ],
)
def test_identity_policies_that_are_refused(members):
    defaults = {"Principal": None}
    assert refused(one(**(defaults | members)), "identity")


# -- any document


WORDS = st.sampled_from(
    [
        *(
            "Version",
            "Id",
            "Statement",
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
        ),
        *("NotResource", "Condition", "2012-10-17", "Allow", "Deny", "*", "AWS", "Service", "ecr:*", "ecr:PutImage"),
        *("StringEquals", "Bool", "aws:SourceIp", A, f"arn:aws:iam::{A}:root", "x.amazonaws.com", MINE + "*", ""),
    ]
)
SCALARS = WORDS | st.text(max_size=5) | st.none() | st.booleans() | st.integers() | st.floats()
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=10
)
KINDS = st.sampled_from(["repository", "registry", "identity"])


def listed(*values):
    """One of the values, or a list of some."""
    choice = st.sampled_from(values)
    return choice | st.lists(choice, min_size=1, max_size=3)


NEARLY = st.fixed_dictionaries(
    {
        "Statement": st.lists(
            st.fixed_dictionaries(
                {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": listed("ecr:*", "ecr:PutImage", "*")},
                optional={
                    "Sid": st.text(max_size=8),
                    "Principal": st.just("*")
                    | st.fixed_dictionaries({"AWS": listed(A, "*", f"arn:aws:iam::{A}:role/x")}),
                    "Resource": listed("*", MINE + "*"),
                    "Condition": st.dictionaries(
                        st.sampled_from(["StringLike", "Null", "ForAnyValue:NumericEquals"]),
                        st.dictionaries(
                            st.text(max_size=5), st.text(max_size=5) | st.integers() | st.booleans(), max_size=2
                        ),
                        max_size=2,
                    ),
                },
            ),
            max_size=2,
        )
    },
    optional={"Version": st.sampled_from(["2008-10-17", "2012-10-17"]), "Id": st.text(max_size=5)},
)


def unlisted(value):
    """A document without lists of one and with roots for account numbers, however it says them."""
    if isinstance(value, dict):
        return {name: unlisted(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return unlisted(value[0]) if len(value) == 1 else [unlisted(inner) for inner in value]
    return f"arn:aws:iam::{value}:root" if value == A else value


@settings(max_examples=100, deadline=None)
@given(ANY_JSON | NEARLY | st.builds(lambda each: one(**each), st.dictionaries(WORDS, ANY_JSON, max_size=2)), KINDS)
def test_any_json_is_a_policy_or_is_refused(document, kind):
    try:
        policy = take(json.dumps(document), kind)
    except InvalidParameterException:
        refused(json.dumps(document), kind)
    else:
        assert take(policy.printed, kind) == policy
        assert unlisted(json.loads(policy.printed)) == unlisted({"Version": "2008-10-17"} | document)


@settings(max_examples=50, deadline=None)
@given(NEARLY.filter(lambda document: document["Statement"]))
def test_good_documents_come_back_the_same(document):
    for statement in document["Statement"]:
        statement.setdefault("Principal", "*")
        statement.pop("Resource", None)
    policy = take(document)
    assert unlisted(json.loads(policy.printed)) == unlisted({"Version": "2008-10-17"} | document)
    assert take(policy.printed) == policy


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S", "Z", "C", "Cs"))), KINDS)
def test_any_text_is_refused(text, kind):
    with pytest.raises(InvalidParameterException):
        read(text, kind, account=A, region="us-east-1")
