"""Pull through cache through boto3: rules, and pulls that ask an upstream (facts/automation 4)."""

import base64
import json
import threading

import pytest
from answers import members
from constants import ACCOUNT, AWAY, NOWHERE
from images import digest_of
from upstream import Upstream

from ecrmock import mock_ecr
from ecrmock.domain.names import RepositoryKey
from ecrmock.domain.pull_through.events import CacheAsked

APP = "quay/team/app"
DAY = 86_400
NAME = "ecr-pullthroughcache/hub"
GONE = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}


@pytest.fixture
def upstream():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture
def options(upstream):
    return {"upstreams": {"quay": upstream.url, "docker-hub": upstream.url}}


@pytest.fixture
def rule(kit):
    """Makes a rule, for quay.io unless told otherwise."""

    def made(prefix="quay", url="quay.io", **more):
        asked = {"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url, **more}
        return members(kit.client.create_pull_through_cache_rule(**asked))

    return made


def pull(kit, tag="v1", name=APP, **more):
    """(digest, tag) of what a pull brings, or its failure."""
    asked = more or {"imageTag": tag}
    answer = kit.client.batch_get_image(repositoryName=name, imageIds=[asked])
    if answer["failures"]:
        (failure,) = answer["failures"]
        return {key: value for key, value in failure.items() if key != "imageId"}
    (image,) = answer["images"]
    return image["imageId"]["imageDigest"], image["imageId"].get("imageTag")


def refusal(kit, name=APP, **asked):
    return kit.refused("batch_get_image", repositoryName=name, imageIds=[asked or {"imageTag": "v1"}])


def secret(client_of, login='{"username": "ann", "accessToken": "s"}', **more):
    client = client_of("secretsmanager", ACCOUNT, "us-east-1")
    return client.create_secret(Name=NAME, SecretString=login, **more)["ARN"]


# -- rules


def test_a_rule_shows_what_was_set_and_nothing_else(kit, rule):
    made = rule("quay/")
    created = made.pop("createdAt")
    assert made == {
        "ecrRepositoryPrefix": "quay/",
        "upstreamRegistryUrl": "quay.io",
        "upstreamRegistry": "quay",
        "registryId": ACCOUNT,
    }
    (shown,) = kit.client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert shown == {**made, "createdAt": created, "updatedAt": created}
    assert kit.refused("create_pull_through_cache_rule", ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io") == (
        "PullThroughCacheRuleAlreadyExistsException",
        (
            "The pull through cache rule with Amazon ECR repository prefix 'quay' already exists in the registry with "
            f"id '{ACCOUNT}'"
        ),
    )


@pytest.mark.parametrize(
    ("url", "kind", "secret"),
    [
        (f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com", "ecr", False),
        ("public.ecr.aws", "ecr-public", False),
        ("registry-1.docker.io", "docker-hub", True),
        ("quay.io", "quay", False),
        ("registry.k8s.io", "k8s", False),
        ("ghcr.io", "github-container-registry", True),
        ("registry.gitlab.com", "gitlab-container-registry", True),
        ("mine.azurecr.io", "azure-container-registry", True),
        ("cgr.dev", "chainguard", True),
    ],
)
def test_every_upstream_and_its_secret(kit, rule, url, kind, secret):
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{NAME}-abcdef"  # of another mock: ours was never used
    more = {"credentialArn": arn} if secret else {}
    assert rule("x1", url, **more)["upstreamRegistry"] == kind
    assert rule("x2", url, upstreamRegistry=kind, **more)["upstreamRegistry"] == kind
    if secret:
        asked = {"ecrRepositoryPrefix": "x3", "upstreamRegistryUrl": url}
        assert kit.refused("create_pull_through_cache_rule", **asked) == (
            "UnsupportedUpstreamRegistryException",
            (
                "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN "
                "containing the upstream registry credentials."
            ),
        )
        assert len(kit.client.describe_pull_through_cache_rules()["pullThroughCacheRules"]) == 2


@pytest.mark.parametrize(
    ("url", "more"),
    [
        ("docker.io", {}),
        ("https://quay.io", {}),
        ("quay.io", {"upstreamRegistry": "k8s"}),
        ("a.b.azurecr.io", {}),
        ("quay.io/team", {}),
    ],
)
def test_what_is_no_upstream(kit, url, more):
    asked = {"ecrRepositoryPrefix": "mine", "upstreamRegistryUrl": url, **more}
    assert kit.refused("create_pull_through_cache_rule", **asked) == (
        "UnsupportedUpstreamRegistryException",
        f"The upstream registry URL {url} is invalid. Specify a valid upstream registry URL and try again",
    )


def test_no_rules_in_china(other):
    kit = other(ACCOUNT, "cn-north-1")
    asked = {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}
    assert kit.refused("create_pull_through_cache_rule", **asked)[0] == "UnsupportedUpstreamRegistryException"


def test_secrets_are_looked_for_where_secrets_manager_is_used(kit, rule, client_of):
    arn = secret(client_of)
    rule("hub", "registry-1.docker.io", credentialArn=arn)
    asked = {"ecrRepositoryPrefix": "hub2", "upstreamRegistryUrl": "registry-1.docker.io"}
    missing = arn.replace("/hub", "/other")
    assert kit.refused("create_pull_through_cache_rule", **asked, credentialArn=missing) == (
        "SecretNotFoundException",
        (
            "The ARN of the secret specified in the pull through cache rule was not found. Update the pull through "
            "cache rule with a valid secret ARN and try again."
        ),
    )
    update = {"ecrRepositoryPrefix": "hub", "credentialArn": missing}
    assert kit.refused("update_pull_through_cache_rule", **update)[0] == "SecretNotFoundException"
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    code, _ = kit.refused("create_pull_through_cache_rule", **asked, credentialArn=elsewhere)
    assert code == "UnableToAccessSecretException"
    client_of("secretsmanager", ACCOUNT, "us-east-1").delete_secret(SecretId=NAME)
    code, _ = kit.refused("create_pull_through_cache_rule", **asked, credentialArn=arn)
    assert code == "UnableToAccessSecretException"


def test_a_secret_under_a_key_of_ones_own_cannot_be_decrypted(kit, client_of):
    asked = {"ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io"}
    arn = secret(client_of, KmsKeyId="alias/mine")
    code, _ = kit.refused("create_pull_through_cache_rule", **asked, credentialArn=arn)
    assert code == "UnableToDecryptSecretValueException"


@pytest.mark.parametrize("options", [{"quota_cache_rules": 2}])
def test_there_are_so_many_rules(kit, rule):
    rule("aa")
    rule("bb")
    asked = {"ecrRepositoryPrefix": "cc", "upstreamRegistryUrl": "quay.io"}
    assert kit.refused("create_pull_through_cache_rule", **asked)[0] == "LimitExceededException"


def test_rules_change_page_and_go(kit, rule):
    for prefix in ("bb", "aa", "cc"):
        rule(prefix)
    kit.advance(60)
    changed = members(kit.client.update_pull_through_cache_rule(ecrRepositoryPrefix="aa", customRoleArn="role"))
    assert changed.pop("updatedAt")
    assert changed == {"ecrRepositoryPrefix": "aa", "registryId": ACCOUNT, "customRoleArn": "role"}
    first = kit.client.describe_pull_through_cache_rules(maxResults=2)
    rest = kit.client.describe_pull_through_cache_rules(maxResults=2, nextToken=first["nextToken"])
    found = first["pullThroughCacheRules"] + rest["pullThroughCacheRules"]
    assert [row["ecrRepositoryPrefix"] for row in found] == ["bb", "aa", "cc"]
    assert (found[1]["updatedAt"] - found[1]["createdAt"]).total_seconds() == pytest.approx(60)
    named = kit.client.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["cc", "bb", "cc"])
    assert [row["ecrRepositoryPrefix"] for row in named["pullThroughCacheRules"]] == ["bb", "cc"]
    assert members(kit.client.delete_pull_through_cache_rule(ecrRepositoryPrefix="aa"))["customRoleArn"] == "role"
    for operation in ("delete", "update", "validate"):
        code, _ = kit.refused(f"{operation}_pull_through_cache_rule", ecrRepositoryPrefix="aa")
        assert code == "PullThroughCacheRuleNotFoundException"


# -- validation


def validated(kit, prefix="quay"):
    answer = kit.client.validate_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    return answer["isValid"], answer.get("failure", "")


def test_a_rule_is_valid_when_its_upstream_answers(kit, rule, upstream):
    rule()
    assert validated(kit) == (True, "")
    upstream.stop()
    valid, why = validated(kit)
    assert (valid, "unreachable" in why) == (False, True)
    assert [call.action for call in kit.mock.calls][-2:] == ["ValidatePullThroughCacheRule"] * 2


def test_a_rule_is_valid_when_its_secret_opens_the_upstream(kit, rule, upstream, client_of):
    upstream.before = lambda _path, headers: (
        None
        if headers.get("authorization") == "Basic YW5uOnM="
        else (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")
    )
    secrets, arn = client_of("secretsmanager", ACCOUNT, "us-east-1"), secret(client_of)
    rule("hub", "registry-1.docker.io", credentialArn=arn)
    assert validated(kit, "hub") == (True, "")
    secrets.put_secret_value(SecretId=NAME, SecretString='{"username": "ann", "accessToken": "wrong"}')
    assert validated(kit, "hub") == (False, "registry-1.docker.io answers 401 for /v2/")
    for text in ("{}", "nonsense", '{"username": 1, "accessToken": "s"}', '["username"]'):
        secrets.put_secret_value(SecretId=NAME, SecretString=text)
        valid, why = validated(kit, "hub")
        assert (valid, arn in why) == (False, True)
    secrets.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    assert "was not found" in validated(kit, "hub")[1]


# -- pulls


def test_a_pull_of_a_never_seen_image_fills_the_repository_and_outlives_the_upstream(kit, rule, upstream):
    rule()
    there = upstream.push("team/app", "v1")
    assert pull(kit) == (there["digest"], "v1")
    upstream.stop()
    assert pull(kit) == (there["digest"], "v1")
    assert pull(kit, imageDigest=there["digest"])[0] == there["digest"]
    (image,) = kit.describe(APP)
    assert (image["imageDigest"], image["imageTags"]) == (there["digest"], ["v1"])
    body = json.loads(upstream.manifests["team/app", "v1"][0])
    for row in (body["config"], *body["layers"]):
        url = kit.client.get_download_url_for_layer(repositoryName=APP, layerDigest=row["digest"])["downloadUrl"]
        assert kit.get(url).data == upstream.blobs["team/app", row["digest"]]
    (repository,) = kit.client.describe_repositories()["repositories"]
    assert (repository["repositoryName"], repository["imageTagMutability"]) == (APP, "MUTABLE")
    calls = [call.action for call in kit.mock.calls if call.service == "ecr"]
    assert calls.count("BatchGetImage") == 3
    assert not {"PutImage", "CreateRepository"} & set(calls)


def test_a_list_comes_with_its_children_and_an_image_alone_without_its_list(kit, rule, upstream):
    rule()
    one, two = upstream.push("team/app", content="one"), upstream.push("team/app", content="two")
    inner = upstream.index("team/app", children=[two])
    index = upstream.index("team/app", "multi", children=[one, inner])
    assert pull(kit, imageDigest=one["digest"])[0] == one["digest"]
    assert [digest for digest, _ in kit.ids(APP)] == [one["digest"]]
    assert pull(kit, "multi")[0] == index["digest"]
    assert {digest for digest, _ in kit.ids(APP)} == {each["digest"] for each in (one, two, inner, index)}
    assert len(upstream.paths(one["digest"])) == 1  # what is here is not fetched again


def test_many_ids_in_one_call_and_each_has_its_own_end(kit, rule, upstream):
    rule()
    upstream.push("team/app", *(f"v{n}" for n in range(8)))
    asked = [{"imageTag": f"v{n}"} for n in range(10)]
    answer = kit.client.batch_get_image(repositoryName=APP, imageIds=asked)
    assert [image["imageId"]["imageTag"] for image in answer["images"]] == [f"v{n}" for n in range(8)]
    assert [failure["imageId"]["imageTag"] for failure in answer["failures"]] == ["v8", "v9"]


def test_what_the_upstream_lacks_is_not_found_and_makes_nothing(kit, rule, upstream):
    rule()
    before = kit.mock.world.store.dump()
    assert pull(kit) == GONE
    assert pull(kit, imageDigest=NOWHERE) == GONE
    assert kit.mock.world.store.dump() == before
    assert len(upstream.asked) == 2


def test_without_a_rule_nothing_is_asked(kit, rule, upstream):
    rule()
    for name in ("quayx/app", "quay", "team/app"):
        assert refusal(kit, name)[0] == "RepositoryNotFoundException"
    kit.repository("team/app")
    assert pull(kit, name="team/app") == GONE
    rule("ROOT", upstreamRepositoryPrefix="ROOT")
    upstream.push("team/app", "v1")
    assert pull(kit, name="team/app")[1] == "v1"
    assert upstream.paths() == upstream.paths("team/app")


def test_what_is_malformed_is_not_asked_for(kit, rule, upstream):
    rule()
    kit.repository(APP)
    assert pull(kit, imageTag=".x") == GONE
    assert pull(kit, imageDigest="sha256:0") == GONE
    assert pull(kit, imageDigest="nonsense")["failureCode"] == "InvalidImageDigest"
    assert pull(kit, imageTag="v1", imageDigest="nonsense")["failureCode"] == "InvalidImageDigest"
    assert upstream.asked == []


def test_a_tag_is_asked_for_again_after_a_day(kit, rule, upstream):
    rule()
    first = upstream.push("team/app", "v1")
    assert pull(kit)[0] == first["digest"]
    second = upstream.push("team/app", "v1", content="two")
    kit.advance(DAY - 1)
    assert pull(kit)[0] == first["digest"]
    assert len(upstream.paths("manifests")) == 1
    kit.advance(1)
    assert pull(kit)[0] == second["digest"]
    assert len(upstream.paths("manifests")) == 2
    assert sorted(kit.ids(APP), key=str) == sorted([(first["digest"], None), (second["digest"], "v1")], key=str)
    kit.advance(DAY)
    assert pull(kit)[0] == second["digest"]  # the same: the time is noted
    assert pull(kit)[0] == second["digest"]
    assert len(upstream.paths("manifests")) == 3
    kit.advance(10 * DAY)
    assert pull(kit, imageDigest=first["digest"])[0] == first["digest"]  # a digest is never asked for again
    assert len(upstream.paths("manifests")) == 3


@pytest.mark.parametrize("trouble", ["dies", 404, 403, 500, "wrong"])
def test_any_trouble_when_asked_again_serves_the_old_image(kit, rule, upstream, trouble):
    rule()
    first = upstream.push("team/app", "v1")
    pull(kit)
    kit.advance(DAY)
    if trouble == "dies":
        upstream.stop()
    elif trouble == "wrong":
        data, kind = upstream.manifests["team/app", "v1"]
        more = {"Content-Type": kind, "Docker-Content-Digest": NOWHERE}
        upstream.before = lambda _path, _headers: (200, more, data)
    else:
        upstream.before = lambda _path, _headers: (trouble, {}, b"")
    assert pull(kit) == (first["digest"], "v1")
    assert kit.ids(APP) == [(first["digest"], "v1")]


def test_an_immutable_tag_keeps_its_image(kit, rule, upstream):
    rule()
    first = upstream.push("team/app", "v1")
    pull(kit)
    kit.client.put_image_tag_mutability(repositoryName=APP, imageTagMutability="IMMUTABLE")
    upstream.push("team/app", "v1", content="two")
    kit.advance(DAY)
    assert pull(kit)[0] == first["digest"]
    assert pull(kit)[0] == first["digest"]
    assert kit.ids(APP) == [(first["digest"], "v1")]
    assert len(upstream.paths("manifests")) == 2


def test_a_repository_is_made_by_its_template_or_not_at_all(kit, rule, upstream):
    rule()
    upstream.push("team/app", "v1")
    template = {"prefix": "quay", "appliedFor": ["PULL_THROUGH_CACHE"]}
    kit.client.create_repository_creation_template(**template, resourceTags=[{"Key": "a", "Value": "b"}])
    assert refusal(kit)[0] == "RepositoryNotFoundException"  # tags want a role
    kit.client.update_repository_creation_template(prefix="quay", customRoleArn="role", imageTagMutability="IMMUTABLE")
    assert pull(kit)[1] == "v1"
    (repository,) = kit.client.describe_repositories()["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert kit.client.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]


def test_what_follows_a_push_follows(kit, rule, upstream, other):
    rule()
    there = upstream.push("team/app", "v1")
    destination = {"region": "eu-west-1", "registryId": ACCOUNT}
    kit.client.put_replication_configuration(replicationConfiguration={"rules": [{"destinations": [destination]}]})
    pull(kit)
    assert other(ACCOUNT, "eu-west-1").ids(APP) == [(there["digest"], "v1")]


def test_what_is_cached_is_signed_as_a_push_of_the_registrys_own_account(kit, rule, upstream):
    rule()
    profile = f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/ours"
    kit.client.put_signing_configuration(signingConfiguration={"rules": [{"signingProfileArn": profile}]})
    digest = upstream.push("team/app", "v1")["digest"]
    assert pull(kit) == (digest, "v1")
    kit.describe(APP)
    asked = {"repositoryName": APP, "imageId": {"imageDigest": digest}}
    (row,) = kit.client.describe_image_signing_status(**asked)["signingStatuses"]
    assert (row["signingProfileArn"], row["status"]) == (profile, "COMPLETE")


def test_every_attempt_is_told_as_an_event(kit, rule, upstream):
    rule()
    there, told = upstream.push("team/app", "v1"), []
    kit.mock.world.bus.subscribe(CacheAsked, told.append)
    pull(kit)
    kit.advance(DAY)
    pull(kit)
    pull(kit, "v2")
    upstream.stop()
    refusal(kit, imageDigest=NOWHERE)
    what = (RepositoryKey(ACCOUNT, "us-east-1", APP), "quay", "quay.io")
    good = CacheAsked(*what, "v1", there["digest"], synced=True)
    assert told == [
        good,
        good,
        CacheAsked(*what, "v2", None, synced=False),
        CacheAsked(*what, None, None, synced=False),
    ]


# -- who may


def policy(kit, *statements):
    for statement in statements:
        statement.setdefault("Resource", "*")
    kit.client.put_registry_policy(policyText=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def allow(*actions):
    return {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": AWAY}, "Action": [f"ecr:{each}" for each in actions]}


def test_callers_of_other_accounts_need_to_be_let_create_and_import(kit, rule, upstream, other):
    rule()
    there = upstream.push("team/app", "v1")
    stranger = other(AWAY).client
    asked = {"client": stranger, "registryId": ACCOUNT, "repositoryName": APP, "imageIds": [{"imageTag": "v1"}]}
    policy(kit, allow("BatchGetImage"))
    assert kit.refused("batch_get_image", **asked)[0] == "RepositoryNotFoundException"
    policy(kit, allow("BatchGetImage", "CreateRepository"))
    asked.pop("client")
    assert stranger.batch_get_image(**asked)["failures"][0]["failureCode"] == "ImageNotFound"
    assert upstream.asked == []
    policy(kit, allow("BatchGetImage", "CreateRepository", "BatchImportUpstreamImage"))
    assert stranger.batch_get_image(**asked)["images"][0]["imageId"]["imageDigest"] == there["digest"]


def test_an_explicit_deny_binds_the_own_account_too(kit, rule, upstream):
    rule()
    upstream.push("team/app", "v1")
    policy(kit, {"Sid": "d", "Effect": "Deny", "Principal": "*", "Action": "ecr:BatchImportUpstreamImage"})
    assert pull(kit) == GONE
    assert upstream.asked == []


# -- troubles


def kept(kit):
    return kit.mock.world.blobs.names(), kit.client.describe_repositories()["repositories"]


def broken_layer(upstream):
    name = next(key for key in upstream.blobs if upstream.blobs[key].startswith(b"layer"))
    upstream.blobs[name] = b"l" + upstream.blobs[name][1:-1] + b"!"


def longer_layer(upstream):
    name = next(key for key in upstream.blobs if upstream.blobs[key].startswith(b"layer"))
    upstream.blobs[name] += b"!" * 1000


def missing_layer(upstream):
    name = next(key for key in upstream.blobs if upstream.blobs[key].startswith(b"layer"))
    del upstream.blobs[name]


def wrong_manifest(upstream):
    data, kind = upstream.manifests["team/app", "v1"]
    more = {"Content-Type": kind, "Docker-Content-Digest": digest_of(data)}
    upstream.before = lambda path, _headers: (200, more, data + b" ") if "manifests" in path else None


def no_manifest(upstream):
    upstream.manifests["team/app", "v1"] = b"<html>", "text/html"


def huge_manifest(upstream):
    upstream.manifests["team/app", "v1"] = b" " * (4 * 1024 * 1024 + 1), "application/json"


@pytest.mark.parametrize(
    "trouble", [broken_layer, longer_layer, missing_layer, wrong_manifest, no_manifest, huge_manifest]
)
def test_of_an_image_that_is_not_what_it_says_nothing_is_kept(kit, rule, upstream, trouble):
    rule()
    upstream.push("team/app", "v1")
    trouble(upstream)
    code, sentence = refusal(kit)
    assert code == "UnableToGetUpstreamImageException"
    assert sentence.startswith("The image or images were unable to be pulled using the pull through cache rule. ")
    assert kept(kit) == (set(), [])
    assert kit.mock.world.blobs._writers == {}


def test_a_digest_that_the_upstream_answers_with_something_else_is_refused(kit, rule, upstream):
    rule()
    one, two = upstream.push("team/app"), upstream.push("team/app", content="two")
    upstream.manifests["team/app", one["digest"]] = upstream.manifests["team/app", two["digest"]]
    assert refusal(kit, imageDigest=one["digest"])[0] == "UnableToGetUpstreamImageException"
    assert kept(kit) == (set(), [])


def test_a_list_whose_child_is_missing_upstream_is_not_half_imported(kit, rule, upstream):
    rule()
    one = upstream.push("team/app")
    upstream.index("team/app", "v1", children=[one, {**one, "digest": NOWHERE}])
    code, sentence = refusal(kit)
    assert (code, "lacks a part" in sentence) == ("UnableToGetUpstreamImageException", True)
    assert kept(kit) == (set(), [])


@pytest.mark.parametrize("options", [{}])
def test_an_upstream_that_nothing_stands_for_is_unreachable(kit, rule, caplog):
    rule("public", "public.ecr.aws")
    code, sentence = refusal(kit, "public/team/app")
    assert code == "UnableToGetUpstreamImageException"
    assert sentence.endswith("The upstream registry public.ecr.aws is unreachable.")
    assert "--upstream ecr-public=" in caplog.text


def test_a_secret_that_cannot_be_used_is_told(kit, rule, client_of):
    arn = secret(client_of)
    rule("hub", "registry-1.docker.io", credentialArn=arn)
    client_of("secretsmanager", ACCOUNT, "us-east-1").delete_secret(SecretId=NAME)
    code, sentence = refusal(kit, "hub/library/alpine")
    assert (code, arn in sentence) == ("UnableToGetUpstreamImageException", True)


# -- many at once


def together(count, work):
    """What so many threads bring that begin together."""
    barrier, found = threading.Barrier(count, timeout=20), []

    def run():
        barrier.wait()
        found.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_twenty_that_ask_at_once_cause_one_fetch(kit, rule, upstream):
    rule()
    there = upstream.push("team/app", "v1")
    assert together(20, lambda: pull(kit)) == [(there["digest"], "v1")] * 20
    assert sorted(upstream.paths()) == sorted(set(upstream.paths()))
    assert len(upstream.paths("manifests")) == 1


def test_twenty_that_wait_for_what_fails_are_all_told(kit, rule, upstream):
    rule()
    begun, go = threading.Event(), threading.Event()

    def slow(_path, _headers):
        begun.set()
        go.wait(20)
        return 500, {}, b""

    upstream.before = slow
    timer = threading.Thread(target=lambda: (begun.wait(20), _until_waiting(kit, 19), go.set()))
    timer.start()
    assert together(20, lambda: refusal(kit)[0]) == ["UnableToGetUpstreamImageException"] * 20
    timer.join(20)
    assert len(upstream.asked) == 1


def _until_waiting(kit, count):
    """Until so many wait for the one fetch."""
    for _ in range(5000):
        running = list(kit.mock.world._fetching.values())
        if running and len(running[0]._cond._waiters) >= count:
            return
        threading.Event().wait(0.002)


def test_nobody_else_waits_for_a_fetch_and_a_reset_does_not_disturb_it(kit, rule, upstream):
    rule()
    there = upstream.push("team/app", "v1")
    begun, go, found = threading.Event(), threading.Event(), []

    def slow(_path, _headers):
        begun.set()
        go.wait(20)

    upstream.before = slow
    puller = threading.Thread(target=lambda: found.append(pull(kit)))
    puller.start()
    assert begun.wait(20)
    kit.repository("other/app")  # the lock is free
    kit.mock.reset()
    go.set()
    puller.join(20)
    assert found == [(there["digest"], "v1")]  # in the world where it began
    assert kit.client.describe_repositories()["repositories"] == []


# -- another ecrmock


def test_another_ecrmock_is_an_upstream_with_a_login_of_its_own(kit, client_of):
    with mock_ecr(server=True) as far:
        them = type(kit)(far, client_of("ecr", ACCOUNT, "us-east-1"))
        them.repository("library/alpine")
        pushed = them.push("3", name="library/alpine")
        token = them.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        url = far.url
        user, _, password = base64.b64decode(token).decode().partition(":")
        with mock_ecr(upstreams={"docker-hub": url}) as near:
            us = type(kit)(near, kit.client)
            arn = secret(client_of, json.dumps({"username": user, "accessToken": password}))
            us.client.create_pull_through_cache_rule(
                ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
            )
            assert validated(us, "hub") == (True, "")
            assert pull(us, "3", "hub/library/alpine") == (pushed.digest, "3")


# -- ECR to ECR


WEST = f"{ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com"
THEIRS = f"{AWAY}.dkr.ecr.us-east-1.amazonaws.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/cache"
NEEDED = ("BatchGetImage", "GetDownloadUrlForLayer", "BatchImportUpstreamImage", "GetImageCopyStatus")


def test_from_another_region_of_the_own_account(kit, rule, other):
    west = other(ACCOUNT, "us-west-2")
    west.repository("team/app")
    pushed = west.push("v1")
    rule("west", WEST)
    assert validated(kit, "west") == (True, "")
    assert pull(kit, name="west/team/app") == (pushed.digest, "v1")
    west.client.delete_repository(repositoryName="team/app", force=True)
    assert pull(kit, name="west/team/app") == (pushed.digest, "v1")
    for data in pushed.blobs.values():
        assert kit.availability(kit.sha256(data), "west/team/app") == "AVAILABLE"
    assert pull(kit, "v2", "west/team/app") == GONE


@pytest.mark.parametrize("of", ["repository", "registry"])
def test_another_account_must_let_us_in(kit, rule, other, of):
    there = other(AWAY)
    there.repository("team/app")
    pushed = there.push("v1")
    rule("theirs", THEIRS, customRoleArn=ROLE)
    code, sentence = refusal(kit, "theirs/team/app")
    assert (code, "does not allow" in sentence) == ("UnableToGetUpstreamImageException", True)
    assert sentence.startswith("The image or images were unable to be pulled")  # no login is asked for among ECR's own
    for missing in (1, 0):
        actions = [f"ecr:{each}" for each in NEEDED[missing:]]
        statement = {"Sid": "x", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": actions}
        if of == "registry":
            policy(there, statement)
        else:
            text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            there.client.set_repository_policy(repositoryName="team/app", policyText=text)
        if missing:
            assert refusal(kit, "theirs/team/app")[0] == "UnableToGetUpstreamImageException"
    assert pull(kit, name="theirs/team/app") == (pushed.digest, "v1")
