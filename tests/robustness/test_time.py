"""ecrmock.base.clock: requests ask for the time without a lock while somebody freezes and resumes it."""

import pytest

from ecrmock.base.clock import Clock


@pytest.mark.parametrize("work", ["now", "resume", "freeze"])
@pytest.mark.parametrize("other", ["resume", "freeze"])
def test_there_is_always_a_time(interleaved, work, other):
    def make():
        clock = Clock()
        clock.freeze(1_700_000_000.0)
        return clock, getattr(clock, work), getattr(clock, other)

    for clock, *answers in interleaved(getattr(Clock, work), make):
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        if work == "now":
            assert answers[0] == pytest.approx(1_700_000_000.0, abs=60)
        assert clock.now() == pytest.approx(1_700_000_000.0, abs=60)
