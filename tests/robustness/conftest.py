"""Threads that begin at once, threads that change over exactly where they are told, worlds that stand still."""

import itertools
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.handlers
import pytest
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from moto.core.botocore_stubber import BotocoreStubber

from ecrmock.engine.world import World
from ecrmock.testing.intercept import interceptor


@pytest.fixture
def world():
    world = World()
    world.clock.freeze(1_700_000_000.0)
    return world


@pytest.fixture
def at_once():
    """A function: call this with 0, 1, 2 ... in so many threads that begin together; what they returned."""

    def run(count, work):
        barrier = threading.Barrier(count)

        def begin(number):
            barrier.wait(30)
            return work(number)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(begin, range(count)))

    return run


class Watched:
    """A lock that tells when somebody has to wait for it."""

    def __init__(self, lock):
        self._lock = lock
        self.told = threading.Event()

    def __enter__(self):
        if not self._lock.acquire(blocking=False):
            self.told.set()
            self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()


@pytest.fixture
def interleaved():
    """A function that lets two works meet in every way: the second runs in the midst of the first, at each step of it.

    It takes a function, whose bytecodes are the steps, and one that makes (owner, first, second), where `owner._lock`
    is what should keep them apart, if anything is. It yields the owner and what the two returned, once a step: a raised
    exception counts as returned.
    """
    return _interleavings


def _interleavings(function, make):
    for step in itertools.count():
        owner, first, second = make()
        told = _watched(owner)
        midst = _Midst(function.__code__, step, lambda work=second: _outcome(work), told)
        one = midst.run(lambda work=first: _outcome(work))
        if midst.other is None:
            assert step > 0
            return
        yield owner, one, midst.answer


def _watched(owner):
    """An event that is set when somebody has to wait for the owner's lock."""
    if not hasattr(owner, "_lock"):
        return threading.Event()
    if not isinstance(owner._lock, Watched):
        owner._lock = Watched(owner._lock)
    owner._lock.told.clear()
    return owner._lock.told


def _outcome(work):
    try:
        return work()
    except Exception as error:  # noqa: BLE001 (whatever a thread raises is its outcome)
        return error


class _Midst:
    """Runs a second work on a thread when the first is at a step, until that ends or waits for the first."""

    def __init__(self, code, step, second, told):
        self._code, self._step, self._second, self._told = code, step, second, told
        self.other = self.answer = None

    def run(self, first):
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            answer = first()
        finally:
            sys.settrace(before)
        if self.other is not None:
            self.other.join(30)
        return answer

    def _called(self, frame, _event, _argument):
        if frame.f_code is not self._code:
            return None
        frame.f_trace_opcodes = True
        return self._stepped

    def _stepped(self, _frame, event, _argument):
        if event in {"opcode", "line"}:  # some Pythons tell of lines alone
            self._step -= 1
            if self._step == -1:
                self.other = threading.Thread(target=self._run_second)
                self.other.start()
                assert self._told.wait(30)
        return self._stepped

    def _run_second(self):
        self.answer = self._second()
        self._told.set()


@pytest.fixture
def traces():
    """A function: all that a mock changes in this process, to be compared before and after."""
    return _traces


@pytest.fixture(autouse=True)
def _nothing_remains():
    before = _hooks()
    yield
    assert _hooks() == before


def _hooks():
    return [
        *(interceptor.active, URLLib3Session.send, RequestSigner.get_auth_instance, BotocoreStubber.__call__),
        *botocore.handlers.BUILTIN_HANDLERS,
    ]


def _traces():
    found = {
        "hooks": _hooks(),
        "environment": dict(os.environ),
        "session": boto3.DEFAULT_SESSION,
        "servers": [thread for thread in threading.enumerate() if thread.name == "ecrmock"],
    }
    found["environment"].pop("PYTEST_CURRENT_TEST", None)
    return found
