"""ecrmock.reactions.activate: when a restore ends."""

import pytest
from worlds import START, images_of

from ecrmock.domain.images.images import ImageId

DELAY = (("restore-image", 1200),)


def store(bench, verb, image):
    bench.do(lambda repository: getattr(images_of(repository), verb)(images_of(repository).get(image.digest)))


def status(bench, image):
    return bench.images.get(image.digest).status


def test_a_restore_takes_as_long_as_it_is_told_to(make_bench):
    bench = make_bench(delays=DELAY)
    image = bench.push(b"x")
    for verb in ("archive", "restore"):
        store(bench, verb, image)
    bench.world.travel(START + 1199)
    assert status(bench, image) == "ACTIVATING"
    bench.world.travel(START + 1200)
    assert status(bench, image) == "ACTIVE"


def test_one_that_a_push_ended_early_does_not_bring_back_what_is_archived_later(make_bench):
    bench = make_bench(delays=DELAY)
    manifest = bench.manifest(b"x")
    image = bench.put(manifest).image
    for verb in ("archive", "restore"):
        store(bench, verb, image)
    bench.put(manifest)
    store(bench, "archive", image)
    bench.world.travel(START + 5000)
    assert status(bench, image) == "ARCHIVED"


@pytest.mark.parametrize("keep", [True, False])
def test_one_whose_image_or_repository_went_is_nothing(make_bench, keep):
    bench = make_bench(delays=DELAY)
    image = bench.push(b"x")
    for verb in ("archive", "restore"):
        store(bench, verb, image)
    if keep:
        bench.delete(ImageId(image.digest))
    else:
        bench.world.transact(lambda: bench.registry.delete(bench.name, force=True))
    bench.world.travel(START + 5000)
    assert bench.world.schedule.failed() == []
