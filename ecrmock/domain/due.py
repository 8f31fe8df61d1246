"""What is still to be done, and when? Rows written inside transactions, worked off after them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.base.store import Kind

if TYPE_CHECKING:
    from ecrmock.domain.world import World

_READY, _HELD, _FAILED = ("ready",), ("held",), ("failed",)


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done at a time of this world; an error stays on the row of work that failed."""

    when: float
    number: int
    kind: str
    subject: tuple[str, ...]
    error: str | None = None

    @property
    def key(self) -> tuple[float, int]:
        """Rows are ordered by time, then by the order in which they were booked."""
        return self.when, self.number


def _within(row: Due, kind: str, place: tuple[str, ...]) -> bool:
    return row.kind == kind and row.subject[: len(place)] == place


DUE: Kind[Due] = Kind("due", subject=lambda row: [(row.kind, row.subject)])


class Work(NamedTuple):
    """Who does a kind of due work, and whether it asks outside the store (and so runs without the lock)."""

    act: Callable[[Due], None]
    outside: bool


class Agenda:
    """Books, cancels, holds and works off due rows (design 1.4a; modes of policies-and-automation.md 0.4)."""

    def __init__(self, world: "World") -> None:
        """Belong to a world; its reactions say who does which kind."""
        self._world = world
        self._rows = world.store.table(DUE)
        self._work: dict[str, Work] = {}
        self._claimed: set[tuple[float, int]] = set()
        self.news = False
        """Whether work that asks outside was booked since a worker was last woken."""

    def handle(self, kind: str, act: Callable[[Due], None], *, outside: bool = False) -> None:
        """Let this function do work of this kind; one that is `outside` opens its own transactions."""
        self._work[kind] = Work(act, outside)

    def check_delays(self) -> None:
        """Raise ValueError where `delays` names work that nobody does, or a time that is none."""
        for kind, delay in self._world.settings.delays:
            self.check_kind(kind, "delays: ")
            if delay not in {"instant", "manual"} and (isinstance(delay, str) or not 0 <= delay < float("inf")):
                raise ValueError(f"delays: {kind}: instant, manual or seconds, not {delay!r}")

    def check_kind(self, kind: str, where: str = "") -> None:
        """Raise ValueError for a kind of work that nobody does."""
        if kind not in self._work:
            raise ValueError(f"{where}there is no work {kind!r}; there is {', '.join(sorted(self._work))}")

    def book(self, kind: str, subject: tuple[str, ...], *, after: float = 0) -> None:
        """Write a row that falls due after so many seconds and the kind's own delay; in a transaction."""
        delay = self._world.settings.delay(kind)
        seconds = delay if isinstance(delay, int | float) else 0
        row = Due(self._world.clock.now() + after + seconds, self._world.ids.sequence(), kind, subject)
        self._rows.put(_HELD if delay == "manual" else _READY, row.key, row)
        self.news = self.news or self.is_outside(row)

    def cancel(self, kind: str, subject: tuple[str, ...]) -> None:
        """Take back what was booked; in a transaction."""
        for partition in (_READY, _HELD):
            for row in self._rows.having(partition, "subject", kind, subject):
                self._rows.delete(partition, row.key)

    def cancel_within(self, kind: str, place: tuple[str, ...]) -> None:
        """Take back what was booked for all subjects that begin so; in a transaction."""
        for partition in (_READY, _HELD):
            found = self._rows.walk(partition, "subject", (kind, place))
            rows = [row for _, row in takewhile(lambda entry: _within(entry[1], kind, place), found)]
            for row in rows:
                self._rows.delete(partition, row.key)

    def release(self, kind: str | None = None, subject: tuple[str, ...] | None = None) -> int:
        """Make held rows (of a kind, of a subject) due now; in a transaction. Returns how many."""
        now, released = self._world.clock.now(), 0
        for row in self._rows.records(_HELD):
            if kind in {None, row.kind} and subject in {None, row.subject}:
                self._rows.delete(_HELD, row.key)
                freed = replace(row, when=now)
                self._rows.put(_READY, freed.key, freed)
                self.news = self.news or self.is_outside(freed)
                released += 1
        return released

    def waiting(self) -> list[Due]:
        """Rows that are still to be done, in time order, held ones last."""
        return self._rows.records(_READY) + self._rows.records(_HELD)

    def held(self, row: Due) -> bool:
        """Whether this row waits for its release."""
        return self._rows.get(_HELD, row.key) is not None

    def failed(self) -> list[Due]:
        """Rows whose work failed, with the error."""
        return self._rows.records(_FAILED)

    def first(self, until: float) -> Due | None:
        """The earliest row that falls due by this time; None while another thread is at it."""
        found = self._rows.page(_READY, None, 1)
        return found[0] if found and found[0].when <= until and found[0].key not in self._claimed else None

    def busy(self, until: float) -> bool:
        """Whether another thread is at the earliest row that falls due by this time."""
        found = self._rows.page(_READY, None, 1)
        return bool(found) and found[0].when <= until and found[0].key in self._claimed

    def next(self) -> float | None:
        """When the earliest row falls due."""
        found = self._rows.page(_READY, None, 1)
        return found[0].when if found else None

    def work(self, until: float) -> list[Due]:
        """Do what falls due by this time and only touches rows; holds the lock, no transaction is open.

        Stops before a row that asks outside, so that time order holds.
        """
        done = []
        while (row := self.first(until)) is not None and not self.is_outside(row):
            self.do(row)
            done.append(row)
        return done

    def is_outside(self, row: Due) -> bool:
        """Whether this row's work runs without the lock."""
        work = self._work.get(row.kind)
        return work is not None and work.outside

    def do(self, row: Due) -> None:
        """Do one row in a transaction of its own; a failure keeps its error on the row and goes no further."""
        try:
            with self._world.store:
                self._rows.delete(_READY, row.key)
                self._work[row.kind].act(row)
        except Exception as error:  # noqa: BLE001 (whatever failed must not fail the next caller)
            self._fail(row, error)

    def claim(self, row: Due) -> None:
        """Keep other threads from a row that this one is about to do outside; holds the lock."""
        self._claimed.add(row.key)

    def do_outside(self, row: Due) -> None:
        """Do one claimed row that asks outside: no lock is held while it runs; the row goes when it is done."""
        error: Exception | None = None
        try:
            self._work[row.kind].act(row)
        except Exception as fault:  # noqa: BLE001 (as above)
            error = fault
        with self._world.lock:
            self._claimed.discard(row.key)
            self._world.finished.notify_all()
            if error is not None:
                self._fail(row, error)
                return
            with self._world.store:
                self._rows.delete(_READY, row.key)

    def _fail(self, row: Due, error: Exception) -> None:
        with self._world.store:
            self._rows.delete(_READY, row.key)
            self._rows.put(_FAILED, row.key, replace(row, error=f"{type(error).__name__}: {error}"))
