"""ecrmock.domain.replication.backfills: what a backfill copies, how it goes on, and when it ends."""

import pytest
from constants import ACCOUNT
from worlds import images_of, replicate_by

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.replication.backfills import TOO_MANY_FAILED, Backfills
from ecrmock.domain.replication.copies import Replication
from ecrmock.domain.replication.rules import Destination, ReplicationRule
from ecrmock.errors.ecr import (
    InvalidParameterException,
    LimitExceededException,
    ReplicationBackfillInProgressException,
    ReplicationBackfillInvalidStatusException,
    ReplicationBackfillNotFoundException,
)

WEST, NORTH, SOUTH = (Destination(ACCOUNT, region) for region in ("us-west-2", "eu-north-1", "sa-east-1"))
START = 1_700_000_000.0


class Filler:
    """The backfills of a registry that sends team/ everywhere and everything to the north; done by hand."""

    def __init__(self, world):
        self.world = world
        self.rows = world.of(Backfills, ACCOUNT, "us-east-1")
        rules = ReplicationRule((WEST, SOUTH), ("team/",)), ReplicationRule((NORTH,))
        replicate_by(world.of(Registry, ACCOUNT, "us-east-1"), *rules)

    def do(self, verb, *arguments):
        return self.world.transact(lambda: getattr(self.rows, verb)(*arguments))

    def start(self, destination=WEST):
        return self.do("start", destination).id

    def copies(self, number):
        """(repository, digest, tag) of all that it copies, each done well."""
        self.do("prepare", number)
        made = []
        while (found := self.do("next", number)) is not None:
            made.append(found[1])
            self.do("done", number, found[1], None)
        return [(item.repository, item.digest, item.tag) for item in made]

    def status(self, number):
        row = self.rows.get(number)
        return row.status, row.total, row.complete, row.failed, row.over


@pytest.fixture
def world(make_world):
    return make_world(delays=(("replication-backfill", "manual"), ("replicate-image", "manual")))


@pytest.fixture
def filler(world):
    return Filler(world)


# -- begun


def test_it_prepares_and_knows_not_how_much_there_is(filler):
    number = filler.start()
    row = filler.rows.get(number.upper())
    assert (row.destination, row.started_at, row.status, row.total, row.over) == (WEST, START, "PREPARING", None, False)
    assert filler.do("next", number) is None
    assert filler.status(number)[0] == "PREPARING"


def test_a_destination_must_be_one_of_the_configuration(filler):
    for destination in (Destination("111122223333", "us-west-2"), Destination(ACCOUNT, "eu-west-1")):
        with pytest.raises(InvalidParameterException, match="must be configured"):
            filler.start(destination)


def test_one_at_a_time_goes_to_a_region_and_so_many_in_all(make_world):
    filler = Filler(make_world(delays=(("replication-backfill", "manual"),), quota_backfills=2))
    first = filler.start(WEST)
    with pytest.raises(ReplicationBackfillInProgressException):
        filler.start(WEST)
    filler.start(NORTH)
    with pytest.raises(LimitExceededException):
        filler.start(SOUTH)
    filler.do("stop", first)
    again = filler.start(WEST)
    assert [row.id for row in filler.rows.page(None, 5)] == [first, filler.rows.page(None, 5)[1].id, again]


def test_an_id_of_none_is_not_found(filler):
    for verb in ("get", "stop"):
        with pytest.raises(ReplicationBackfillNotFoundException):
            filler.do(verb, "00000000-0000-4000-8000-000000000000")
    for verb in ("find", "next"):
        assert filler.do(verb, "none") is None
    assert filler.do("prepare", "none") is False


# -- what is copied


def test_every_active_image_is_copied_once_a_tag_in_order_of_name_and_push(filler, world, make_bench):
    other, app = make_bench(world, "other"), make_bench(world, "team/app")
    bare, gone = app.push(b"bare"), app.push(b"gone")
    app.do(lambda repository: images_of(repository).archive(gone))
    manifest = app.manifest(b"x")
    for tag in ("v1", "latest"):
        app.put(manifest, tag)
    elsewhere = other.push(b"y", tag="v1")
    team = [("team/app", bare.digest, None), *(("team/app", manifest.digest, tag) for tag in ("v1", "latest"))]
    assert filler.copies(filler.start(WEST)) == team
    assert filler.copies(filler.start(NORTH)) == [("other", elsewhere.digest, "v1"), *team]


def test_a_copy_that_is_made_now_is_on_its_way_unless_its_image_went(bench):
    _, gone = bench.push(b"kept"), bench.push(b"gone")
    filler = Filler(bench.world)
    number = filler.start()
    filler.do("prepare", number)
    bench.delete(ImageId(gone.digest))
    states = []
    while (found := filler.do("next", number)) is not None:
        states.append([row.state for row in Replication(bench.repository).statuses(found[1].digest)])
        assert filler.rows.get(number).busy
        filler.do("done", number, found[1], None)
    assert states == [["IN_PROGRESS"], []]


def test_what_is_pushed_after_the_preparation_is_not_copied(filler, bench):
    bench.push(b"before")
    number = filler.start()
    assert filler.do("prepare", number) is True
    bench.push(b"after")
    assert filler.do("prepare", number) is False
    assert len(filler.copies(number)) == 1


# -- how it ends


def test_a_registry_without_images_is_soon_done(filler):
    number = filler.start()
    assert filler.copies(number) == []
    assert filler.status(number) == ("COMPLETE", 0, 0, 0, True)


def test_failures_are_counted_and_their_codes_kept_once(filler, bench):
    for number in range(4):
        bench.push(b"%d" % number)
    number = filler.start()
    filler.do("prepare", number)
    for code in ("A", None, "B", "A"):
        filler.do("done", number, filler.do("next", number)[1], code)
    assert filler.do("next", number) is None
    assert filler.status(number) == ("COMPLETE", 4, 1, 3, True)
    row = filler.rows.get(number)
    assert (row.codes, row.code) == (("A", "B"), None)
    results = {status: filler.rows.results(row, status, None, 9) for status in (None, "FAILED", "COMPLETE")}
    assert {status: [item.code for item in found] for status, found in results.items()} == {
        None: ["A", None, "B", "A"],
        "FAILED": ["A", "B", "A"],
        "COMPLETE": [None],
    }
    second = results["FAILED"][0].number
    assert [item.code for item in filler.rows.results(row, "FAILED", second, 1)] == ["B"]
    assert [item.code for item in filler.rows.results(row, None, second, 2)] == [None, "B"]


@pytest.mark.parametrize(("bad", "status"), [(50, "FAILED"), (49, "IN_PROGRESS")])
def test_half_of_a_hundred_failures_end_it(make_world, make_bench, bad, status):
    filler = Filler(make_world(delays=(("replication-backfill", "manual"), ("replicate-image", "manual"))))
    bench = make_bench(filler.world)
    manifest = bench.manifest(b"x")
    for number in range(101):
        bench.put(manifest, f"v{number}")
    number = filler.start()
    filler.do("prepare", number)
    for place in range(100):
        assert filler.status(number)[0] == "IN_PROGRESS"
        filler.do("done", number, filler.do("next", number)[1], "X" if place < bad else None)
    assert filler.status(number) == (status, 101, 100 - bad, bad, status == "FAILED")
    assert filler.rows.get(number).code == (TOO_MANY_FAILED if status == "FAILED" else None)


def test_it_stops_at_once_or_after_the_copy_that_is_under_way(filler, bench, world):
    for number in range(2):
        bench.push(b"%d" % number)
    idle, busy = filler.start(WEST), filler.start(NORTH)
    for each in (idle, busy):
        filler.do("prepare", each)
    item = filler.do("next", busy)[1]
    world.travel(START + 60)
    for each in (idle, busy):
        filler.do("stop", each)
    assert filler.status(idle) == ("STOPPED", 2, 0, 0, True)
    assert filler.status(busy) == ("STOPPING", 2, 0, 0, False)
    filler.do("done", busy, item, None)
    assert filler.do("next", busy) is None
    assert filler.status(busy) == ("STOPPED", 2, 1, 0, True)
    assert filler.rows.get(idle).ended_at == START + 60


def test_what_is_over_cannot_be_stopped(filler):
    number = filler.start()
    filler.copies(number)
    with pytest.raises(ReplicationBackfillInvalidStatusException):
        filler.do("stop", number)


def test_results_are_told_once_it_is_over(filler, bench):
    bench.push(b"x")
    number = filler.start()
    filler.do("prepare", number)
    filler.do("done", number, filler.do("next", number)[1], None)
    assert filler.rows.results(filler.rows.get(number), None, None, 9) == []
    filler.do("next", number)
    assert len(filler.rows.results(filler.rows.get(number), None, None, 9)) == 1
    filler.do("forget", number)
    assert (filler.rows.find(number), "backfill-items" in filler.world.store.dump()) == (None, False)
