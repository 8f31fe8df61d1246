"""A world with a frozen clock, and a workbench that pushes to it without any door."""

import pytest
from images import digest_of
from worlds import Bench, still_world


@pytest.fixture
def make_world():
    """A function from settings to a world whose clock stands still."""
    return still_world


@pytest.fixture
def world(make_world):
    return make_world()


@pytest.fixture
def make_bench():
    """The class Bench, for more than one repository."""
    return Bench


@pytest.fixture
def bench(world):
    return Bench(world)


@pytest.fixture
def sha():
    """The function that names bytes by their digest."""
    return digest_of
