"""ecrmock.reactions.backfill: a backfill is worked off, and forgotten long after."""

import pytest
from constants import ACCOUNT
from worlds import START, images_of, replicate_by

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.replication.backfills import Backfills
from ecrmock.domain.replication.rules import Destination, ReplicationRule

WEST = Destination(ACCOUNT, "us-west-2")


@pytest.fixture
def filled(make_bench):
    """A repository with three images that were there before the rule, in a world whose backfills wait for a hand."""
    bench = make_bench(delays=(("replication-backfill", "manual"),))
    for number in range(3):
        bench.push(b"%d" % number, tag=f"v{number}")
    replicate_by(bench.registry, ReplicationRule((WEST,)))
    return bench


def start(bench):
    rows = bench.world.of(Backfills, ACCOUNT, "us-east-1")
    return rows, bench.world.transact(lambda: rows.start(WEST)).id


def work(bench):
    """Let go on whatever waits for a hand, until nothing does."""
    while bench.world.release("replication-backfill"):
        pass


def there(bench):
    found = bench.world.of(Registry, *WEST).existing(bench.name)
    return found and sorted(tag for image in images_of(found).all() for tag in image.tags)


def test_it_copies_what_was_there_before_and_is_complete(filled):
    rows, number = start(filled)
    assert (rows.get(number).status, there(filled)) == ("PREPARING", None)
    work(filled)
    assert (rows.get(number).status, rows.get(number).complete) == ("COMPLETE", 3)
    assert there(filled) == ["v0", "v1", "v2"]


def test_one_that_was_stopped_copies_nothing(filled):
    rows, number = start(filled)
    filled.world.transact(lambda: rows.stop(number))
    work(filled)
    assert (rows.get(number).status, there(filled)) == ("STOPPED", None)


def test_what_went_before_its_copy_is_no_failure(filled):
    rows, number = start(filled)
    filled.delete(ImageId(tag="v1"))
    work(filled)
    assert (rows.get(number).status, rows.get(number).failed) == ("COMPLETE", 0)
    assert there(filled) == ["v0", "v2"]


def test_what_a_registry_refuses_is_a_failure_with_its_code(make_bench):
    bench = make_bench(delays=(("replication-backfill", "manual"), ("replicate-image", "manual")))
    bench.push(b"x", tag="v1")
    away = Destination("111122223333", "us-west-2")
    replicate_by(bench.registry, ReplicationRule((away,)))
    rows = bench.world.of(Backfills, ACCOUNT, "us-east-1")
    number = bench.world.transact(lambda: rows.start(away)).id
    work(bench)
    found = rows.get(number)
    assert (found.status, found.complete, found.failed, found.codes) == (
        "COMPLETE",
        0,
        1,
        ("DESTINATION_REGISTRY_ACCESS_DENIED",),
    )


def test_it_is_known_for_some_time_and_then_forgotten(filled):
    rows, number = start(filled)
    work(filled)
    filled.world.travel(START + 86_400)
    assert rows.find(number) is not None
    filled.world.travel(START + 400 * 86_400)
    assert rows.find(number) is None
