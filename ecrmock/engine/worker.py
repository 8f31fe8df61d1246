"""Who does jobs that ask outside where a server runs? One thread a world, which ends with it."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecrmock.engine.world import World

_IDLE = 3600.0
"""Seconds after which it looks anyway."""


class Worker:
    """Does jobs as they fall due, so that no call waits for them."""

    def __init__(self, world: "World") -> None:
        """Work for this world until it is closed."""
        world.inline = False
        self.thread = threading.Thread(target=_work, args=(world,), name="jobs", daemon=True)
        self.thread.start()


def _work(world: "World") -> None:
    while _wait(world):
        world.settle()


def _wait(world: "World") -> bool:
    """Wait until there is something to do; False when the world was closed.

    A job that another thread is at, and what stands behind it, is waited for without looking: its end is told.
    """
    with world.changed:
        while not world.closed:
            now = world.clock.now()
            if world.schedule.first(now) is not None:
                return True
            soonest = world.schedule.next(now)
            world.changed.wait(_IDLE if soonest is None or world.clock.frozen else min(soonest - now, _IDLE))
        return False
