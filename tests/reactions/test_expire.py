"""ecrmock.reactions.expire: when lifecycle policies act, and when previews come."""

import json

from worlds import START, expiry_of

DAY = 86_400


def policy(kind, number):
    unit = {} if kind == "imageCountMoreThan" else {"countUnit": "days"}
    selection = {"tagStatus": "any", "countType": kind, "countNumber": number, **unit}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


KEEP_ONE, OLD = policy("imageCountMoreThan", 1), policy("sinceImagePushed", 10)


def put(bench, text):
    bench.do(lambda repository: expiry_of(repository).put(text))


def until(bench, days):
    """Let so many days pass since the start; the kinds of what was done of policies."""
    kinds = [job.kind for job in bench.world.travel(START + days * DAY)]
    return [kind for kind in kinds if kind.startswith("lifecycle")]


def test_a_policy_acts_24_hours_after_it_was_put_and_each_day_on_which_something_changed(bench):
    for number in range(2):
        bench.push(b"%d" % number)
    put(bench, KEEP_ONE)
    assert until(bench, 0.999) == []
    assert until(bench, 1) == ["lifecycle"]
    assert len(bench.images) == 1
    until(bench, 2.5)
    bench.push(b"another")
    assert until(bench, 2.999) == []
    assert until(bench, 3) == ["lifecycle"]
    assert len(bench.images) == 1


def test_days_on_which_nothing_can_change_are_skipped(bench):
    put(bench, KEEP_ONE)
    bench.push(b"x")
    assert len(until(bench, 3650)) <= 1
    assert len(bench.images) == 1


def test_an_age_rule_acts_on_the_day_on_which_an_image_is_too_old(bench):
    put(bench, OLD)
    until(bench, 2.5)
    bench.push(b"x")
    assert len(until(bench, 12)) <= 1
    assert len(bench.images) == 1
    until(bench, 13)
    assert len(bench.images) == 0


def test_a_new_policy_begins_a_new_day_and_none_ends_them(bench):
    bench.push(b"0")
    bench.push(b"1")
    put(bench, KEEP_ONE)
    until(bench, 0.5)
    put(bench, KEEP_ONE)
    assert until(bench, 1.499) == []
    bench.do(lambda repository: expiry_of(repository).delete())
    assert until(bench, 30) == []
    assert len(bench.images) == 2


def test_what_is_to_be_done_goes_with_its_repository(make_bench):
    bench = make_bench(delays=(("lifecycle-preview", 60),))
    put(bench, KEEP_ONE)
    bench.do(lambda repository: expiry_of(repository).start_preview(None))
    bench.world.transact(lambda: bench.registry.delete(bench.name, force=True))
    assert (until(bench, 5), bench.world.schedule.failed()) == ([], [])


def test_a_preview_takes_as_long_as_it_is_told_to(make_bench):
    bench = make_bench(delays=(("lifecycle-preview", 60),))
    bench.do(lambda repository: expiry_of(repository).start_preview(KEEP_ONE))
    found = []
    for seconds in (59, 60):
        bench.world.travel(START + seconds)
        found.append(expiry_of(bench.repository).preview().status)
    assert found == ["IN_PROGRESS", "COMPLETE"]
