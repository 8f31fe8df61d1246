"""What is one AWS made of? Settings, store, clock, bytes, schedule and one lock; two of them never meet."""

import copy
import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from ecrmock.base.blobs import BlobStore, MemoryBlobs
from ecrmock.base.clock import Clock
from ecrmock.base.cursors import Cursors
from ecrmock.base.ids import Ids
from ecrmock.base.store import Store
from ecrmock.engine.bus import Bus
from ecrmock.engine.fetch import Fetch
from ecrmock.engine.schedule import Job, Schedule
from ecrmock.settings import Settings

T = TypeVar("T")
P_co = TypeVar("P_co", covariant=True)


class Regional(Protocol[P_co]):
    """A class of rules over the tables of one account in one region."""

    def __call__(self, world: "World", account: str, region: str, /) -> P_co:
        """Make the small object."""


class Seam(Generic[T]):
    """A place where somebody above puts what a room below uses but cannot know, e.g. what opens an upstream."""

    __slots__ = ("default",)

    def __init__(self, default: T) -> None:
        """What stands there until somebody puts another."""
        self.default = default


class FetchingError(RuntimeError):
    """An operation asked for the same thing again and again: a fault in this program."""


_FETCHES = 3
"""Of one thing, by one call."""


class _Running(threading.Event):
    """A fetch under way, and how it ended."""

    error: Exception | None = None


class _Due:
    """What `_once` answers where a job that asks outside is due first."""


_DUE = _Due()


class World:
    """A small AWS: everything that reset empties.

    The lock: whatever reads more than one row, or writes, does so in `transact` or under `lock`. A single
    `Table.get` is one look-up in a dict and may be done without it.
    """

    def __init__(self, settings: Settings | None = None, blobs: BlobStore | None = None) -> None:
        """Make an empty world; `app.new_world` attaches the rooms and what ECR does by itself."""
        self.settings = settings or Settings()
        self.clock = Clock()
        self.ids = Ids(self.settings.seed)
        self.secret = self.ids.secret()
        self.cursors = Cursors(self.secret)
        self.store = Store()
        self.blobs = blobs or MemoryBlobs()
        self.bus = Bus()
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        """Told when a job that asks outside was added or ended, and when the clock was moved."""
        self.schedule = Schedule(self.store, self.clock, self.ids, self.settings, self.changed)
        self.inline = True
        """Whether jobs that ask outside are done at the entry of the next call (in process) or by a worker."""
        self.closed = False
        """Whether it was reset: calls under way end in it, nothing else happens here any more."""
        self._seams: dict[Seam[Any], Any] = {}
        self._fetching: dict[tuple[str, ...], _Running] = {}

    def of(self, kind: Regional[T], account: str, region: str) -> T:
        """The rules of one account in one region, e.g. `world.of(Registry, "123456789012", "us-east-1")`."""
        return kind(self, account, region)

    def put(self, seam: Seam[T], value: T) -> None:
        """Let this stand at a seam."""
        self._seams[seam] = value

    def at(self, seam: Seam[T]) -> T:
        """What stands at a seam."""
        found: T = self._seams.get(seam, seam.default)
        return found

    def close(self) -> None:
        """Let go what keeps this world alive, when another has taken its place; calls under way end in it.

        Its files are closed when the last of them does, without waiting for the garbage collector.
        """
        with self.lock:
            self.closed = True
            self.bus.clear()
            self.schedule.clear()
            self._seams.clear()
            self.changed.notify_all()

    # -- calls

    def transact(self, work: Callable[[], T]) -> T:
        """Run an operation in a transaction under the lock; on `Fetch` do the job and run it again.

        For the same thing thrice at most: a fourth time nothing would come of it.
        """
        fetched: dict[tuple[str, ...], int] = {}
        while True:
            try:
                answer = self._once(work)
                if not isinstance(answer, _Due):
                    return answer
                self.settle()
            except Fetch as fetch:
                times = fetched[fetch.key] = fetched.get(fetch.key, 0) + 1
                if times > _FETCHES:
                    raise FetchingError("an operation asked outside too often") from None
                self._fetch(fetch)

    def _once(self, work: Callable[[], T]) -> "T | _Due":
        with self.lock:
            now = self.clock.now()
            try:
                if self._must_go_out(now):
                    return _DUE
                if not self.closed and self.schedule.work(now) and self._must_go_out(self.clock.now()):
                    return _DUE
                with self.store:
                    return work()
            finally:  # also where the call is refused: what fell due at its entry may have added jobs
                self._tell()

    def _must_go_out(self, now: float) -> bool:
        """Whether a job that asks outside is due and this thread is to do it before its call; holds the lock."""
        due = self.inline and self.schedule.first_outside(now) is not None
        return due and not self.closed and not self.schedule.at_work()

    def _tell(self) -> None:
        """Wake a worker if there is something new for it; holds the lock."""
        if self.schedule.unannounced:
            self.schedule.unannounced = False
            self.changed.notify_all()

    def _fetch(self, fetch: Fetch) -> None:
        """Run the job once, however many wait for the same key; each is told how it ended."""
        with self.lock:
            running = self._fetching.get(fetch.key)
            if running is None:
                mine = self._fetching[fetch.key] = _Running()
        if running is None:
            self._run(fetch, mine)
            error = mine.error
        else:
            running.wait()
            error = _own(running.error)
        if fetch.on_end is not None:
            fetch.on_end(error)

    def _run(self, fetch: Fetch, mine: _Running) -> None:
        try:
            fetch.job()
        except Exception as error:
            mine.error = error
            if fetch.on_end is None:
                raise
        except BaseException:  # the thread itself is to end; the others know as little as before
            mine.error = FetchingError()
            raise
        finally:
            with self.lock:
                del self._fetching[fetch.key]
            mine.set()

    # -- time

    def settle(self) -> list[Job]:
        """Do all that is due now, outside work included; no lock is held by the caller."""
        return self._work_until(None)

    def travel(self, to: float) -> list[Job]:
        """Move the clock to a later time, doing what falls due in time order with `now` at each due time.

        Raises ValueError for an earlier time. Returns what was done.
        """
        with self.lock:
            if to < self.clock.now():
                self.clock.travel(to)
        return self._pass(to)

    def advance(self, seconds: float) -> list[Job]:
        """Travel by this much, however little: a clock that runs has perhaps passed there by then.

        Raises ValueError for less than nothing. Returns what was done.
        """
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        return self._pass(self.clock.now() + seconds)

    def _pass(self, to: float) -> list[Job]:
        done = self._work_until(to)
        with self.changed:
            self.clock.reach(to)
            self.changed.notify_all()  # a worker sleeps until the next job by the old time
        return done

    def freeze(self, at: float | None = None) -> list[Job]:
        """Stop the clock now, or at this time, an earlier one included; does and returns what falls due until then."""
        self.clock.freeze()
        done = self.settle() if at is None else self.travel(max(at, self.clock.now()))
        with self.changed:
            self.clock.freeze(at)
            self.changed.notify_all()
        return done

    def resume(self) -> list[Job]:
        """Let the clock run on from the present world time; does and returns what is due."""
        with self.changed:
            self.clock.resume()
            self.changed.notify_all()
        return self.settle()

    def release(self, kind: str | None = None, subject: tuple[str, ...] | None = None) -> list[Job]:
        """Let jobs that `delays` holds for a hand ("manual") be done now, of a kind, about a subject; what was done.

        Raises ValueError for a kind that nobody does.
        """
        if kind is not None:
            self.schedule.check_kind(kind)
        with self.lock, self.store:
            self.schedule.release(kind, subject)
        return self.settle()

    def _work_until(self, to: float | None) -> list[Job]:
        done: list[Job] = []
        try:
            while (job := self._next(to)) is not None:
                if self.schedule.at_work():
                    self.schedule.do_outside(job)
                    self._unclaim()
                done.append(job)
        finally:  # an interrupt must not keep the job, and all behind it, for ever
            self._unclaim()
        return done

    def _unclaim(self) -> None:
        if self.schedule.at_work():
            with self.lock:
                self.schedule.unclaim()

    def _next(self, to: float | None) -> Job | None:
        """The next job that is due: done already if it only touched rows, claimed if it is to be done outside.

        A traveller waits for other threads: time does not pass while somebody is at what fell due before.
        """
        with self.lock:
            while to is not None and self.schedule.busy(to) and not self.closed:
                self.changed.wait()
            job = None if self.closed else self.schedule.first(self.clock.now() if to is None else to)
            if job is None:
                return None
            self.clock.reach(job.when)
            if job.outside:
                self.schedule.claim(job)
            else:
                self.schedule.do(job)
            return job


def _own(error: Exception | None) -> Exception | None:
    """An exception for a thread of its own: raising one in many threads would mix their tracebacks."""
    if error is None:
        return None
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 (an exception may be made so that it cannot be copied)
        return FetchingError(f"{type(error).__name__}: {error}")
