"""ecrmock.domain.lifecycle.runs: policies run by hand, of one repository or of all."""

import json

import pytest
from constants import ACCOUNT, AWAY
from worlds import expiry_of

from ecrmock.domain.lifecycle import runs
from ecrmock.errors.ecr import RepositoryNotFoundException

RULE = {
    "rulePriority": 1,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
    "action": {"type": "expire"},
}


@pytest.fixture
def world(make_world):
    return make_world(delays=(("lifecycle", "manual"),))


@pytest.fixture
def benches(world, make_bench):
    """Repositories of two accounts with two images each; those named keep have a policy that keeps one."""
    made = []
    for name, account in (("keep/b", ACCOUNT), ("keep/a", ACCOUNT), ("keep/a", AWAY), ("none", ACCOUNT)):
        bench = make_bench(world, name, account)
        for tag in ("old", "new"):
            bench.push(f"{account} {name} {tag}".encode(), tag=tag)
        if name != "none":
            bench.do(lambda repository: expiry_of(repository).put(json.dumps({"rules": [RULE]})))
        made.append(bench)
    return made


def names(found):
    return [(repository.registry_id, repository.name, len(evaluation.acts)) for repository, evaluation in found]


def test_every_policy_acts_in_order_of_account_and_name_and_only_once(world, benches):
    mine = [(ACCOUNT, "keep/a"), (ACCOUNT, "keep/b")]
    every = [(AWAY, "keep/a"), *mine]
    assert names(runs.run_now(world)) == [(*each, 1) for each in every]
    assert [set(bench.tags()) for bench in benches] == [{"new"}] * 3 + [{"old", "new"}]
    assert names(runs.run_now(world)) == [(*each, 0) for each in every]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"repository": "keep/a"}, [(AWAY, "keep/a"), (ACCOUNT, "keep/a")]),
        ({"repository": "keep/a", "account": ACCOUNT}, [(ACCOUNT, "keep/a")]),
        ({"account": AWAY}, [(AWAY, "keep/a")]),
        ({"region": "us-west-2"}, []),
        ({"repository": "none"}, []),
    ],
)
def test_only_those_act_that_are_asked_for(world, benches, asked, found):
    assert names(runs.run_now(world, **asked)) == [(*each, 1) for each in found]
    acted = [(bench.account, bench.name) for bench in benches if "old" not in bench.tags()]
    assert sorted(acted) == sorted(found)


def test_a_trace_tells_the_same_and_changes_nothing(world, benches):
    before = world.store.dump()
    found = runs.trace(world, account=ACCOUNT)
    assert names(found) == [(ACCOUNT, "keep/a", 1), (ACCOUNT, "keep/b", 1)]
    assert (world.store.dump(), len(benches)) == (before, 4)


@pytest.mark.parametrize("more", [{}, {"account": ACCOUNT}, {"region": "us-east-1"}])
@pytest.mark.parametrize("verb", [runs.run_now, runs.trace])
def test_a_repository_that_is_nowhere_is_not_found(world, benches, verb, more):
    with pytest.raises(RepositoryNotFoundException):
        verb(world, repository="never/made", **more)
    assert all("old" in bench.tags() for bench in benches)
