"""The AWS CLI through what ECR does by itself: templates, caches, signing, scans, replication, lifecycle."""

import json

import pytest

pytestmark = pytest.mark.xdist_group("clients")
ACC = "123456789012"
PROFILE = f"arn:aws:signer:us-east-1:{ACC}:/signing-profiles/ours"


@pytest.fixture
def ecr_says(aws):
    """The answer of an `aws ecr` command, read."""
    return lambda *words: json.loads(aws("ecr", *words) or "null")


def test_settings_are_put_shown_and_taken_away(ecr_says):
    """Each in the words of its command's own help."""
    made = ecr_says(
        *("create-repository-creation-template", "--prefix", "team", "--applied-for", "REPLICATION", "CREATE_ON_PUSH"),
        *("--image-tag-mutability", "IMMUTABLE", "--resource-tags", "Key=a,Value=b", "--custom-role-arn"),
        f"arn:aws:iam::{ACC}:role/r",
    )
    changed = ecr_says("update-repository-creation-template", "--prefix", "team", "--description", "ours")
    shown = ecr_says("describe-repository-creation-templates", "--prefixes", "team")["repositoryCreationTemplates"]
    assert shown == [changed["repositoryCreationTemplate"]]
    kept = {**made["repositoryCreationTemplate"], "updatedAt": shown[0]["updatedAt"], "description": "ours"}
    assert shown == [kept]
    assert ecr_says("delete-repository-creation-template", "--prefix", "team")["repositoryCreationTemplate"] == kept

    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
    ecr_says("put-registry-scanning-configuration", "--scan-type", "BASIC", "--rules", json.dumps(rules))
    assert ecr_says("get-registry-scanning-configuration")["scanningConfiguration"]["rules"] == rules

    rule = ecr_says(
        "create-pull-through-cache-rule", "--ecr-repository-prefix", "quay", "--upstream-registry-url", "quay.io"
    )
    (described,) = ecr_says("describe-pull-through-cache-rules")["pullThroughCacheRules"]
    assert described == {**rule, "updatedAt": rule["createdAt"]}
    answer = ecr_says("validate-pull-through-cache-rule", "--ecr-repository-prefix", "quay")
    assert (answer["isValid"], "quay.io is unreachable" in answer["failure"]) == (False, True)
    ecr_says("delete-pull-through-cache-rule", "--ecr-repository-prefix", "quay")

    signing = {"rules": [{"signingProfileArn": PROFILE}]}
    ecr_says("put-signing-configuration", "--signing-configuration", json.dumps(signing))
    assert ecr_says("get-signing-configuration")["signingConfiguration"] == signing
    assert ecr_says("delete-signing-configuration")["signingConfiguration"] == signing

    replication = {"rules": [{"destinations": [{"region": "eu-west-1", "registryId": ACC}]}]}
    ecr_says("put-replication-configuration", "--replication-configuration", json.dumps(replication))
    assert ecr_says("describe-registry")["replicationConfiguration"] == replication
