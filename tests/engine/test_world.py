"""ecrmock.engine.world: transactions, fetches, travel."""

import functools
import threading
from typing import NamedTuple

import pytest

from ecrmock.base.store import Kind
from ecrmock.domain.registry.registries import Registry
from ecrmock.engine.fetch import Fetch
from ecrmock.engine.world import FetchingError, Seam, World
from ecrmock.settings import Settings

NOTES: Kind = Kind("notes", str)


class BrokenError(Exception):
    pass


def note(world, key, value):
    world.store.table(NOTES).put(("notes",), key, value)


def noted(world):
    return world.store.table(NOTES).records(("notes",))


def test_a_new_world_is_empty_and_its_own(make_world):
    first, second = make_world(), make_world()
    first.transact(lambda: note(first, "k", "v"))
    assert noted(second) == []
    assert first.secret != second.secret
    assert World().settings == Settings()


def test_places_are_made_for_an_account_and_region(world):
    registry = world.of(Registry, "111122223333", "eu-west-1")
    assert (registry.world, registry.account, registry.region) == (world, "111122223333", "eu-west-1")


def test_a_transaction_answers_and_stands(world):
    def work():
        note(world, "k", "v")
        return "answer"

    assert world.transact(work) == "answer"
    assert noted(world) == ["v"]


def test_a_transaction_that_raises_leaves_nothing_and_frees_the_lock(world):
    def work():
        note(world, "k", "v")
        raise BrokenError

    with pytest.raises(BrokenError):
        world.transact(work)
    assert noted(world) == []
    assert not world.lock.locked()


def test_a_fetch_is_done_without_the_lock_and_the_operation_runs_again(world):
    log = []

    def job():
        log.append(("job", world.lock.locked(), noted(world)))
        world.transact(lambda: note(world, "fetched", 42))

    def work():
        log.append(("work", noted(world)))
        note(world, "own", 1)
        found = world.store.table(NOTES).get(("notes",), "fetched")
        if found is None:
            raise Fetch(("thing",), job)
        return found

    assert world.transact(work) == 42
    assert log == [("work", []), ("job", False, []), ("work", [42])]
    assert noted(world) == [42, 1]


def test_an_operation_may_fetch_three_times(world):
    have = set()

    def work():
        for wanted in "abc":
            if wanted not in have:
                raise Fetch((wanted,), functools.partial(have.add, wanted))
        return sorted(have)

    assert world.transact(work) == ["a", "b", "c"]


def test_an_operation_that_never_has_enough_is_a_fault_of_ours(world):
    runs, jobs = [], []

    def work():
        runs.append(1)
        raise Fetch(("again",), lambda: jobs.append(1))

    with pytest.raises(FetchingError):
        world.transact(work)
    assert len(runs) == 4  # once, and again three times
    assert len(jobs) == 3  # a fourth job would fetch what nobody looks at
    assert not world.lock.locked()


def test_a_job_that_fails_fails_the_call_and_may_be_tried_again(world):
    def broken():
        raise BrokenError

    def work():
        raise Fetch(("thing",), broken)

    for _ in range(2):
        with pytest.raises(BrokenError):
            world.transact(work)
    assert not world.lock.locked()


def test_an_operation_may_fetch_as_many_things_as_it_names(world):
    have = set()

    def work():
        for wanted in range(50):
            if wanted not in have:
                raise Fetch((str(wanted),), functools.partial(have.add, wanted))
        return len(have)

    assert world.transact(work) == 50


def test_who_asked_is_told_how_it_ended_and_may_go_on_or_not(world):
    told = []

    def broken():
        raise BrokenError

    def work(tell):
        if not told:
            raise Fetch(("thing",), broken, tell)
        return "old"

    assert world.transact(lambda: work(told.append)) == "old"
    assert isinstance(told.pop(), BrokenError)

    def angry(error):
        raise error

    with pytest.raises(BrokenError):
        world.transact(lambda: work(angry))

    def good():
        if not told:
            raise Fetch(("thing",), lambda: None, told.append)

    world.transact(good)
    assert told == [None]
    assert not world._fetching


def test_all_who_wait_are_told_of_the_one_failure(world):
    jobs, outcomes = [], []

    def job():
        jobs.append(1)
        while sum(len(event._cond._waiters) for event in list(world._fetching.values())) < 4:
            threading.Event().wait(0.001)
        raise BrokenError

    def call():
        told = []

        def work():
            if not told:
                raise Fetch(("thing",), job, told.append)

        world.transact(work)
        outcomes.extend(told)

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(jobs) == 1
    assert [type(each) for each in outcomes] == [BrokenError] * 5


def test_two_threads_that_want_the_same_fetch_it_once(world):
    asked, fetched, jobs, answers = threading.Barrier(2, timeout=5), threading.Event(), [], []

    def job():
        jobs.append(threading.current_thread().name)
        while not waiting(world):
            threading.Event().wait(0.001)
        fetched.set()

    def work():
        if not fetched.is_set():
            raise Fetch(("same", "key"), job)
        return "answer"

    def call():
        asked.wait()
        answers.append(world.transact(work))

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert answers == ["answer", "answer"]
    assert len(jobs) == 1


def waiting(world):
    """Whether somebody waits for a fetch that another thread does."""
    return any(event._cond._waiters for event in list(world._fetching.values()))


def test_other_calls_go_on_while_one_fetches(world):
    begun, go, fetched = threading.Event(), threading.Event(), []

    def job():
        begun.set()
        go.wait(5)
        fetched.append(1)

    def work():
        if not fetched:
            raise Fetch(("slow",), job)

    slow = threading.Thread(target=world.transact, args=(work,))
    slow.start()
    assert begun.wait(5)
    assert world.transact(lambda: "quick") == "quick"
    go.set()
    slow.join(5)
    assert fetched == [1]


def test_many_threads_lose_no_write(world):
    def count():
        for _ in range(50):
            world.transact(lambda: note(world, "n", (world.store.table(NOTES).get(("notes",), "n") or 0) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert noted(world) == [200]


def test_each_thread_that_waited_gets_an_exception_of_its_own(world):
    go, begun, errors = threading.Event(), threading.Event(), []

    def job():
        begun.set()
        go.wait(5)
        raise BrokenError("boom")

    def work():
        raise Fetch(("thing",), job, angry)

    def angry(error):
        raise error

    def call():
        try:
            world.transact(work)
        except BrokenError as error:
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(5)
    while sum(len(event._cond._waiters) for event in list(world._fetching.values())) < 2:
        pass
    go.set()
    for thread in threads:
        thread.join(5)
    assert [str(error) for error in errors] == ["boom"] * 3
    assert len({id(error) for error in errors}) == 3


# -- travel


class Tick(NamedTuple):
    name: str = ""


def on(world, kind, act, **options):
    world.schedule.handle(kind, Tick, act, lane=lambda _job: (), **options)


def test_travel_does_what_falls_due_in_time_order_with_now_at_each_due_time(world):
    seen = []
    on(world, "tick", lambda job: seen.append((job.name, world.clock.now())))
    on(world, "fetch", lambda job: seen.append((job.name, world.clock.now())), outside=True)

    def add():
        for name, after, kind in (("c", 30, "tick"), ("a", 10, "tick"), ("b", 20, "fetch"), ("later", 99, "tick")):
            world.schedule.add(kind, Tick(name), after=after)

    world.transact(add)
    done = world.travel(1_700_000_050.0)
    assert seen == [("a", 1_700_000_010.0), ("b", 1_700_000_020.0), ("c", 1_700_000_030.0)]
    assert [job.subject for job in done] == [("a",), ("b",), ("c",)]
    assert world.clock.now() == 1_700_000_050.0


def test_travel_does_not_go_back_and_does_nothing_then(world):
    seen = []
    on(world, "tick", seen.append)
    world.transact(lambda: world.schedule.add("tick", Tick()))
    with pytest.raises(ValueError, match="only moves forward"):
        world.travel(1_699_999_999.0)
    assert seen == []
    assert not world.lock.locked()


def test_travel_works_with_a_running_clock(world):
    seen = []
    world.clock.resume()
    due = world.clock.now() + 3600
    on(world, "tick", lambda _job: seen.append(world.clock.now() - due))
    world.transact(lambda: world.schedule.add("tick", Tick(), after=3600))
    to = world.clock.now() + 7200
    world.travel(to)
    assert len(seen) == 1
    assert seen[0] >= 0
    assert world.clock.now() >= round(to, 3)
    assert not world.clock.frozen


def test_settle_does_what_is_due_and_says_what(world):
    seen = []
    on(world, "tick", lambda job: seen.append(job.name))

    def add():
        world.schedule.add("tick", Tick("now"))
        world.schedule.add("tick", Tick("later"), after=1)

    world.transact(add)
    assert [job.subject for job in world.settle()] == [("now",)]
    assert world.settle() == []
    assert seen == ["now"]


# -- seams


def test_at_a_seam_stands_its_default_until_somebody_puts_another(make_world):
    first, second, seam = make_world(), make_world(), Seam("default")
    first.put(seam, "mine")
    assert (first.at(seam), second.at(seam)) == ("mine", "default")
