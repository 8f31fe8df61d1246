"""ecrmock.domain.registry.registries: the repositories of one account in one region."""

import pytest
from constants import ACCOUNT, REGION

from ecrmock.domain.images.events import ImageDeleted, UploadEnded
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.uploads import Uploads
from ecrmock.domain.names import RepositoryKey
from ecrmock.domain.registry.events import RepositoryCreated, RepositoryDeleted
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.errors.ecr import (
    InvalidTagParameterException,
    LimitExceededException,
    RepositoryAlreadyExistsException,
    RepositoryNotEmptyException,
    RepositoryNotFoundException,
)


def make(world, name, account=ACCOUNT, region=REGION, tags=()):
    row = RepositoryRow(name, world.clock.now())
    return world.transact(lambda: world.of(Registry, account, region).create(row, tags))


def delete(world, name, *, force=False):
    return world.transact(lambda: world.of(Registry, ACCOUNT, REGION).delete(name, force=force))


def names(world, after=None, limit=100, account=ACCOUNT, region=REGION):
    return [found.name for found in world.of(Registry, account, region).page(after, limit)]


def test_a_repository_is_made_found_and_told(world):
    heard = []
    world.bus.subscribe(RepositoryCreated, heard.append)
    made = make(world, "team/app", tags=[("b", "2"), ("a", "")])
    found = world.of(Registry, ACCOUNT, REGION).repository("team/app")
    assert made.row == found.row
    assert (found.row.created_at, found.row.tags) == (1_700_000_000.0, (("a", ""), ("b", "2")))
    assert heard == [RepositoryCreated(RepositoryKey(ACCOUNT, REGION, "team/app"))]


def test_the_same_name_again_is_refused(world):
    make(world, "team/app")
    with pytest.raises(RepositoryAlreadyExistsException) as refused:
        make(world, "team/app")
    assert refused.value.message == (
        "The repository with name 'team/app' already exists in the registry with id '123456789012'"
    )


def test_accounts_and_regions_are_strangers(world):
    make(world, "app")
    make(world, "app", account="111122223333")
    make(world, "app", region="eu-west-1")
    make(world, "other", region="eu-west-1")
    assert names(world) == ["app"]
    assert names(world, account="111122223333") == ["app"]
    assert names(world, region="eu-west-1") == ["app", "other"]
    assert names(world, account="111122223333", region="eu-west-1") == []


def test_what_is_not_there_is_not_found(world):
    for act in (world.of(Registry, ACCOUNT, REGION).repository, lambda name: delete(world, name)):
        with pytest.raises(RepositoryNotFoundException) as refused:
            act("team/app")
        assert refused.value.message == (
            "The repository with name 'team/app' does not exist in the registry with id '123456789012'"
        )


def test_repositories_are_paged_in_order_of_name(world):
    for name in ("b", "a/z", "c", "a"):
        make(world, name)
    assert names(world) == ["a", "a/z", "b", "c"]
    assert names(world, limit=2) == ["a", "a/z"]
    assert names(world, after="a/z", limit=1) == ["b"]
    assert names(world, after="aa") == ["b", "c"]


def test_bad_tags_make_no_repository(world):
    with pytest.raises(InvalidTagParameterException):
        make(world, "app", tags=[("aws:x", "")])
    assert names(world) == []


def test_the_quota_of_repositories(make_world):
    world = make_world(quota_repositories=2)
    make(world, "a1")
    make(world, "b1")
    with pytest.raises(LimitExceededException):
        make(world, "c1")
    with pytest.raises(RepositoryAlreadyExistsException):
        make(world, "a1")
    make(world, "a1", region="eu-west-1")
    delete(world, "a1")
    make(world, "c1")
    assert names(world) == ["b1", "c1"]


def test_an_empty_repository_is_deleted_and_that_is_told(world):
    heard = []
    world.bus.subscribe(RepositoryDeleted, heard.append)
    make(world, "app")
    assert delete(world, "app").name == "app"
    assert names(world) == []
    assert heard == [RepositoryDeleted(RepositoryKey(ACCOUNT, REGION, "app"))]


def test_a_repository_with_images_is_deleted_only_with_force(bench, world):
    bench.push(b"x", tag="a")
    with pytest.raises(RepositoryNotEmptyException) as refused:
        delete(world, "team/app")
    assert refused.value.message == (
        "The repository with name 'team/app' in registry with id '123456789012' cannot be deleted because it still "
        "contains images"
    )
    assert list(bench.tags()) == ["a"]
    delete(world, "team/app", force=True)
    assert (names(world), world.blobs.names()) == ([], set())


def test_layers_and_uploads_alone_do_not_keep_a_repository(bench, world):
    bench.layer(b"unused")
    upload = bench.begin(b"half")
    delete(world, "team/app")
    assert world.blobs.names() == set()
    assert world.blobs.writer(upload.id).size == 0


def test_deleting_one_repository_leaves_what_others_share(bench, world, make_bench):
    other = make_bench(world, "team/application")
    bench.push(b"shared")
    kept = other.push(b"shared", tag="a")
    delete(world, "team/app", force=True)
    assert other.images.manifest(kept)
    assert len(other.repository.of(Layers).all()) == 2


def test_a_repository_that_came_back_is_empty(bench, world):
    bench.push(b"x", tag="a")
    delete(world, "team/app", force=True)
    assert len(make(world, "team/app").of(Images)) == 0


def test_what_a_repository_holds_goes_with_it_and_is_told(bench, world):
    child = bench.push(b"x", tag="a")
    bench.put(bench.index(child.digest), "list")
    bench.layer(b"unused")
    upload, heard = bench.begin(b"half"), []
    world.bus.subscribe(ImageDeleted, heard.append)
    world.bus.subscribe(UploadEnded, heard.append)
    gone = world.transact(lambda: world.of(Registry, ACCOUNT, REGION).delete("team/app", force=True))
    assert (len(gone.of(Images)), gone.of(Layers).all(), gone.of(Uploads).all()) == (0, [], [])
    assert world.blobs.names() == set()
    assert world.blobs.writer(upload.id).size == 0
    assert sorted(getattr(event, "tag", "upload") for event in heard) == ["a", "list", "upload"]
