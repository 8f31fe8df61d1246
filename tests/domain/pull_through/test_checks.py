"""ecrmock.domain.pull_through.checks: when an upstream was last asked for a tag."""

import pytest

from ecrmock.domain.pull_through.checks import Checks

START, HOUR = 1_700_000_000.0, 3600


def note(bench, tag):
    bench.do(lambda repository: Checks(repository).note(tag))


def fresh(bench, *tags):
    return [Checks(bench.repository).fresh(tag) for tag in tags]


@pytest.mark.parametrize(("settings", "hours"), [({}, 24), ({"cache_hours": 0.5}, 0.5)])
def test_a_tag_is_fresh_for_as_long_as_the_setting_says(make_world, make_bench, settings, hours):
    bench = make_bench(make_world(**settings))
    note(bench, "v1")
    assert fresh(bench, "v1", "v2") == [True, False]
    bench.world.travel(START + hours * HOUR - 1)
    assert fresh(bench, "v1") == [True]
    bench.world.travel(START + hours * HOUR)
    assert fresh(bench, "v1") == [False]


def test_asking_again_begins_anew(bench):
    note(bench, "v1")
    bench.world.travel(START + 23 * HOUR)
    note(bench, "v1")
    bench.world.travel(START + 40 * HOUR)
    assert fresh(bench, "v1") == [True]


def test_repositories_know_their_own_tags_and_one_that_goes_forgets_them(bench, make_bench):
    other = make_bench(bench.world, "team/other")
    for tag in ("v1", "v2"):
        note(bench, tag)
    note(other, "v1")
    bench.do(lambda repository: Checks(repository).forget())
    assert (fresh(bench, "v1", "v2"), fresh(other, "v1", "v2")) == ([False, False], [True, False])
