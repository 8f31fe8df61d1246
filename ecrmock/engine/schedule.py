"""What is still to be done, and when? Jobs are rows, written inside transactions and worked off after them."""

import logging
import threading
from collections.abc import Callable, Iterator
from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from ecrmock.base.store import Kind

if TYPE_CHECKING:
    from ecrmock.base.clock import Clock
    from ecrmock.base.ids import Ids
    from ecrmock.base.store import Store, Table
    from ecrmock.settings import Settings

_log = logging.getLogger("ecrmock")
_STATE, _OUTSIDE, _PAUSED, _FAILED = ("state",), ("outside",), ("paused",), ("failed",)
_READY = (_STATE, _OUTSIDE)
"""Partitions: jobs that only touch rows, that ask outside the store, that wait for a hand, that failed."""
_FAILED_KEPT = 1_000


class Job(NamedTuple):
    """Something to be done at a time of this world; an error stays on one that failed."""

    when: float
    number: int
    kind: str
    payload: tuple[Any, ...]
    """A named tuple of the kind's own class: what the job is about."""
    lane: tuple[str, ...] = ()
    """Jobs of one lane are done one after the other, in order of time: those of one repository, of one backfill."""
    outside: bool = False
    """Whether it asks outside the store."""
    error: str | None = None

    @property
    def key(self) -> tuple[float, int]:
        """Jobs are ordered by time, then by the order in which they were added."""
        return self.when, self.number

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about, as users see it: texts, one after the other; an absent one is empty."""
        return tuple(_texts(self.payload))


def _texts(payload: tuple[Any, ...]) -> Iterator[str]:
    for part in payload:
        if isinstance(part, tuple):
            yield from _texts(part)
        else:
            yield "" if part is None else str(part)


def _ordered(payload: tuple[Any, ...]) -> tuple[Any, ...]:
    """A payload as a key that can be compared with every other of its kind, absent members too."""
    return tuple([(part is not None, part) for part in payload])


def _is_of(value: tuple[Any, ...], kind: str, begins: tuple[bool, Any]) -> bool:
    found, payload = value
    return bool(found == kind and payload[:1] == (begins,))


JOBS: Kind[Job] = Kind(
    "jobs",
    Job,
    payload=lambda row: [(row.kind, _ordered(row.payload))],
    # only these are ever waited for: rows are done in their order by themselves
    lane=lambda row: [(row.lane, row.when, row.number)] if row.outside else (),
)


class Work(NamedTuple):
    """Who does the jobs of a kind."""

    payload: type[tuple[Any, ...]]
    act: Callable[[Any], None]
    """Takes the payload."""
    outside: bool
    """Whether it asks outside the store, and so runs without the lock and opens its own transactions."""
    lane: Callable[[Any], tuple[str, ...]]


class Schedule:
    """Adds, cancels, pauses and does jobs (decisions 1; modes of facts/automation 0.4).

    Unless it says otherwise, a method is called under the world's lock. It holds no world, so that a world that was
    reset goes, with its files, when its last call ends.
    """

    def __init__(
        self, store: "Store", clock: "Clock", ids: "Ids", settings: "Settings", changed: "threading.Condition"
    ) -> None:
        """Keep jobs in this store; `changed` (on the world's lock) is told when a job that asked outside ended."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._changed = changed
        self._rows: Table[Job] = store.table(JOBS)
        self._work: dict[str, Work] = {}
        self._claimed: dict[int, tuple[float, int]] = {}
        """Which job that asks outside a thread is at: thread -> key."""
        self.unannounced = False
        """Whether a job that asks outside was added since a worker was last told."""
        self._over = False

    # -- who does what

    def handle(
        self,
        kind: str,
        payload: type[tuple[Any, ...]],
        act: Callable[[Any], None],
        *,
        outside: bool = False,
        lane: Callable[[Any], tuple[str, ...]] = attrgetter("repository"),
    ) -> None:
        """Let this function do the jobs of a kind, given their payload; `lane` is a function of the payload."""
        self._work[kind] = Work(payload, act, outside, lane)

    def clear(self) -> None:
        """Let all who do something go: nothing is done any more."""
        self._over = True
        self._work.clear()

    def check_delays(self) -> None:
        """Raise ValueError where `delays` names a kind that nobody does, or a time that is none."""
        for kind, delay in self._settings.delays:
            self.check_kind(kind, "delays: ")
            if delay not in {"instant", "manual"} and (isinstance(delay, str) or not 0 <= delay < float("inf")):
                raise ValueError(f"delays: {kind}: instant, manual or seconds, not {delay!r}")

    def check_kind(self, kind: str, where: str = "") -> None:
        """Raise ValueError for a kind that nobody does."""
        if kind not in self._work:
            raise ValueError(f"{where}there is no work {kind!r}; there is {', '.join(sorted(self._work))}")

    # -- added and taken back, in a transaction

    def add(self, kind: str, payload: tuple[Any, ...], *, after: float = 0) -> None:
        """Have a job done after so many seconds and the kind's own delay; paused where that is `manual`."""
        delay = self._settings.delay(kind)
        seconds = delay if isinstance(delay, int | float) else 0
        self._put(self._new(kind, payload, after + seconds), paused=delay == "manual")

    def go_on(self, kind: str, payload: tuple[Any, ...]) -> None:
        """Have the next step of a job that is under way done; the kind's delay was for its first."""
        self._put(self._new(kind, payload, 0))

    def _new(self, kind: str, payload: tuple[Any, ...], after: float) -> Job:
        work = self._work.get(kind)
        lane = work.lane(payload) if work else ()
        outside = work is not None and work.outside
        return Job(self._clock.now() + after, self._ids.sequence(), kind, payload, lane, outside)

    def _put(self, job: Job, *, paused: bool = False) -> None:
        self._rows.put(_PAUSED if paused else _OUTSIDE if job.outside else _STATE, job.key, job)
        self.unannounced = self.unannounced or job.outside

    def cancel(self, kind: str, payload: tuple[Any, ...]) -> None:
        """Take back every job of this kind and payload that is not done yet."""
        value = _ordered(payload)
        for partition in self._partitions(kind):
            for job in self._rows.having(partition, "payload", kind, value):
                self._rows.delete(partition, job.key)

    def _partitions(self, kind: str) -> tuple[tuple[str, ...], ...]:
        """Where jobs of this kind wait."""
        work = self._work.get(kind)
        return (_OUTSIDE if work is not None and work.outside else _STATE, _PAUSED)

    def cancel_all(self, kind: str, first: tuple[str, ...]) -> None:
        """Take back every job of this kind that is not done yet and whose payload begins with this key."""
        begins = (True, first)
        for partition in self._partitions(kind):
            found = self._rows.walk(partition, "payload", (kind, (begins,)))
            for job in [job for _, job in takewhile(lambda entry: _is_of(entry[0], kind, begins), found)]:
                self._rows.delete(partition, job.key)

    def release(self, kind: str | None = None, subject: tuple[str, ...] | None = None) -> int:
        """Let paused jobs (of a kind, about a subject) be done now. Returns how many."""
        found = [
            job
            for job in self._rows.records(_PAUSED)
            if (kind is None or job.kind == kind) and (subject is None or job.subject == subject)
        ]
        for job in found:
            self._rows.delete(_PAUSED, job.key)
            self._put(job._replace(when=self._clock.now()))
        return len(found)

    # -- looking

    def pending(self) -> list[Job]:
        """Jobs that are still to be done, in order of time, paused ones last."""
        ready = [job for partition in _READY for job in self._rows.records(partition)]
        return sorted(ready, key=lambda job: job.key) + self._rows.records(_PAUSED)

    def is_paused(self, job: Job) -> bool:
        """Whether this job waits for its release."""
        return self._rows.get(_PAUSED, job.key) is not None

    def failed(self) -> list[Job]:
        """The last jobs that failed, with the error."""
        return self._rows.records(_FAILED)

    def next(self, after: float = float("-inf")) -> float | None:
        """When the earliest job falls due that does so later than this."""
        found = [job.when for partition in _READY for job in self._rows.page(partition, (after, float("inf")), 1)]
        return min(found, default=None)

    def first(self, until: float) -> Job | None:
        """The earliest job that falls due by this time and is free.

        Not free is what a thread is at, and what stands behind one that asks outside in the same lane.
        """
        found, other = self.first_inside(until), self.first_outside(until)
        if found is None or other is None:
            return found or other
        return min(found, other, key=lambda job: job.key)

    def first_inside(self, until: float) -> Job | None:
        """The earliest of those that only touch rows."""
        return self._free(_STATE, until)

    def first_outside(self, until: float) -> Job | None:
        """The earliest of those that ask outside."""
        return self._free(_OUTSIDE, until)

    def _free(self, partition: tuple[str, ...], until: float) -> Job | None:
        first = self._rows.first(partition)
        if first is None or first.when > until:  # nearly always
            return None
        after = None
        while page := self._rows.page(partition, after, 100):
            for job in page:
                if job.when > until:
                    return None
                if job.key not in self._claimed.values() and self._is_next(job):
                    return job
            after = page[-1].key
        return None

    def _is_next(self, job: Job) -> bool:
        """Whether none of its lane that asks outside is to be done before; without a lane none is waited for."""
        if not job.lane:
            return True
        for value, first in self._rows.walk(_OUTSIDE, "lane", (job.lane,)):
            return value[0] != job.lane or first.key >= job.key
        return True

    def busy(self, until: float) -> bool:
        """Whether another thread is at a job that fell due by this time."""
        me = threading.get_ident()
        return any(when <= until and thread != me for thread, (when, _) in self._claimed.items())

    def at_work(self) -> bool:
        """Whether this thread is at a job, whose calls are part of it and no time for other jobs; without the lock."""
        return threading.get_ident() in self._claimed

    # -- doing

    def work(self, until: float) -> list[Job]:
        """Do what falls due by this time and only touches rows; no transaction is open.

        What stands behind a job that asks outside, in the same lane, waits for that.
        """
        done = []
        while (job := self.first_inside(until)) is not None:
            self.do(job)
            done.append(job)
        return done

    def do(self, job: Job) -> None:
        """Do one job in a transaction of its own; a failure stays on it and goes no further."""
        try:
            with self._store:
                self._delete(job)
                self._act(job)
        except Exception as error:  # noqa: BLE001 (whatever failed must not fail the next caller)
            self._fail(job, error)

    def _act(self, job: Job) -> None:
        self._work[job.kind].act(job.payload)

    def claim(self, job: Job) -> None:
        """Keep other threads from a job, and from what stands behind it, while this one does it outside."""
        self._claimed[threading.get_ident()] = job.key

    def unclaim(self) -> None:
        """Give back what this thread has claimed, and tell who waits for it."""
        if self._claimed.pop(threading.get_ident(), None) is not None:
            self._changed.notify_all()

    def do_outside(self, job: Job) -> None:
        """Do one claimed job that asks outside; the caller holds no lock, and gives the claim back.

        It is done with when it ended or failed. An interrupt is neither: it is done again at the next look.
        """
        try:
            self._act(job)
        except Exception as error:  # noqa: BLE001 (as above)
            with self._changed:
                self._fail(job, error)
        else:
            with self._changed, self._store:
                self._delete(job)

    def _delete(self, job: Job) -> None:
        for partition in _READY:
            if self._rows.get(partition, job.key) is not None:
                self._rows.delete(partition, job.key)

    def _fail(self, job: Job, error: Exception) -> None:
        if not self._over:
            _log.error("%s of %s failed", job.kind, "/".join(job.subject), exc_info=error)
        with self._store:
            self._delete(job)
            self._rows.put(_FAILED, job.key, job._replace(error=f"{type(error).__name__}: {error}"))
            for old in self._rows.page(_FAILED, None, max(self._rows.count(_FAILED) - _FAILED_KEPT, 0)):
                self._rows.delete(_FAILED, old.key)
