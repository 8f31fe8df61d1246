"""How does a test move world time? The five words, with what falls due done on the way."""

import datetime as dt
from typing import TYPE_CHECKING

from ecrmock.base import clock

if TYPE_CHECKING:
    from ecrmock.engine.schedule import Job
    from ecrmock.engine.world import World

Moment = dt.datetime | str | float
Span = dt.timedelta | str | float


class MockClock:
    """The clock of a mock's world: now, freeze, resume, travel, advance."""

    def __init__(self, world: "World") -> None:
        """Move this world's time."""
        self._world = world

    def now(self) -> dt.datetime:
        """World time in UTC."""
        return dt.datetime.fromtimestamp(self._world.clock.now(), dt.UTC)

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._world.clock.frozen

    def freeze(self, at: Moment | None = None) -> "list[Job]":
        """Stop now, or at this time; what falls due until then is done and returned."""
        return self._world.freeze(None if at is None else _seconds(at))

    def resume(self) -> "list[Job]":
        """Run on from the present world time."""
        return self._world.resume()

    def travel(self, to: Moment) -> "list[Job]":
        """Go to a later time; what falls due on the way is done and returned. Raises ValueError for an earlier one."""
        return self._world.travel(_seconds(to))

    def advance(self, span: Span = 0, **parts: float) -> "list[Job]":
        """Let time pass: seconds, a timedelta, an ISO 8601 duration, or `days=15`, `hours=2` and so on."""
        if isinstance(span, str):
            seconds = clock.duration(span)
        elif isinstance(span, dt.timedelta):
            seconds = span.total_seconds()
        else:
            seconds = float(span)
        seconds += dt.timedelta(**parts).total_seconds()
        return self._world.advance(seconds)


def _seconds(moment: Moment) -> float:
    if isinstance(moment, str):
        return clock.instant(moment)
    if isinstance(moment, dt.datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    return float(moment)
