"""A repository of a world whose clock stands still, without any door."""

import pytest
from worlds import Bench, still_world


@pytest.fixture
def make_bench():
    """A function from settings to a repository of a new world, or to another one of a `world`."""

    def make(name="team/app", world=None, **settings):
        return Bench(world or still_world(**settings), name)

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()
