"""ecrmock.domain.pull_through.decide: whether a pull asks the upstream first, and what its answer means to the pull."""

import pytest
from constants import ACCOUNT, NOWHERE
from sources_told import ToldSource
from worlds import images_of, reach

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.pull_through.checks import Checks
from ecrmock.domain.pull_through.decide import Asking, PullThrough
from ecrmock.domain.pull_through.rules import CacheRules
from ecrmock.domain.pull_through.upstreams import MissingError
from ecrmock.domain.registry.registries import Registry
from ecrmock.engine.fetch import Fetch
from ecrmock.errors.ecr import RepositoryNotFoundException
from ecrmock.errors.ecr_images import UnableToGetUpstreamImageException

HERE, NAME = (ACCOUNT, "us-east-1"), "quay/app"
TAG = ImageId(tag="v1")
GONE = ("ImageNotFound", "Requested image not found")
TROUBLE = UnableToGetUpstreamImageException("it rains")


@pytest.fixture
def bench(world, make_bench):
    """A repository that a rule covers."""
    asked = {"ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io"}
    world.transact(lambda: world.of(CacheRules, *HERE).add(asked))
    return make_bench(world, NAME)


def asking(*denied, **more):
    return Asking(lambda action: action not in denied, **{"outcomes": {}, **more})


def prepare(bench, wanted=TAG, who=None, name=NAME):
    return PullThrough(bench.world, *HERE).prepare(name, wanted, who or asking())


def wished(bench, wanted=TAG, who=None, name=NAME):
    """The Fetch that a pull wishes for."""
    with pytest.raises(Fetch) as wish:
        prepare(bench, wanted, who, name)
    return wish.value


def answered(bench, error, *denied, wanted=TAG):
    """What a pull does after its upstream was asked with this outcome."""
    who = asking(*denied)
    wished(bench, wanted, who).on_end(error)
    return prepare(bench, wanted, who)


def old(bench, tag="v1"):
    """An image whose tag was last asked for more than a day ago."""
    image = bench.push(b"old", tag=tag)
    bench.do(lambda repository: Checks(repository).note(tag))
    bench.world.travel(bench.world.clock.now() + 86_400)
    return image


# -- is it asked?


@pytest.mark.parametrize("name", ["team/app", "quayside/app", "quay"])
def test_a_repository_without_a_rule_asks_nobody(bench, name):
    assert prepare(bench, name=name) is None


@pytest.mark.parametrize("wanted", [ImageId(), ImageId(tag="a b"), ImageId("sha256:0"), ImageId("md5:" + "0" * 32)])
def test_what_no_upstream_could_have_is_not_asked_for(bench, wanted):
    assert prepare(bench, wanted) is None


def test_a_digest_is_asked_for_until_it_is_here(bench):
    assert wished(bench, ImageId(NOWHERE))
    image = bench.push(b"x")
    bench.world.travel(bench.world.clock.now() + 10 * 86_400)
    assert prepare(bench, ImageId(image.digest)) is None


def test_a_tag_is_asked_for_when_it_was_not_in_the_last_24_hours(bench):
    bench.push(b"x", tag="v1")
    assert wished(bench)
    bench.do(lambda repository: Checks(repository).note("v1"))
    bench.world.travel(bench.world.clock.now() + 86_399)
    assert prepare(bench) is None
    bench.world.travel(bench.world.clock.now() + 1)
    assert wished(bench)


def test_a_tag_that_is_not_here_is_asked_for_however_short_ago_it_was(bench):
    bench.do(lambda repository: Checks(repository).note("v1"))
    assert wished(bench)


def test_an_image_of_the_archive_is_not_asked_for(bench):
    image = old(bench)
    bench.do(lambda repository: images_of(repository).archive(image))
    assert prepare(bench) is None


def test_a_pull_for_the_very_fetch_that_runs_is_served_from_what_is_here(bench):
    source = ToldSource()
    opened = reach(bench.world, source)
    with pytest.raises(MissingError):
        wished(bench).job()
    (mark,) = opened[0].chain
    assert prepare(bench, who=asking(chain=("another", mark))) is None
    assert wished(bench, who=asking(chain=("another",)))
    assert wished(bench, ImageId(tag="v2"), asking(chain=(mark,)))


# -- may it be?


def test_who_may_not_import_gets_what_is_here_or_nothing(bench):
    assert prepare(bench, who=asking("BatchImportUpstreamImage")) == GONE
    old(bench)
    assert prepare(bench, who=asking("BatchImportUpstreamImage")) is None


def test_who_may_not_make_the_repository_does_not_find_it(bench):
    for denied, kind in (("CreateRepository", RepositoryNotFoundException), ("ListImages", Fetch)):
        with pytest.raises(kind):
            prepare(bench, who=asking(denied), name="quay/new")


def test_who_may_not_make_repositories_may_use_one_that_is_here(bench):
    assert wished(bench, who=asking("CreateRepository"))


# -- what the answer means


def test_after_a_fetch_the_pull_goes_on(bench):
    assert answered(bench, None) is None


def test_an_image_that_the_upstream_does_not_have_is_not_found(bench):
    assert answered(bench, MissingError("none")) == GONE


def test_trouble_is_an_error_where_there_is_no_image(bench):
    with pytest.raises(UnableToGetUpstreamImageException, match="it rains"):
        answered(bench, TROUBLE)


@pytest.mark.parametrize("error", [MissingError("none"), TROUBLE])
def test_any_trouble_serves_the_old_image(bench, error):
    old(bench)
    assert answered(bench, error) is None


def test_a_fault_of_ours_is_not_taken_for_the_upstreams(bench):
    old(bench)
    with pytest.raises(ZeroDivisionError):
        answered(bench, ZeroDivisionError())


# -- the fetch


def test_the_fetch_brings_the_image_into_a_repository_that_is_made(bench):
    source = ToldSource()
    reach(bench.world, source)
    row = source.image("v1", name="new")
    wished(bench, name="quay/new").job()
    found = bench.world.of(Registry, *HERE).repository("quay/new")
    assert images_of(found).tagged("v1").digest == row["digest"]
    assert prepare(bench, name="quay/new") is None


def test_a_fetch_that_comes_after_another_asks_nobody(bench):
    opened = reach(bench.world, ToldSource())
    wish = wished(bench)
    bench.push(b"x", tag="v1")
    bench.do(lambda repository: Checks(repository).note("v1"))
    wish.job()
    assert opened == []


def test_one_image_is_fetched_once_whoever_asks_and_another_apart(bench):
    asked = [("v1", NAME), ("v1", NAME), ("v2", NAME), ("v1", "quay/x")]
    keys = [wished(bench, ImageId(tag=tag), name=name).key for tag, name in asked]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
