"""ecrmock.domain.pull_through.imports: what comes from an upstream is checked to the last byte and stored at once."""

import pytest
from constants import ACCOUNT, NOWHERE, SCHEMA1
from images import blobs_of, descriptor, digest_of, encoded, image_of, index_of, schema1_of
from sources_told import ToldSource
from worlds import heard, images_of, layers_of, reach

from ecrmock.domain.images.events import ImagePushed
from ecrmock.domain.images.images import ImageId
from ecrmock.domain.names import RepositoryKey
from ecrmock.domain.pull_through.checks import Checks
from ecrmock.domain.pull_through.events import CacheAsked
from ecrmock.domain.pull_through.imports import Import
from ecrmock.domain.pull_through.rules import CacheRules
from ecrmock.domain.pull_through.upstreams import MissingError, UpstreamError
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.templates import Templates
from ecrmock.errors.ecr import LimitExceededException, RepositoryNotFoundException
from ecrmock.errors.ecr_images import UnableToGetUpstreamImageException

HERE, NAME = (ACCOUNT, "us-east-1"), "quay/team/app"


class Cache:
    """A registry with a rule for an upstream, and what that is told to have."""

    def __init__(self, world):
        self.world, self.upstream = world, ToldSource()
        self.opened = reach(world, self.upstream)
        asked = {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}
        self.rule = world.transact(lambda: world.of(CacheRules, *HERE).add(asked))
        self.on_end = heard(world, CacheAsked)

    def bring(self, reference="v1"):
        wanted = ImageId(reference) if ":" in reference else ImageId(tag=reference)
        Import(self.world, RepositoryKey(*HERE, NAME), self.rule, wanted, ("mark",)).run()

    def refused(self, reference="v1"):
        """Why the upstream's image cannot be had; nothing of it may be left."""
        before = self.world.store.dump()
        with pytest.raises(UnableToGetUpstreamImageException) as refused:
            self.bring(reference)
        self.is_as(before)
        return refused.value.message

    def is_as(self, before):
        assert self.world.store.dump() == before
        assert self.world.blobs.names() == set()
        self.leaves_no_bytes_on_their_way()
        assert self.upstream.closed == len(self.opened)

    def leaves_no_bytes_on_their_way(self):
        assert self.world.blobs._writers == {}

    @property
    def repository(self):
        return self.world.of(Registry, *HERE).existing(NAME)

    def images(self):
        """digest -> tags"""
        return {image.digest: image.tags for image in images_of(self.repository).all()}


@pytest.fixture
def cache(world):
    return Cache(world)


# -- what comes


def test_an_image_comes_with_its_layers_as_a_push_of_the_registrys_account(cache, world):
    pushed = heard(world, ImagePushed)
    row = cache.upstream.image("v1")
    cache.bring()
    assert cache.images() == {row["digest"]: ("v1",)}
    layers = {layer.digest: (layer.users, layer.cached) for layer in layers_of(cache.repository).all()}
    assert layers == {digest_of(data): (1, True) for data in blobs_of("one").values()}
    assert [(event.digest, event.tag, event.pusher, event.added) for event in pushed] == [
        (row["digest"], "v1", ACCOUNT, True)
    ]
    assert [(event.tag, event.digest, event.upstream) for event in cache.on_end] == [("v1", row["digest"], "quay.io")]
    assert {name for name, _ in cache.upstream.asked} == {"team/app"}
    cache.leaves_no_bytes_on_their_way()
    assert Checks(cache.repository).fresh("v1")
    assert (cache.opened[0].host, cache.opened[0].chain, cache.upstream.closed) == ("quay.io", ("mark",), 1)


def test_an_image_by_digest_comes_without_a_tag(cache):
    row = cache.upstream.image("v1")
    cache.bring(row["digest"])
    assert cache.images() == {row["digest"]: ()}
    assert not Checks(cache.repository).fresh("v1")


def test_an_image_by_sha512_has_that_as_a_further_name(cache):
    name = cache.upstream.image(algorithm="sha512")["digest"]
    cache.bring(name)
    assert images_of(cache.repository).get(name).aliases == (name,)


def test_a_list_comes_whole_and_only_it_has_the_tag(cache):
    children = [cache.upstream.image(content=content) for content in ("one", "two")]
    inner = cache.upstream.index(children=children)
    outer = cache.upstream.index("v1", children=[inner, children[0]])
    cache.bring()
    tags = {row["digest"]: () for row in (*children, inner)}
    assert cache.images() == tags | {outer["digest"]: ("v1",)}
    assert images_of(cache.repository).parents(inner["digest"]) == [outer["digest"]]


def test_only_what_is_not_here_is_asked_for(cache):
    old = cache.upstream.image("old")
    cache.bring("old")
    del cache.upstream.asked[:]
    new = cache.upstream.image("new", content="two")
    index = cache.upstream.index("v1", children=[old, new])
    cache.bring()
    asked = [reference for _, reference in cache.upstream.asked]
    assert asked == ["v1", new["digest"], *(digest_of(data) for data in blobs_of("two").values())]
    assert cache.images()[index["digest"]] == ("v1",)


def test_layers_with_an_address_of_their_own_are_not_asked_for(cache):
    foreign = {"mediaType": "x/foreign", "digest": NOWHERE, "size": 9, "urls": ["https://example.com/x"]}
    cache.upstream.blobs[digest_of("{}")] = b"{}"
    config = {"mediaType": "application/x", "digest": digest_of("{}"), "size": 2}
    cache.upstream.put(image_of(config, foreign), "v1")
    cache.bring()
    assert [layer.digest for layer in layers_of(cache.repository).all()] == [config["digest"]]


def schema1(cache, layer, sent=None):
    """Let the upstream have a manifest that does not tell how long its layers are."""
    cache.upstream.manifests["team/app", "v1"] = encoded(schema1_of(digest_of(layer))), SCHEMA1
    cache.upstream.blobs[digest_of(layer)] = layer if sent is None else sent


def test_a_layer_of_unknown_length_is_taken_as_it_is(cache):
    schema1(cache, b"layer")
    cache.bring()
    assert layers_of(cache.repository).get(digest_of("layer")).size == 5


def test_a_layer_is_found_by_the_sha512_by_which_its_manifest_names_it(cache):
    rows = [descriptor(data, "application/x", "sha512") for data in (b"{}", b"layer")]
    for row, data in zip(rows, (b"{}", b"layer"), strict=True):
        cache.upstream.blobs[row["digest"]] = data
    cache.upstream.put(image_of(*rows), "v1")
    cache.bring()
    layers = [layers_of(cache.repository).get(row["digest"]) for row in rows]
    assert [layer.digest for layer in layers] == [digest_of("{}"), digest_of("layer")]


# -- tags that are here already


def test_a_tag_on_the_same_image_is_only_noted(cache, world):
    row = cache.upstream.image("v1")
    cache.bring()
    world.travel(world.clock.now() + 48 * 3600)
    del cache.upstream.asked[:]
    cache.bring()
    assert cache.upstream.asked == [("team/app", "v1")]
    assert Checks(cache.repository).fresh("v1")
    assert [event.digest for event in cache.on_end] == [row["digest"]] * 2


def test_a_tag_moves_with_the_upstreams_and_the_old_image_stays(cache):
    old = cache.upstream.image("v1")
    cache.bring()
    new = cache.upstream.image("v1", content="two")
    cache.bring()
    assert cache.images() == {old["digest"]: (), new["digest"]: ("v1",)}


def test_a_fixed_tag_stays_where_it_is_and_was_asked_for(cache, world):
    template = {"prefix": "ROOT", "appliedFor": ["PULL_THROUGH_CACHE"], "imageTagMutability": "IMMUTABLE"}
    world.transact(lambda: world.of(Templates, *HERE).add(template))
    old = cache.upstream.image("v1")
    cache.bring()
    world.travel(world.clock.now() + 48 * 3600)
    cache.upstream.image("v1", content="two")
    cache.bring()
    assert cache.images() == {old["digest"]: ("v1",)}
    assert Checks(cache.repository).fresh("v1")


# -- what does not come


def test_an_image_that_is_not_there_is_missing_and_that_is_told(cache, world):
    before = world.store.dump()
    with pytest.raises(MissingError):
        cache.bring()
    cache.is_as(before)
    assert [(event.tag, event.digest, event.synced) for event in cache.on_end] == [("v1", None, False)]


@pytest.mark.parametrize("role", ["config", "layer"])
def test_an_image_whose_part_is_not_there_does_not_come(cache, role):
    cache.upstream.image("v1")
    lost = digest_of(blobs_of("one")[role])
    del cache.upstream.blobs[lost]
    assert f"quay.io lacks a part of team/app: no {lost}" in cache.refused()
    assert [event.synced for event in cache.on_end] == [False]


def test_a_list_whose_child_is_not_there_does_not_come(cache):
    here = cache.upstream.image()
    cache.upstream.index("v1", children=[here, {**here, "digest": NOWHERE}])
    assert "quay.io lacks a part of team/app" in cache.refused()


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"[]", encoded({"schemaVersion": 3})])
def test_what_is_no_manifest_does_not_come(cache, data):
    cache.upstream.manifests["team/app", "v1"] = data, "application/json"
    assert "what it gives for v1 is no manifest (application/json)" in cache.refused()


def test_a_manifest_with_another_digest_than_asked_for_does_not_come(cache):
    cache.upstream.image("v1")
    cache.upstream.manifests["team/app", NOWHERE] = cache.upstream.manifests["team/app", "v1"]
    assert f"does not have the digest {NOWHERE}" in cache.refused(NOWHERE)


def test_a_manifest_with_another_digest_than_announced_does_not_come(cache):
    cache.upstream.image("v1")
    for announced in (NOWHERE, "md5:00", "nonsense"):
        cache.upstream.announced = announced
        assert f"does not have the digest {announced}" in cache.refused()


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"!", lambda data: b"!" + data[1:]])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_layer_of_other_bytes_does_not_come(cache, change, algorithm):
    name = digest_of("layer bytes", algorithm)
    row = {"mediaType": "application/x", "digest": name, "size": 11}
    cache.upstream.put(image_of(row, row), "v1")
    cache.upstream.blobs[name] = change(b"layer bytes")
    assert f"the layer {name} has other bytes than it should" in cache.refused()


def test_a_layer_of_another_length_than_its_manifest_says_does_not_come(cache):
    name = digest_of("layer bytes")
    for size in (10, 12):
        row = {"mediaType": "application/x", "digest": name, "size": size}
        cache.upstream.put(image_of(row, row), "v1")
        cache.upstream.blobs[name] = b"layer bytes"
        assert f"the layer {name} has other bytes than it should" in cache.refused()


def test_layers_and_manifests_have_the_quotas_of_a_push(make_world):
    small = Cache(make_world(quota_layer_bytes=10))
    small.upstream.image("v1")
    assert "is larger than a layer may be" in small.refused()
    short = Cache(make_world(quota_manifest_bytes=100))
    short.upstream.image("v1")
    assert "the manifest of v1 is too large" in short.refused()


def test_a_layer_that_does_not_say_how_long_it_is_ends_at_the_quota(make_world):
    cache = Cache(make_world(quota_layer_bytes=10))
    schema1(cache, b"x" * 11, sent=b"x" * 1000)
    assert "has other bytes than it should" in cache.refused()


@pytest.mark.parametrize(("depth", "comes"), [(9, True), (10, False)])
def test_lists_of_lists_are_followed_so_far(cache, depth, comes):
    row = cache.upstream.image()
    for number in range(depth - 1):
        row = cache.upstream.put(index_of(row, annotations={"n": str(number)}), "v1")
    if comes:
        cache.bring()
        assert len(cache.images()) == depth
    else:
        assert "lists of lists" in cache.refused()


def test_whatever_the_upstream_says_is_told(cache):
    cache.upstream.manifests["team/app", "v1"] = UpstreamError("it rains")
    assert "it rains" in cache.refused()
    assert [event.synced for event in cache.on_end] == [False]


def test_a_repository_that_may_not_be_made_is_not_found(cache, world):
    template = {"prefix": "quay", "appliedFor": ["PULL_THROUGH_CACHE"], "resourceTags": [{"Key": "a", "Value": "b"}]}
    world.transact(lambda: world.of(Templates, *HERE).add(template))
    cache.upstream.image("v1")
    before = world.store.dump()
    with pytest.raises(RepositoryNotFoundException):
        cache.bring()
    cache.is_as(before)


def test_a_registry_that_is_full_says_so(make_world):
    cache = Cache(make_world(quota_repositories=0))
    cache.upstream.image("v1")
    with pytest.raises(LimitExceededException):
        cache.bring()
    assert cache.world.blobs.names() == set()
