"""ecrmock.services.ecr.images: UpdateImageStorageClass, the archive and the way back (facts/api 10)."""

import hashlib

import pytest
from answers import members
from constants import ACCOUNT, NOWHERE, OCI
from werkzeug.test import Client

APP = {"repositoryName": "team/app"}
UNSUPPORTED = (
    "ImageStorageClassUpdateNotSupportedException",
    "The requested image storage class update is not supported.",
)
MANUAL = {"delays": (("restore-image", "manual"),)}
LATER = {"delays": (("restore-image", 600),)}


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def move(kit, target, *, name="team/app", **image_id):
    return members(
        kit.client.update_image_storage_class(repositoryName=name, imageId=image_id, targetStorageClass=target)
    )


def archive(kit, digest):
    return move(kit, "ARCHIVE", imageDigest=digest)["imageStatus"]


def restore(kit, digest):
    return move(kit, "STANDARD", imageDigest=digest)["imageStatus"]


def refused(kit, target, **image_id):
    return kit.refused("update_image_storage_class", **APP, imageId=image_id, targetStorageClass=target)


def detail(kit, digest):
    (found,) = kit.describe(imageIds=[{"imageDigest": digest}])
    return found


def status(kit, digest):
    return detail(kit, digest)["imageStatus"]


def docker(kit, method, path, data=b"", **headers):
    entry = kit.client.get_authorization_token()["authorizationData"][0]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    host = {"Authorization": f"Basic {entry['authorizationToken']}", "Host": entry["proxyEndpoint"][len("https://") :]}
    return Client(kit.mock.application).open(f"/v2/team/app/{path}", method=method, data=data, headers=host | named)


def release(kit):
    world = kit.mock.world
    return world.transact(lambda: world.schedule.release("restore-image"))


# -- the table of facts/api 10


@pytest.mark.parametrize("by", ["imageDigest", "imageTag", "both"])
def test_an_active_image_is_archived_at_once(kit, by):
    pushed = kit.push("v1")
    both = {"imageDigest": pushed.digest, "imageTag": "v1"}
    image_id = both if by == "both" else {by: both[by]}
    assert move(kit, "ARCHIVE", **image_id) == {
        "registryId": ACCOUNT,
        "repositoryName": "team/app",
        "imageId": image_id,
        "imageStatus": "ARCHIVED",
    }
    found = detail(kit, pushed.digest)
    assert found["imageStatus"] == "ARCHIVED"
    assert found["lastArchivedAt"].timestamp() == pytest.approx(kit.now(), abs=0.0005)
    assert "lastActivatedAt" not in found
    assert found["imageTags"] == ["v1"]


def test_an_archived_image_is_activating_first_and_active_at_the_next_look(kit):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    archived_at = detail(kit, pushed.digest)["lastArchivedAt"]
    kit.advance(86_400)
    assert restore(kit, pushed.digest) == "ACTIVATING"
    found = detail(kit, pushed.digest)
    assert found["imageStatus"] == "ACTIVE"
    assert found["lastActivatedAt"].timestamp() == pytest.approx(kit.now(), abs=0.0005)
    assert found["lastArchivedAt"] == archived_at
    assert kit.client.batch_get_image(**APP, imageIds=[{"imageTag": "v1"}])["failures"] == []


@pytest.mark.parametrize("options", [MANUAL])
def test_restoring_may_wait_for_a_word(kit):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    assert restore(kit, pushed.digest) == "ACTIVATING"
    kit.advance(86_400)
    assert status(kit, pushed.digest) == "ACTIVATING"
    assert release(kit) == 1
    assert status(kit, pushed.digest) == "ACTIVE"


@pytest.mark.parametrize("options", [LATER])
def test_restoring_may_take_its_time(kit):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    restore(kit, pushed.digest)
    kit.advance(599)
    assert status(kit, pushed.digest) == "ACTIVATING"
    kit.advance(1)
    found = detail(kit, pushed.digest)
    assert found["imageStatus"] == "ACTIVE"
    assert found["lastActivatedAt"].timestamp() == pytest.approx(kit.now(), abs=0.0005)


def test_archiving_twice_and_restoring_what_is_active_change_nothing(kit):
    pushed = kit.push("v1")
    before = detail(kit, pushed.digest)
    assert restore(kit, pushed.digest) == "ACTIVE"
    assert detail(kit, pushed.digest) == before
    archive(kit, pushed.digest)
    before = detail(kit, pushed.digest)
    kit.advance(100)
    assert archive(kit, pushed.digest) == "ARCHIVED"
    assert detail(kit, pushed.digest) == before


@pytest.mark.parametrize("options", [MANUAL])
@pytest.mark.parametrize("target", ["ARCHIVE", "STANDARD"])
def test_an_image_on_its_way_back_is_left_alone(kit, target):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    restore(kit, pushed.digest)
    assert refused(kit, target, imageTag="v1") == UNSUPPORTED
    assert status(kit, pushed.digest) == "ACTIVATING"


# -- what an archived image can and cannot do


@pytest.mark.parametrize("options", [MANUAL])
@pytest.mark.parametrize("activating", [False, True])
def test_it_cannot_be_pulled_at_either_door(kit, activating):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    if activating:
        restore(kit, pushed.digest)
    asked = [{"imageTag": "v1"}, {"imageDigest": pushed.digest}]
    answer = members(kit.client.batch_get_image(**APP, imageIds=asked))
    reason = "The requested image is in an inaccessible state. Please restore if needed"
    assert answer == {
        "images": [],
        "failures": [
            {"imageId": image_id, "failureCode": "ImageInaccessible", "failureReason": reason} for image_id in asked
        ],
    }
    for reference in ("v1", pushed.digest):
        found = docker(kit, "GET", f"manifests/{reference}")
        assert (found.status_code, found.json["errors"][0]["code"]) == (404, "MANIFEST_UNKNOWN")
        assert docker(kit, "HEAD", f"manifests/{reference}").status_code == 404
    assert "lastRecordedPullTime" not in detail(kit, pushed.digest)


@pytest.mark.parametrize("options", [MANUAL])
def test_it_is_described_and_listed_only_when_asked_for(kit):
    one, two, three = kit.push("a", "one"), kit.push("b", "two"), kit.push(None, "three")
    archive(kit, one.digest)
    archive(kit, two.digest)
    restore(kit, two.digest)
    for wanted, expected in {
        None: {three.digest},
        "ACTIVE": {three.digest},
        "ARCHIVED": {one.digest},
        "ACTIVATING": {two.digest},
        "ANY": {one.digest, two.digest, three.digest},
    }.items():
        more = {"filter": {"imageStatus": wanted}} if wanted else {}
        assert {digest for digest, _ in kit.ids(**more)} == expected
        assert {image["imageDigest"] for image in kit.describe(**more)} == expected
    named = kit.describe(imageIds=[{"imageTag": "a"}, {"imageTag": "b"}])
    assert [image["imageStatus"] for image in named] == ["ARCHIVED", "ACTIVATING"]
    assert docker(kit, "GET", "tags/list").json["tags"] == []


def test_its_layers_are_archived_unless_another_image_uses_them(kit):
    one = kit.push("a", "one")
    layer, config = (kit.sha256(one.blobs[name]) for name in ("layer", "config"))
    second = kit.manifest(one.blobs["config"], one.blobs["layer"], annotations={"a": "b"})
    kit.put(second, "b")
    archive(kit, one.digest)
    assert kit.availability(layer) == "AVAILABLE"
    archive(kit, kit.sha256(second))
    assert kit.availability(layer) == kit.availability(config) == "ARCHIVED"
    (row,) = kit.client.batch_check_layer_availability(**APP, layerDigests=[layer])["layers"]
    assert row["layerSize"] == len(one.blobs["layer"])
    restore(kit, one.digest)
    assert kit.availability(layer) == "AVAILABLE"


def test_a_blob_of_archived_images_alone_is_404_for_head(kit):
    # facts/registry 2.13: AVAILABLE is 200, anything else 404
    pushed = kit.push("v1")
    path = f"blobs/{kit.sha256(pushed.blobs['layer'])}"
    assert docker(kit, "HEAD", path).status_code == 200
    archive(kit, pushed.digest)
    assert docker(kit, "HEAD", path).status_code == 404
    restore(kit, pushed.digest)
    assert docker(kit, "HEAD", path).status_code == 200


@pytest.mark.parametrize(
    ("options", "activating"), [({}, False), (MANUAL, False), (MANUAL, True), (LATER, True)], ids=str
)
@pytest.mark.parametrize("door", ["api", "docker"])
@pytest.mark.parametrize("tag", ["v1", "v2", None])
def test_pushing_it_again_restores_it_at_once(kit, activating, door, tag):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    if activating:
        restore(kit, pushed.digest)
    kit.advance(100)
    if door == "api":
        kit.put(pushed.manifest, tag)
    else:
        kind = OCI
        path = f"manifests/{tag or pushed.digest}"
        assert docker(kit, "PUT", path, pushed.manifest, Content_Type=kind).status_code == 201
    found = detail(kit, pushed.digest)
    assert found["imageStatus"] == "ACTIVE"
    assert found["lastActivatedAt"].timestamp() == pytest.approx(kit.now(), abs=0.0005)
    assert set(found["imageTags"]) == {"v1", tag or "v1"}
    assert len(kit.client.batch_get_image(**APP, imageIds=[{"imageTag": "v1"}])["images"]) == 1


def test_pushing_it_again_by_a_further_digest_makes_it_known_by_that_too(kit):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    sha512 = "sha512:" + hashlib.sha512(pushed.manifest.encode()).hexdigest()
    kind = OCI
    assert docker(kit, "PUT", f"manifests/{sha512}", pushed.manifest, Content_Type=kind).status_code == 201
    assert docker(kit, "GET", f"manifests/{sha512}").text == pushed.manifest


def test_pushing_it_again_may_take_a_movable_tag_along(kit):
    one, two = kit.push("v1", "one"), kit.push("v2", "two")
    archive(kit, one.digest)
    kit.put(one.manifest, "v2")
    assert sorted(kit.ids(), key=str) == sorted([(one.digest, "v1"), (one.digest, "v2"), (two.digest, None)], key=str)


def test_pushing_it_again_leaves_a_fixed_tag_and_the_archive_alone(kit):
    kit.repository("fixed", imageTagMutability="IMMUTABLE")
    one = kit.push("v1", "one", "fixed")
    kit.push("v2", "two", "fixed")
    move(kit, "ARCHIVE", name="fixed", imageDigest=one.digest)
    code, _ = kit.refused("put_image", repositoryName="fixed", imageManifest=one.manifest, imageTag="v2")
    assert code == "ImageTagAlreadyExistsException"
    (found,) = kit.describe("fixed", imageIds=[{"imageDigest": one.digest}])
    assert found["imageStatus"] == "ARCHIVED"
    kit.put(one.manifest, "v1", "fixed")
    assert kit.describe("fixed", imageIds=[{"imageDigest": one.digest}])[0]["imageStatus"] == "ACTIVE"


@pytest.mark.parametrize("options", [LATER])
@pytest.mark.parametrize("again", ["push", "delete and push"])
def test_an_old_restore_does_not_bring_back_what_was_archived_since(kit, again):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    restore(kit, pushed.digest)
    if again == "delete and push":
        kit.client.batch_delete_image(**APP, imageIds=[{"imageDigest": pushed.digest}])
        kit.push("v1")
    else:
        kit.put(pushed.manifest, "v2")
    assert archive(kit, pushed.digest) == "ARCHIVED"
    kit.advance(3600)
    assert status(kit, pushed.digest) == "ARCHIVED"


@pytest.mark.parametrize("options", [LATER])
def test_what_went_on_its_way_back_stays_gone(kit):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    restore(kit, pushed.digest)
    kit.client.delete_repository(**APP, force=True)
    kit.advance(3600)
    kit.repository()
    assert kit.ids(filter={"imageStatus": "ANY"}) == []
    assert kit.mock.world.schedule.failed() == []


def test_it_may_be_deleted_and_holds_its_repository(kit):
    pushed = kit.push("v1")
    archive(kit, pushed.digest)
    assert kit.refused("delete_repository", **APP)[0] == "RepositoryNotEmptyException"
    gone = kit.client.batch_delete_image(**APP, imageIds=[{"imageTag": "v1"}])
    assert gone["imageIds"] == [{"imageDigest": pushed.digest, "imageTag": "v1"}]
    kit.advance(86_400)  # the layers' grace
    assert kit.mock.world.blobs.names() == set()


def test_its_tag_may_go_alone_and_move(kit):
    pushed = kit.push("v1")
    kit.put(pushed.manifest, "v2")
    archive(kit, pushed.digest)
    other = kit.push("v2", "other")
    assert kit.ids() == [(other.digest, "v2")]
    assert detail(kit, pushed.digest)["imageTags"] == ["v1"]


# -- lists and their children (facts/api U19)


def test_the_child_of_an_active_list_stays(kit):
    child, alone = kit.push("child", "one"), kit.push("alone", "two")
    index = kit.index(child)
    kit.put(index, "multi")
    assert refused(kit, "ARCHIVE", imageDigest=child.digest) == UNSUPPORTED
    assert status(kit, child.digest) == "ACTIVE"
    assert archive(kit, alone.digest) == "ARCHIVED"
    assert archive(kit, kit.sha256(index)) == "ARCHIVED"
    assert status(kit, child.digest) == "ACTIVE"
    assert archive(kit, child.digest) == "ARCHIVED"


def test_a_child_of_two_lists_waits_for_both(kit):
    child = kit.push(None, "one")
    lists = [kit.index(child), kit.index(child, annotations={"a": "b"})]
    for index in lists:
        kit.put(index)
    archive(kit, kit.sha256(lists[0]))
    assert refused(kit, "ARCHIVE", imageDigest=child.digest) == UNSUPPORTED
    archive(kit, kit.sha256(lists[1]))
    assert archive(kit, child.digest) == "ARCHIVED"


# -- refused


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"imageTag": "gone"}, "imageDigest:'null', imageTag:'gone'"),
        ({"imageDigest": NOWHERE}, f"imageDigest:'{NOWHERE}', imageTag:'null'"),
        ({"imageDigest": NOWHERE, "imageTag": "v1"}, f"imageDigest:'{NOWHERE}', imageTag:'v1'"),
    ],
)
def test_a_missing_image_is_not_found(kit, asked, shown):
    kit.push("v1")
    assert refused(kit, "ARCHIVE", **asked) == (
        "ImageNotFoundException",
        (
            f"The image with imageId {{{shown}}} does not exist within the repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}'"
        ),
    )


def test_an_id_that_names_nothing_is_an_invalid_parameter(kit):
    code, message = refused(kit, "ARCHIVE")
    assert code == "InvalidParameterException"
    assert message.startswith("Invalid parameter at 'imageId' failed to satisfy constraint: '")


def test_members_are_judged_by_the_model(kit):
    start = "Invalid parameter at '{}' failed to satisfy constraint: 'Member must"
    values = start.format("targetStorageClass") + " satisfy enum value set: [STANDARD, ARCHIVE]'"
    assert refused(kit, "COLD", imageTag="v1") == ("InvalidParameterException", values)
    missing = kit.refused("update_image_storage_class", **APP, targetStorageClass="ARCHIVE")
    assert missing == ("InvalidParameterException", start.format("imageId") + " not be null'")
    missing = kit.refused("update_image_storage_class", **APP, imageId={"imageTag": "v1"})
    assert missing == ("InvalidParameterException", start.format("targetStorageClass") + " not be null'")


def test_a_missing_repository_is_not_found(kit):
    image_id = {"imageId": {"imageTag": "v1"}, "targetStorageClass": "ARCHIVE"}
    code, _ = kit.refused("update_image_storage_class", repositoryName="gone", **image_id)
    assert code == "RepositoryNotFoundException"


def referring(kit, subject):
    """A signature of an image, and one of that signature."""
    about = {"mediaType": OCI, "size": len(subject.manifest)}
    first = kit.push(None, "signature", subject={**about, "digest": subject.digest})
    about = {**about, "size": len(first.manifest)}
    return first, kit.push(None, "of the signature", subject={**about, "digest": first.digest})


def classes(kit):
    return {row["imageDigest"]: row["imageStatus"] for row in kit.describe(filter={"imageStatus": "ANY"})}


def test_referrers_go_with_their_subject_and_come_back_with_it(kit):
    """facts/automation 7.1 (inferred)."""
    image = kit.push("v1")
    every = {image.digest, *(each.digest for each in referring(kit, image))}
    wanted = {"repositoryName": "team/app", "imageId": {"imageDigest": image.digest}}
    kit.client.update_image_storage_class(**wanted, targetStorageClass="ARCHIVE")
    assert classes(kit) == dict.fromkeys(every, "ARCHIVED")
    kit.client.update_image_storage_class(**wanted, targetStorageClass="STANDARD")
    assert classes(kit) == dict.fromkeys(every, "ACTIVE")


def test_a_referrer_stays_while_its_subject_does(kit):
    """facts/automation 7.1 (inferred); an orphan is an image like any other."""
    image = kit.push("v1")
    signature, _ = referring(kit, image)
    wanted = {"repositoryName": "team/app", "imageId": {"imageDigest": signature.digest}}
    code, _ = kit.refused("update_image_storage_class", **wanted, targetStorageClass="ARCHIVE")
    assert code == "ImageStorageClassUpdateNotSupportedException"
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])
    assert kit.client.update_image_storage_class(**wanted, targetStorageClass="ARCHIVE")["imageStatus"] == "ARCHIVED"
