"""A bare world, without a word of ECR, whose clock stands still."""

import pytest

from ecrmock.engine.world import World
from ecrmock.settings import Settings


@pytest.fixture
def make_world():
    """A function from settings to a world."""

    def make(**settings):
        world = World(Settings(**settings))
        world.clock.freeze(1_700_000_000.0)
        return world

    return make


@pytest.fixture
def world(make_world):
    return make_world()
