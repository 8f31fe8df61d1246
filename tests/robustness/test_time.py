"""ecrmock.base.clock: requests ask for the time while somebody moves it, and it moves while somebody asks."""

import itertools
from typing import NamedTuple

import pytest

from ecrmock.base import clock as clocks
from ecrmock.base.clock import Clock
from ecrmock.engine.world import World
from ecrmock.testing.clock import MockClock


@pytest.mark.parametrize("work", ["now", "resume", "freeze"])
@pytest.mark.parametrize("other", ["resume", "freeze"])
def test_there_is_always_a_time(interleaved, work, other):
    def make():
        clock = Clock()
        clock.freeze(1_700_000_000.0)
        return clock, getattr(clock, work), getattr(clock, other)

    for clock, *answers in interleaved(getattr(Clock, work), make):
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        if work == "now":
            assert answers[0] == pytest.approx(1_700_000_000.0, abs=60)
        assert clock.now() == pytest.approx(1_700_000_000.0, abs=60)


@pytest.mark.parametrize("seconds", [0, 0.0004, 60])
def test_a_clock_that_runs_may_be_advanced_by_very_little(monkeypatch, seconds):
    ticks = itertools.count()
    monkeypatch.setattr(clocks, "_machine", lambda: 1_700_000_000.0 + next(ticks) / 1_000)
    world = World()
    before = world.clock.now()
    assert MockClock(world).advance(seconds) == []
    assert before + seconds < world.clock.now() < before + seconds + 1
    with pytest.raises(ValueError, match="forward"):
        MockClock(world).advance(-0.001)


class Tick(NamedTuple):
    """Has nothing to say."""


@pytest.mark.parametrize("after", [number / 1_000 + 0.000_5 for number in range(12)])
def test_a_job_that_falls_due_just_now_is_done(monkeypatch, after):
    world, done, ticks = World(), [], itertools.count()
    world.schedule.handle("tick", Tick, done.append, lane=lambda _tick: ())
    monkeypatch.setattr(clocks, "_machine", lambda: 1_700_000_000.0 + next(ticks) / 1_000)
    with world.lock, world.store:
        world.schedule.add("tick", Tick(), after=after)
    world.travel(1_700_000_001.0)
    assert done == [Tick()]
