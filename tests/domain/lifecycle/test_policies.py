"""ecrmock.domain.lifecycle.policies: when a lifecycle policy acts, what it does, and what a preview is."""

import json

import pytest
from constants import OCI
from worlds import expiry_of, heard

from ecrmock.domain.lifecycle.events import LifecyclePolicyChanged, PreviewStarted
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.errors.ecr_images import (
    LifecyclePolicyNotFoundException,
    LifecyclePolicyPreviewInProgressException,
    LifecyclePolicyPreviewNotFoundException,
)

DAY = 86_400
START = 1_700_000_000.0


@pytest.fixture
def world(make_world):
    """A world in which policies act and previews are made by hand only."""
    return make_world(delays=(("lifecycle", "manual"), ("lifecycle-preview", "manual")))


EXPIRE, ARCHIVE = {"type": "expire"}, {"type": "transition", "targetStorageClass": "archive"}


def keep(count, action=EXPIRE, **selection):
    """The text of a policy that keeps so many images."""
    rule = {
        "rulePriority": 1,
        "description": "as long as the shortest policy has to be " * 3,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count, **selection},
        "action": action,
    }
    return json.dumps({"rules": [rule]})


def older_than(days, **selection):
    return keep(days, **{"countType": "sinceImagePushed", "countUnit": "days", **selection})


def do(bench, verb, *arguments):
    return bench.do(lambda repository: getattr(expiry_of(repository), verb)(*arguments))


def tick_after(bench, days):
    return (expiry_of(bench.repository).tick_after(START + days * DAY) - START) / DAY


def digests(bench):
    return {image.digest for image in bench.images.all()}


# -- the policy


def test_a_policy_is_put_told_and_taken_away(bench):
    stored = do(bench, "put", keep(3))
    assert json.loads(stored)["rules"][0]["selection"]["countNumber"] == 3
    assert expiry_of(bench.repository).policy() == stored
    do(bench, "delete")
    for verb in ("policy", "delete", "run", "evaluate"):
        with pytest.raises(LifecyclePolicyNotFoundException):
            do(bench, verb)
    with pytest.raises(LifecyclePolicyNotFoundException):
        do(bench, "start_preview", None)


def test_what_is_no_policy_changes_nothing(bench):
    stored = do(bench, "put", keep(3))
    with pytest.raises(InvalidParameterException):
        do(bench, "put", "{}")
    assert expiry_of(bench.repository).policy() == stored


# -- when


@pytest.mark.parametrize(("days", "next_one"), [(0, 1), (0.5, 1), (1, 2), (1.999, 2), (2, 3), (-0.5, 0)])
def test_it_is_evaluated_each_24_hours_from_the_put_and_next_later_than_now(bench, days, next_one):
    do(bench, "put", keep(3))
    assert tick_after(bench, days) == next_one


def test_a_new_policy_begins_a_new_day(bench, world):
    do(bench, "put", keep(3))
    world.travel(START + 0.25 * DAY)
    do(bench, "put", keep(4))
    assert tick_after(bench, 0.5) == 1.25


@pytest.mark.parametrize(("days", "last"), [(0, None), (0.9, None), (1, 1), (2.5, 2)])
def test_a_day_on_which_nothing_happened_counts_as_evaluated(make_world, make_bench, days, last):
    bench = make_bench(make_world())
    do(bench, "put", keep(3))
    bench.world.travel(START + days * DAY)
    assert expiry_of(bench.repository).last() == (0 if last is None else START + last * DAY)


def test_a_run_by_hand_counts_until_the_next_day_and_not_for_the_next_policy(make_world, make_bench):
    bench = make_bench(make_world())
    do(bench, "put", keep(3))
    found = []
    for days in [1.5, 2.5]:
        bench.world.travel(START + days * DAY)
        if not found:
            do(bench, "run")
        found.append(expiry_of(bench.repository).last())
    do(bench, "put", keep(4))
    assert [*found, expiry_of(bench.repository).last()] == [START + 1.5 * DAY, START + 2 * DAY, 0]


def test_where_a_hand_has_to_run_it_only_that_counts(bench, world):
    do(bench, "put", keep(3))
    world.travel(START + 2.5 * DAY)
    assert expiry_of(bench.repository).last() == 0
    do(bench, "run")
    world.travel(START + 9 * DAY)
    assert expiry_of(bench.repository).last() == START + 2.5 * DAY


# -- what


def test_a_run_tells_what_it_found_and_does_it(bench):
    images = [bench.push(b"%d" % number) for number in range(3)]
    do(bench, "put", keep(1))
    found = do(bench, "evaluate")
    assert digests(bench) == {image.digest for image in images}
    assert do(bench, "run") == found
    assert {act.image.digest for act in found.acts} == {image.digest for image in images[:2]}
    assert digests(bench) == {images[2].digest}


def test_it_moves_images_to_the_archive_where_it_says_so(bench, world):
    old = bench.push(b"old")
    world.travel(START + 10 * DAY)
    new = bench.push(b"new")
    do(bench, "put", keep(1, ARCHIVE))
    do(bench, "run")
    assert {image.digest: image.status for image in bench.images.all()} == {
        old.digest: "ARCHIVED",
        new.digest: "ACTIVE",
    }


def test_a_child_stays_as_long_as_its_list_and_goes_once_that_went(bench, world):
    child = bench.push(b"x")
    world.travel(START + 5 * DAY)
    index = bench.put(bench.index(child.digest)).image
    do(bench, "put", older_than(3))
    do(bench, "run")
    assert digests(bench) == {child.digest, index.digest}
    for _ in range(2):
        world.travel(world.clock.now() + 5 * DAY)
        do(bench, "run")
    assert digests(bench) == set()


def test_referrers_go_with_their_subject_whatever_their_age(bench, world):
    subject = bench.push(b"x")
    world.travel(START + 5 * DAY)
    signature = bench.push(b"s", subject={"mediaType": OCI, "digest": subject.digest, "size": 1})
    young = bench.push(b"young")
    do(bench, "put", older_than(3))
    found = do(bench, "run")
    assert [act.image.digest for act in found.followers] == [signature.digest]
    assert digests(bench) == {young.digest}


def test_a_referrer_that_a_list_has_stays(bench, world):
    subject = bench.push(b"x")
    world.travel(START + 5 * DAY)
    signature = bench.push(b"s", subject={"mediaType": OCI, "digest": subject.digest, "size": 1})
    index = bench.put(bench.index(signature.digest)).image
    do(bench, "put", older_than(3))
    do(bench, "run")
    assert digests(bench) == {signature.digest, index.digest}


# -- previews


def test_a_preview_is_in_progress_then_complete_then_expired_and_nothing_is_done(bench, world):
    images = [bench.push(b"%d" % number, tag=f"v{number}") for number in range(3)]
    do(bench, "put", keep(1))
    asked = do(bench, "start_preview", None)
    assert (asked.status, asked.results) == ("IN_PROGRESS", ())
    assert expiry_of(bench.repository).preview() == asked
    do(bench, "make_preview")
    made = expiry_of(bench.repository).preview()
    assert (made.status, made.made_at) == ("COMPLETE", START)
    named = [(row.digest, row.tags, row.action, row.priority, row.archived) for row in made.results]
    assert named == [(image.digest, image.tags, "expire", 1, False) for image in images[:2]]
    world.travel(START + DAY - 1)
    assert expiry_of(bench.repository).preview() == made
    world.travel(START + DAY)
    expired = expiry_of(bench.repository).preview()
    assert (expired.status, expired.results, len(bench.images)) == ("EXPIRED", (), 3)


def test_a_preview_may_be_of_another_text_and_is_a_snapshot(bench):
    do(bench, "put", keep(100))
    old = bench.push(b"old")
    bench.push(b"new")
    text = keep(1)
    assert do(bench, "start_preview", text).text == text
    do(bench, "make_preview")
    bench.push(b"newer")
    assert [row.digest for row in expiry_of(bench.repository).preview().results] == [old.digest]
    assert "100" in expiry_of(bench.repository).policy()


def test_only_one_preview_is_made_at_a_time_and_the_next_replaces_it(bench):
    do(bench, "start_preview", keep(1))
    with pytest.raises(LifecyclePolicyPreviewInProgressException):
        do(bench, "start_preview", keep(2))
    do(bench, "make_preview")
    do(bench, "start_preview", keep(2))
    assert expiry_of(bench.repository).preview().text == keep(2)


def test_there_is_no_preview_that_nobody_asked_for(bench):
    do(bench, "make_preview")
    with pytest.raises(LifecyclePolicyPreviewNotFoundException):
        expiry_of(bench.repository).preview()
    with pytest.raises(InvalidParameterException):
        do(bench, "start_preview", "{}")
    do(bench, "start_preview", keep(1))
    do(bench, "make_preview")
    do(bench, "forget")
    with pytest.raises(LifecyclePolicyPreviewNotFoundException):
        expiry_of(bench.repository).preview()


def test_a_preview_that_is_made_already_is_not_made_again(bench, world):
    do(bench, "start_preview", keep(1))
    do(bench, "make_preview")
    made = expiry_of(bench.repository).preview()
    world.travel(START + 60)
    do(bench, "make_preview")
    assert expiry_of(bench.repository).preview() == made


def test_a_repository_that_is_made_anew_has_neither_policy_nor_preview(bench, make_bench):
    do(bench, "put", keep(1))
    do(bench, "start_preview", None)
    do(bench, "make_preview")
    bench.world.transact(lambda: bench.registry.delete(bench.name, force=True))
    again = make_bench(bench.world)
    with pytest.raises(LifecyclePolicyPreviewNotFoundException):
        expiry_of(again.repository).preview()
    with pytest.raises(LifecyclePolicyNotFoundException):
        expiry_of(again.repository).policy()


def test_a_policy_and_a_preview_are_told_of(bench, world):
    events = heard(world, LifecyclePolicyChanged, PreviewStarted)
    do(bench, "put", keep(1))
    do(bench, "start_preview", None)
    do(bench, "delete")
    assert [type(event) for event in events] == [LifecyclePolicyChanged, PreviewStarted, LifecyclePolicyChanged]
