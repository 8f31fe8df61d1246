"""ecrmock.engine.schedule: what is still to be done, and when."""

import threading
from operator import attrgetter
from typing import NamedTuple

import pytest

from ecrmock.engine.schedule import JOBS


class BrokenError(Exception):
    pass


class Note(NamedTuple):
    """What a job is about; `lane` is whom it must wait for."""

    name: str = ""
    lane: tuple[str, ...] = ()


LANE = attrgetter("lane")


def handle(world, kind, act, **options):
    world.schedule.handle(kind, Note, act, lane=LANE, **options)


def add(world, kind="job", name="", after=0, lane=()):
    world.transact(lambda: world.schedule.add(kind, Note(name, lane), after=after))


def rows(world):
    """partition -> names in order."""
    found = world.store.table(JOBS).dump().items()
    return {key[0]: [job.payload.name for job in jobs.values()] for key, jobs in found}


@pytest.fixture
def diary(world):
    """(subject, now) of each job that was done."""
    done = []
    handle(world, "job", lambda job: done.append((job.name, world.clock.now())))
    return done


def test_instant_work_is_done_at_the_next_look_and_not_in_the_call(world, diary):
    add(world, "job", "a")
    assert diary == []
    world.transact(lambda: None)
    assert diary == [("a", 1_700_000_000.0)]
    world.transact(lambda: None)
    assert len(diary) == 1
    assert rows(world) == {}


def test_work_is_done_before_the_operation_that_follows(world, diary):
    add(world, "job", "a")
    assert world.transact(lambda: len(diary)) == 1


def test_work_that_was_added_in_a_failed_transaction_is_never_done(world, diary):
    def fail():
        world.schedule.add("job", Note("a"))
        raise BrokenError

    with pytest.raises(BrokenError):
        world.transact(fail)
    world.settle()
    assert (diary, rows(world)) == ([], {})


def test_work_waits_for_its_time(world, diary):
    add(world, "job", "a", after=60)
    world.travel(1_700_000_059.999)
    assert diary == []
    assert world.schedule.next() == 1_700_000_060.0
    world.travel(1_700_000_060.0)
    assert [name for name, _ in diary] == ["a"]
    assert world.schedule.next() is None


def test_work_is_done_in_order_of_time_then_of_being_added(world, diary):
    for subject, after in (("late", 20), ("first", 10), ("second", 10), ("now", 0)):
        add(world, "job", subject, after=after)
    done = world.travel(1_700_000_100.0)
    assert [name for name, _ in diary] == ["now", "first", "second", "late"]
    assert [job.payload.name for job in done] == ["now", "first", "second", "late"]


def test_a_delay_in_seconds_comes_on_top(make_world):
    world, done = make_world(delays=(("job", 30),)), []
    handle(world, "job", lambda _job: done.append(world.clock.now()))
    add(world, "job", after=10)
    world.travel(1_700_000_100.0)
    assert done == [1_700_000_040.0]


def test_manual_work_waits_for_its_release(make_world):
    world, done = make_world(delays=(("job", "manual"),)), []
    handle(world, "job", lambda job: done.append((job.name, world.clock.now())))
    for subject in "ab":
        add(world, "job", subject)
    world.travel(1_800_000_000.0)
    assert done == []
    assert world.transact(lambda: world.schedule.release("job", ("b",))) == 1
    world.settle()
    assert done == [("b", 1_800_000_000.0)]
    assert world.transact(world.schedule.release) == 1
    world.settle()
    assert [name for name, _ in done] == ["b", "a"]
    assert rows(world) == {}


def test_a_release_of_another_kind_or_subject_frees_nothing(make_world):
    world = make_world(delays=(("job", "manual"),))
    add(world, "job", "a")
    assert world.transact(lambda: world.schedule.release("other")) == 0
    assert world.transact(lambda: world.schedule.release("job", ("b",))) == 0
    assert rows(world) == {"paused": ["a"]}


@pytest.mark.parametrize("delay", ["instant", "manual", 60])
def test_cancelled_work_is_never_done(make_world, delay):
    world, done = make_world(delays=(("job", delay),)), []
    handle(world, "job", lambda job: done.append(job.name))

    def work():
        for subject in "ab":
            world.schedule.add("job", Note(subject), after=5)
        world.schedule.cancel("job", Note("a"))
        world.schedule.cancel("other", Note("b"))

    world.transact(work)
    world.transact(world.schedule.release)
    world.travel(1_700_001_000.0)
    assert done == ["b"]


def test_a_failure_keeps_its_error_on_the_row_and_fails_no_call(world, diary):
    def broken(_row):
        raise BrokenError("boom")

    handle(world, "broken", broken)
    add(world, "broken", "a")
    add(world, "job", "b")
    assert world.transact(lambda: "answer") == "answer"
    assert [name for name, _ in diary] == ["b"]
    (row,) = world.schedule.failed()
    assert (row.kind, row.payload, row.error) == ("broken", Note("a"), "BrokenError: boom")
    world.settle()
    assert len(world.schedule.failed()) == 1


def test_a_failure_undoes_what_the_work_had_written(world):
    def half(_row):
        world.schedule.add("job", Note("never"), after=99)
        raise BrokenError

    handle(world, "half", half)
    add(world, "half")
    world.settle()
    assert rows(world) == {"failed": [""]}


def test_work_that_nobody_does_is_kept_as_failed(world):
    add(world, "unheard of")
    world.settle()
    assert [row.kind for row in world.schedule.failed()] == ["unheard of"]


def test_work_may_book_more_work(world, diary):
    handle(world, "parent", lambda _row: world.schedule.add("job", Note("child"), after=5))
    add(world, "parent", after=10)
    world.travel(1_700_000_100.0)
    assert diary == [("child", 1_700_000_015.0)]


# -- work that asks outside


def test_outside_work_runs_without_the_lock_and_opens_its_own_transactions(world):
    seen = []

    def act(row):
        free = world.lock.acquire(blocking=False)
        if free:
            world.lock.release()
        seen.append((row.name, free))
        with world.lock, world.store:
            world.schedule.add("job", Note("written"), after=5)

    handle(world, "fetch", act, outside=True)
    add(world, "fetch", "a")
    world.transact(lambda: None)
    assert seen == [("a", True)]
    assert rows(world) == {"state": ["written"]}


def test_a_failure_outside_keeps_its_error_too(world):
    def broken(_row):
        raise BrokenError("boom")

    handle(world, "fetch", broken, outside=True)
    add(world, "fetch")
    assert world.transact(lambda: "answer") == "answer"
    assert [row.error for row in world.schedule.failed()] == ["BrokenError: boom"]
    assert set(rows(world)) == {"failed"}


def test_outside_work_is_left_to_a_worker_where_there_is_one(world, diary):
    world.inline = False
    handle(world, "fetch", lambda job: diary.append((job.name, None)), outside=True)
    add(world, "fetch", "slow", lane=("app",))
    add(world, "job", "after it", lane=("app",))
    add(world, "job", "elsewhere", lane=("other",))
    world.transact(lambda: None)
    assert [name for name, _ in diary] == ["elsewhere"]  # order holds within a lane
    world.settle()
    assert [name for name, _ in diary] == ["elsewhere", "slow", "after it"]


def test_what_waits_for_a_worker_is_told_to_it_and_nothing_else(world, diary):
    world.inline = False
    handle(world, "fetch", lambda _job: None, outside=True)
    told = []
    world.changed.notify_all = lambda: told.append(len(diary))
    add(world, "job", "a")
    world.transact(lambda: None)
    assert (told, len(diary)) == ([], 1)
    add(world, "fetch", "b")
    assert len(told) == 1


def test_a_refused_call_tells_the_worker_of_what_fell_due_at_its_entry(world):
    world.inline = False
    handle(world, "fetch", lambda _job: None, outside=True)
    handle(world, "parent", lambda _job: world.schedule.add("fetch", Note("child")))
    add(world, "parent", after=10)
    world.clock.advance(10)
    told = []
    world.changed.notify_all = lambda: told.append(1)

    def refuse():
        raise BrokenError

    with pytest.raises(BrokenError):
        world.transact(refuse)
    assert told == [1]


def test_what_a_job_adds_and_is_due_is_done_before_the_call_too_though_time_runs_on(world, monkeypatch):
    done = []
    world.resume()
    handle(world, "fetch", lambda job: done.append(job.name), outside=True)
    handle(world, "parent", lambda _job: world.schedule.add("fetch", Note("child")))
    now, later = world.clock.now(), iter(range(1, 1_000))
    monkeypatch.setattr(
        type(world.clock), "now", lambda _clock: now + next(later) / 1_000
    )  # another millisecond at every look
    add(world, "parent")
    assert world.transact(lambda: list(done)) == ["child"]


def test_the_next_step_of_a_job_is_not_delayed_again(make_world):
    world, done = make_world(delays=(("job", 30),)), []

    def act(job):
        done.append((job.name, world.clock.now()))
        if len(done) < 3:
            world.schedule.go_on("job", Note("next"))

    handle(world, "job", act)
    add(world, "job", "first")
    world.travel(1_700_000_100.0)
    assert done == [(name, 1_700_000_030.0) for name in ("first", "next", "next")]


def test_only_one_lane_waits_while_a_thread_is_at_a_job_of_it(world, diary):
    begun, go = threading.Event(), threading.Event()

    def act(_job):
        begun.set()
        go.wait(5)

    handle(world, "fetch", act, outside=True)
    world.inline = False
    add(world, "fetch", "slow", lane=("app",))
    worker = threading.Thread(target=world.settle)
    worker.start()
    assert begun.wait(5)
    add(world, "job", "behind", lane=("app",))
    add(world, "job", "beside", lane=("other",))
    add(world, "job", "without a lane")
    world.transact(lambda: None)
    assert [name for name, _ in diary] == ["beside", "without a lane"]
    go.set()
    worker.join(5)
    world.settle()
    assert [name for name, _ in diary] == ["beside", "without a lane", "behind"]


def test_a_job_that_asks_outside_does_no_other_job_inside_its_own_calls(world):
    done, deepest = [], []

    def act(job):
        done.append(job.name)
        world.transact(lambda: None)
        deepest.append(len(done) - len(deepest))

    handle(world, "fetch", act, outside=True)
    for number in range(50):
        world.schedule.unannounced = False
        with world.lock, world.store:
            world.schedule.add("fetch", Note(str(number), (str(number),)))
    world.transact(lambda: None)
    assert (len(done), max(deepest)) == (50, 1)


class Keyed(NamedTuple):
    repository: tuple[str, ...]
    name: str


def test_jobs_about_one_key_are_taken_back_together(world):
    done = []
    for kind in ("job", "other"):
        world.schedule.handle(kind, Keyed, lambda job: done.append(job.name))

    def work():
        for kind, key, name in (
            ("job", ("app",), "a"),
            ("job", ("app",), "b"),
            ("job", ("app", "x"), "c"),
            ("job", ("ap",), "d"),
            ("other", ("app",), "e"),
        ):
            world.schedule.add(kind, Keyed(key, name), after=5)
        world.schedule.cancel_all("job", ("app",))

    world.transact(work)
    world.travel(1_700_000_100.0)
    assert done == ["c", "d", "e"]


def test_failures_are_told_to_the_log_and_only_the_last_thousand_are_kept(world, caplog):
    def broken(_job):
        raise BrokenError("boom")

    handle(world, "broken", broken)
    for number in range(1_003):
        with world.lock, world.store:
            world.schedule.add("broken", Note(str(number)))
    world.settle()
    kept = [job.payload.name for job in world.schedule.failed()]
    assert (len(kept), kept[0], kept[-1]) == (1_000, "3", "1002")
    assert caplog.records[0].getMessage() == "broken of 0 failed"
    assert "BrokenError: boom" in caplog.text


def test_outside_work_is_done_once_though_two_threads_look(world):
    begun, go, done = threading.Event(), threading.Event(), []

    def act(row):
        begun.set()
        go.wait(5)
        done.append(row.name)

    handle(world, "fetch", act, outside=True)
    add(world, "fetch", "a")
    worker = threading.Thread(target=world.settle)
    worker.start()
    assert begun.wait(5)
    with world.lock:
        assert world.schedule.first(world.clock.now()) is None
    go.set()
    worker.join(5)
    world.settle()
    assert done == ["a"]


def test_travelling_answers_when_all_that_fell_due_is_done_though_another_thread_is_at_it(world, diary):
    """decisions 1: clock changes and reset answer when all that fell due is done."""
    begun, go = threading.Event(), threading.Event()

    def act(_row):
        begun.set()
        go.wait(5)

    handle(world, "fetch", act, outside=True)

    def both():
        world.schedule.add("fetch", Note())
        world.schedule.add("job", Note("behind"), after=10)

    world.transact(both)
    worker = threading.Thread(target=world.settle)
    worker.start()
    assert begun.wait(5)
    traveller = threading.Thread(target=world.travel, args=(1_700_000_100.0,))
    traveller.start()
    traveller.join(0.03)
    early = not traveller.is_alive()
    go.set()
    traveller.join(5)
    worker.join(5)
    assert not early
    assert diary == [("behind", 1_700_000_010.0)]
