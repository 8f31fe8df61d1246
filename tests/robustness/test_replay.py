"""ecrmock.base.replay: of many threads that bring one text, one is admitted."""

from itertools import pairwise

from ecrmock.base.replay import ReplayCache


def test_of_two_threads_with_one_text_one_is_admitted_wherever_they_meet(interleaved):
    def make():
        cache = ReplayCache()
        for number in range(3):
            cache.admit(f"old {number}", 0.0, 1.0)
        return cache, lambda: cache.admit("one", 10.0, 60.0), lambda: cache.admit("one", 10.0, 60.0)

    for cache, first, second in interleaved(ReplayCache.admit, make):
        assert {first, second} == {True, False}
        assert len(cache) == 1


def test_of_many_threads_with_one_text_one_is_admitted(at_once):
    cache = ReplayCache()
    answers = at_once(16, lambda _number: [cache.admit(str(turn), turn / 10, 1_000.0) for turn in range(500)])
    assert [sum(turn) for turn in zip(*answers, strict=True)] == [1] * 500


def test_a_text_is_refused_until_its_time_is_over():
    cache = ReplayCache()
    assert [cache.admit("one", now, 30.0) for now in (0.0, 30.0, 31.0, 31.0)] == [True, False, True, False]


def test_a_text_whose_time_is_over_is_new_whoever_stands_before_it():
    cache = ReplayCache()
    assert cache.admit("long", 0.0, 1_000.0)
    assert cache.admit("short", 0.0, 1.0)
    assert cache.admit("short", 2.0, 1.0)
    assert not cache.admit("long", 2.0, 1_000.0)


def test_the_oldest_is_forgotten_when_there_are_too_many():
    cache = ReplayCache(most=100)
    sizes = [len(cache) for number in range(1_000) if cache.admit(str(number), 0.0, 60.0)]
    assert len(sizes) == 1_000
    assert max(sizes) == 100
    assert all(after >= before for before, after in pairwise(sizes))
    assert not cache.admit("999", 0.0, 60.0)
    assert cache.admit("0", 0.0, 60.0)
