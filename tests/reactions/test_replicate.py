"""ecrmock.reactions.replicate: when an image is copied to other registries, and what goes no further."""

import pytest
from constants import ACCOUNT
from worlds import START, images_of, replicate_by

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.replication.rules import Destination, ReplicationRule

WEST, NORTH = Destination(ACCOUNT, "us-west-2"), Destination(ACCOUNT, "eu-north-1")


def replicate(bench, *rules, region="us-east-1"):
    replicate_by(bench.world.of(Registry, ACCOUNT, region), *rules)


def tags(bench, destination=WEST):
    """tag -> digest there; None without a repository."""
    bench.world.settle()
    found = bench.world.of(Registry, *destination).existing(bench.name)
    return found and {tag: image.digest for image in images_of(found).all() for tag in image.tags}


def count(bench, destination=WEST):
    return len(images_of(bench.world.of(Registry, *destination).repository(bench.name)))


def test_a_push_is_copied_and_only_from_when_there_is_a_rule(bench):
    bench.push(b"before", tag="old")
    replicate(bench, ReplicationRule((WEST,)))
    image = bench.push(b"x", tag="v1")
    assert tags(bench) == {"v1": image.digest}
    replicate(bench)
    bench.push(b"after", tag="v2")
    assert set(tags(bench)) == {"v1"}


def test_a_tag_that_moves_moves_there(bench):
    replicate(bench, ReplicationRule((WEST,)))
    first, second = bench.manifest(b"1"), bench.manifest(b"2")
    for manifest in (first, second, first):
        bench.put(manifest, "latest")
        assert tags(bench) == {"latest": manifest.digest}
    assert count(bench) == 2


def test_what_came_by_replication_goes_no_further(bench):
    replicate(bench, ReplicationRule((WEST,)))
    replicate(bench, ReplicationRule((NORTH,)), region=WEST.region)
    bench.push(b"x", tag="v1")
    assert (set(tags(bench)), tags(bench, NORTH)) == ({"v1"}, None)


def test_two_registries_that_send_to_each_other_come_to_rest(bench):
    both = ReplicationRule((WEST,), deletes=True), ReplicationRule((Destination(ACCOUNT, "us-east-1"),), deletes=True)
    replicate(bench, both[0])
    replicate(bench, both[1], region=WEST.region)
    image = bench.push(b"x", tag="v1")
    assert tags(bench) == bench.tags() == {"v1": image.digest}
    bench.delete(ImageId(tag="v1"))
    assert (tags(bench), bench.tags()) == ({}, {})


@pytest.mark.parametrize(("deletes", "left"), [(True, 0), (False, 1), (None, 1)])
def test_a_deletion_goes_there_only_where_the_rule_says_so(bench, deletes, left):
    replicate(bench, ReplicationRule((WEST,), deletes=deletes))
    image = bench.push(b"x", tag="v1")
    assert len(tags(bench)) == 1
    bench.delete(ImageId(image.digest))
    assert len(tags(bench)) == left


def test_the_end_of_a_repository_deletes_nothing_there(bench):
    replicate(bench, ReplicationRule((WEST,), deletes=True))
    bench.push(b"x", tag="v1")
    assert len(tags(bench)) == 1
    bench.world.transact(lambda: bench.registry.delete(bench.name, force=True))
    assert len(tags(bench)) == 1


def test_an_image_that_comes_back_from_the_archive_is_copied_with_its_tags(bench):
    manifest = bench.manifest(b"x")
    for tag in ("a", "b"):
        bench.put(manifest, tag)
    bench.do(lambda repository: images_of(repository).archive(images_of(repository).get(manifest.digest)))
    replicate(bench, ReplicationRule((WEST,)))
    assert tags(bench) is None
    bench.do(lambda repository: images_of(repository).activate(manifest.digest))
    assert tags(bench) == dict.fromkeys("ab", manifest.digest)


def test_a_delayed_copy_is_that_of_the_last_push(make_bench):
    bench = make_bench(delays=(("replicate-image", 60),))
    replicate(bench, ReplicationRule((WEST,)))
    manifest = bench.manifest(b"x")
    bench.put(manifest, "v1")
    bench.world.travel(START + 30)
    other = bench.push(b"y", tag="v1")
    bench.put(manifest, "v1")
    bench.world.travel(START + 60)
    assert tags(bench) is None
    bench.world.travel(START + 90)
    assert tags(bench) == {"v1": manifest.digest}
    assert bench.images.get(other.digest).tags == ()
