"""ecrmock.base.reading: how many threads wait for bodies."""

import io
import threading

import pytest

from ecrmock.base import reading
from ecrmock.base.reading import Readers
from ecrmock.base.web import Body, CutOffError


class Slow:
    """A client that sends a block when it is told to."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()

    def read(self, size):
        self.begun.set()
        assert self.go.wait(10)
        return b"x" * size


@pytest.fixture
def waiting():
    """A function that lets a thread wait for a slow client; it is let go at the end."""
    started = []

    def wait(readers, *, refused=False):
        slow = Slow()
        stream = readers.stream(slow)
        if refused:
            stream.hurry()
        thread = threading.Thread(target=stream.read, args=(1,))
        thread.start()
        started.append((slow, thread))
        assert slow.begun.wait(10)
        return slow, thread

    yield wait
    for slow, thread in started:
        slow.go.set()
        thread.join(10)


def test_a_body_is_read_as_it_is():
    body = Body(Readers(1, 1, 10).stream(io.BytesIO(b"abc" * 100_000)), 300_000)
    assert body.read(300_000) == b"abc" * 100_000


def test_no_more_than_so_many_wait_for_bodies(waiting):
    readers = Readers(2, 1, 10)
    (slow, thread), _ = waiting(readers), waiting(readers)
    with pytest.raises(CutOffError):
        Body(readers.stream(io.BytesIO(b"abc")), 3).read(3)
    slow.go.set()
    thread.join(10)
    assert Body(readers.stream(io.BytesIO(b"abc")), 3).read(3) == b"abc"


def test_refused_bodies_have_places_of_their_own(waiting):
    readers = Readers(1, 1, 10)
    waiting(readers, refused=True)
    left = io.BytesIO(b"abc")
    Body(readers.stream(left), 3).drain(1000)
    assert left.tell() == 0
    assert Body(readers.stream(io.BytesIO(b"abc")), 3).read(3) == b"abc"


def test_a_refused_body_is_read_away_for_so_long(monkeypatch):
    now = iter(range(1000))
    monkeypatch.setattr(reading.time, "monotonic", lambda: next(now))
    left = io.BytesIO(b"x" * 64 * 1024 * 100)
    Body(Readers(1, 1, 10).stream(left), 64 * 1024 * 100).drain(2**31)
    assert left.tell() == 64 * 1024 * 10


def test_a_place_is_given_back_when_a_client_goes_away():
    class Gone:
        def read(self, _size):
            raise OSError

    readers = Readers(1, 1, 10)
    for _ in range(3):
        with pytest.raises(CutOffError):
            Body(readers.stream(Gone()), 3).read(3)
    assert Body(readers.stream(io.BytesIO(b"abc")), 3).read(3) == b"abc"


def test_nothing_is_read_away_where_nothing_is_left():
    Body(None, 0).drain(10)
    body = Body(io.BytesIO(b"abc"), 3)
    body.read(3)
    body.drain(10)
    assert body.read(3) == b""
