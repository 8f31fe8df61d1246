"""ecrmock.services.ecr.policies: set, got, deleted, and what they decide at both doors (facts/api 5.7, 6.1)."""

import json

import pytest
from answers import members
from constants import ACCOUNT, AWAY
from werkzeug.test import Client

APP = {"repositoryName": "team/app"}
ARN = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app"
EVERY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"
THEM = {"AWS": f"arn:aws:iam::{AWAY}:root"}
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
PRINTED = """{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "ReadersOnly",
    "Effect" : "Allow",
    "Principal" : "*",
    "Action" : [ "ecr:DescribeImages", "ecr:ListImages" ]
  } ]
}"""
SHUFFLED = (
    '{"Statement":[{"Action":["ecr:DescribeImages","ecr:ListImages"],"Principal":"*","Sid":"ReadersOnly",'
    '"Effect":"Allow"}],"Version":"2012-10-17"}\n'
)


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, to=THEM, **more):
    return {"Effect": "Allow", "Principal": to, "Action": list(actions), **more}


def deny(*actions, to="*", **more):
    return {"Effect": "Deny", "Principal": to, "Action": list(actions), **more}


def set_policy(kit, *statements, **more):
    return kit.client.set_repository_policy(**APP, policyText=policy(*statements), **more)["policyText"]


def put_policy(kit, *statements):
    return kit.client.put_registry_policy(policyText=policy(*statements))["policyText"]


def denied(principal, action, resource=ARN, why="no resource-based policy allows the {} action"):
    told = f"User: {principal} is not authorized to perform: {action} on resource: {resource} because {why}"
    return "AccessDeniedException", told.format(action)


ROOT_OF_THEIRS = f"arn:aws:iam::{AWAY}:root"


# -- set, got, deleted


def test_a_repository_policy_is_printed_anew_and_kept_so(kit):
    answer = {"registryId": ACCOUNT, "repositoryName": "team/app", "policyText": PRINTED}
    for _ in range(2):
        assert members(kit.client.set_repository_policy(**APP, policyText=SHUFFLED)) == answer
        assert members(kit.client.get_repository_policy(**APP)) == answer
    assert members(kit.client.set_repository_policy(**APP, policyText=PRINTED)) == answer
    assert members(kit.client.delete_repository_policy(**APP)) == answer
    assert kit.refused("get_repository_policy", **APP)[0] == "RepositoryPolicyNotFoundException"


def test_a_registry_policy_is_printed_anew_and_kept_so(kit):
    sent = json.loads(SHUFFLED)
    sent["Statement"][0]["Resource"] = EVERY
    printed = PRINTED.replace('ecr:ListImages" ]', f'ecr:ListImages" ],\n    "Resource" : "{EVERY}"')
    answer = {"registryId": ACCOUNT, "policyText": printed}
    assert members(kit.client.put_registry_policy(policyText=json.dumps(sent))) == answer
    assert members(kit.client.get_registry_policy()) == answer
    assert members(kit.client.delete_registry_policy()) == answer


def test_one_action_comes_back_as_a_text_and_a_missing_version_is_said(kit):
    given = {"Statement": [allow("ecr:BatchGetImage", to="*"), allow("ecr:ListImages", "ecr:BatchGetImage", to="*")]}
    kit.client.set_repository_policy(**APP, policyText=json.dumps(given))
    kept = kit.client.get_repository_policy(**APP)["policyText"]
    assert kept.startswith('{\n  "Version" : "2008-10-17",\n  "Statement" : [ {')
    assert '"Action" : "ecr:BatchGetImage"' in kept
    assert '"Action" : [ "ecr:ListImages", "ecr:BatchGetImage" ]' in kept


@pytest.mark.parametrize("sent", [AWAY, [AWAY], [AWAY, "321098765432"]])
def test_an_account_named_by_its_number_comes_back_as_its_root_and_grants_the_same(kit, other, sent):
    kit.push("v1")
    set_policy(kit, allow("ecr:BatchGetImage", to={"AWS": sent}))
    kept = json.loads(kit.client.get_repository_policy(**APP)["policyText"])["Statement"][0]["Principal"]["AWS"]
    roots = [f"arn:aws:iam::{account}:root" for account in ([sent] if isinstance(sent, str) else sent)]
    assert kept == (roots if len(roots) > 1 else roots[0])
    asked = {**APP, "registryId": ACCOUNT, "imageIds": [{"imageTag": "v1"}]}
    assert len(other().client.batch_get_image(**asked)["images"]) == 1


@pytest.mark.parametrize("operation", ["get", "delete"])
def test_where_none_is_set(kit, operation):
    assert kit.refused(f"{operation}_repository_policy", **APP) == (
        "RepositoryPolicyNotFoundException",
        (
            "Repository policy does not exist for the repository with name 'team/app' in the registry with id "
            f"'{ACCOUNT}'"
        ),
    )
    assert kit.refused(f"{operation}_registry_policy") == (
        "RegistryPolicyNotFoundException",
        f"Registry policy does not exist in the registry with id '{ACCOUNT}'",
    )


@pytest.mark.parametrize("operation", ["get_repository_policy", "delete_repository_policy", "set_repository_policy"])
def test_a_missing_repository_comes_before_its_policy(kit, operation):
    more = {"policyText": "nonsense"} if operation.startswith("set") else {}
    code, _ = kit.refused(operation, repositoryName="gone", **more)
    assert code == "RepositoryNotFoundException"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "{}",
        "[]",
        policy(),
        policy({"Effect": "Allow", "Action": "ecr:ListImages"}),
        '{"Version": "2020"}',
    ],
)
def test_what_is_no_policy_changes_nothing(kit, text):
    kit.client.set_repository_policy(**APP, policyText=SHUFFLED)
    start = "Invalid parameter at 'PolicyText' failed to satisfy constraint: '"
    refused = kit.refused("set_repository_policy", **APP, policyText=text)
    assert refused == ("InvalidParameterException", f"{start}Invalid repository policy provided'")
    refused = kit.refused("put_registry_policy", policyText=text)
    assert refused == ("InvalidParameterException", f"{start}Invalid registry policy provided'")
    assert kit.client.get_repository_policy(**APP)["policyText"] == PRINTED


def test_a_policy_needs_a_text(kit):
    sentence = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Cannot be null'"
    assert kit.refused("set_repository_policy", **APP) == ("InvalidParameterException", sentence)
    assert kit.refused("put_registry_policy") == ("InvalidParameterException", sentence)


def test_a_policy_goes_with_its_repository_and_belongs_to_one_region(kit, other):
    kit.client.set_repository_policy(**APP, policyText=SHUFFLED)
    there = other(ACCOUNT, "eu-west-1")
    there.repository()
    assert there.refused("get_repository_policy", **APP)[0] == "RepositoryPolicyNotFoundException"
    kit.client.delete_repository(**APP)
    kit.repository()
    assert kit.refused("get_repository_policy", **APP)[0] == "RepositoryPolicyNotFoundException"


def test_other_settings_keep_the_policy_and_the_policy_keeps_them(kit):
    kit.client.put_image_tag_mutability(**APP, imageTagMutability="IMMUTABLE")
    kit.client.set_repository_policy(**APP, policyText=SHUFFLED)
    kit.client.put_image_scanning_configuration(**APP, imageScanningConfiguration={"scanOnPush": True})
    assert kit.client.get_repository_policy(**APP)["policyText"] == PRINTED
    (found,) = kit.client.describe_repositories(repositoryNames=["team/app"])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert "policyText" not in found


def test_who_locks_himself_out_has_to_force_it(kit):
    lock = deny("ecr:SetRepositoryPolicy")
    code, message = kit.refused("set_repository_policy", **APP, policyText=policy(lock))
    assert code == "InvalidParameterException"
    assert message.startswith("Invalid parameter at 'PolicyText' failed to satisfy constraint: '")
    set_policy(kit, lock, force=True)
    code, _ = kit.refused("set_repository_policy", **APP, policyText=SHUFFLED)
    assert code == "AccessDeniedException"
    kit.client.delete_repository_policy(**APP)
    kit.client.set_repository_policy(**APP, policyText=SHUFFLED)


def test_whom_the_registry_policy_lets_set_policies_is_not_locked_out_by_one_that_does_not_name_him(kit, other):
    theirs, pulls = other().client, policy(allow("ecr:BatchGetImage"))
    set_policy(kit, allow("ecr:SetRepositoryPolicy"))
    sent = {**APP, "registryId": ACCOUNT, "policyText": pulls}
    assert kit.refused("set_repository_policy", client=theirs, **sent)[0] == "InvalidParameterException"
    put_policy(kit, allow("ecr:SetRepositoryPolicy", Resource=EVERY))
    theirs.set_repository_policy(**sent)
    theirs.set_repository_policy(**sent)
    assert '"ecr:BatchGetImage"' in kit.client.get_repository_policy(**APP)["policyText"]


# -- what they decide


def docker(kit, method, path, client=None, repo="team/app"):
    """One request at the docker door as whoever the client is."""
    entry = (client or kit.client).get_authorization_token()["authorizationData"][0]
    host = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
    headers = {"Authorization": f"Basic {entry['authorizationToken']}", "Host": host}
    return Client(kit.mock.application).open(f"/v2/{repo}/{path}", method=method, headers=headers)


def told(answer):
    (error,) = answer.json["errors"]
    return answer.status_code, error["code"], error["message"]


def test_another_account_may_do_what_the_repository_policy_says_and_no_more(kit, other):
    pushed, theirs = kit.push("v1"), other().client
    request = {**APP, "registryId": ACCOUNT}
    ids = {"imageIds": [{"imageTag": "v1"}]}
    assert kit.refused("batch_get_image", client=theirs, **request, **ids) == denied(
        ROOT_OF_THEIRS, "ecr:BatchGetImage"
    )
    set_policy(kit, allow(*PULL))
    (image,) = theirs.batch_get_image(**request, **ids)["images"]
    assert (image["imageManifest"], image["registryId"]) == (pushed.manifest, ACCOUNT)
    layer = kit.sha256(pushed.blobs["layer"])
    assert theirs.get_download_url_for_layer(**request, layerDigest=layer)["layerDigest"] == layer
    assert kit.refused("list_images", client=theirs, **request) == denied(ROOT_OF_THEIRS, "ecr:ListImages")
    assert kit.refused("batch_get_image", client=other("999999999999").client, **request, **ids)[0] == (
        "AccessDeniedException"
    )
    kit.client.delete_repository_policy(**APP)
    assert kit.refused("batch_get_image", client=theirs, **request, **ids)[0] == "AccessDeniedException"


def test_another_account_pulls_at_the_docker_door_by_the_same_policy(kit, other):
    pushed, theirs = kit.push("v1"), other().client
    layer = f"blobs/{kit.sha256(pushed.blobs['layer'])}"
    _, sentence = denied(ROOT_OF_THEIRS, "ecr:BatchGetImage")
    assert told(docker(kit, "GET", "manifests/v1", theirs)) == (403, "DENIED", sentence)
    head = docker(kit, "HEAD", "manifests/v1", theirs)
    assert (head.status_code, head.data) == (403, b"")
    set_policy(kit, allow(*PULL))
    assert docker(kit, "GET", "manifests/v1", theirs).text == pushed.manifest
    assert docker(kit, "GET", layer, theirs).data == pushed.blobs["layer"]
    assert docker(kit, "HEAD", layer, theirs).status_code == 200
    assert told(docker(kit, "GET", "tags/list", theirs))[:2] == (403, "DENIED")
    assert told(docker(kit, "POST", "blobs/uploads/", theirs))[:2] == (403, "DENIED")
    assert told(docker(kit, "DELETE", "manifests/v1", theirs))[:2] == (403, "DENIED")


def test_a_deny_holds_in_ones_own_account_too_at_both_doors(kit):
    kit.push("v1")
    set_policy(kit, deny("ecr:BatchGetImage"))
    own = f"arn:aws:iam::{ACCOUNT}:root"
    code, message = kit.refused("batch_get_image", **APP, imageIds=[{"imageTag": "v1"}])
    assert code == "AccessDeniedException"
    assert message.startswith(f"User: {own} is not authorized to perform: ecr:BatchGetImage on resource: {ARN} ")
    assert "explicit deny" in message
    assert told(docker(kit, "GET", "manifests/v1")) == (403, "DENIED", message)
    assert kit.ids()
    assert docker(kit, "GET", "tags/list").json["tags"] == ["v1"]
    kit.client.delete_repository_policy(**APP)
    assert docker(kit, "GET", "manifests/v1").status_code == 200


def test_an_allow_takes_nothing_from_ones_own_account(kit):
    set_policy(kit, allow("ecr:ListImages"))
    kit.push("v1")
    assert kit.ids()


def test_referrers_need_the_permission_to_pull(kit, other):
    pushed, theirs = kit.push("v1"), other().client
    request = {**APP, "registryId": ACCOUNT, "subjectId": {"imageDigest": pushed.digest}}
    assert kit.refused("list_image_referrers", client=theirs, **request) == denied(ROOT_OF_THEIRS, "ecr:BatchGetImage")
    set_policy(kit, allow("ecr:BatchGetImage"))
    assert theirs.list_image_referrers(**request)["referrers"] == []
    assert docker(kit, "GET", f"referrers/{pushed.digest}", theirs).status_code == 200


def test_the_registry_policy_speaks_for_every_repository_named(kit, other):
    for name in ("team/other", "app"):
        kit.repository(name)
    theirs = other().client
    mine = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/*"
    put_policy(kit, allow("ecr:ListImages", "ecr:CreateRepository", Resource=mine))
    for name in ("team/app", "team/other"):
        assert theirs.list_images(repositoryName=name, registryId=ACCOUNT)["imageIds"] == []
        assert docker(kit, "GET", "tags/list", theirs, name).status_code == 200
    assert (
        kit.refused("list_images", client=theirs, repositoryName="app", registryId=ACCOUNT)[0]
        == "AccessDeniedException"
    )
    made = theirs.create_repository(repositoryName="team/new", registryId=ACCOUNT)["repository"]
    assert made["registryId"] == ACCOUNT
    kit.client.delete_registry_policy()
    refused = kit.refused("list_images", client=theirs, repositoryName="team/app", registryId=ACCOUNT)
    assert refused == denied(ROOT_OF_THEIRS, "ecr:ListImages")


def test_scope_v1_limits_a_registry_policy_to_three_actions(kit, other):
    theirs = other().client
    put_policy(kit, allow("ecr:*", Resource=EVERY))
    assert theirs.list_images(**APP, registryId=ACCOUNT)["imageIds"] == []
    kit.client.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    assert kit.refused("list_images", client=theirs, **APP, registryId=ACCOUNT)[0] == "AccessDeniedException"
    assert (
        theirs.create_repository(repositoryName="theirs/made", registryId=ACCOUNT)["repository"]["registryId"]
        == ACCOUNT
    )
    kit.client.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V2")
    assert theirs.list_images(**APP, registryId=ACCOUNT)["imageIds"] == []


def test_a_deny_of_the_registry_beats_the_allow_of_the_repository(kit, other):
    theirs = other().client
    set_policy(kit, allow("ecr:ListImages"))
    assert theirs.list_images(**APP, registryId=ACCOUNT)["imageIds"] == []
    put_policy(kit, deny("ecr:ListImages", to=THEM, Resource=EVERY))
    code, message = kit.refused("list_images", client=theirs, **APP, registryId=ACCOUNT)
    assert code == "AccessDeniedException"
    assert "explicit deny" in message
    assert kit.ids() == []


def test_fields_are_judged_before_policies_and_policies_before_existence(kit, other):
    theirs = other().client
    set_policy(kit, deny("ecr:*"), force=True)
    assert kit.refused("list_images", repositoryName="Bad_Name!")[0] == "InvalidParameterException"
    assert kit.refused("list_images", **APP)[0] == "AccessDeniedException"
    refused = kit.refused("list_images", client=theirs, repositoryName="gone", registryId=ACCOUNT)
    assert refused[0] == "AccessDeniedException"


def test_conditions_on_tags_and_addresses_are_known_here(kit, other):
    theirs = other().client
    arn = kit.client.describe_repositories()["repositories"][0]["repositoryArn"]
    condition = {"StringEquals": {"ecr:ResourceTag/open": "yes"}}
    set_policy(kit, allow("ecr:ListImages", Condition=condition))
    assert kit.refused("list_images", client=theirs, **APP, registryId=ACCOUNT)[0] == "AccessDeniedException"
    kit.client.tag_resource(resourceArn=arn, tags=[{"Key": "open", "Value": "yes"}])
    assert theirs.list_images(**APP, registryId=ACCOUNT)["imageIds"] == []


@pytest.mark.parametrize("options", [{"iam": "off"}])
def test_without_iam_policies_are_kept_but_decide_nothing(kit, other):
    set_policy(kit, deny("ecr:*"), force=True)
    assert kit.ids() == []
    assert other().client.list_images(**APP, registryId=ACCOUNT)["imageIds"] == []
    assert json.loads(kit.client.get_repository_policy(**APP)["policyText"])["Statement"][0]["Effect"] == "Deny"
