"""What is one AWS made of? Settings, store, clock, bytes and one lock; two of them never meet."""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from ecrmock.base.blobs import BlobStore, MemoryBlobs
from ecrmock.base.clock import Clock
from ecrmock.base.ids import Ids
from ecrmock.base.pages import Pages
from ecrmock.base.replay import ReplayCache
from ecrmock.base.store import Store
from ecrmock.domain.due import Agenda, Due
from ecrmock.domain.events import Bus
from ecrmock.domain.fetch import Fetch
from ecrmock.domain.upstreams import OpenSource, unreachable
from ecrmock.settings import Settings

T = TypeVar("T")
P_co = TypeVar("P_co", covariant=True)


class Place(Protocol[P_co]):
    """A class of rules over the tables of one account in one region."""

    def __call__(self, world: "World", account: str, region: str, /) -> P_co:
        """Make the small object."""


class FetchingError(RuntimeError):
    """An operation asked for the same thing again and again: a fault in this program."""


_FETCHES = 3
"""Of one thing, by one call."""


class _Job(threading.Event):
    """A fetch under way, and how it ended."""

    error: Exception | None = None


class World:
    """A small AWS: everything that reset empties."""

    def __init__(self, settings: Settings | None = None, blobs: BlobStore | None = None) -> None:
        """Make an empty world; `app.attach` adds what ECR does by itself."""
        self.settings = settings or Settings()
        self.clock = Clock()
        self.ids = Ids(self.settings.seed)
        self.secret = self.ids.secret()
        self.pages = Pages(self.secret)
        self.store = Store()
        self.blobs = blobs or MemoryBlobs()
        self.bus = Bus()
        self.signatures = ReplayCache()
        self.lock = threading.Lock()
        self.finished = threading.Condition(self.lock)
        """Told when a thread is done with work that asks outside."""
        self.agenda = Agenda(self)
        self.woken = threading.Event()
        """Set when work that asks outside was booked; the worker of `ecrmock serve` waits for it."""
        self.inline = True
        """Whether due work that asks outside runs at the entry of the next call (in process) or on a worker."""
        self.open_source: OpenSource = unreachable
        """Opens what pull through cache fetches from; `sources.attach` puts the real one."""
        self._fetching: dict[tuple[str, ...], _Job] = {}

    def of(self, kind: Place[T], account: str, region: str) -> T:
        """The rules of one account in one region, e.g. `world.of(Registry, "123456789012", "us-east-1")`."""
        return kind(self, account, region)

    def transact(self, work: Callable[[], T]) -> T:
        """Run an operation in a transaction under the lock; on `Fetch` do the job and run it again.

        For the same thing thrice at most: a fourth time nothing would come of it.
        """
        if self.inline:
            self.settle()
        fetched: dict[tuple[str, ...], int] = {}
        while True:
            try:
                with self.lock:
                    self.agenda.work(self.clock.now())
                    with self.store:
                        answer = work()
            except Fetch as wish:
                times = fetched[wish.key] = fetched.get(wish.key, 0) + 1
                if times > _FETCHES:
                    raise FetchingError("an operation asked outside too often") from None
                self._fetch(wish)
            else:
                if self.agenda.news:
                    self.agenda.news = False
                    self.woken.set()
                return answer

    def _fetch(self, wish: Fetch) -> None:
        """Run the job once, however many wait for the same key; each is told how it ended."""
        with self.lock:
            running = self._fetching.get(wish.key)
            if running is None:
                mine = self._fetching[wish.key] = _Job()
        if running is None:
            self._run(wish, mine)
            error = mine.error
        else:
            running.wait()
            error = running.error
        if wish.told is not None:
            wish.told(error)

    def _run(self, wish: Fetch, mine: _Job) -> None:
        try:
            wish.job()
        except Exception as error:
            mine.error = error
            if wish.told is None:
                raise
        except BaseException:  # the thread itself is to end; the others know as little as before
            mine.error = FetchingError()
            raise
        finally:
            with self.lock:
                del self._fetching[wish.key]
            mine.set()

    def settle(self) -> list[Due]:
        """Do all that is due now, outside work included; no lock is held by the caller."""
        return self._work_until(None)

    def travel(self, to: float) -> list[Due]:
        """Move the clock to a later time, doing what falls due in time order with `now` at each due time.

        Raises ValueError for an earlier time. Returns what was done.
        """
        with self.lock:
            if to < self.clock.now():
                self.clock.travel(to)
        done = self._work_until(to)
        with self.lock:
            self.clock.travel(max(to, self.clock.now()))
        return done

    def release(self, kind: str | None = None, subject: tuple[str, ...] | None = None) -> list[Due]:
        """Let work that `delays` holds for a hand ("manual") be done now, of a kind, on a subject; what was done.

        Raises ValueError for a kind that nobody does.
        """
        if kind is not None:
            self.agenda.check_kind(kind)
        with self.lock, self.store:
            self.agenda.release(kind, subject)
        return self.settle()

    def freeze(self, at: float | None = None) -> list[Due]:
        """Stop the clock now, or at this time, an earlier one included; does and returns what falls due until then."""
        self.clock.freeze()
        done = self.settle() if at is None else self.travel(max(at, self.clock.now()))
        self.clock.freeze(at)
        return done

    def _work_until(self, to: float | None) -> list[Due]:
        done: list[Due] = []
        while True:
            with self.lock:
                until = self.clock.now() if to is None else to
                while to is not None and self.agenda.busy(until):
                    self.finished.wait()
                row = self.agenda.first(until)
                if row is None:
                    return done
                if row.when > self.clock.now():
                    self.clock.travel(row.when)
                outside = self.agenda.is_outside(row)
                if outside:
                    self.agenda.claim(row)
                else:
                    self.agenda.do(row)
            if outside:
                self.agenda.do_outside(row)
            done.append(row)
