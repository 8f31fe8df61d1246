"""ecrmock.domain.images.images: every rule about tags, references and deletion."""

from dataclasses import replace

import pytest
from constants import NOWHERE
from worlds import encrypt_by, images_of, layers_of
from worlds import heard as heard_of

from ecrmock.domain.images import manifests
from ecrmock.domain.images.events import ImageDeleted, ImagePulled, ImagePushed, RestoreStarted, StorageClassChanged
from ecrmock.domain.images.images import Failure, ImageId, Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.errors.ecr_images import ImageNotFoundException, ImageStorageClassUpdateNotSupportedException

NOT_FOUND = ("ImageNotFound", "Requested image not found")
NULL = ("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
OTHER = ("ImageTagDoesNotMatchDigest", "Invalid request parameters: given tag does not map to the given digest")
BAD_DIGEST = (
    "InvalidImageDigest",
    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
)
BAD_TAG = ("InvalidImageTag", "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'")


def held(*parents):
    return ("ImageReferencedByManifestList", f"Requested image referenced by manifest list: [{', '.join(parents)}]")


@pytest.fixture
def heard(world):
    """Every event about images."""
    events = []
    for kind in (ImagePushed, ImageDeleted, ImagePulled):
        world.bus.subscribe(kind, events.append)
    return events


# -- finding and pulling


def test_how_an_id_is_resolved(bench):
    first, second = bench.push(b"1", tag="a"), bench.push(b"2", tag="b")
    find = bench.images.find
    assert find(ImageId(first.digest)) == find(ImageId(tag="a")) == find(ImageId(first.digest, "a")) == first
    assert find(ImageId()) == find(ImageId("", "")) == NULL
    assert find(ImageId(second.digest, "a")) == find(ImageId(NOWHERE, "a")) == OTHER
    assert find(ImageId(first.digest, "none")) == find(ImageId(tag="none")) == find(ImageId(NOWHERE)) == NOT_FOUND
    assert find(ImageId("nonsense")) == find(ImageId("nonsense", "a")) == BAD_DIGEST
    assert find(ImageId(tag="a b")) == find(ImageId(first.digest, "a/b")) == BAD_TAG


def test_a_tag_and_any_digest_of_its_image_agree(bench, sha):
    manifest = bench.manifest(b"x")
    name = sha(manifest.data, "sha512")
    image = bench.put(manifest, "v1", name).image
    assert [bench.images.find(ImageId(digest, "v1")) for digest in (name, image.digest)] == [image, image]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (ImageId(tag="none"), "{imageDigest:'null', imageTag:'none'}"),
        (ImageId(NOWHERE), f"{{imageDigest:'{NOWHERE}', imageTag:'null'}}"),
    ],
)
def test_demanding_what_is_not_there(bench, wanted, shown):
    with pytest.raises(ImageNotFoundException) as refused:
        bench.images.demand(wanted)
    assert refused.value.message == (
        f"The image with imageId {shown} does not exist within the repository with name 'team/app' "
        "in the registry with id '123456789012'"
    )


def test_a_pull_by_digest_gives_one_entry_per_tag_and_is_noted(bench, world, heard):
    manifest = bench.manifest(b"x")
    for tag in ("b", "a"):
        bench.put(manifest, tag)
    del heard[:]
    world.clock.freeze(1_700_000_777.0)
    pulled = bench.do(lambda repository: repository.of(Images).pull(ImageId(manifest.digest)))
    assert [named.tag for named in pulled] == ["b", "a"]
    assert bench.images.get(manifest.digest).pulled_at == 1_700_000_777.0
    assert heard == [ImagePulled(bench.repository.key, manifest.digest, None)]


def test_a_pull_by_tag_gives_one_entry_and_an_untagged_image_one_without(bench):
    tagged, untagged = bench.push(b"x", tag="a"), bench.push(b"y")
    entries = [
        bench.do(lambda repository, wanted=wanted: repository.of(Images).pull(wanted))
        for wanted in (ImageId(tag="a"), ImageId(tagged.digest, "a"), ImageId(untagged.digest))
    ]
    assert [[named.tag for named in entry] for entry in entries] == [["a"], ["a"], [None]]


def test_a_pull_of_nothing_is_a_failure_and_not_told(bench, heard):
    assert bench.do(lambda repository: repository.of(Images).pull(ImageId(tag="none"))) == Failure(*NOT_FOUND)
    assert heard == []


# -- listing


def test_images_are_listed_in_push_order_and_filtered(bench):
    images = [bench.push(b"%d" % number, tag=f"t{number}" if number % 2 else None) for number in range(5)]
    digests = [image.digest for image in images]

    def listed(after=None, limit=100, tags="ANY", status="ACTIVE"):
        return [image.digest for image in bench.images.page(after, limit, tags, status)]

    assert listed() == digests
    assert listed(limit=2) == digests[:2]
    assert listed(images[1].number) == digests[2:]
    assert listed(tags="TAGGED") == digests[1::2]
    assert listed(tags="UNTAGGED") == digests[::2]
    assert listed(tags="UNTAGGED", after=images[0].number, limit=1) == [digests[2]]
    assert listed(status="ARCHIVED") == []
    assert listed(status="ANY") == digests


def test_names_come_one_per_tag_and_go_on_in_the_middle_of_an_image(bench):
    manifest = bench.manifest(b"x")
    for tag in ("c", "a", "b"):
        bench.put(manifest, tag)
    untagged = bench.push(b"y")
    number = bench.images.get(manifest.digest).number
    expected = [(manifest.digest, tag) for tag in "abc"] + [(untagged.digest, None)]

    def listed(after=None, limit=100, tags="ANY"):
        return [(named.image.digest, named.tag) for named in bench.images.names(after, limit, tags, "ACTIVE")]

    assert listed() == expected
    assert listed(limit=2) == expected[:2]
    assert listed((number, "b")) == expected[2:]
    assert listed((number, "aa")) == expected[1:]
    assert listed((untagged.number, "")) == []
    assert listed(tags="TAGGED") == expected[:3]
    assert listed(tags="UNTAGGED") == expected[3:]


def test_a_tag_added_to_an_image_behind_the_page_is_not_repeated(bench):
    first, second = bench.manifest(b"1"), bench.push(b"2", tag="z")
    number = bench.put(first, "a").image.number
    assert number > second.number
    bench.put(first, "b")
    names = bench.images.names((number, "a"), 10, "ANY", "ACTIVE")
    assert [named.tag for named in names] == ["b"]


def test_tags_are_listed_in_ascii_order_after_one_that_need_not_exist(bench):
    for number, tag in enumerate(["b", "B", "a", "_", "10", "9"]):
        bench.push(b"%d" % number, tag=tag)
    assert bench.images.tags(None, 100) == ["10", "9", "B", "_", "a", "b"]
    assert bench.images.tags("A", 2) == ["B", "_"]
    assert bench.images.tags("b", 2) == []


# -- deleting: the table of facts/api 9.3


def test_a_tag_goes_alone_while_others_remain(bench, heard):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    del heard[:]
    assert bench.delete(ImageId(tag="a")) == [[(manifest.digest, "a")]]
    assert bench.tags() == {"b": manifest.digest}
    assert heard == [ImageDeleted(bench.repository.key, manifest.digest, "a", whole=False)]


def test_the_last_tag_takes_the_image_with_it(bench, world, heard):
    image = bench.push(b"x", tag="a")
    del heard[:]
    assert bench.delete(ImageId(tag="a")) == [[(image.digest, "a")]]
    assert heard == [ImageDeleted(bench.repository.key, image.digest, "a", whole=True)]
    world.travel(world.clock.now() + 86_400)  # the layers' grace
    assert (len(bench.images), bench.repository.of(Layers).all(), world.blobs.names()) == (0, [], set())


def test_a_digest_takes_all_tags_one_entry_each(bench, heard):
    manifest = bench.manifest(b"x")
    for tag in ("b", "a"):
        bench.put(manifest, tag)
    del heard[:]
    assert bench.delete(ImageId(manifest.digest)) == [[(manifest.digest, "b"), (manifest.digest, "a")]]
    assert [(event.tag, event.whole) for event in heard] == [("b", True), ("a", True)]
    assert len(bench.images) == 0


def test_an_untagged_image_gives_one_entry_with_its_digest(bench):
    image = bench.push(b"x")
    assert bench.delete(ImageId(image.digest)) == [[(image.digest, None)]]


def test_digest_and_tag_that_agree_take_the_tag(bench):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    assert bench.delete(ImageId(manifest.digest, "a")) == [[(manifest.digest, "a")]]
    assert bench.tags() == {"b": manifest.digest}


def test_what_cannot_be_deleted_says_why_and_the_rest_goes(bench):
    first, second = bench.push(b"1", tag="a"), bench.push(b"2", tag="b")
    outcomes = bench.delete(
        ImageId(),
        ImageId(tag="none"),
        ImageId(second.digest, "a"),
        ImageId("nonsense"),
        ImageId(tag="/"),
        ImageId(first.digest),
    )
    assert outcomes == [NULL, NOT_FOUND, OTHER, BAD_DIGEST, BAD_TAG, [(first.digest, "a")]]
    assert bench.tags() == {"b": second.digest}


@pytest.mark.parametrize("order", [1, -1])
def test_a_digest_and_a_tag_of_one_image_in_one_call_delete_it_once(bench, order):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    outcomes = bench.delete(*[ImageId(manifest.digest), ImageId(tag="a")][::order])
    gone = [entry for outcome in outcomes for entry in outcome]
    assert sorted(gone) == [(manifest.digest, "a"), (manifest.digest, "b")]
    assert len(bench.images) == 0


def test_the_same_id_twice_in_one_call_is_no_failure(bench):
    image = bench.push(b"x", tag="a")
    assert bench.delete(ImageId(tag="a"), ImageId(tag="a")) == [[(image.digest, "a")], []]


def test_the_same_tag_twice_in_one_call_leaves_the_others(bench):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    assert bench.delete(ImageId(tag="a"), ImageId(tag="a")) == [[(manifest.digest, "a")], []]
    assert bench.tags() == {"b": manifest.digest}


def test_all_tags_one_by_one_in_one_call_take_the_image(bench):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    assert bench.delete(ImageId(tag="a"), ImageId(tag="b")) == [[(manifest.digest, "a")], [(manifest.digest, "b")]]
    assert len(bench.images) == 0


def test_a_child_cannot_go_while_a_list_has_it(bench):
    child = bench.push(b"x", tag="a")
    index = bench.put(bench.index(child.digest), "list").image
    assert bench.delete(ImageId(child.digest)) == [held(index.digest)]
    assert bench.delete(ImageId(tag="a")) == [held(index.digest)]
    assert bench.tags() == {"a": child.digest, "list": index.digest}


def test_one_of_several_tags_of_a_child_may_go(bench):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    index = bench.put(bench.index(manifest.digest)).image
    assert bench.delete(ImageId(tag="a"), ImageId(tag="b")) == [[(manifest.digest, "a")], held(index.digest)]
    assert bench.tags() == {"b": manifest.digest}


def test_where_the_door_lets_last_tags_go_only_a_child_that_is_listed_stays(bench):
    child, alone = bench.push(b"child", tag="a"), bench.push(b"alone", tag="b")
    bench.put(bench.index(child.digest))
    wanted = [ImageId(tag="a"), ImageId(tag="b"), ImageId(child.digest)]
    found = bench.do(lambda repository: images_of(repository).delete(wanted, last_tags=True))
    assert found[2] == held(*bench.images.parents(child.digest))
    assert bench.images.get(child.digest).tags == ()
    assert bench.images.get(alone.digest) is None


def test_every_list_that_has_a_child_is_named(bench):
    child = bench.push(b"x")
    lists = [bench.put(bench.index(child.digest, annotations={"n": str(number)})).image for number in range(2)]
    assert bench.delete(ImageId(child.digest)) == [held(*sorted(index.digest for index in lists))]


def test_a_list_that_names_a_child_by_two_digests_is_named_once(bench, sha):
    manifest = bench.manifest(b"x")
    other = sha(manifest.data, "sha512")
    bench.put(manifest, None, other)
    index = bench.put(bench.index(manifest.digest, other)).image
    assert bench.delete(ImageId(manifest.digest)) == [held(index.digest)]
    bench.delete(ImageId(index.digest))
    assert bench.delete(ImageId(manifest.digest)) == [[(manifest.digest, None)]]


def test_a_child_named_by_its_sha512_is_held_too(bench, sha):
    manifest = bench.manifest(b"x")
    other = sha(manifest.data, "sha512")
    bench.put(manifest, None, other)
    index = bench.put(bench.index(other)).image
    assert index.children == (manifest.digest,)
    assert bench.delete(ImageId(manifest.digest)) == [held(index.digest)]


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_list_and_its_child_in_one_call_only_the_list_goes(bench, order):
    child = bench.push(b"x")
    index = bench.put(bench.index(child.digest), "list").image
    outcomes = bench.delete(*[ImageId(index.digest), ImageId(child.digest)][::order])
    assert outcomes == [[(index.digest, "list")], held(index.digest)][::order]
    assert bench.delete(ImageId(child.digest)) == [[(child.digest, None)]]


def test_the_children_of_a_deleted_list_stay(bench):
    child = bench.push(b"x")
    index = bench.put(bench.index(child.digest)).image
    bench.delete(ImageId(index.digest))
    assert [image.digest for image in bench.images.all()] == [child.digest]


def test_an_image_that_came_back_is_a_new_one(bench, world):
    manifest = bench.manifest(b"x")
    old = bench.put(manifest, "a").image
    bench.delete(ImageId(manifest.digest))
    world.clock.freeze(1_700_005_000.0)
    new = bench.push(b"x")
    assert (new.digest, new.tags, new.pushed_at) == (old.digest, (), 1_700_005_000.0)
    assert new.number > old.number


def test_a_lenient_image_uses_a_layer_that_comes_later(make_bench, make_world):
    bench = make_bench(make_world(lenient=True))
    manifest = bench.manifest(b"later", upload=False)
    image = bench.put(manifest, "v1").image
    assert image.blobs == ()
    digest = bench.layer(b"later")
    assert bench.repository.of(Layers).get(digest).users == 1
    bench.world.travel(bench.world.clock.now() + 2 * 86400)
    assert bench.repository.of(Layers).get(digest) is not None
    bench.delete(ImageId(image.digest))
    assert bench.repository.of(Layers).get(digest) is None


def test_referrers_are_found_by_every_name_of_their_subject(bench, sha):
    manifest = bench.manifest(b"subject")
    other = sha(manifest.data, "sha512")
    bench.put(manifest, None, other)
    for name in (manifest.digest, other):
        bench.push(name.encode(), subject={"mediaType": "application/x", "digest": name, "size": 1})
    found = [[image.digest for image in bench.images.referrers(name)] for name in (manifest.digest, other)]
    assert found[0] == found[1] == sorted(found[0])
    assert len(found[0]) == 2


def test_referrers_come_in_order_of_digest_and_are_chosen_by_type_and_status(bench):
    subject = bench.push(b"x")
    row = {"mediaType": manifests.OCI, "digest": subject.digest, "size": 1}
    made = [bench.push(b"of %d" % n, subject=row, artifactType=kind) for n, kind in enumerate(("a/b", "c/d", "a/b"))]
    every = sorted(image.digest for image in made)
    assert [image.digest for image in bench.images.referrers(subject.digest)] == every
    (one,) = bench.images.referrers(subject.digest, ["c/d"])
    assert one.digest == made[1].digest
    bench.do(lambda repository: images_of(repository).archive(subject))
    assert bench.images.referrers(subject.digest) == []
    assert len(bench.images.referrers(subject.digest, ["a/b"], status="ARCHIVED")) == 2
    assert [image.digest for image in bench.images.referrers(subject.digest, status="ANY")] == every


# -- pulling what is not at hand


def stored(bench, storage, image):
    """Archive or restore an image; returns it."""
    return bench.do(lambda repository: getattr(images_of(repository), storage)(images_of(repository).get(image.digest)))


def pull(bench, image, **more):
    return bench.do(lambda repository: images_of(repository).pull(ImageId(image.digest), **more))


@pytest.fixture
def still(make_world, make_bench):
    """A repository whose restores wait for a hand."""
    return make_bench(make_world(delays=(("restore-image", "manual"),)))


def test_an_image_of_the_archive_cannot_be_pulled_until_it_is_wholly_back(still):
    image = still.push(b"x")
    for storage in ("archive", "restore"):
        stored(still, storage, image)
        assert pull(still, image) == (
            "ImageInaccessible",
            "The requested image is in an inaccessible state. Please restore if needed",
        )
    assert still.images.get(image.digest).pulled_at is None
    still.world.release()
    assert len(pull(still, image)) == 1


def test_a_pull_without_the_key_is_a_failure_in_the_words_of_kms(bench, world):
    image, ring = bench.push(b"x"), world.of(KeyRing, bench.account, "us-east-1")
    key = world.transact(ring.create)
    arn = ring.arn(key.id)
    encrypt_by(bench.repository, arn)
    world.transact(lambda: ring.save(replace(key, state="PendingDeletion")))
    assert pull(bench, image) == ("KmsError", f"{arn} is pending deletion.")


def test_the_time_of_a_pull_is_noted_as_often_as_the_setting_says(make_world, make_bench):
    bench = make_bench(make_world(pull_time_hours=24))
    image, began = bench.push(b"x"), bench.world.clock.now()
    pull(bench, image, noted=False)
    times = [bench.images.get(image.digest).pulled_at]
    for hours in (0, 23, 24, 47):
        bench.world.travel(began + hours * 3600)
        pull(bench, image)
        times.append(bench.images.get(image.digest).pulled_at)
    assert times == [None, began, began, began + 24 * 3600, began + 24 * 3600]


# -- the archive


def of(image, **more):
    return {"subject": {"mediaType": manifests.OCI, "digest": image.digest, "size": 1}, **more}


def statuses(bench):
    return {image.digest: image.status for image in bench.images.all()}


def test_what_goes_to_the_archive_and_comes_back_is_told(still):
    image, events = still.push(b"x"), heard_of(still.world, RestoreStarted, StorageClassChanged)
    for storage in ("archive", "restore"):
        stored(still, storage, image)
    still.world.release()
    assert [type(event) for event in events] == [StorageClassChanged, RestoreStarted, StorageClassChanged]
    assert [(events[at].storage, events[at].replica) for at in (0, 2)] == [("ARCHIVE", False), ("STANDARD", False)]
    assert {event.digest for event in events} == {image.digest}


def test_an_image_goes_to_the_archive_and_a_chain_of_referrers_with_it(bench, world):
    subject, other = bench.push(b"x"), bench.push(b"other")
    signature = bench.push(b"s", **of(subject))
    second = bench.push(b"of s", **of(signature))
    gone = stored(bench, "archive", subject)
    assert (gone.digest, gone.status, gone.archived_at) == (subject.digest, "ARCHIVED", world.clock.now())
    archived = dict.fromkeys((subject.digest, signature.digest, second.digest), "ARCHIVED")
    assert statuses(bench) == archived | {other.digest: "ACTIVE"}


def test_what_is_in_the_archive_stays_as_it_is(bench, world):
    image = bench.push(b"x")
    first = stored(bench, "archive", image)
    world.travel(world.clock.now() + 60)
    assert stored(bench, "archive", image) == first


def test_a_child_goes_to_the_archive_only_after_every_list_that_has_it(bench):
    child = bench.push(b"x")
    lists = [bench.put(bench.index(child.digest, annotations={"n": str(n)})).image for n in range(2)]
    for index in lists:
        with pytest.raises(ImageStorageClassUpdateNotSupportedException):
            stored(bench, "archive", child)
        stored(bench, "archive", index)
    assert stored(bench, "archive", child).status == "ARCHIVED"


def test_a_referrer_goes_only_with_its_subject_or_after_it_went(bench):
    subject = bench.push(b"x")
    signature = bench.push(b"s", **of(subject))
    with pytest.raises(ImageStorageClassUpdateNotSupportedException):
        stored(bench, "archive", signature)
    bench.delete(ImageId(subject.digest))
    assert stored(bench, "archive", signature).status == "ARCHIVED"


def test_a_referrer_that_an_active_list_has_stays_and_so_do_its_own(bench):
    subject = bench.push(b"x")
    signature = bench.push(b"s", **of(subject))
    second = bench.push(b"of s", **of(signature))
    bench.put(bench.index(signature.digest))
    stored(bench, "archive", subject)
    assert [statuses(bench)[each.digest] for each in (subject, signature, second)] == ["ARCHIVED", "ACTIVE", "ACTIVE"]


def test_a_restore_is_under_way_until_its_due_work_is_done(still):
    image = still.push(b"x")
    signature = still.push(b"s", **of(image))
    stored(still, "archive", image)
    assert stored(still, "restore", image).status == "ACTIVATING"
    assert set(statuses(still).values()) == {"ACTIVATING"}
    for storage in ("archive", "restore"):
        with pytest.raises(ImageStorageClassUpdateNotSupportedException):
            stored(still, storage, image)
    still.world.travel(still.world.clock.now() + 100)
    still.world.release()
    assert statuses(still) == dict.fromkeys((image.digest, signature.digest), "ACTIVE")
    assert still.images.get(image.digest).activated_at == still.world.clock.now()


def test_a_restore_of_an_active_image_does_nothing(bench):
    image = bench.push(b"x")
    assert stored(bench, "restore", image) == image


def test_a_restore_that_ends_twice_is_told_once(bench):
    image, events = bench.push(b"x"), heard_of(bench.world, StorageClassChanged)
    assert bench.do(lambda repository: images_of(repository).activate(image.digest)) == image
    assert events == []


def test_a_restore_that_ends_after_its_image_went_brings_nothing_back(still):
    image = still.push(b"x")
    for storage in ("archive", "restore"):
        stored(still, storage, image)
    still.delete(ImageId(image.digest))
    assert still.do(lambda repository: images_of(repository).activate(image.digest)) is None
    assert len(still.images) == 0


def test_a_layer_is_in_the_archive_while_every_image_that_uses_it_is(still, sha):
    one, two = still.push(b"shared", b"1"), still.push(b"shared", b"2")

    def archived():
        layers = layers_of(still.repository)
        return layers.archived(layers.get(sha(b"shared")))

    found = [archived()]
    for storage, image in (("archive", one), ("archive", two), ("restore", one)):
        stored(still, storage, image)
        found.append(archived())
    still.world.release()
    assert [*found, archived()] == [False, False, True, True, False]


# -- layers that come and go by hand


def test_an_image_does_without_a_layer_that_was_lost_until_it_comes_back(make_world, make_bench, sha):
    bench = make_bench(make_world(lenient=True))
    image = bench.push(b"x")
    layer = layers_of(bench.repository).get(sha(b"x"))
    bench.do(lambda repository: images_of(repository).delete_layer(layer))
    found = bench.images.get(image.digest)
    assert (found.blobs, found.missing) == ((sha(b"{}"),), ((sha(b"x"), layer.media_type),))
    assert layers_of(bench.repository).get(sha(b"x")) is None
    bench.layer(b"x")
    bench.do(lambda repository: images_of(repository).arrived(sha(b"x")))
    found = bench.images.get(image.digest)
    assert (set(found.blobs), found.missing) == ({sha(b"{}"), sha(b"x")}, ())
