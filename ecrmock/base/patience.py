"""How long may work on foreign bytes go on? The machine's time, whatever the world's clock says."""

import time
from collections.abc import Callable


class OutOfTimeError(Exception):
    """The work took longer than it may."""


class Patience:
    """So many seconds from now; who works asks after every small step."""

    __slots__ = ("_end", "_now", "seconds")

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        """Start now."""
        self.seconds = seconds
        self._now = now
        self._end = now() + seconds

    def check(self) -> None:
        """Raises OutOfTimeError when the time is over."""
        if self._now() > self._end:
            raise OutOfTimeError
