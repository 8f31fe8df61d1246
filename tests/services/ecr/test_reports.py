"""What public reports about ECR and its mocks show to be right, each by its source; through both doors.

The number only tells the cases apart; the source says why the answer is right.
"""

import json

import pytest
from constants import ACCOUNT, DOCKER, OCI, OCI_INDEX
from werkzeug.test import Client

FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


class Docker:
    """The docker door of the kit's world, logged in."""

    def __init__(self, kit):
        self.client = Client(kit.mock.application)
        self.kit = kit

    def __call__(self, method, path, name="team/app", **more):
        token = self.kit.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        headers = {"Authorization": f"Basic {token}", **more.pop("headers", {})}
        return self.client.open(f"/v2/{name}/{path}", method=method, headers=headers, **more)

    def put(self, manifest, reference, name="team/app", media_type=OCI):
        answer = self("PUT", f"manifests/{reference}", name, data=manifest, headers={"Content-Type": media_type})
        assert answer.status_code == 201, answer.data
        return answer.headers["Docker-Content-Digest"]


@pytest.fixture
def docker(kit):
    kit.repository()
    return Docker(kit)


def rule(priority, status, count, **more):
    selection = {"tagStatus": status, "countType": "imageCountMoreThan", "countNumber": count, **more}
    return {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}}


def expires(kit, *rules):
    """What a preview names, rule by digest; the policy then does just that."""
    before = {digest for digest, _ in kit.ids()}
    text = json.dumps({"rules": rules})
    kit.client.put_lifecycle_policy(repositoryName="team/app", lifecyclePolicyText=text)
    kit.client.start_lifecycle_policy_preview(repositoryName="team/app")
    answer = kit.client.get_lifecycle_policy_preview(repositoryName="team/app")
    named = {row["imageDigest"]: row["appliedRulePriority"] for row in answer["previewResults"]}
    assert answer["summary"]["expiringImageTotalCount"] == len(named)
    kit.advance(86_400)
    assert {digest for digest, _ in kit.ids()} == before - named.keys()
    return named


def tags(kit, name="team/app"):
    return {row["imageDigest"]: set(row.get("imageTags", ())) for row in kit.describe(name)}


def failures(kit, *wanted):
    answer = kit.client.batch_delete_image(repositoryName="team/app", imageIds=list(wanted))
    return [row["failureCode"] for row in answer["failures"]]


@pytest.mark.usefixtures("docker")
def test_case_4_a_dot_is_a_dot_and_a_rule_above_shields_what_a_rule_below_counts(kit):
    """Stack Overflow 51375318."""
    pushed = {}
    for name in (["16_1"], ["16_2", "16.5.0"], ["16_3"], ["16_4"], ["16.6.1"]):
        kit.advance(60)
        one = kit.push(name[0], name[0])
        for tag in name[1:]:
            kit.put(one.manifest, tag)
        pushed[name[0]] = one.digest
    above = rule(10, "tagged", 9999, tagPrefixList=["16."])
    assert expires(kit, above, rule(20, "tagged", 2, tagPrefixList=["16_"])) == {pushed["16_1"]: 20}


@pytest.mark.usefixtures("docker")
def test_case_9_tagged_images_are_neither_counted_nor_taken_by_an_untagged_rule(kit):
    """hackoregon/civic-devops#83."""
    pushed = []
    for number in range(15):
        kit.advance(60)
        pushed.append(kit.push(f"v{number}" if number % 5 == 2 else None, str(number)).digest)
    assert set(expires(kit, rule(10, "untagged", 10))) == {pushed[0], pushed[1]}


@pytest.mark.usefixtures("docker")
def test_case_10_an_untagged_rule_does_nothing_where_everything_has_a_tag(kit):
    """ministryofjustice/cloud-platform-environments#14710."""
    pushed = []
    for name in "abcd":
        kit.advance(60)
        pushed.append(kit.push(f"app-{name}", name).digest)
    assert expires(kit, rule(1, "untagged", 1)) == {}
    assert set(expires(kit, rule(1, "any", 2))) == {pushed[0], pushed[1]}


def test_case_15_one_build_is_one_image_and_an_unchanged_push_changes_nothing(kit, docker):
    """theplant/plantbuild#86."""
    one = kit.push("1.0")
    for tag in ("latest", "git-abc"):
        docker.put(one.manifest, tag)
    before = kit.describe()
    assert tags(kit) == {one.digest: {"1.0", "latest", "git-abc"}}
    kit.advance(3600)
    docker.put(one.manifest, "latest")
    assert kit.describe() == before
    two = kit.push(None, "two")
    for tag in ("1.1", "latest"):
        docker.put(two.manifest, tag)
    assert tags(kit) == {one.digest: {"1.0", "git-abc"}, two.digest: {"1.1", "latest"}}


def test_case_16_the_list_that_is_pushed_last_has_the_tag_and_its_children_stay(kit, docker):
    """docker/buildx#2959."""
    one, two = kit.push(None, "one"), kit.push(None, "two")
    index = kit.index(one, two)
    for manifest in (one.manifest, two.manifest):
        docker.put(manifest, "1.0")
    held = docker.put(index, "1.0", media_type=json.loads(index)["mediaType"])
    assert tags(kit) == {one.digest: set(), two.digest: set(), held: {"1.0"}}
    assert docker("GET", "manifests/1.0").data == index.encode()
    assert failures(kit, {"imageDigest": one.digest}) == ["ImageReferencedByManifestList"]


def test_case_18_what_docker_pushed_the_api_lists(kit, docker):
    """localstack/localstack#13867, #5598."""
    assert kit.ids() == []
    for data in (b"{}", b"layer"):
        kit.layer(data)
    body = json.loads(kit.manifest(b"{}", b"layer"))
    manifest = json.dumps({**body, "mediaType": DOCKER})
    digest = docker.put(manifest, "3.19", media_type=DOCKER)
    assert kit.ids() == [(digest, "3.19")]
    (image,) = kit.client.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "3.19"}])["images"]
    assert (image["imageManifest"], image["imageManifestMediaType"]) == (manifest, DOCKER)


def test_case_19_images_and_layers_belong_to_a_repository(kit, docker):
    """localstack/localstack#4908."""
    for name in ("two", "three"):
        kit.repository(name * 2)
    first, second = kit.push("latest"), kit.push("latest", name="twotwo")
    assert (tags(kit), tags(kit, "twotwo"), tags(kit, "threethree")) == (
        {first.digest: {"latest"}},
        {second.digest: {"latest"}},
        {},
    )
    assert failures(kit, {"imageDigest": first.digest}) == []
    assert (tags(kit), tags(kit, "twotwo")) == ({}, {second.digest: {"latest"}})
    assert docker("GET", "manifests/latest").status_code == 404
    assert docker("GET", f"blobs/{kit.sha256(second.blobs['layer'])}", "twotwo").data == second.blobs["layer"]


def test_case_24_a_soci_artifact_goes_after_the_index_that_holds_it(kit, docker):
    """fujiwara/ecrm#16, hashicorp/terraform-provider-aws#40079."""
    image, soci = kit.push("v1"), kit.push(None, "a table of contents")
    tag = image.digest.replace(":", "-")
    docker.put(kit.index(soci), tag, media_type=OCI_INDEX)
    (found,) = kit.client.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": tag}])["images"]
    assert [row["digest"] for row in json.loads(found["imageManifest"])["manifests"]] == [soci.digest]
    assert failures(kit, {"imageDigest": soci.digest}) == ["ImageReferencedByManifestList"]
    for wanted in ({"imageTag": "v1"}, {"imageTag": tag}, {"imageDigest": soci.digest}):
        assert failures(kit, wanted) == []
    kit.client.delete_repository(repositoryName="team/app")  # it is empty


def test_case_32_tag_to_digest_by_head_then_all_tags_go_with_the_digest(kit, docker):
    """ChangemakerStudios/Docker.Registry.DotNet#34."""
    one, two = kit.push("1.0"), kit.push("2.0", "two")
    kit.put(one.manifest, "stable")
    head = docker("HEAD", "manifests/stable", headers={"Accept": OCI})
    assert (head.status_code, head.headers["Docker-Content-Digest"]) == (200, one.digest)
    assert docker("DELETE", f"manifests/{one.digest}").status_code == 202
    assert tags(kit) == {two.digest: {"2.0"}}
    assert docker("HEAD", "manifests/1.0", headers={"Accept": OCI}).status_code == 404


def test_case_35_a_foreign_layer_need_not_be_here_a_plain_one_must(kit, docker):
    """google/go-containerregistry#741."""
    config, layer = b'{"os":"windows"}', b"on top"
    for data in (config, layer):
        kit.layer(data)
    body = json.loads(kit.manifest(config, b"stays with its maker", layer))
    body["layers"][0] |= {"mediaType": FOREIGN, "urls": ["https://example.com/base.tar.gz"]}
    manifest = json.dumps({**body, "mediaType": DOCKER})
    kit.put(manifest, "api")
    docker.put(manifest, "docker", media_type=DOCKER)
    for tag in ("api", "docker"):
        assert docker("GET", f"manifests/{tag}", headers={"Accept": DOCKER}).data == manifest.encode()
    body["layers"][1]["digest"] = lost = kit.sha256(b"never pushed")
    code, message = kit.refused("put_image", repositoryName="team/app", imageManifest=json.dumps(body))
    assert code == "LayersNotFoundException"
    assert f"'[{lost}]'" in message


def test_case_37_the_size_and_type_of_an_artifact_of_two_files(kit, docker):
    """oras-project/oras#796."""
    kind, blobs = "application/vnd.acme.rocket.config.v1+json", (b'{"name":"rocket"}', b"hello\n", b"documents" * 40)
    for data in blobs:
        kit.layer(data)
    body = json.loads(kit.manifest(*blobs))
    body["config"]["mediaType"] = kind
    docker.put(json.dumps(body), "v1")
    (row,) = kit.describe()
    assert row["imageSizeInBytes"] == sum(map(len, blobs))
    assert (row["imageManifestMediaType"], row["artifactMediaType"]) == (OCI, kind)


def test_case_41_two_ways_to_move_latest_in_an_immutable_repository(kit):
    """aws/containers-roadmap#878, #862."""

    def fixed(value):
        kit.client.put_image_tag_mutability(repositoryName="team/app", imageTagMutability=value)

    kit.repository(imageTagMutability="IMMUTABLE")
    first, second = kit.push("latest"), kit.push(None, "two")
    again = {"repositoryName": "team/app", "imageManifest": second.manifest, "imageTag": "latest"}
    assert kit.refused("put_image", **again)[0] == "ImageTagAlreadyExistsException"
    assert failures(kit, {"imageTag": "latest"}) == []
    kit.put(second.manifest, "latest")
    fixed("MUTABLE")
    third = kit.push("latest", "three")
    fixed("IMMUTABLE")
    assert tags(kit) == {second.digest: set(), third.digest: {"latest"}}
    assert first.digest not in tags(kit)
    assert kit.refused("put_image", **again)[0] == "ImageTagAlreadyExistsException"


@pytest.mark.usefixtures("docker")
def test_case_52_a_prefix_filter_takes_every_name_that_begins_so(kit, other):
    """aws/containers-roadmap#2129."""
    destination = {"region": "eu-west-1", "registryId": ACCOUNT}
    filters = [{"filter": "apples", "filterType": "PREFIX_MATCH"}]
    rules = [{"destinations": [destination], "repositoryFilters": filters}]
    kit.client.put_replication_configuration(replicationConfiguration={"rules": rules})
    for name in ("apples", "apples-green", "green-apples", "pears"):
        kit.repository(name)
        kit.push("v1", name=name)
    found = other(ACCOUNT, "eu-west-1").client.describe_repositories()["repositories"]
    assert [row["repositoryName"] for row in found] == ["apples", "apples-green"]
