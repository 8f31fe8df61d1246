"""What stays when a thread is interrupted in the middle: Ctrl-C, a test's time limit, SystemExit."""

import contextlib
import threading

import pytest

from ecrmock.app import new_world
from ecrmock.domain.names import RepositoryKey
from ecrmock.reactions.activate import Restoring
from ecrmock.settings import Settings

KEY = RepositoryKey("123456789012", "us-east-1", "app")


class StruckError(BaseException):
    """What an impatient test runner raises."""


@pytest.fixture
def world():
    world = new_world(Settings())
    world.clock.freeze(1_700_000_000.0)
    return world


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, StruckError])
def test_a_job_that_was_interrupted_is_done_at_the_next_look(world, interrupt):
    done = []

    def act(job):
        done.append(job)
        if len(done) == 1:
            raise interrupt

    world.schedule.handle("fetch", Restoring, act, outside=True)
    job = Restoring(KEY, "sha256:0")
    world.transact(lambda: world.schedule.add("fetch", job))
    with pytest.raises(interrupt):
        world.transact(lambda: None)
    assert world.transact(lambda: "answer") == "answer"
    assert done == [job, job]
    assert (world.schedule.pending(), world.schedule.failed()) == ([], [])


def test_a_traveller_does_not_wait_for_a_thread_that_was_interrupted(world):
    begun, go, ended = threading.Event(), threading.Event(), []

    def act(_job):
        begun.set()
        go.wait(5)
        if not ended:
            ended.append(1)
            raise SystemExit

    world.schedule.handle("fetch", Restoring, act, outside=True)
    world.transact(lambda: world.schedule.add("fetch", Restoring(KEY, "sha256:0")))

    def settle():
        with contextlib.suppress(SystemExit):
            world.settle()

    interrupted = threading.Thread(target=settle)
    interrupted.start()
    assert begun.wait(5)
    traveller = threading.Thread(target=world.travel, args=(1_700_000_100.0,))
    traveller.start()
    go.set()
    traveller.join(5)
    interrupted.join(5)
    assert not traveller.is_alive()
    assert world.schedule.pending() == []


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, StruckError])
def test_an_operation_that_was_interrupted_leaves_nothing_and_the_lock_free(world, interrupt):
    def work():
        world.schedule.add("restore-image", Restoring(KEY, "sha256:0"))
        raise interrupt

    with pytest.raises(interrupt):
        world.transact(work)
    assert world.schedule.pending() == []
    assert not world.lock.locked()
