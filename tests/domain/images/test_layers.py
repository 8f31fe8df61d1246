"""ecrmock.domain.images.layers: which layers a repository holds, and when their bytes go."""

import pytest
from constants import CONFIG, LAYER

from ecrmock.domain.images.events import LayerStored
from ecrmock.domain.images.images import ImageId
from ecrmock.domain.images.layers import CONTENT_REFS, DEFAULT_LAYER_TYPE, ContentRefs, Layers, well_formed
from ecrmock.errors.ecr_images import LayerInaccessibleException, LayersNotFoundException


class BrokenError(Exception):
    pass


def counts(world):
    """Hex digest -> how often its bytes are needed."""
    return {sha: row.refs for rows in world.store.table(CONTENT_REFS).dump().values() for sha, row in rows.items()}


def test_a_stored_layer_can_be_read(bench, sha):
    digest = bench.layer(b"layer")
    layer = bench.repository.of(Layers).get(digest)
    assert (layer.digest, layer.size, layer.users, layer.media_type) == (sha(b"layer"), 5, 0, DEFAULT_LAYER_TYPE)
    assert bench.repository.of(Layers).content(layer).read() == b"layer"


def test_a_layer_takes_the_media_type_under_which_a_manifest_refers_to_it(bench, sha):
    bench.push(b"one")
    assert bench.repository.of(Layers).get(sha(b"one")).media_type == LAYER
    assert bench.repository.of(Layers).get(sha(b"{}")).media_type == CONFIG


def test_the_same_layer_again_is_known_and_counted_once(bench, world, sha):
    heard = []
    world.bus.subscribe(LayerStored, heard.append)
    bench.layer(b"layer")
    bench.layer(b"layer")
    assert [event.digest for event in heard] == [sha(b"layer")]
    assert list(counts(world).values()) == [1]


def test_a_layer_is_found_by_its_sha512_too(bench, sha):
    other = sha(b"layer", "sha512")
    bench.layer(b"layer", other)
    layer = bench.repository.of(Layers).get(other)
    assert (layer.digest, layer.aliases) == (sha(b"layer"), (other,))
    assert bench.repository.of(Layers).get(sha(b"else", "sha512")) is None


def test_a_known_layer_learns_a_further_name_once(bench, sha):
    bench.layer(b"layer")
    other = sha(b"layer", "sha512")
    for _ in range(2):
        bench.layer(b"layer", other)
    assert bench.repository.of(Layers).get(sha(b"layer")).aliases == (other,)


def test_a_layer_that_is_not_here_cannot_be_read(bench, sha):
    digest = sha(b"nowhere")
    with pytest.raises(LayersNotFoundException) as refused:
        bench.repository.of(Layers).readable(digest, unused=True)
    assert refused.value.message == (
        f"The layer with digest '{digest}' does not exist within the repository with name 'team/app' "
        "in the registry with id '123456789012'"
    )


def test_an_unused_layer_is_read_only_where_manners_admit_it(bench):
    digest = bench.layer(b"layer")
    with pytest.raises(LayerInaccessibleException, match=digest):
        bench.repository.of(Layers).readable(digest, unused=False)
    assert bench.repository.of(Layers).readable(digest, unused=True).digest == digest
    bench.push(digest)
    assert bench.repository.of(Layers).readable(digest, unused=False).users == 1


def test_layers_belong_to_one_repository(bench, world, make_bench, sha):
    other = make_bench(world, "team/other")
    bench.layer(b"layer")
    assert other.repository.of(Layers).get(sha(b"layer")) is None


def test_images_of_one_repository_share_a_layer_until_the_last_goes(bench, world, sha):
    first, second = bench.push(b"shared", b"one"), bench.push(b"shared", b"two")
    assert bench.repository.of(Layers).get(sha(b"shared")).users == 2
    world.travel(world.clock.now() + 86_400)  # past the layers' grace
    bench.delete(ImageId(first.digest))
    assert bench.repository.of(Layers).get(sha(b"shared")).users == 1
    assert bench.repository.of(Layers).get(sha(b"one")) is None
    bench.delete(ImageId(second.digest))
    assert bench.repository.of(Layers).all() == []
    assert (counts(world), world.blobs.names()) == ({}, set())


def test_an_image_that_names_a_layer_twice_uses_it_once(bench, world):
    image = bench.push(b"same", b"same")
    assert [layer.users for layer in bench.repository.of(Layers).all()] == [1, 1]
    bench.delete(ImageId(image.digest))
    world.travel(world.clock.now() + 86_400)  # the layers' grace
    assert world.blobs.names() == set()


def test_an_image_that_names_a_layer_by_two_digests_uses_it_once(bench, world, sha):
    digest = bench.layer(b"same", sha(b"same", "sha512"))
    image = bench.push(digest, sha(b"same"))
    assert bench.repository.of(Layers).get(digest).users == 1
    bench.delete(ImageId(image.digest))
    world.travel(world.clock.now() + 86_400)  # the layers' grace
    assert world.blobs.names() == set()


def test_bytes_are_shared_across_repositories_and_go_with_the_last_need(bench, world, make_bench, sha):
    other = make_bench(world, "team/other", account="111122223333")
    mine, theirs = bench.push(b"shared"), other.push(b"shared")
    hexed = sha(b"shared").removeprefix("sha256:")
    assert mine.digest == theirs.digest
    assert set(counts(world).values()) == {2}
    assert set(counts(world)) == world.blobs.names()
    world.travel(world.clock.now() + 86_400)  # past the layers' grace
    bench.delete(ImageId(mine.digest))
    assert counts(world)[hexed] == 1
    assert other.repository.of(Layers).content(other.repository.of(Layers).get(sha(b"shared"))).read() == b"shared"
    other.delete(ImageId(theirs.digest))
    assert (counts(world), world.blobs.names()) == ({}, set())


def test_a_manifest_that_is_also_a_layer_is_counted_for_both(bench, world):
    manifest = bench.manifest(b"x")
    bench.put(manifest)
    bench.layer(manifest.data)
    bench.delete(ImageId(manifest.digest))
    bench.do(
        lambda repository: [
            repository.of(Layers).drop(repository.of(Layers).get(each.digest)) for each in manifest.blobs
        ]
    )
    layer = bench.repository.of(Layers).get(manifest.digest)
    assert bench.repository.of(Layers).content(layer).read() == manifest.data
    assert world.blobs.names() == {layer.sha256}


def test_who_reads_a_layer_finishes_after_it_went(bench, sha):
    image = bench.push(bytes(2_000_000))
    layers = bench.repository.of(Layers)
    blocks = layers.content(layers.get(sha(bytes(2_000_000)))).blocks()
    begun = len(next(blocks))
    bench.delete(ImageId(image.digest))
    assert begun + sum(len(block) for block in blocks) == 2_000_000


def test_bytes_taken_in_a_failed_transaction_are_gone_again(world):
    def fail():
        ContentRefs(world).acquire_bytes(b"x", "d")
        assert world.blobs.names() == {"d"}
        raise BrokenError

    with pytest.raises(BrokenError):
        world.transact(fail)
    assert (counts(world), world.blobs.names()) == ({}, set())


def test_bytes_released_in_a_failed_transaction_stay(world):
    world.transact(lambda: ContentRefs(world).acquire_bytes(b"x", "d"))

    def fail():
        ContentRefs(world).release("d")
        raise BrokenError

    with pytest.raises(BrokenError):
        world.transact(fail)
    assert counts(world) == {"d": 1}
    assert ContentRefs(world).content("d").read() == b"x"


@pytest.mark.parametrize("fails", [True, False])
def test_bytes_released_and_needed_again_in_one_transaction_stay(world, fails):
    world.transact(lambda: ContentRefs(world).acquire_bytes(b"x", "d"))

    def turn():
        content = ContentRefs(world).content("d")
        ContentRefs(world).release("d")
        ContentRefs(world).acquire(content, "d")
        if fails:
            raise BrokenError

    if fails:
        with pytest.raises(BrokenError):
            world.transact(turn)
    else:
        world.transact(turn)
    assert counts(world) == {"d": 1}
    assert ContentRefs(world).content("d").read() == b"x"


def test_releasing_what_nobody_needs_is_no_fault(world):
    world.transact(lambda: ContentRefs(world).release("d"))
    assert counts(world) == {}


def test_content_that_is_not_kept_is_a_fault_of_ours(world):
    with pytest.raises(LookupError, match="counted but not kept: d"):
        ContentRefs(world).content("d")


@pytest.mark.parametrize(("digest", "good"), [("sha256:00", True), ("a_b:FF", True), ("sha256:", False), ("x", False)])
def test_layer_digests_are_judged_by_ecrs_loose_pattern(digest, good):
    assert well_formed(digest) is good
