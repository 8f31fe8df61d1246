"""ecrmock.engine.worker: the thread that does jobs where a server runs."""

import threading
from typing import NamedTuple

import pytest

from ecrmock.engine.worker import Worker


class Tick(NamedTuple):
    name: str = ""


@pytest.fixture
def employ():
    """A function that gives a world a worker; it is closed at the end."""
    closing = []

    def employed(world):
        closing.append((world, Worker(world)))
        return closing[-1][1]

    yield employed
    for world, worker in closing:
        world.close()
        worker.thread.join(5)
        assert not worker.thread.is_alive()


def fetches(world, act):
    world.schedule.handle("fetch", Tick, act, outside=True, lane=lambda _job: ("app",))


def add(world, *names, after=0):
    world.transact(lambda: [world.schedule.add("fetch", Tick(name), after=after) for name in names])


def test_it_does_what_a_call_has_added_and_the_call_does_not_wait(world, employ):
    go, done = threading.Event(), threading.Event()

    def act(_job):
        go.wait(5)
        done.set()

    fetches(world, act)
    employ(world)
    add(world, "a")
    assert not done.is_set()
    go.set()
    assert done.wait(5)


def test_it_follows_a_clock_that_is_moved_resumed_or_frozen(world, employ):
    """Advance to one second before a job, and it was not done for an hour."""
    done = threading.Event()
    fetches(world, lambda _job: done.set())
    employ(world)
    world.resume()
    add(world, "a", after=3_600)
    world.travel(world.clock.now() + 3_599.9)
    assert done.wait(5)
    done.clear()
    add(world, "b", after=3_600)
    world.freeze(world.clock.now() + 3_599.9)
    assert not done.is_set()
    world.resume()
    assert done.wait(5)


def test_it_sleeps_while_another_thread_is_at_what_is_due(world, employ):
    """It looked hundreds of times a second."""
    begun, go, looked = threading.Event(), threading.Event(), []

    def act(_job):
        begun.set()
        go.wait(5)

    fetches(world, act)
    add(world, "a", "b")
    other = threading.Thread(target=world.settle)
    other.start()
    assert begun.wait(5)
    first = world.schedule.first
    world.schedule.first = lambda *given, **named: looked.append(1) or first(*given, **named)
    employ(world)
    for _ in range(20):
        world.transact(lambda: None)
    # each call looks once for itself; the worker once, when it came
    assert len(looked) <= 22
    go.set()
    other.join(5)


def test_it_ends_with_its_world_also_while_it_waits_for_an_hour(world):
    worker = Worker(world)
    fetches(world, lambda _job: None)
    add(world, "a", after=3_600)
    world.close()
    worker.thread.join(5)
    assert not worker.thread.is_alive()


def test_it_goes_on_after_a_job_that_fails(world, employ):
    done = threading.Event()

    def act(job):
        if job.name == "bad":
            raise RuntimeError("boom")
        done.set()

    fetches(world, act)
    employ(world)
    add(world, "bad", "good")
    assert done.wait(5)
