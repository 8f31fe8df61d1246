"""ecrmock.domain.images: every rule about tags, references and deletion."""

import pytest
from constants import NOWHERE

from ecrmock.domain import manifests
from ecrmock.domain.events import ImageDeleted, ImagePulled, ImagePushed
from ecrmock.domain.images import Failure, ImageId
from ecrmock.domain.repositories import Mutability
from ecrmock.errors import (
    ImageDigestDoesNotMatchException,
    ImageNotFoundException,
    ImageTagAlreadyExistsException,
    InvalidParameterException,
    LayersNotFoundException,
    LimitExceededException,
    ReferencedImagesNotFoundException,
)

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


# -- pushing: the table of control-plane.md 9.1


def test_a_new_image_with_and_without_a_tag(bench):
    for number, tag in enumerate([None, "v1"]):
        done = bench.put(bench.manifest(b"%d" % number), tag)
        assert (done.kind, done.image.tags) == ("Added", (tag,) if tag else ())
        assert bench.images.get(done.image.digest) == done.image


def test_an_image_knows_what_it_was_made_of(bench, world, sha):
    world.clock.freeze(1_700_000_100.0)
    manifest = bench.manifest(b"one", b"three", artifactType="text/sbom")
    image = bench.put(manifest).image
    assert (image.digest, image.media_type) == (manifest.digest, manifests.OCI)
    assert (image.pushed_at, image.status, image.pulled_at) == (1_700_000_100.0, "ACTIVE", None)
    assert image.artifact_type == "text/sbom"
    assert set(image.blobs) == {sha(b"{}"), sha(b"one"), sha(b"three")}
    assert bench.images.manifest(image) == manifest.data


def test_the_same_image_again_is_unchanged(bench, heard):
    manifest = bench.manifest(b"x")
    image = bench.put(manifest, "v1").image
    del heard[:]
    assert bench.put(manifest, "v1") == ("Unchanged", image)
    assert bench.put(manifest) == ("Unchanged", image)
    assert heard == []


def test_a_second_tag_is_added_to_a_stored_image(bench, world):
    manifest = bench.manifest(b"x")
    first = bench.put(manifest, "v1").image
    world.clock.freeze(1_700_009_999.0)
    done = bench.put(manifest, "v2")
    assert (done.kind, done.image.tags) == ("TagAdded", ("v1", "v2"))
    assert (done.image.pushed_at, done.image.number) == (first.pushed_at, first.number)
    assert len(bench.images) == 1


def test_a_tag_moves_to_a_new_image_and_leaves_the_old_one_untagged(bench):
    old, new = bench.push(b"old", tag="latest"), bench.push(b"new", tag="latest")
    assert bench.tags() == {"latest": new.digest}
    assert bench.images.get(old.digest).tags == ()
    assert len(bench.images) == 2


def test_a_tag_moves_between_stored_images(bench):
    first, second = bench.manifest(b"1"), bench.manifest(b"2")
    bench.put(first, "a")
    bench.put(second, "b")
    done = bench.put(first, "b")
    assert (done.kind, done.image.tags) == ("TagMoved", ("a", "b"))
    assert bench.images.get(second.digest).tags == ()


@pytest.mark.parametrize(
    ("mutability", "moves"),
    [
        (Mutability("MUTABLE"), {"latest", "v1", "dev-2"}),
        (Mutability("IMMUTABLE"), set()),
        (Mutability("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*")), {"latest", "dev-2"}),
        (Mutability("MUTABLE_WITH_EXCLUSION", ("latest", "dev-*")), {"v1"}),
        (Mutability("IMMUTABLE_WITH_EXCLUSION", ("LATEST", "ev-*", "v")), set()),
    ],
)
def test_mutability_decides_which_tags_move(world, make_bench, mutability, moves):
    bench = make_bench(world, mutability=mutability)
    for tag in ("latest", "v1", "dev-2"):
        bench.push(tag.encode(), tag=tag)
        if tag in moves:
            image = bench.push(b"new" + tag.encode(), tag=tag)
            assert image.tags == (tag,)
            continue
        with pytest.raises(ImageTagAlreadyExistsException) as refused:
            bench.push(b"new" + tag.encode(), tag=tag)
        assert refused.value.message == (
            f"The image tag '{tag}' already exists in the 'team/app' repository and cannot be overwritten "
            "because the tag is immutable."
        )


def test_a_fixed_tag_refuses_and_nothing_is_stored(world, make_bench):
    bench = make_bench(world, mutability=Mutability("IMMUTABLE"))
    old, manifest = bench.push(b"old", tag="v1"), bench.manifest(b"new")
    before = world.store.dump()
    with pytest.raises(ImageTagAlreadyExistsException):
        bench.put(manifest, "v1")
    assert world.store.dump() == before
    assert bench.tags() == {"v1": old.digest}
    assert manifest.digest.removeprefix("sha256:") not in world.blobs.names()


def test_in_an_immutable_repository_new_tags_and_the_same_again_are_fine(world, make_bench):
    bench = make_bench(world, mutability=Mutability("IMMUTABLE"))
    manifest = bench.manifest(b"x")
    kinds = [bench.put(manifest, tag).kind for tag in ("v1", "v2", "v1", None)]
    assert kinds == ["Added", "TagAdded", "Unchanged", "Unchanged"]


def test_immutability_does_not_forbid_deleting_and_then_the_tag_is_free(world, make_bench):
    bench = make_bench(world, mutability=Mutability("IMMUTABLE"))
    bench.push(b"old", tag="v1")
    bench.delete(ImageId(tag="v1"))
    new = bench.push(b"new", tag="v1")
    assert bench.tags() == {"v1": new.digest}


def test_pushes_are_told(bench, heard):
    manifest = bench.manifest(b"x", artifactType="a/b")
    for tag in (None, "v1", "v1", "v2"):
        bench.put(manifest, tag)
    place = ("123456789012", "us-east-1", "team/app", manifest.digest)
    kinds = (manifests.OCI, "a/b")
    assert heard == [ImagePushed(*place, tag, *kinds, added=tag is None) for tag in (None, "v1", "v2")]


# -- what a manifest refers to


def test_missing_blobs_are_named_in_order_and_once(bench, sha):
    bench.layer(b"here")
    manifest = bench.manifest(b"a", b"here", b"a", b"b", upload=False)
    with pytest.raises(LayersNotFoundException) as refused:
        bench.put(manifest, "v1")
    assert refused.value.message == (
        f"Layers with digests '[{sha(b'{}')}, {sha(b'a')}, {sha(b'b')}]' required for pushing image into repository "
        "with name 'team/app' in the registry with id '123456789012' do not exist"
    )
    assert len(bench.images) == 0


def test_layers_of_another_repository_do_not_count(bench, world, make_bench):
    manifest = make_bench(world, "team/other").manifest(b"x")
    with pytest.raises(LayersNotFoundException):
        bench.put(manifest)


def test_missing_children_are_named(bench):
    child = bench.push(b"x")
    with pytest.raises(ReferencedImagesNotFoundException) as refused:
        bench.put(bench.index(child.digest, NOWHERE))
    assert refused.value.message == (
        f"Images with digests '[{NOWHERE}]' required for pushing image into repository with name 'team/app' "
        "in the registry with id '123456789012' do not exist"
    )


def test_lenient_admits_what_was_never_uploaded(make_world, make_bench, sha):
    bench = make_bench(make_world(lenient=True))
    image = bench.put(bench.manifest(b"12345", config=b"123", upload=False), "v1").image
    assert (image.size, image.blobs) == (8, ())
    index = bench.put(bench.index(NOWHERE, image.digest)).image
    assert (index.size, index.children) == (8, (NOWHERE, image.digest))
    assert sha(b"12345") not in {layer.digest for layer in bench.repository.layers.all()}


def test_a_subject_need_not_exist(bench):
    subject = {"mediaType": manifests.OCI, "digest": NOWHERE, "size": 3}
    assert bench.push(b"x", subject=subject).subject == NOWHERE


def test_foreign_layers_need_not_be_here(bench, sha):
    manifest = bench.manifest(b"x")
    foreign = {"mediaType": "x/foreign", "digest": NOWHERE, "size": 9, "urls": ["https://example.com/x"]}
    image = bench.push(b"x", layers=[foreign])
    assert image.digest != manifest.digest
    assert image.blobs == (sha(b"{}"),)


def test_the_size_of_an_image_is_that_of_its_config_and_layers(bench):
    assert bench.push(b"12345", b"123", config=b"12").size == 10


def test_the_size_of_a_layer_is_what_arrived_whatever_the_manifest_says(bench, sha):
    digest = bench.layer(b"12345")
    lie = {"mediaType": "x/y", "digest": digest, "size": 1_000_000}
    assert bench.push(layers=[lie], config=b"12").size == 7
    assert bench.repository.layers.get(sha(b"12345")).size == 5


def test_the_size_of_an_index_is_that_of_its_largest_image(bench):
    small, large = bench.push(b"1"), bench.push(b"12345678")
    index = bench.put(bench.index(small.digest, large.digest)).image
    assert (index.size, index.blobs) == (10, ())
    assert bench.put(bench.index(index.digest)).image.size == 10
    assert bench.put(bench.index()).image.size == 0


# -- digests


def test_the_right_digest_may_be_given(bench):
    manifest = bench.manifest(b"x")
    assert bench.put(manifest, "v1", manifest.digest).kind == "Added"


@pytest.mark.parametrize("digest", [NOWHERE, "nonsense", "sha1:" + "0" * 40, "sha512:" + "0" * 128])
def test_a_wrong_digest_is_refused_and_nothing_is_stored(bench, digest):
    with pytest.raises(ImageDigestDoesNotMatchException) as refused:
        bench.put(bench.manifest(b"x"), "v1", digest)
    assert refused.value.message == (
        f"The image with digest '{digest}' in repository 'team/app' and registry ID '123456789012' does not match "
        "the image digest that Amazon ECR has calculated."
    )
    assert len(bench.images) == 0


def test_an_image_answers_to_the_sha512_under_which_it_was_pushed(bench, sha):
    manifest = bench.manifest(b"x")
    other = sha(manifest.data, "sha512")
    image = bench.put(manifest, "v1", other).image
    assert (image.digest, image.aliases) == (manifest.digest, (other,))
    assert bench.images.get(other) == image
    assert bench.images.find(ImageId(other, "v1")) == image
    assert bench.delete(ImageId(other)) == [[(manifest.digest, "v1")]]
    assert len(bench.images) == 0


def test_a_stored_image_learns_a_further_name(bench, sha):
    manifest = bench.manifest(b"x")
    bench.put(manifest)
    other = sha(manifest.data, "sha512")
    for _ in range(2):
        assert bench.put(manifest, None, other).image.aliases == (other,)


# -- quotas


def test_quotas_of_images_and_tags(make_world, make_bench):
    bench = make_bench(make_world(quota_images=1, quota_tags_per_image=2))
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    with pytest.raises(LimitExceededException):
        bench.put(manifest, "c")
    with pytest.raises(LimitExceededException):
        bench.push(b"y")
    assert bench.tags() == dict.fromkeys("ab", manifest.digest)


def test_a_tag_that_moves_to_a_full_image_stays_where_it_was(make_world, make_bench):
    bench = make_bench(make_world(quota_tags_per_image=1))
    full = bench.manifest(b"x")
    bench.put(full, "a")
    other = bench.push(b"y", tag="b")
    with pytest.raises(LimitExceededException):
        bench.put(full, "b")
    assert bench.tags() == {"a": full.digest, "b": other.digest}


def test_quota_of_layers_is_off_unless_set(make_world, make_bench):
    many = [b"%d" % number for number in range(5)]
    assert make_bench(make_world()).push(*many).size == 7
    bench = make_bench(make_world(quota_layers_per_image=4))
    with pytest.raises(InvalidParameterException, match="Limit on number of layers per image exceeded"):
        bench.push(*many)
    bench.push(*many[:4])


def test_quota_of_manifest_bytes(make_world, make_bench):
    bench = make_bench(make_world(quota_manifest_bytes=500))
    bench.push(b"x")
    with pytest.raises(InvalidParameterException, match="length less than or equal to 500"):
        bench.push(b"x", annotations={"long": "x" * 500})


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
    pulled = bench.do(lambda repository: repository.images.pull(ImageId(manifest.digest)))
    assert [named.tag for named in pulled] == ["b", "a"]
    assert bench.images.get(manifest.digest).pulled_at == 1_700_000_777.0
    assert heard == [ImagePulled("123456789012", "us-east-1", "team/app", manifest.digest, None)]


def test_a_pull_by_tag_gives_one_entry_and_an_untagged_image_one_without(bench):
    tagged, untagged = bench.push(b"x", tag="a"), bench.push(b"y")
    entries = [
        bench.do(lambda repository, wanted=wanted: repository.images.pull(wanted))
        for wanted in (ImageId(tag="a"), ImageId(tagged.digest, "a"), ImageId(untagged.digest))
    ]
    assert [[named.tag for named in entry] for entry in entries] == [["a"], ["a"], [None]]


def test_a_pull_of_nothing_is_a_failure_and_not_told(bench, heard):
    assert bench.do(lambda repository: repository.images.pull(ImageId(tag="none"))) == Failure(*NOT_FOUND)
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


# -- deleting: the table of control-plane.md 9.3


def test_a_tag_goes_alone_while_others_remain(bench, heard):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    del heard[:]
    assert bench.delete(ImageId(tag="a")) == [[(manifest.digest, "a")]]
    assert bench.tags() == {"b": manifest.digest}
    assert heard == [ImageDeleted("123456789012", "us-east-1", "team/app", manifest.digest, "a", whole=False)]


def test_the_last_tag_takes_the_image_with_it(bench, world, heard):
    image = bench.push(b"x", tag="a")
    del heard[:]
    assert bench.delete(ImageId(tag="a")) == [[(image.digest, "a")]]
    assert heard == [ImageDeleted("123456789012", "us-east-1", "team/app", image.digest, "a", whole=True)]
    world.travel(world.clock.now() + 86_400)  # the layers' grace
    assert (len(bench.images), bench.repository.layers.all(), world.blobs.names()) == (0, [], set())


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
    assert bench.repository.layers.get(digest).users == 1
    bench.world.travel(bench.world.clock.now() + 2 * 86400)
    assert bench.repository.layers.get(digest) is not None
    bench.delete(ImageId(image.digest))
    assert bench.repository.layers.get(digest) is None


def test_referrers_are_found_by_every_name_of_their_subject(bench, sha):
    manifest = bench.manifest(b"subject")
    other = sha(manifest.data, "sha512")
    bench.put(manifest, None, other)
    for name in (manifest.digest, other):
        bench.push(name.encode(), subject={"mediaType": "application/x", "digest": name, "size": 1})
    found = [[image.digest for image in bench.images.referrers(name)] for name in (manifest.digest, other)]
    assert found[0] == found[1] == sorted(found[0])
    assert len(found[0]) == 2
