"""ecrmock.reactions.scan_on_push: which scans begin because something happened, and which are called off."""

import pytest
from worlds import START, heard, images_of, scan_by, scans_of

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.scanning.events import ScanCompleted, ScanStarted
from ecrmock.domain.scanning.rules import BASIC, ENHANCED

DELAY, DAY = (("scan-image", 60),), 86_400


def status(bench, image):
    """What one sees after all that is due was done."""
    bench.world.settle()
    found = scans_of(bench.repository).status_of(bench.images.get(image.digest))
    return found and found.status


def started(bench):
    """(digest, engine) of each scan that begins from now on."""
    events = heard(bench.world, ScanStarted)
    return lambda: [(event.digest, event.engine) for event in events]


def test_a_push_is_scanned_and_the_scan_takes_as_long_as_it_is_told_to(make_bench):
    bench = make_bench(delays=DELAY)
    scan_by(bench.registry, scan_on_push="*")
    image, found = bench.push(b"x"), []
    for seconds in (0, 59, 60):
        bench.world.travel(START + seconds)
        found.append(status(bench, image))
    assert (found[:2], found[2] == "IN_PROGRESS") == (["IN_PROGRESS"] * 2, False)


def test_a_push_that_adds_nothing_or_a_tag_starts_no_scan(bench):
    scan_by(bench.registry, scan_on_push="*")
    manifest = bench.manifest(b"x")
    begun = started(bench)
    for tag in (None, "v1", "v1", "v2"):
        bench.put(manifest, tag)
    assert begun() == [(manifest.digest, BASIC)]


def test_an_image_that_comes_back_from_the_archive_is_scanned_again(bench):
    scan_by(bench.registry, scan_on_push="*")
    image, begun = bench.push(b"x"), started(bench)
    bench.do(lambda repository: images_of(repository).archive(images_of(repository).get(image.digest)))
    assert status(bench, image) is None
    bench.do(lambda repository: images_of(repository).activate(image.digest))
    assert status(bench, image) is not None
    assert begun() == [(image.digest, BASIC)]


@pytest.mark.parametrize("archived", [True, False])
def test_a_scan_is_called_off_when_its_image_goes_or_is_archived(make_bench, archived):
    bench = make_bench(delays=DELAY)
    scan_by(bench.registry, scan_on_push="*")
    image, ended = bench.push(b"x"), heard(bench.world, ScanCompleted)
    if archived:
        bench.do(lambda repository: images_of(repository).archive(image))
    else:
        bench.delete(ImageId(image.digest))
    kinds = [job.kind for job in bench.world.travel(START + 120)]
    assert ("scan-image" in kinds, ended, bench.world.schedule.failed()) == (False, [], [])


def test_enhanced_scanning_takes_in_what_it_did_not_scan_before_and_only_that(make_bench):
    bench = make_bench()
    other = make_bench("other", bench.world)
    image, theirs = bench.push(b"x"), other.push(b"y")
    begun = started(bench)
    scan_by(bench.registry, ENHANCED, scan_on_push="team/*")
    bench.world.settle()
    assert begun() == [(image.digest, ENHANCED)]
    scan_by(bench.registry, ENHANCED, continuous_scan="*")
    bench.world.settle()
    assert begun() == [(image.digest, ENHANCED), (theirs.digest, ENHANCED)]
    scan_by(bench.registry, scan_on_push="*")
    bench.world.settle()
    assert len(begun()) == 2


def test_a_repository_that_goes_before_it_is_taken_in_is_nothing(make_bench):
    bench = make_bench(delays=(("enrol-in-enhanced-scanning", 60),))
    bench.push(b"x")
    scan_by(bench.registry, ENHANCED, scan_on_push="*")
    bench.world.transact(lambda: bench.registry.delete(bench.name, force=True))
    bench.world.travel(START + DAY)
    assert bench.world.schedule.failed() == []
