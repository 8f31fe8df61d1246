"""Managed signing through boto3 and the docker door: what is signed, when, by whom (facts/automation 6)."""

import json
import sys

import pytest
from constants import ACCOUNT, AWAY, EMPTY, OCI
from images import descriptor, schema1_of
from kit_notary import pems, thumbprints, verified
from werkzeug.test import Client

from ecrmock import mock_ecr

THIRD = "444455556666"
CONFIGURATION = "signingConfiguration"
SIGNATURE = "application/vnd.cncf.notary.signature"
NAME = {"repositoryName": "team/app"}


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def arn(name="one", account=ACCOUNT, region="us-east-1"):
    return f"arn:aws:signer:{region}:{account}:/signing-profiles/{name}"


ONE, TWO = arn("one"), arn("two")


def rule(profile=ONE, *filters):
    rows = [{"filter": each, "filterType": "WILDCARD_MATCH"} for each in filters]
    return {"signingProfileArn": profile, **({"repositoryFilters": rows} if rows else {})}


def configure(client, *rules):
    asked = {"rules": list(rules)}
    assert client.put_signing_configuration(signingConfiguration=asked)[CONFIGURATION] == asked
    answer = client.get_signing_configuration()
    assert (answer["registryId"], answer[CONFIGURATION]) == (ACCOUNT, asked)


def status(client, name="team/app", **image):
    rows = client.describe_image_signing_status(repositoryName=name, imageId=image)["signingStatuses"]
    members = ("signingProfileArn", "status", "failureCode", "failureReason")
    return [tuple(row[member] for member in members if member in row) for row in rows]


def signatures(client, digest, name="team/app"):
    """Digests of the signatures of an image."""
    found = client.list_image_referrers(
        repositoryName=name, subjectId={"imageDigest": digest}, filter={"artifactTypes": [SIGNATURE]}
    )
    return [row["digest"] for row in found["referrers"]]


def manifest_of(client, digest, name="team/app"):
    answer = client.batch_get_image(repositoryName=name, imageIds=[{"imageDigest": digest}])
    return json.loads(answer["images"][0]["imageManifest"])


def login(client):
    token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return {"Authorization": f"Basic {token}"}


def envelope_of(kit, signature, client=None):
    """The signature's bytes, as a client of the docker door gets them."""
    client = client or kit.client
    (layer,) = manifest_of(client, signature)["layers"]
    answer = Client(kit.mock.application).get(f"/v2/team/app/blobs/{layer['digest']}", headers=login(client))
    assert answer.status_code == 200
    return answer.data


def test_a_push_is_signed_and_the_signature_holds(kit):
    configure(kit.client, rule())
    kit.mock.clock.freeze("2031-02-03T04:05:06Z")
    pushed = kit.push("v1")
    assert status(kit.client, imageTag="v1") == [(ONE, "COMPLETE")]
    (signature,) = signatures(kit.client, pushed.digest)
    envelope = envelope_of(kit, signature)
    target, at = verified(envelope, kit.mock.signing_certificate(ONE))
    subject = pushed.described()
    assert target == subject
    assert at.isoformat() == "2031-02-03T04:05:06+00:00"
    assert manifest_of(kit.client, signature) == {
        "schemaVersion": 2,
        "mediaType": OCI,
        "artifactType": SIGNATURE,
        "config": descriptor("{}", EMPTY),
        "layers": [descriptor(envelope, "application/jose+json")],
        "subject": subject,
        "annotations": {
            "io.cncf.notary.x509chain.thumbprint#S256": json.dumps(thumbprints(envelope), separators=(",", ":")),
            "org.opencontainers.image.created": "2031-02-03T04:05:06Z",
            "ecrmock.signature": "unsafe",
        },
    }


def test_it_shows_wherever_referrers_show(kit):
    configure(kit.client, rule())
    pushed = kit.push("v1")
    (signature,) = signatures(kit.client, pushed.digest)
    (detail,) = kit.describe(imageIds=[{"imageDigest": signature}])
    assert (detail["artifactMediaType"], detail["subjectManifestDigest"]) == (SIGNATURE, pushed.digest)
    assert "imageTags" not in detail
    docker = Client(kit.mock.application)
    listed = docker.get(f"/v2/team/app/referrers/{pushed.digest}", headers=login(kit.client)).json["manifests"]
    assert [(row["digest"], row["artifactType"]) for row in listed] == [(signature, SIGNATURE)]
    assert listed[0]["annotations"]["ecrmock.signature"] == "unsafe"
    config = docker.get(f"/v2/team/app/blobs/{kit.sha256('{}')}", headers=login(kit.client))
    assert config.data == b"{}"


def test_the_docker_door_pushes_and_it_is_signed(kit):
    pushed = kit.push("v1")
    kit.repository("other/app")
    configure(kit.client, rule())
    docker, headers = Client(kit.mock.application), login(kit.client)
    for data in pushed.blobs.values():
        made = docker.post(f"/v2/other/app/blobs/uploads/?digest={kit.sha256(data)}", data=data, headers=headers)
        assert made.status_code == 201
    headers["Content-Type"] = OCI
    path = f"/v2/other/app/manifests/{pushed.digest}?tag=a&tag=b"
    assert docker.put(path, data=pushed.manifest, headers=headers).status_code == 201
    assert status(kit.client, "other/app", imageTag="b") == [(ONE, "COMPLETE")]
    assert len(signatures(kit.client, pushed.digest, "other/app")) == 1


def test_every_profile_that_matches_signs_once(kit):
    three = arn("three", AWAY)
    configure(
        kit.client,
        rule(TWO, "team/*"),
        rule(ONE, "x", "*app"),
        rule(TWO),
        rule(three, "app", "team"),
        rule(arn("no"), "team/app/*"),
    )
    pushed = kit.push("v1")
    assert status(kit.client, imageTag="v1") == [(TWO, "COMPLETE"), (ONE, "COMPLETE")]
    held = set()
    for signature in signatures(kit.client, pushed.digest):
        envelope = envelope_of(kit, signature)
        for profile in (ONE, TWO):
            if kit.mock.signing_certificate(profile) in pems(envelope):
                assert verified(envelope, kit.mock.signing_certificate(profile))[0]["digest"] == pushed.digest
                held.add(profile)
    assert held == {ONE, TWO}
    assert len(signatures(kit.client, pushed.digest)) == 2


def test_what_was_there_before_and_what_comes_again_is_not_signed(kit):
    old = kit.push("old")
    configure(kit.client, rule())
    kit.put(old.manifest, "new")
    assert status(kit.client, imageTag="new") == []
    pushed = kit.push("v1", "two")
    assert len(signatures(kit.client, pushed.digest)) == 1
    kit.put(pushed.manifest, "v2")
    assert status(kit.client, imageTag="v2") == [(ONE, "COMPLETE")]
    assert len(signatures(kit.client, pushed.digest)) == 1
    assert signatures(kit.client, old.digest) == []


def test_signatures_and_other_referrers_are_not_signed_and_lists_with_children_are(kit):
    configure(kit.client, rule())
    child = kit.push(None, "child")
    index = kit.index(child)
    digest = kit.put(index, "multi")["imageId"]["imageDigest"]
    row = {"mediaType": "application/x", "digest": child.digest, "size": 1}
    sbom = kit.push(None, "sbom", subject=row, artifactType="application/spdx+json")
    loose = kit.push(None, "loose", artifactType=SIGNATURE)
    made = [signature for each in (child.digest, digest) for signature in signatures(kit.client, each)]
    assert len(made) == 2
    assert status(kit.client, imageDigest=digest) == [(ONE, "COMPLETE")]
    for each in (sbom.digest, loose.digest, *made):
        assert status(kit.client, imageDigest=each) == []
        assert signatures(kit.client, each) == []
    assert len(kit.describe()) == 6


def test_a_configuration_goes_and_signatures_stay(kit):
    configure(kit.client, rule())
    pushed = kit.push("v1")
    made = signatures(kit.client, pushed.digest)
    answer = kit.client.delete_signing_configuration()
    assert (answer["registryId"], answer[CONFIGURATION]) == (ACCOUNT, {"rules": [rule()]})
    told = (
        "SigningConfigurationNotFoundException",
        f"Signing configuration does not exist in the registry with id '{ACCOUNT}'",
    )
    assert kit.refused("get_signing_configuration") == kit.refused("delete_signing_configuration") == told
    assert signatures(kit.client, pushed.digest) == made != []
    assert status(kit.client, imageTag="v1") == [(ONE, "COMPLETE")]
    kit.push("v2", "two")
    assert status(kit.client, imageTag="v2") == []
    configure(kit.client)
    kit.push("v3", "three")
    assert status(kit.client, imageTag="v3") == []


def test_each_region_has_its_own(kit, other):
    configure(kit.client, rule())
    there = other(ACCOUNT, "eu-west-1")
    code, _ = there.refused("get_signing_configuration")
    assert code == "SigningConfigurationNotFoundException"
    told = f"Invalid parameter at '{CONFIGURATION}' failed to satisfy constraint: "
    assert there.refused("put_signing_configuration", signingConfiguration={"rules": [rule(ONE)]}) == (
        "InvalidParameterException",
        f"{told}'Signing profile '{ONE}' is not in Region eu-west-1'",
    )
    configure(there.client, rule(arn(region="eu-west-1")))
    assert kit.client.get_signing_configuration()[CONFIGURATION] == {"rules": [rule()]}


def test_statuses_go_with_their_image(kit):
    configure(kit.client, rule())
    pushed = kit.push("v1")
    kit.client.batch_delete_image(**NAME, imageIds=[{"imageDigest": pushed.digest}])
    code, _ = kit.refused("describe_image_signing_status", **NAME, imageId={"imageTag": "v1"})
    assert code == "ImageNotFoundException"
    kit.client.delete_signing_configuration()
    kit.push("v1")
    assert status(kit.client, imageTag="v1") == []
    code, _ = kit.refused("describe_image_signing_status", **NAME, imageId={})
    assert code == "InvalidParameterException"
    kit.client.delete_repository(**NAME, force=True)
    code, _ = kit.refused("describe_image_signing_status", **NAME, imageId={"imageTag": "v1"})
    assert code == "RepositoryNotFoundException"


def lenient_image(client):
    """An image without layers to upload; its id."""
    if not client.describe_repositories()["repositories"]:
        client.create_repository(**NAME)
    text = json.dumps(schema1_of())
    return client.put_image(**NAME, imageManifest=text, imageTag="v1")["image"]["imageId"]


def test_it_takes_its_time_where_it_is_told_to(client_of):
    with mock_ecr(delays=(("sign-image", 60),), lenient=True) as mock:
        client = client_of("ecr", ACCOUNT, "us-east-1")
        configure(client, rule(), rule(TWO))
        image = lenient_image(client)
        for state, count in (("IN_PROGRESS", 0), ("COMPLETE", 2)):
            assert status(client, **image) == [(ONE, state), (TWO, state)]
            assert len(signatures(client, image["imageDigest"])) == count
            mock.clock.advance(seconds=60)


def test_by_hand_one_profile_at_a_time_and_not_after_the_image_went(client_of):
    with mock_ecr(delays=(("sign-image", "manual"),), lenient=True) as mock:
        world, client = mock.world, client_of("ecr", ACCOUNT, "us-east-1")
        configure(client, rule(), rule(TWO))
        image = lenient_image(client)
        digest = image["imageDigest"]
        mock.clock.advance(days=3)
        assert status(client, **image) == [(ONE, "IN_PROGRESS"), (TWO, "IN_PROGRESS")]
        subject = (ACCOUNT, "us-east-1", "team/app", digest, TWO)
        assert world.transact(lambda: world.schedule.release("sign-image", subject)) == 1
        assert status(client, **image) == [(ONE, "IN_PROGRESS"), (TWO, "COMPLETE")]
        client.delete_signing_configuration()
        client.batch_delete_image(**NAME, imageIds=[image])
        lenient_image(client)
        assert world.transact(lambda: world.schedule.release("sign-image")) == 0
        assert status(client, **image) == []
        assert world.schedule.failed() == []


def test_a_repository_that_went_meanwhile_is_no_failure(client_of):
    with mock_ecr(delays=(("sign-image", 60),), lenient=True) as mock:
        client = client_of("ecr", ACCOUNT, "us-east-1")
        configure(client, rule())
        lenient_image(client)
        client.delete_repository(**NAME, force=True)
        mock.clock.advance(seconds=61)
        assert mock.world.schedule.failed() == []
        assert client.describe_repositories()["repositories"] == []


def test_a_signature_follows_its_image_out_by_lifecycle(kit):
    configure(kit.client, rule())
    old, new = kit.push(None, "old"), kit.push("new", "new")
    (signature,) = signatures(kit.client, old.digest)
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}
    policy = {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
    kit.client.put_lifecycle_policy(**NAME, lifecyclePolicyText=json.dumps(policy))
    kit.advance(3 * 86_400)
    left = [digest for digest, _ in kit.ids()]
    assert left == [new.digest, *signatures(kit.client, new.digest)]
    assert signature not in left


def test_an_image_that_comes_back_from_the_archive_is_not_signed_again(kit):
    configure(kit.client, rule())
    pushed = kit.push("v1")
    made = signatures(kit.client, pushed.digest)
    kit.client.update_image_storage_class(**NAME, imageId={"imageDigest": pushed.digest}, targetStorageClass="ARCHIVE")
    kit.put(pushed.manifest, "v1")
    assert kit.describe(imageIds=[{"imageTag": "v1"}])[0]["imageStatus"] == "ACTIVE"
    assert signatures(kit.client, pushed.digest) == made != []
    assert status(kit.client, imageTag="v1") == [(ONE, "COMPLETE")]


def test_replication_brings_image_and_signature_and_signs_nothing_there(kit, other):
    there = other(ACCOUNT, "eu-west-1")
    configure(kit.client, rule())
    configure(there.client, rule(arn(region="eu-west-1")))
    destination = {"destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}]}
    kit.client.put_replication_configuration(replicationConfiguration={"rules": [destination]})
    pushed = kit.push("v1")
    (signature,) = signatures(kit.client, pushed.digest)
    assert [digest for digest, _ in there.ids()] == [pushed.digest, signature]
    assert signatures(there.client, pushed.digest) == [signature]
    assert status(there.client, imageTag="v1") == []
    target, _ = verified(envelope_of(kit, signature, there.client), kit.mock.signing_certificate(ONE))
    assert target["digest"] == pushed.digest


def test_a_pusher_of_a_third_account_has_no_right_on_the_profile(kit, other):
    statement = {"Effect": "Allow", "Principal": {"AWS": [AWAY, THIRD]}, "Action": "ecr:*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kit.client.set_repository_policy(**NAME, policyText=policy)
    configure(kit.client, rule(ONE), rule(arn("theirs", AWAY)))
    pushed = kit.push(None, "mine")
    assert status(kit.client, imageDigest=pushed.digest) == [(ONE, "COMPLETE"), (arn("theirs", AWAY), "COMPLETE")]
    config = json.dumps({"of": "mine"}).encode()
    layer = pushed.blobs["layer"]
    for account, denied in ((AWAY, [ONE]), (THIRD, [ONE, arn("theirs", AWAY)])):
        client = other(account).client
        manifest = kit.manifest(config, layer, annotations={"by": account})
        put = client.put_image(registryId=ACCOUNT, **NAME, imageManifest=manifest)
        digest = put["image"]["imageId"]["imageDigest"]
        told = status(kit.client, imageDigest=digest)
        assert [row[0] for row in told if row[1] == "FAILED"] == denied
        for profile, _, code, reason in (row for row in told if row[1] == "FAILED"):
            assert code == "ACCESS_DENIED"
            assert reason == f"The pusher is not authorized to perform signer:SignPayload: {profile}"
        assert len(signatures(kit.client, digest)) == 2 - len(denied)


def test_without_iam_everybody_may(client_of):
    with mock_ecr(iam="off", lenient=True):
        owner, pusher = client_of("ecr", ACCOUNT, "us-east-1"), client_of("ecr", AWAY, "us-east-1")
        owner.create_repository(**NAME)
        configure(owner, rule())
        text = json.dumps(schema1_of())
        pusher.put_image(registryId=ACCOUNT, **NAME, imageManifest=text, imageTag="v1")
        assert status(owner, imageTag="v1") == [(ONE, "COMPLETE")]


def test_without_the_extra_it_fails_and_says_what_to_install(kit, monkeypatch):
    configure(kit.client, rule())
    monkeypatch.setitem(sys.modules, "cryptography", None)
    pushed = kit.push("v1")
    (row,) = status(kit.client, imageTag="v1")
    assert row[:3] == (ONE, "FAILED", "INTERNAL_ERROR")
    assert "pip install 'ecrmock[sign]'" in row[3]
    assert signatures(kit.client, pushed.digest) == []


def test_a_signature_that_cannot_be_pushed_leaves_nothing(client_of):
    with mock_ecr(quota_images=1, lenient=True) as mock:
        client = client_of("ecr", ACCOUNT, "us-east-1")
        configure(client, rule())
        image = lenient_image(client)
        before = mock.world.blobs.names()
        (row,) = status(client, **image)
        assert row[:3] == (ONE, "FAILED", "INTERNAL_ERROR")
        assert row[3]
        assert mock.world.blobs.names() == before
        assert len(client.describe_images(**NAME)["imageDetails"]) == 1


def test_a_seed_makes_the_certificate_repeatable():
    def certificate(**options):
        with mock_ecr(isolated=True, **options) as mock:
            return mock.signing_certificate(ONE)

    assert certificate(seed="a") == certificate(seed="a")
    assert len({certificate(seed="a"), certificate(seed="b"), certificate(), certificate()}) == 4


def test_what_is_no_profile_has_no_certificate(kit):
    with pytest.raises(ValueError, match="'x' is no ARN of a signing profile"):
        kit.mock.signing_certificate("x")
