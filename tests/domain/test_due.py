"""ecrmock.domain.due: what is still to be done, and when."""

import threading

import pytest

from ecrmock.domain.due import DUE


class BrokenError(Exception):
    pass


def book(world, kind="job", *subject, after=0):
    world.transact(lambda: world.agenda.book(kind, subject, after=after))


def rows(world):
    """partition -> subjects in order."""
    return {key[0]: [row.subject for row in found.values()] for key, found in world.store.table(DUE).dump().items()}


@pytest.fixture
def diary(world):
    """(subject, now) of each job that was done."""
    done = []
    world.agenda.handle("job", lambda row: done.append((row.subject, world.clock.now())))
    return done


def test_instant_work_is_done_at_the_next_look_and_not_in_the_call(world, diary):
    book(world, "job", "a")
    assert diary == []
    world.transact(lambda: None)
    assert diary == [(("a",), 1_700_000_000.0)]
    world.transact(lambda: None)
    assert len(diary) == 1
    assert rows(world) == {}


def test_work_is_done_before_the_operation_that_follows(world, diary):
    book(world, "job", "a")
    assert world.transact(lambda: len(diary)) == 1


def test_work_that_was_booked_in_a_failed_transaction_is_never_done(world, diary):
    def fail():
        world.agenda.book("job", ("a",))
        raise BrokenError

    with pytest.raises(BrokenError):
        world.transact(fail)
    world.settle()
    assert (diary, rows(world)) == ([], {})


def test_work_waits_for_its_time(world, diary):
    book(world, "job", "a", after=60)
    world.travel(1_700_000_059.999)
    assert diary == []
    assert world.agenda.next() == 1_700_000_060.0
    world.travel(1_700_000_060.0)
    assert [subject for subject, _ in diary] == [("a",)]
    assert world.agenda.next() is None


def test_work_is_done_in_order_of_time_then_of_booking(world, diary):
    for subject, after in (("late", 20), ("first", 10), ("second", 10), ("now", 0)):
        book(world, "job", subject, after=after)
    done = world.travel(1_700_000_100.0)
    assert [subject for subject, _ in diary] == [("now",), ("first",), ("second",), ("late",)]
    assert [row.subject for row in done] == [("now",), ("first",), ("second",), ("late",)]


def test_a_delay_in_seconds_comes_on_top(make_world):
    world, done = make_world(delays=(("job", 30),)), []
    world.agenda.handle("job", lambda row: done.append(row.when))
    book(world, "job", after=10)
    world.travel(1_700_000_100.0)
    assert done == [1_700_000_040.0]


def test_manual_work_waits_for_its_release(make_world):
    world, done = make_world(delays=(("job", "manual"),)), []
    world.agenda.handle("job", lambda row: done.append((row.subject, row.when)))
    for subject in "ab":
        book(world, "job", subject)
    world.travel(1_800_000_000.0)
    assert done == []
    assert world.transact(lambda: world.agenda.release("job", ("b",))) == 1
    world.settle()
    assert done == [(("b",), 1_800_000_000.0)]
    assert world.transact(world.agenda.release) == 1
    world.settle()
    assert [subject for subject, _ in done] == [("b",), ("a",)]
    assert rows(world) == {}


def test_a_release_of_another_kind_or_subject_frees_nothing(make_world):
    world = make_world(delays=(("job", "manual"),))
    book(world, "job", "a")
    assert world.transact(lambda: world.agenda.release("other")) == 0
    assert world.transact(lambda: world.agenda.release("job", ("b",))) == 0
    assert rows(world) == {"held": [("a",)]}


@pytest.mark.parametrize("delay", ["instant", "manual", 60])
def test_cancelled_work_is_never_done(make_world, delay):
    world, done = make_world(delays=(("job", delay),)), []
    world.agenda.handle("job", lambda row: done.append(row.subject))

    def work():
        for subject in "ab":
            world.agenda.book("job", (subject,), after=5)
        world.agenda.cancel("job", ("a",))
        world.agenda.cancel("other", ("b",))

    world.transact(work)
    world.transact(world.agenda.release)
    world.travel(1_700_001_000.0)
    assert done == [("b",)]


def test_a_failure_keeps_its_error_on_the_row_and_fails_no_call(world, diary):
    def broken(_row):
        message = "boom"
        raise BrokenError(message)

    world.agenda.handle("broken", broken)
    book(world, "broken", "a")
    book(world, "job", "b")
    assert world.transact(lambda: "answer") == "answer"
    assert [subject for subject, _ in diary] == [("b",)]
    (row,) = world.agenda.failed()
    assert (row.kind, row.subject, row.error) == ("broken", ("a",), "BrokenError: boom")
    world.settle()
    assert len(world.agenda.failed()) == 1


def test_a_failure_undoes_what_the_work_had_written(world):
    def half(_row):
        world.agenda.book("job", ("never",), after=99)
        raise BrokenError

    world.agenda.handle("half", half)
    book(world, "half")
    world.settle()
    assert rows(world) == {"failed": [()]}


def test_work_that_nobody_does_is_kept_as_failed(world):
    book(world, "unheard of")
    world.settle()
    assert [row.kind for row in world.agenda.failed()] == ["unheard of"]


def test_work_may_book_more_work(world, diary):
    world.agenda.handle("parent", lambda _row: world.agenda.book("job", ("child",), after=5))
    book(world, "parent", after=10)
    world.travel(1_700_000_100.0)
    assert diary == [(("child",), 1_700_000_015.0)]


# -- work that asks outside


def test_outside_work_runs_without_the_lock_and_opens_its_own_transactions(world):
    seen = []

    def act(row):
        free = world.lock.acquire(blocking=False)
        if free:
            world.lock.release()
        seen.append((row.subject, free))
        with world.lock, world.store:
            world.agenda.book("job", ("written",), after=5)

    world.agenda.handle("fetch", act, outside=True)
    book(world, "fetch", "a")
    world.transact(lambda: None)
    assert seen == [(("a",), True)]
    assert rows(world) == {"ready": [("written",)]}


def test_a_failure_outside_keeps_its_error_too(world):
    def broken(_row):
        message = "boom"
        raise BrokenError(message)

    world.agenda.handle("fetch", broken, outside=True)
    book(world, "fetch")
    assert world.transact(lambda: "answer") == "answer"
    assert [row.error for row in world.agenda.failed()] == ["BrokenError: boom"]
    assert set(rows(world)) == {"failed"}


def test_outside_work_is_left_to_a_worker_where_there_is_one(world, diary):
    world.inline = False
    world.agenda.handle("fetch", lambda row: diary.append((row.subject, None)), outside=True)
    book(world, "fetch", "slow")
    assert world.woken.is_set()
    book(world, "job", "after it")
    world.transact(lambda: None)
    assert diary == []  # time order holds: the job waits behind the fetch
    world.settle()
    assert [subject for subject, _ in diary] == [("slow",), ("after it",)]


def test_work_inside_wakes_nobody(world, diary):
    world.inline = False
    book(world, "job", "a")
    assert not world.woken.is_set()
    world.transact(lambda: None)
    assert len(diary) == 1


def test_outside_work_is_done_once_though_two_threads_look(world):
    begun, go, done = threading.Event(), threading.Event(), []

    def act(row):
        begun.set()
        go.wait(5)
        done.append(row.subject)

    world.agenda.handle("fetch", act, outside=True)
    book(world, "fetch", "a")
    worker = threading.Thread(target=world.settle)
    worker.start()
    assert begun.wait(5)
    with world.lock:
        assert world.agenda.first(world.clock.now()) is None
    go.set()
    worker.join(5)
    world.settle()
    assert done == [("a",)]


def test_travelling_answers_when_all_that_fell_due_is_done_though_another_thread_is_at_it(world, diary):
    """design 1.4a: clock changes and reset answer when all that fell due is done."""
    begun, go = threading.Event(), threading.Event()

    def act(_row):
        begun.set()
        go.wait(5)

    world.agenda.handle("fetch", act, outside=True)

    def both():
        world.agenda.book("fetch", ())
        world.agenda.book("job", ("behind",), after=10)

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
    assert diary == [(("behind",), 1_700_000_010.0)]
