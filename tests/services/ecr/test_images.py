"""ecrmock.services.ecr.images: PutImage, BatchGetImage, BatchDeleteImage, ListImages, DescribeImages."""

import hashlib
import json

import pytest
from answers import members
from constants import ACCOUNT, CONFIG, DOCKER, LAYER, NOWHERE, OCI, OCI_INDEX, SCHEMA1
from images import image_of, schema1_of

BAD_DIGEST = (
    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    "InvalidImageDigest",
)


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def get(kit, *ids, **more):
    return members(kit.client.batch_get_image(repositoryName="team/app", imageIds=list(ids), **more))


def delete(kit, *ids):
    return members(kit.client.batch_delete_image(repositoryName="team/app", imageIds=list(ids)))


def pairs(rows):
    """(digest, tag or None) of image ids."""
    rows = list(rows)
    assert all(set(row) <= {"imageDigest", "imageTag"} for row in rows)
    return [(row["imageDigest"], row.get("imageTag")) for row in rows]


def failure(code, reason, **asked):
    return {"imageId": asked, "failureCode": code, "failureReason": reason}


def not_found(**asked):
    return failure("ImageNotFound", "Requested image not found", **asked)


def refused_put(kit, manifest, tag=None, **more):
    if tag is not None:
        more["imageTag"] = tag
    return kit.refused("put_image", repositoryName="team/app", imageManifest=manifest, **more)


def invalid(constraint, path="ImageManifest"):
    return (
        "InvalidParameterException",
        f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'",
    )


# -- PutImage


@pytest.mark.parametrize("tag", ["v1", None])
def test_put_answers_with_the_image_and_a_tag_only_if_one_was_given(kit, tag):
    config, layer = b"{}", b"layer"
    kit.layer(config)
    kit.layer(layer)
    manifest = kit.manifest(config, layer)
    digest = kit.sha256(manifest)
    assert kit.put(manifest, tag) == {
        "registryId": ACCOUNT,
        "repositoryName": "team/app",
        "imageId": {"imageDigest": digest, **({"imageTag": tag} if tag else {})},
        "imageManifest": manifest,
        "imageManifestMediaType": OCI,
    }


def test_the_manifests_bytes_are_kept_verbatim_and_named_by_their_sha256(kit):
    pushed = kit.push("v1")
    manifest = "\n\t " + pushed.manifest.replace('"schemaVersion": 2', '"schemaVersion" :  2') + " \r\n"
    manifest = manifest.replace('"layers"', '"annotations": {"naïve": "日本 \\u0041 \U0001f433"}, "layers"')
    image = kit.put(manifest, "v2")
    assert image["imageManifest"] == manifest
    assert image["imageId"]["imageDigest"] == kit.sha256(manifest)
    (found,) = get(kit, {"imageTag": "v2"})["images"]
    assert found["imageManifest"] == manifest


def test_two_spellings_of_one_manifest_are_two_images(kit):
    pushed = kit.push("v1")
    kit.put(pushed.manifest + "\n", "v2")
    assert len(kit.describe()) == 2


def test_new_digest_and_no_tag_is_an_untagged_image(kit):
    pushed = kit.push()
    assert kit.ids() == [(pushed.digest, None)]


def test_new_digest_and_new_tag_is_a_tagged_image(kit):
    pushed = kit.push("v1")
    assert kit.ids() == [(pushed.digest, "v1")]


def test_new_digest_takes_a_movable_tag_and_the_old_image_stays(kit):
    one, two = kit.push("v1", "one"), kit.push("v1", "two")
    assert sorted(kit.ids(), key=str) == sorted([(one.digest, None), (two.digest, "v1")], key=str)


def test_new_digest_and_a_fixed_tag_is_refused_and_nothing_is_stored(kit):
    kit.repository("fixed", imageTagMutability="IMMUTABLE")
    one = kit.push("v1", "one", "fixed")
    kit.layer(b"other", "fixed")
    before = kit.mock.world.store.dump()
    manifest = kit.manifest(one.blobs["config"], b"other")
    refused = kit.refused("put_image", repositoryName="fixed", imageManifest=manifest, imageTag="v1")
    assert refused == (
        "ImageTagAlreadyExistsException",
        (
            "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is "
            "immutable."
        ),
    )
    assert kit.mock.world.store.dump() == before


def test_known_digest_without_a_tag_exists_already(kit):
    pushed = kit.push("v1")
    assert refused_put(kit, pushed.manifest) == (
        "ImageAlreadyExistsException",
        (
            f"Image with digest '{pushed.digest}' and tag 'null' already exists in the repository with name "
            f"'team/app' in registry with id '{ACCOUNT}'"
        ),
    )


def test_known_digest_and_new_tag_adds_the_tag(kit):
    pushed = kit.push("v1")
    assert kit.put(pushed.manifest, "v2")["imageId"] == {"imageDigest": pushed.digest, "imageTag": "v2"}
    (image,) = kit.describe()
    assert sorted(image["imageTags"]) == ["v1", "v2"]


@pytest.mark.parametrize("setting", ["MUTABLE", "IMMUTABLE"])
def test_known_digest_with_its_own_tag_exists_already_mutable_or_not(kit, setting):
    kit.repository("other", imageTagMutability=setting)
    pushed = kit.push("v1", name="other")
    refused = kit.refused("put_image", repositoryName="other", imageManifest=pushed.manifest, imageTag="v1")
    assert refused == (
        "ImageAlreadyExistsException",
        (
            f"Image with digest '{pushed.digest}' and tag 'v1' already exists in the repository with name 'other' in "
            f"registry with id '{ACCOUNT}'"
        ),
    )


def test_known_digest_takes_a_movable_tag_and_keeps_its_push_time(kit):
    one = kit.push("v1", "one")
    pushed_at = kit.describe()[0]["imagePushedAt"]
    kit.advance(60)
    two = kit.push("v2", "two")
    kit.put(one.manifest, "v2")
    by_digest = {image["imageDigest"]: image for image in kit.describe()}
    assert sorted(by_digest[one.digest]["imageTags"]) == ["v1", "v2"]
    assert by_digest[one.digest]["imagePushedAt"] == pushed_at
    assert "imageTags" not in by_digest[two.digest]


def test_known_digest_and_a_fixed_tag_of_another_image_is_refused(kit):
    kit.repository("fixed", imageTagMutability="IMMUTABLE")
    kit.push("v1", "one", "fixed")
    two = kit.push("v2", "two", "fixed")
    refused = kit.refused("put_image", repositoryName="fixed", imageManifest=two.manifest, imageTag="v1")
    assert refused[0] == "ImageTagAlreadyExistsException"
    kit.client.put_image(repositoryName="fixed", imageManifest=two.manifest, imageTag="v3")


@pytest.mark.parametrize(
    ("setting", "filters", "tag", "moves"),
    [
        ("IMMUTABLE_WITH_EXCLUSION", ["dev-*", "latest"], "dev-1", True),
        ("IMMUTABLE_WITH_EXCLUSION", ["dev-*", "latest"], "latest", True),
        ("IMMUTABLE_WITH_EXCLUSION", ["dev-*", "latest"], "latest2", False),
        ("IMMUTABLE_WITH_EXCLUSION", ["dev-*", "latest"], "DEV-1", False),
        ("MUTABLE_WITH_EXCLUSION", ["v*.*"], "v1.0", False),
        ("MUTABLE_WITH_EXCLUSION", ["v*.*"], "v1", True),
        ("MUTABLE_WITH_EXCLUSION", ["*rc"], "rc", False),
    ],
)
def test_exclusion_filters_turn_the_setting_round(kit, setting, filters, tag, moves):
    rows = [{"filterType": "WILDCARD", "filter": text} for text in filters]
    kit.repository("some", imageTagMutability=setting, imageTagMutabilityExclusionFilters=rows)
    kit.push(tag, "one", "some")
    two = kit.push(None, "two", "some")
    request = {"repositoryName": "some", "imageManifest": two.manifest, "imageTag": tag}
    if moves:
        kit.client.put_image(**request)
        assert (two.digest, tag) in kit.ids("some")
    else:
        assert kit.refused("put_image", **request)[0] == "ImageTagAlreadyExistsException"


def test_a_fixed_tag_may_be_deleted_and_used_again(kit):
    kit.repository("fixed", imageTagMutability="IMMUTABLE")
    kit.push("v1", "one", "fixed")
    kit.client.batch_delete_image(repositoryName="fixed", imageIds=[{"imageTag": "v1"}])
    two = kit.push("v1", "two", "fixed")
    assert kit.ids("fixed") == [(two.digest, "v1")]


def test_the_digest_is_compared_when_one_is_given(kit):
    pushed = kit.push("v1")
    kit.put(pushed.manifest, "v2", imageDigest=pushed.digest)
    assert refused_put(kit, pushed.manifest, "v3", imageDigest=NOWHERE) == (
        "ImageDigestDoesNotMatchException",
        (
            f"The image with digest '{NOWHERE}' in repository 'team/app' and registry ID '{ACCOUNT}' does not match "
            "the image digest that Amazon ECR has calculated."
        ),
    )


def test_a_sha512_digest_does_not_fit_at_this_door_even_a_right_one(kit):
    # decisions 3: ECR's own dialect know sha256 only
    pushed = kit.push("v1")
    digest = "sha512:" + hashlib.sha512(pushed.manifest.encode()).hexdigest()
    assert refused_put(kit, pushed.manifest, "v2", imageDigest=digest)[0] == "ImageDigestDoesNotMatchException"


def test_missing_layers_and_config_are_listed_in_order(kit):
    kit.layer(b"here")
    manifest = kit.manifest(b"config", b"one", b"here", b"two")
    wanted = ", ".join(kit.sha256(data) for data in (b"config", b"one", b"two"))
    assert refused_put(kit, manifest, "v1") == (
        "LayersNotFoundException",
        (
            f"Layers with digests '[{wanted}]' required for pushing image into repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}' do not exist"
        ),
    )
    assert kit.ids() == []


def test_layers_of_another_repository_do_not_count(kit):
    kit.repository("other")
    pushed = kit.push("v1", name="other")
    assert refused_put(kit, pushed.manifest, "v1")[0] == "LayersNotFoundException"


@pytest.mark.parametrize("options", [{"lenient": True}])
def test_lenient_admits_layers_that_were_never_uploaded(kit):
    manifest = kit.manifest(b"config", b"layer")
    kit.put(manifest, "v1")
    (image,) = kit.describe()
    assert image["imageDigest"] == kit.sha256(manifest)
    assert image["imageSizeInBytes"] == len(b"config") + len(b"layer")


def test_foreign_layers_need_not_be_here(kit):
    kit.layer(b"{}")
    kit.layer(b"own")
    body = json.loads(kit.manifest(b"{}", b"own"))
    kind = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    body["layers"].insert(0, {"mediaType": kind, "digest": NOWHERE, "size": 1000, "urls": ["https://example.com/base"]})
    kit.put(json.dumps(body), "windows")
    assert kit.describe()[0]["imageSizeInBytes"] == 1000 + 2 + 3


def test_missing_children_of_an_index_are_listed(kit):
    here = kit.push()
    lost = [here._replace(digest="sha256:" + digit * 64) for digit in "12"]
    listed = ", ".join(child.digest for child in lost)
    assert refused_put(kit, kit.index(lost[0], here, lost[1]), "multi") == (
        "ReferencedImagesNotFoundException",
        (
            f"Images with digests '[{listed}]' required for pushing image into repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}' do not exist"
        ),
    )


def test_an_index_over_images_that_are_here(kit):
    children = [kit.push(None, "one"), kit.push(None, "two")]
    index = kit.index(*children)
    image = kit.put(index, "multi")
    assert image["imageManifestMediaType"] == OCI_INDEX
    assert image["imageId"]["imageDigest"] == kit.sha256(index)


def test_an_index_without_entries_is_accepted(kit):
    index = kit.index()
    kit.put(index, "none")
    (image,) = kit.describe()
    assert (image["imageDigest"], image["imageManifestMediaType"]) == (kit.sha256(index), OCI_INDEX)
    assert (image["imageTags"], image["imageSizeInBytes"]) == (["none"], 0)


def test_a_subject_need_not_exist(kit):
    pushed = kit.push("v1", subject={"mediaType": OCI, "digest": NOWHERE, "size": 7})
    (image,) = kit.describe()
    assert (image["imageDigest"], image["subjectManifestDigest"]) == (pushed.digest, NOWHERE)


GOOD = image_of({"mediaType": CONFIG, "digest": NOWHERE, "size": 2}, {"mediaType": LAYER, "digest": NOWHERE, "size": 3})


@pytest.mark.parametrize(
    "manifest",
    [
        "no json",
        "{",
        "[]",
        '"text"',
        "{}",
        json.dumps({**GOOD, "schemaVersion": 3}),
        json.dumps({**GOOD, "mediaType": "application/vnd.unknown"}),
        json.dumps({name: value for name, value in GOOD.items() if name != "config"}),
        json.dumps({name: value for name, value in GOOD.items() if name != "layers"}),
        json.dumps({**GOOD, "unknown": 1}),
        json.dumps({**GOOD, "manifests": []}),
        json.dumps({**GOOD, "layers": {}}),
        json.dumps({**GOOD, "config": {**GOOD["config"], "annotations": {"a": "b"}}}),
        json.dumps({**GOOD, "config": {**GOOD["config"], "digest": "sha256:short"}}),
        json.dumps({**GOOD, "config": {**GOOD["config"], "size": -1}}),
        json.dumps({**GOOD, "config": {**GOOD["config"], "size": "2"}}),
        json.dumps({name: value for name, value in GOOD.items() if name != "mediaType"}),
        json.dumps({"schemaVersion": 1, "fsLayers": []}),
        json.dumps({**GOOD, "annotations": {"a": 1}}),
    ],
)
def test_manifests_that_do_not_fit_their_type_are_invalid_json_syntax(kit, manifest):
    assert refused_put(kit, manifest, "v1") == invalid("Invalid JSON syntax")


def test_a_media_type_that_contradicts_the_manifest_is_refused(kit):
    pushed = kit.push()
    refused = refused_put(kit, pushed.manifest, "v1", imageManifestMediaType=DOCKER)
    assert refused == invalid("Invalid JSON syntax")


def test_an_oci_manifest_without_media_type_needs_the_parameter(kit):
    pushed = kit.push()
    body = json.loads(pushed.manifest)
    del body["mediaType"]
    manifest = json.dumps(body)
    assert refused_put(kit, manifest, "v1") == invalid("Invalid JSON syntax")
    image = kit.put(manifest, "v1", imageManifestMediaType=OCI)
    assert image["imageManifestMediaType"] == OCI


def test_an_image_needs_a_layer(kit):
    kit.layer(b"{}")
    assert refused_put(kit, kit.manifest(b"{}"), "v1") == invalid("Image has to have at least 1 layer")


@pytest.mark.parametrize("options", [{"quota_layers_per_image": 1}])
def test_an_image_may_have_too_many_layers(kit):
    for data in (b"{}", b"one", b"two"):
        kit.layer(data)
    refused = refused_put(kit, kit.manifest(b"{}", b"one", b"two"), "v1")
    assert refused == invalid("Limit on number of layers per image exceeded")
    kit.put(kit.manifest(b"{}", b"one"), "v1")


def test_schema_1_is_known_by_its_version(kit):
    body = schema1_of(kit.layer(b"layer"), name="team/app", tag="old", architecture="amd64")
    assert kit.put(json.dumps(body), "old")["imageManifestMediaType"] == SCHEMA1


@pytest.mark.parametrize("tag", ["a b", "é", "a/b", "a:b", "+"])
def test_illegal_tags_are_refused_by_their_pattern(kit, tag):
    assert refused_put(kit, kit.push().manifest, tag) == invalid(
        "must satisfy regular expression '[a-zA-Z0-9-_.]+'", "imageTag"
    )


@pytest.mark.parametrize(
    ("tag", "bound"), [("", "greater than or equal to 1"), ("a" * 301, "less than or equal to 300")]
)
def test_the_length_of_a_tag(kit, tag, bound):
    refused = kit.refused("put_image", repositoryName="team/app", imageManifest="{}", imageTag=tag)
    assert refused == invalid(f"Member must have length {bound}", "imageTag")


def test_the_length_of_a_manifest(kit):
    assert refused_put(kit, " " * 4_194_305, "v1") == invalid(
        "Member must have length less than or equal to 4194304", "imageManifest"
    )
    assert refused_put(kit, "", "v1") == invalid("Member must have length greater than or equal to 1", "imageManifest")


@pytest.mark.parametrize("tag", ["a" * 300, "-", ".", "_", "A-1_b.c"])
def test_tags_that_the_api_accepts(kit, tag):
    kit.push(tag)
    assert kit.ids()[0][1] == tag


@pytest.mark.parametrize("options", [{"quota_tags_per_image": 2, "quota_images": 2}])
def test_quotas_on_tags_and_images(kit):
    one = kit.push("v1", "one")
    kit.put(one.manifest, "v2")
    where = f"in the repository with name 'team/app' in registry with id '{ACCOUNT}'"
    assert refused_put(kit, one.manifest, "v3") == (
        "LimitExceededException",
        f"Adding tag 'v3' to an image {where} exceeds the maximum allowed number of tags per image which is '2'",
    )
    kit.push("v1", "two")
    three = kit.manifest(one.blobs["config"], one.blobs["layer"], annotations={"a": "third"})
    assert refused_put(kit, three, "v4") == (
        "LimitExceededException",
        f"The {where.partition('the ')[2]} already has the maximum allowed number of images which is '2'",
    )
    assert len(kit.describe()) == 2


# -- BatchGetImage


@pytest.fixture
def two(kit):
    """An image with the tags a and b, and an untagged one."""
    tagged = kit.push("a", "tagged")
    kit.put(tagged.manifest, "b")
    return tagged, kit.push(None, "untagged")


def test_get_by_tag_is_one_entry(kit, two):
    assert get(kit, {"imageTag": "b"}) == {
        "images": [
            {
                "registryId": ACCOUNT,
                "repositoryName": "team/app",
                "imageId": {"imageDigest": two[0].digest, "imageTag": "b"},
                "imageManifest": two[0].manifest,
                "imageManifestMediaType": OCI,
            }
        ],
        "failures": [],
    }


def test_get_by_digest_is_one_entry_a_tag_or_one_without(kit, two):
    tagged, untagged = two
    found = get(kit, {"imageDigest": tagged.digest}, {"imageDigest": untagged.digest})
    assert sorted(pairs(image["imageId"] for image in found["images"]), key=str) == sorted(
        [(tagged.digest, "a"), (tagged.digest, "b"), (untagged.digest, None)], key=str
    )
    assert found["failures"] == []


def test_get_by_digest_and_tag_that_agree(kit, two):
    found = get(kit, {"imageDigest": two[0].digest, "imageTag": "a"})
    assert pairs(image["imageId"] for image in found["images"]) == [(two[0].digest, "a")]


def test_each_way_not_to_get_an_image(kit, two):
    digest = two[1].digest
    asked = [
        {"imageTag": "gone"},
        {"imageDigest": NOWHERE},
        {"imageDigest": digest, "imageTag": "gone"},
        {"imageDigest": digest, "imageTag": "a"},
        {},
        {"imageDigest": "nonsense"},
        {"imageTag": "a b"},
    ]
    tag = "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'"
    both = "Invalid request parameters: both tag and digest cannot be null"
    other = "Invalid request parameters: given tag does not map to the given digest"
    assert get(kit, *asked) == {
        "images": [],
        "failures": [
            not_found(imageTag="gone"),
            not_found(imageDigest=NOWHERE),
            not_found(imageDigest=digest, imageTag="gone"),
            failure("ImageTagDoesNotMatchDigest", other, imageDigest=digest, imageTag="a"),
            failure("MissingDigestAndTag", both),
            failure("InvalidImageDigest", BAD_DIGEST[0], imageDigest="nonsense"),
            failure("InvalidImageTag", tag, imageTag="a b"),
        ],
    }


def test_good_and_bad_ids_in_one_call(kit, two):
    found = get(kit, {"imageTag": "a"}, {"imageTag": "gone"}, {"imageDigest": two[1].digest})
    assert pairs(image["imageId"] for image in found["images"]) == [(two[0].digest, "a"), (two[1].digest, None)]
    assert found["failures"] == [not_found(imageTag="gone")]


@pytest.mark.parametrize("accepted", [None, [OCI], [SCHEMA1]])
def test_by_digest_the_stored_bytes_are_given_whatever_is_accepted(kit, two, accepted):
    more = {"acceptedMediaTypes": accepted} if accepted else {}
    (image,) = get(kit, {"imageDigest": two[1].digest}, **more)["images"]
    assert (image["imageManifest"], image["imageManifestMediaType"]) == (two[1].manifest, OCI)


@pytest.mark.parametrize("count", [0, 101])
def test_get_takes_one_to_a_hundred_ids(kit, count):
    code, message = kit.refused("batch_get_image", repositoryName="team/app", imageIds=[{"imageTag": "a"}] * count)
    bound = "greater than or equal to 1" if not count else "less than or equal to 100"
    assert (code, message) == invalid(f"Member must have length {bound}", "imageIds")


def test_a_pull_is_recorded(kit, two):
    assert all("lastRecordedPullTime" not in image for image in kit.describe())
    kit.advance(30)
    get(kit, {"imageTag": "a"})
    by_digest = {image["imageDigest"]: image for image in kit.describe()}
    pulled = by_digest[two[0].digest]["lastRecordedPullTime"]
    assert pulled.timestamp() == pytest.approx(kit.now(), abs=0.0005)
    assert "lastRecordedPullTime" not in by_digest[two[1].digest]


@pytest.mark.parametrize("options", [{"pull_time_hours": 24}])
def test_the_time_of_a_pull_may_be_as_old_as_one_likes(kit, two):
    first = kit.now()
    seen = []
    for hours in (0, 23, 1, 23):
        kit.advance(hours * 3600)
        get(kit, {"imageTag": "a"})
        image = next(image for image in kit.describe() if image["imageDigest"] == two[0].digest)
        seen.append(round((image["lastRecordedPullTime"].timestamp() - first) / 3600))
    assert seen == [0, 0, 24, 24]


# -- BatchDeleteImage


def test_deleting_a_tag_of_several_leaves_the_image(kit, two):
    assert delete(kit, {"imageTag": "a"}) == {
        "imageIds": [{"imageDigest": two[0].digest, "imageTag": "a"}],
        "failures": [],
    }
    assert (two[0].digest, "b") in kit.ids()


def test_deleting_the_last_tag_deletes_the_image(kit, two):
    delete(kit, {"imageTag": "a"})
    assert pairs(delete(kit, {"imageTag": "b"})["imageIds"]) == [(two[0].digest, "b")]
    assert kit.ids() == [(two[1].digest, None)]


def test_deleting_by_digest_deletes_all_tags_and_tells_each(kit, two):
    tagged, untagged = two
    gone = delete(kit, {"imageDigest": tagged.digest}, {"imageDigest": untagged.digest})
    assert sorted(pairs(gone["imageIds"]), key=str) == sorted(
        [(tagged.digest, "a"), (tagged.digest, "b"), (untagged.digest, None)], key=str
    )
    assert gone["failures"] == []
    assert kit.ids() == []


def test_deleting_by_digest_and_tag_removes_only_that_tag(kit, two):
    gone = delete(kit, {"imageDigest": two[0].digest, "imageTag": "a"})
    assert pairs(gone["imageIds"]) == [(two[0].digest, "a")]
    assert (two[0].digest, "b") in kit.ids()


def test_each_way_not_to_delete_an_image(kit, two):
    before = kit.ids()
    digest = two[1].digest
    other = "Invalid request parameters: given tag does not map to the given digest"
    both = "Invalid request parameters: both tag and digest cannot be null"
    asked = [
        {"imageTag": "gone"},
        {"imageDigest": digest, "imageTag": "gone"},
        {"imageDigest": digest, "imageTag": "a"},
        {},
        {"imageDigest": "nonsense"},
    ]
    assert delete(kit, *asked) == {
        "imageIds": [],
        "failures": [
            not_found(imageTag="gone"),
            not_found(imageDigest=digest, imageTag="gone"),
            failure("ImageTagDoesNotMatchDigest", other, imageDigest=digest, imageTag="a"),
            failure("MissingDigestAndTag", both),
            failure("InvalidImageDigest", BAD_DIGEST[0], imageDigest="nonsense"),
        ],
    }
    assert kit.ids() == before


def test_a_digest_and_a_tag_of_the_same_image_delete_it_once(kit, two):
    gone = delete(kit, {"imageDigest": two[0].digest}, {"imageTag": "a"})
    assert gone["failures"] == []
    assert sorted(set(pairs(gone["imageIds"]))) == [(two[0].digest, "a"), (two[0].digest, "b")]


def test_deleting_twice_is_a_failure_not_an_error(kit, two):
    delete(kit, {"imageDigest": two[1].digest})
    assert delete(kit, {"imageDigest": two[1].digest}) == {
        "imageIds": [],
        "failures": [not_found(imageDigest=two[1].digest)],
    }


@pytest.mark.parametrize("count", [0, 101])
def test_delete_takes_one_to_a_hundred_ids(kit, count):
    code, message = kit.refused("batch_delete_image", repositoryName="team/app", imageIds=[{"imageTag": "a"}] * count)
    bound = "greater than or equal to 1" if not count else "less than or equal to 100"
    assert (code, message) == invalid(f"Member must have length {bound}", "imageIds")


def test_the_child_of_an_index_is_held_by_digest_and_by_its_last_tag(kit):
    child = kit.push("child", "one")
    index = kit.index(child)
    kit.put(index, "multi")
    reason = f"Requested image referenced by manifest list: [{kit.sha256(index)}]"
    for asked in ({"imageDigest": child.digest}, {"imageTag": "child"}):
        assert delete(kit, asked) == {
            "imageIds": [],
            "failures": [failure("ImageReferencedByManifestList", reason, **asked)],
        }
    assert (child.digest, "child") in kit.ids()
    kit.put(child.manifest, "second")
    assert delete(kit, {"imageTag": "child"})["failures"] == []


def test_a_child_held_by_two_lists_names_both(kit):
    child = kit.push(None, "one")
    lists = [kit.index(child), kit.index(child, annotations={"a": "b"})]
    for place, index in enumerate(lists):
        kit.put(index, f"multi{place}")
    (failed,) = delete(kit, {"imageDigest": child.digest})["failures"]
    listed = failed["failureReason"].removeprefix("Requested image referenced by manifest list: [").removesuffix("]")
    assert sorted(listed.split(", ")) == sorted(kit.sha256(index) for index in lists)


@pytest.mark.parametrize("first", [True, False])
def test_of_a_list_and_its_children_in_one_call_only_the_list_goes(kit, first):
    children = [kit.push(None, "one"), kit.push(None, "two")]
    index = kit.index(*children)
    kit.put(index, "multi")
    asked = [{"imageDigest": child.digest} for child in children]
    of_list = [{"imageDigest": kit.sha256(index)}]
    answer = delete(kit, *(of_list + asked if first else asked + of_list))
    assert pairs(answer["imageIds"]) == [(kit.sha256(index), "multi")]
    assert [failed["failureCode"] for failed in answer["failures"]] == ["ImageReferencedByManifestList"] * 2
    assert sorted(kit.ids()) == sorted((child.digest, None) for child in children)
    assert delete(kit, *asked)["failures"] == []


def test_deleting_a_subject_leaves_its_referrer(kit):
    subject = kit.push("v1", "one")
    row = {"mediaType": OCI, "digest": subject.digest, "size": 7}
    referrer = kit.push(None, "signature", subject=row, artifactType="application/x.sig")
    delete(kit, {"imageDigest": subject.digest})
    assert kit.ids() == [(referrer.digest, None)]


# -- ListImages


def test_list_is_one_entry_a_tag_and_one_for_an_untagged_image(kit, two):
    tagged, untagged = two
    assert kit.ids() == [(tagged.digest, "a"), (tagged.digest, "b"), (untagged.digest, None)]
    assert kit.ids(filter={"tagStatus": "ANY"}) == kit.ids()
    assert kit.ids(filter={"tagStatus": "TAGGED"}) == [(tagged.digest, "a"), (tagged.digest, "b")]
    assert kit.ids(filter={"tagStatus": "UNTAGGED"}) == [(untagged.digest, None)]


def test_list_of_an_empty_repository(kit):
    assert members(kit.client.list_images(repositoryName="team/app")) == {"imageIds": []}


def test_only_active_images_are_listed_unless_others_are_asked_for(kit, two):
    assert kit.ids(filter={"imageStatus": "ACTIVE"}) == kit.ids()
    assert kit.ids(filter={"imageStatus": "ARCHIVED"}) == []
    assert kit.ids(filter={"imageStatus": "ANY", "tagStatus": "UNTAGGED"}) == [(two[1].digest, None)]


@pytest.mark.parametrize("operation", ["list_images", "describe_images"])
def test_an_unknown_filter_value_is_told_the_set(kit, operation):
    code, message = kit.refused(operation, repositoryName="team/app", filter={"tagStatus": "SOME"})
    assert (code, message) == invalid("Member must satisfy enum value set: [TAGGED, UNTAGGED, ANY]", "filter.tagStatus")


# -- DescribeImages


def test_a_tagged_image_with_every_member(kit):
    pushed = kit.push("v1")
    (image,) = kit.describe()
    assert image.pop("imagePushedAt").timestamp() == pytest.approx(kit.now(), abs=0.0005)
    assert image == {
        "registryId": ACCOUNT,
        "repositoryName": "team/app",
        "imageDigest": pushed.digest,
        "imageTags": ["v1"],
        "imageSizeInBytes": sum(len(data) for data in pushed.blobs.values()),
        "imageManifestMediaType": OCI,
        "artifactMediaType": CONFIG,
        "imageStatus": "ACTIVE",
    }


def test_an_untagged_image_has_no_image_tags_at_all(kit):
    kit.push()
    assert "imageTags" not in kit.describe()[0]
    assert "imageTags" not in kit.describe(filter={"tagStatus": "UNTAGGED"})[0]
    assert kit.describe(filter={"tagStatus": "TAGGED"}) == []


def test_two_tags_of_one_image_are_one_entry_with_all_tags(kit, two):
    (image,) = kit.describe(imageIds=[{"imageTag": "a"}, {"imageTag": "b"}, {"imageDigest": two[0].digest}])
    assert sorted(image["imageTags"]) == ["a", "b"]


def test_the_size_of_an_index_is_that_of_its_largest_image_and_it_has_no_artifact_type(kit):
    small, large = kit.push(None, "small"), kit.push(None, "large" * 9)
    kit.put(kit.index(small, large), "multi")
    (image,) = kit.describe(imageIds=[{"imageTag": "multi"}])
    assert image["imageSizeInBytes"] == sum(len(data) for data in large.blobs.values())
    assert image["imageManifestMediaType"] == OCI_INDEX
    assert "artifactMediaType" not in image


def test_an_artifacts_type_wins_over_its_configs(kit):
    kit.push("sbom", artifactType="text/sbom+json")
    assert kit.describe()[0]["artifactMediaType"] == "text/sbom+json"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"imageTag": "gone"}, "imageDigest:'null', imageTag:'gone'"),
        ({"imageDigest": NOWHERE}, f"imageDigest:'{NOWHERE}', imageTag:'null'"),
        ({"imageDigest": NOWHERE, "imageTag": "a"}, f"imageDigest:'{NOWHERE}', imageTag:'a'"),
    ],
)
def test_one_missing_id_fails_the_whole_describe(kit, two, asked, shown):
    ids = [{"imageDigest": two[1].digest}, asked]
    assert kit.refused("describe_images", repositoryName="team/app", imageIds=ids) == (
        "ImageNotFoundException",
        (
            f"The image with imageId {{{shown}}} does not exist within the repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}'"
        ),
    )


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("put_image", {"imageManifest": "{}"}),
        ("batch_get_image", {"imageIds": [{"imageTag": "a"}]}),
        ("batch_delete_image", {"imageIds": [{"imageTag": "a"}]}),
        ("list_images", {}),
        ("describe_images", {}),
    ],
)
def test_a_missing_repository_is_not_found(kit, operation, more):
    assert kit.refused(operation, repositoryName="gone", **more) == (
        "RepositoryNotFoundException",
        f"The repository with name 'gone' does not exist in the registry with id '{ACCOUNT}'",
    )
