"""ecrmock.domain.images.pushes: what a push needs, what it changes, when a tag may move."""

from dataclasses import replace

import pytest
from constants import NOWHERE
from worlds import encrypt_by, images_of, layers_of
from worlds import heard as listen

from ecrmock.domain.images import manifests
from ecrmock.domain.images.events import ImagePushed
from ecrmock.domain.images.images import ImageId
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.domain.registry.repositories import Mutability
from ecrmock.errors.ecr import InvalidParameterException, KmsException, LimitExceededException
from ecrmock.errors.ecr_images import (
    ImageDigestDoesNotMatchException,
    ImageTagAlreadyExistsException,
    LayersNotFoundException,
    ReferencedImagesNotFoundException,
)


@pytest.fixture
def heard(world):
    """Every push."""
    return listen(world, ImagePushed)


# -- pushing: the table of facts/api 9.1


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
    assert [(event.tag, event.added) for event in heard] == [(None, True), ("v1", False), ("v2", False)]
    kinds = {(event.digest, event.media_type, event.artifact_type, event.replica, event.pusher) for event in heard}
    assert kinds == {(manifest.digest, manifests.OCI, "a/b", False, None)}


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
    assert sha(b"12345") not in {layer.digest for layer in layers_of(bench.repository).all()}


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
    assert layers_of(bench.repository).get(sha(b"12345")).size == 5


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
    bench = make_bench(make_world())
    most = len(bench.manifest(b"x").data)
    bench = make_bench(make_world(quota_manifest_bytes=most))
    bench.push(b"x")
    with pytest.raises(InvalidParameterException, match=f"length less than or equal to {most}"):
        bench.push(b"x", annotations={"a": "b"})


def test_a_digest_of_another_algorithm_is_refused_where_the_door_does_not_know_it(bench, sha):
    manifest = bench.manifest(b"x")
    digest = sha(manifest.data, "sha512")
    with pytest.raises(ImageDigestDoesNotMatchException):
        bench.do(lambda repository: Push(repository).put(manifest, None, digest, sha512=False))
    assert bench.put(manifest, None, digest).image.first == digest


# -- pushing an archived image again


def archived(bench, *layers, tag=None, **members):
    """(manifest, image) of an image that went to the archive."""
    manifest = bench.manifest(*layers, **members)
    image = bench.put(manifest, tag).image
    return manifest, bench.do(lambda repository: images_of(repository).archive(image))


def test_an_archived_image_comes_back_at_once_by_a_push(bench, world, heard):
    manifest, _ = archived(bench, b"x", tag="v1")
    del heard[:]
    world.clock.freeze(1_700_000_500.0)
    done = bench.put(manifest)
    assert (done.kind, done.image.status, done.image.activated_at) == ("Added", "ACTIVE", 1_700_000_500.0)
    assert done.image.tags == ("v1",)
    assert [(event.digest, event.tag, event.added) for event in heard] == [(manifest.digest, None, False)]


def test_its_referrers_come_back_with_it(bench):
    subject = bench.manifest(b"x")
    bench.put(subject)
    row = {"mediaType": manifests.OCI, "digest": subject.digest, "size": 1}
    signature = bench.push(b"signature", subject=row)
    bench.do(lambda repository: images_of(repository).archive(images_of(repository).get(subject.digest)))
    assert bench.images.get(signature.digest).status == "ARCHIVED"
    bench.put(subject, "v1")
    assert {image.status for image in bench.images.all()} == {"ACTIVE"}


def test_one_that_is_on_its_way_back_comes_at_once_too(make_world, make_bench):
    bench = make_bench(make_world(delays=(("restore-image", "manual"),)))
    manifest, image = archived(bench, b"x")
    bench.do(lambda repository: images_of(repository).restore(image))
    assert bench.images.get(image.digest).status == "ACTIVATING"
    assert bench.put(manifest).image.status == "ACTIVE"


def test_it_takes_the_tag_from_whoever_has_it_meanwhile(bench):
    manifest, _ = archived(bench, b"old", tag="old")
    holder = bench.push(b"new", tag="latest")
    assert bench.put(manifest, "latest").image.tags == ("old", "latest")
    assert bench.images.get(holder.digest).tags == ()


def test_it_does_not_take_a_fixed_tag_and_stays_in_the_archive(world, make_bench):
    bench = make_bench(world, mutability=Mutability("IMMUTABLE_WITH_EXCLUSION", ("dev-*",)))
    manifest, _ = archived(bench, b"old", tag="v1")
    bench.push(b"new", tag="v2")
    bench.push(b"newer", tag="dev-1")
    with pytest.raises(ImageTagAlreadyExistsException):
        bench.put(manifest, "v2")
    assert bench.images.get(manifest.digest).status == "ARCHIVED"
    assert bench.put(manifest, "dev-1").image.tags == ("v1", "dev-1")


def test_its_own_tag_again_is_no_second_one_even_where_tags_are_fixed(world, make_bench):
    bench = make_bench(world, mutability=Mutability("IMMUTABLE"))
    manifest, _ = archived(bench, b"x", tag="v1")
    assert bench.put(manifest, "v1").image.tags == ("v1",)


def test_it_learns_the_further_name_of_that_push(bench, sha):
    manifest, _ = archived(bench, b"x")
    digest = sha(manifest.data, "sha512")
    assert bench.put(manifest, None, digest).image.aliases == (digest,)


# -- keys


def test_a_push_needs_the_key_of_its_repository(bench, world):
    manifest = bench.manifest(b"x")
    ring = world.of(KeyRing, bench.account, "us-east-1")
    key = world.transact(ring.create)
    encrypt_by(bench.repository, ring.arn(key.id))
    assert bench.put(manifest).kind == "Added"
    world.transact(lambda: ring.save(replace(key, state="Disabled")))
    for again in (manifest, bench.index()):
        with pytest.raises(KmsException, match="is disabled"):
            bench.put(again, "v1")
    assert bench.tags() == {}
