"""ecrmock.base.clock: world time and the forms in which it is written."""

import datetime as dt

import pytest

from ecrmock.base import clock as clocks
from ecrmock.base.clock import Clock, basic, duration, instant, iso


@pytest.fixture
def machine(monkeypatch):
    """The machine's clock as a list of one number that a test moves."""
    seconds = [1_700_000_000.0]
    monkeypatch.setattr(clocks, "_machine", lambda: seconds[0])
    return seconds


def test_a_new_clock_runs_with_the_machine(machine):
    clock = Clock()
    assert (clock.now(), clock.frozen) == (1_700_000_000.0, False)
    machine[0] += 5
    assert clock.now() == 1_700_000_005.0


def test_the_machine_is_read_through_datetime_now(monkeypatch):
    class Fixed(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 11, 25, 8, 24, 54, 417_600, tz)

    monkeypatch.setattr(clocks.dt, "datetime", Fixed)
    assert Clock().now() == 1_795_595_094.418


def test_a_frozen_clock_stands_still(machine):
    clock = Clock()
    clock.freeze()
    machine[0] += 1000
    assert (clock.now(), clock.frozen) == (1_700_000_000.0, True)


def test_freezing_may_name_any_time_the_past_included(machine):
    assert machine
    clock = Clock()
    for moment in (5.0, 1_900_000_000.0, 42.1239):
        clock.freeze(moment)
        assert clock.now() == round(moment, 3)


def test_a_resumed_clock_runs_on_from_where_it_stood(machine):
    clock = Clock()
    clock.freeze(100.0)
    machine[0] += 1000
    clock.resume()
    assert (clock.now(), clock.frozen) == (100.0, False)
    machine[0] += 2.5
    assert clock.now() == 102.5


def test_resuming_a_running_clock_changes_nothing(machine):
    clock = Clock()
    clock.travel(1_700_000_100.0)
    clock.resume()
    machine[0] += 1
    assert clock.now() == 1_700_000_101.0


@pytest.mark.parametrize("frozen", [True, False])
def test_travelling_keeps_the_clock_frozen_or_running(machine, frozen):
    clock = Clock()
    if frozen:
        clock.freeze()
    clock.travel(1_700_000_060.0)
    assert (clock.now(), clock.frozen) == (1_700_000_060.0, frozen)
    machine[0] += 1
    assert clock.now() == 1_700_000_060.0 + (0 if frozen else 1)


@pytest.mark.parametrize("frozen", [True, False])
def test_the_clock_never_travels_back(machine, frozen):
    assert machine
    clock = Clock()
    if frozen:
        clock.freeze()
    with pytest.raises(ValueError, match="only moves forward"):
        clock.travel(1_699_999_999.0)
    assert clock.now() == 1_700_000_000.0


def test_travelling_to_the_present_is_allowed(machine):
    assert machine
    clock = Clock()
    clock.travel(clock.now())
    assert clock.now() == 1_700_000_000.0


def test_advance_adds_up_and_refuses_to_go_back(machine):
    assert machine
    clock = Clock()
    clock.freeze(0.0)
    clock.advance(0.5)
    clock.advance(86_400)
    assert clock.now() == 86_400.5
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(-1)


def test_now_has_millisecond_precision(machine):
    machine[0] = 1_700_000_000.123_456
    assert Clock().now() == 1_700_000_000.123


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P1D", 86_400),
        ("P2W", 1_209_600),
        ("P1W2D", 777_600),
        ("PT12H", 43_200),
        ("PT1H30M", 5_400),
        ("PT0.5S", 0.5),
        ("P1DT1S", 86_401),
        ("P1W1DT1H1M1S", 694_861),
        ("P0D", 0),
        ("PT90M", 5_400),
        ("P1.5D", 129_600),
    ],
)
def test_durations_that_are_understood(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "1D",
        "p1d",
        "-P1D",
        "P-1D",
        "P1Y",
        "P1M",
        "P1H",
        "PT1D",
        "PT1W",
        "P1D2W",
        "PT1S1H",
        "P1D1D",
        "P1",
        "PD",
        "PT5",
        "PTS",
        "PT.S",
        "PT1.2.3S",
        "P1DT1HT1M",
        "P 1D",
        "P1D ",
        "P1e3D",
        "PinfD",
        "PT1H30",
        "P²D",
    ],
)
def test_durations_that_are_refused(text):
    with pytest.raises(ValueError, match=r"duration|float"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01T00:00:00", 0.0),
        ("1970-01-02", 86_400.0),
        ("1970-01-01T02:00:00+02:00", 0.0),
        ("19700101T000010Z", 10.0),
        ("2026-11-25T08:24:54.418Z", 1_795_595_094.418),
    ],
)
def test_instants_are_utc_unless_they_say_otherwise(text, seconds):
    assert instant(text) == seconds


@pytest.mark.parametrize("text", ["", "now", "1970-13-01", "1970-01-01T25:00:00", "12345"])
def test_instants_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=r"isoformat|month|hour"):
        instant(text)


@pytest.mark.parametrize(
    ("seconds", "text", "short"),
    [
        (0.0, "1970-01-01T00:00:00.000Z", "19700101T000000Z"),
        (1_795_595_094.418, "2026-11-25T08:24:54.418Z", "20261125T082454Z"),
        (1_795_595_094.0, "2026-11-25T08:24:54.000Z", "20261125T082454Z"),
    ],
)
def test_a_moment_is_written_in_two_forms_that_read_back(seconds, text, short):
    assert iso(seconds) == text
    assert basic(seconds) == short
    assert instant(text) == seconds
    assert instant(short) == int(seconds)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e18])
def test_a_moment_that_no_calendar_has_is_refused(seconds):
    with pytest.raises((ValueError, OverflowError, OSError)):
        iso(seconds)
