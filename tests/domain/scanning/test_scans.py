"""ecrmock.domain.scanning.scans: which scans an image had, and what is told of them when one looks."""

from dataclasses import replace

import pytest
from constants import ACCOUNT, OCI
from worlds import heard, images_of, scan_by, scans_of

from ecrmock.domain.images.images import ImageId
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.scanning.events import ScanCompleted, ScanStarted
from ecrmock.domain.scanning.outcomes import DONE, failed
from ecrmock.domain.scanning.rules import BASIC, ENHANCED
from ecrmock.domain.signing import notation
from ecrmock.errors.ecr import LimitExceededException, ValidationException
from ecrmock.errors.ecr_images import ImageArchivedException, ScanNotFoundException, UnsupportedImageTypeException

DAY, MINUTE = 86_400, 60
MANUAL = (("scan-image", "manual"), ("enrol-in-enhanced-scanning", "manual"))


@pytest.fixture
def world(make_world):
    """A world whose scans end only by hand."""
    return make_world(delays=MANUAL)


def use(bench, engine=BASIC, **rules):
    scan_by(bench.world.of(Registry, ACCOUNT, "us-east-1"), engine, **rules)


def do(bench, verb, *arguments):
    return bench.do(lambda repository: getattr(scans_of(repository), verb)(*arguments))


def end(bench, image, engine=BASIC, **more):
    """Let the scan that runs end with this outcome."""
    return do(bench, "end", replace(scans_of(bench.repository).get(image.digest, engine), **more))


def seen(bench, image):
    """The status that one sees; None where there is no scan."""
    found = scans_of(bench.repository).status_of(images_of(bench.repository).get(image.digest))
    return found and found.status


def wait(bench, seconds):
    bench.world.travel(bench.world.clock.now() + seconds)


def archive(bench, image):
    return bench.do(lambda repository: images_of(repository).archive(image))


# -- basic scans that somebody asks for


def test_a_basic_scan_is_in_progress_until_it_ends(bench, world):
    image, events = bench.push(b"x", tag="v1"), heard(world, ScanStarted, ScanCompleted)
    assert seen(bench, image) is None
    do(bench, "start", image)
    assert seen(bench, image) == "IN_PROGRESS"
    wait(bench, 5)
    end(bench, image)
    shown = scans_of(bench.repository).demand(image, ImageId(tag="v1"))
    assert (shown.engine, shown.status, shown.description, shown.findings) == (BASIC, "COMPLETE", DONE, ())
    assert (shown.scan.ended_at, shown.updated_at) == (world.clock.now(), world.clock.now())
    assert [type(event) for event in events] == [ScanStarted, ScanCompleted]
    assert {(event.digest, event.engine) for event in events} == {(image.digest, BASIC)}


def test_what_was_never_scanned_is_not_found(bench):
    image = bench.push(b"x")
    with pytest.raises(ScanNotFoundException, match=image.digest):
        scans_of(bench.repository).demand(image, ImageId(image.digest))


def test_an_image_is_scanned_once_in_24_hours_even_if_the_archive_forgot_its_findings(bench):
    image = bench.push(b"x")
    do(bench, "start", image)
    end(bench, image)
    archive(bench, image)
    bench.do(lambda repository: images_of(repository).activate(image.digest))
    assert seen(bench, image) is None
    wait(bench, DAY - 1)
    with pytest.raises(LimitExceededException, match="scan quota per image"):
        do(bench, "start", image)
    wait(bench, 1)
    do(bench, "start", image)
    assert seen(bench, image) == "IN_PROGRESS"


def test_a_registry_has_so_many_scans_in_24_hours(make_world, make_bench):
    bench = make_bench(make_world(delays=MANUAL, quota_scans=2))
    images = [bench.push(b"%d" % number) for number in range(4)]
    do(bench, "start", images[0])
    wait(bench, DAY / 2)
    do(bench, "start", images[1])
    with pytest.raises(LimitExceededException):
        do(bench, "start", images[2])
    wait(bench, DAY / 2)
    do(bench, "start", images[2])
    with pytest.raises(LimitExceededException):
        do(bench, "start", images[3])


def test_what_cannot_be_scanned_is_refused_and_why(bench):
    image = bench.push(b"x")
    index = bench.put(bench.index(image.digest)).image
    chart = bench.push(b"chart", artifactType="application/vnd.cncf.helm.config.v1+json")
    for each, kind in ((index, index.media_type), (chart, chart.artifact_type)):
        with pytest.raises(UnsupportedImageTypeException, match=kind.replace("+", r"\+")):
            do(bench, "start", each)
    bench.delete(ImageId(index.digest))
    with pytest.raises(ImageArchivedException):
        do(bench, "start", archive(bench, image))
    use(bench, ENHANCED)
    with pytest.raises(ValidationException, match="This feature is disabled"):
        do(bench, "start", chart)


# -- scans of what is pushed


def test_a_push_is_scanned_where_a_rule_or_the_repository_says_so(bench, world):
    assert seen(bench, bench.push(b"1")) is None
    use(bench, scan_on_push="team/*")
    assert seen(bench, bench.push(b"2")) == "IN_PROGRESS"
    use(bench, scan_on_push="other/*")
    assert seen(bench, bench.push(b"3")) is None
    world.transact(lambda: bench.repository.change(scan_on_push=True))
    assert seen(bench, bench.push(b"4")) == "IN_PROGRESS"


def test_a_push_beyond_the_quota_is_told_so_and_may_be_scanned_on_the_same_day(make_world, make_bench):
    bench = make_bench(make_world(delays=MANUAL, quota_scans=0))
    use(bench, scan_on_push="*")
    image = bench.push(b"x")
    assert seen(bench, image) == "LIMIT_EXCEEDED"
    with pytest.raises(LimitExceededException) as refused:
        do(bench, "start", image)
    assert "per image" not in refused.value.message


def test_lists_and_signatures_are_passed_over_and_other_artifacts_only_told_of_by_enhanced_scans(bench):
    for engine, told in ((BASIC, None), (ENHANCED, "UNSUPPORTED_IMAGE")):
        use(bench, engine, scan_on_push="*")
        chart = bench.push(engine.encode(), artifactType="application/vnd.cncf.helm.config.v1+json")
        signature = bench.push(engine.encode(), artifactType=notation.ARTIFACT_TYPE)
        index = bench.put(bench.index(chart.digest)).image
        assert [seen(bench, each) for each in (chart, signature, index)] == [told, None, None]


# -- how a scan ends


def test_only_the_run_that_is_under_way_ends(bench):
    image = bench.push(b"x")
    do(bench, "start", image)
    first = scans_of(bench.repository).get(image.digest, BASIC)
    end(bench, image, own=failed("broken"))
    assert seen(bench, image) == "FAILED"
    end(bench, image)  # it ended already
    assert seen(bench, image) == "FAILED"
    wait(bench, DAY)
    do(bench, "start", image)
    do(bench, "end", first)
    assert seen(bench, image) == "IN_PROGRESS"


def test_the_end_of_a_scan_whose_image_went_is_nothing(bench, world):
    image = bench.push(b"x")
    do(bench, "start", image)
    scan = scans_of(bench.repository).get(image.digest, BASIC)
    bench.delete(ImageId(image.digest))
    events = heard(world, ScanCompleted)
    assert do(bench, "end", scan) is False
    assert events == []


def test_what_goes_to_the_archive_loses_its_findings_and_what_goes_its_scans(bench):
    images = [bench.push(b"%d" % number) for number in range(2)]
    for image in images:
        do(bench, "start", image)
        end(bench, image)
    archive(bench, images[0])
    bench.delete(ImageId(images[1].digest))
    found = [scans_of(bench.repository).get(image.digest, BASIC) for image in images]
    assert (found[0].state, found[1]) == ("FORGOTTEN", None)


# -- enhanced scans


@pytest.mark.parametrize(("frequency", "status"), [("continuous_scan", "ACTIVE"), ("scan_on_push", "COMPLETE")])
def test_an_enhanced_scan_is_nowhere_for_a_minute_then_empty_then_there(bench, frequency, status):
    use(bench, ENHANCED, **{frequency: "*"})
    image = bench.push(b"x")
    found = [seen(bench, image)]
    for seconds in (MINUTE - 1, 1):
        wait(bench, seconds)
        found.append(seen(bench, image))
    end(bench, image, ENHANCED)
    assert [*found, seen(bench, image)] == [None, None, status, status]


def test_whether_it_goes_on_depends_on_the_frequency_when_one_looks(bench):
    use(bench, ENHANCED, continuous_scan="*")
    image = bench.push(b"x")
    end(bench, image, ENHANCED)
    found = [seen(bench, image)]
    for rules in ({"scan_on_push": "*"}, {"continuous_scan": "other"}, {"continuous_scan": "*"}):
        use(bench, ENHANCED, **rules)
        found.append(seen(bench, image))
    assert found == ["ACTIVE", "COMPLETE", "COMPLETE", "ACTIVE"]


@pytest.mark.parametrize(
    ("frequency", "later"), [("continuous_scan", "SCAN_ELIGIBILITY_EXPIRED"), ("scan_on_push", "COMPLETE")]
)
def test_a_continuous_scan_ends_14_days_after_the_push(bench, frequency, later):
    use(bench, ENHANCED, **{frequency: "*"})
    image = bench.push(b"x")
    end(bench, image, ENHANCED)
    wait(bench, 14 * DAY)
    assert seen(bench, image) != "SCAN_ELIGIBILITY_EXPIRED"
    wait(bench, 1)
    assert seen(bench, image) == later


def test_or_14_days_after_it_came_back_from_the_archive(bench):
    use(bench, ENHANCED, continuous_scan="*")
    image = bench.push(b"x")
    wait(bench, 10 * DAY)
    archive(bench, image)
    assert seen(bench, image) == "IMAGE_ARCHIVED"
    bench.do(lambda repository: images_of(repository).activate(image.digest))
    end(bench, image, ENHANCED)
    wait(bench, 14 * DAY)
    assert seen(bench, image) == "ACTIVE"
    wait(bench, 1)
    assert seen(bench, image) == "SCAN_ELIGIBILITY_EXPIRED"


def test_each_engine_keeps_its_scans_and_shows_them_again(bench):
    image = bench.push(b"x")
    do(bench, "start", image)
    end(bench, image, own=failed("broken"))
    use(bench, ENHANCED, scan_on_push="*")
    do(bench, "enrol")
    end(bench, image, ENHANCED)
    assert seen(bench, image) == "COMPLETE"
    use(bench)
    assert seen(bench, image) == "FAILED"


def test_enhanced_scanning_takes_young_images_in_and_old_ones_not(bench):
    old = bench.push(b"old")
    wait(bench, 1)
    young = bench.push(b"young")
    gone = archive(bench, bench.push(b"gone"))
    index = bench.put(bench.index(old.digest)).image
    wait(bench, 14 * DAY)
    use(bench, ENHANCED, scan_on_push="*")
    do(bench, "enrol")
    end(bench, young, ENHANCED)
    statuses = [seen(bench, each) for each in (old, young, gone, index)]
    assert statuses == ["SCAN_ELIGIBILITY_EXPIRED", "COMPLETE", "IMAGE_ARCHIVED", None]
    do(bench, "enrol")
    assert seen(bench, young) == "COMPLETE"


@pytest.mark.parametrize(("engine", "rules"), [(BASIC, {"scan_on_push": "*"}), (ENHANCED, {"scan_on_push": "other"})])
def test_nobody_is_taken_in_where_there_is_no_enhanced_scanning(bench, engine, rules):
    image = bench.push(b"x")
    use(bench, engine, **rules)
    do(bench, "enrol")
    assert seen(bench, image) is None


def test_nobody_is_taken_in_where_repositories_are_scanned_by_hand(bench):
    image = bench.push(b"x")
    use(bench, ENHANCED)
    do(bench, "enrol")
    assert scans_of(bench.repository).get(image.digest, ENHANCED) is None


def test_subjects_and_their_referrers_are_scanned_alike(bench):
    use(bench, scan_on_push="*")
    subject = bench.push(b"x")
    referrer = bench.push(b"y", subject={"mediaType": OCI, "digest": subject.digest, "size": 1})
    assert seen(bench, referrer) == "IN_PROGRESS"
