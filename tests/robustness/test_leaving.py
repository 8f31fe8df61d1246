"""ecrmock.testing.mock: whatever goes wrong on the way in or out, nothing of a mock remains."""

import asyncio
import os
import socket
import threading

import boto3
import pytest

from ecrmock import mock_ecr
from ecrmock.testing import environment
from ecrmock.testing import server as servers
from ecrmock.testing.environment import Environment
from ecrmock.testing.intercept import Interceptor, interceptor

FAKE = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}


@pytest.fixture(autouse=True)
def _mine(monkeypatch):
    """An environment that a mock must put back: some set, some not."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_PROFILE", "my-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", "http://localhost:1")
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


# -- on the way in


@pytest.mark.parametrize(
    "options",
    [
        {"upstreams": {"quay": "no address at all"}},
        {"delays": {"nobody-does-this": 1}},
        {"advisories": "not-here.json"},
    ],
)
@pytest.mark.parametrize("server", [False, True])
def test_a_mock_that_cannot_begin_leaves_nothing(traces, options, server):
    _begins_not(mock_ecr(server=server, **options), traces)


@pytest.mark.parametrize("server", [False, True])
def test_a_mock_whose_values_the_environment_does_not_take_leaves_nothing(traces, monkeypatch, server):
    monkeypatch.setitem(environment._CREDENTIALS, "AWS_SESSION_TOKEN", "a\0b")
    _begins_not(mock_ecr(server=server), traces)


def _begins_not(mock, traces):
    before = traces()
    for _ in range(2):
        with pytest.raises((TypeError, ValueError, OSError)):
            mock.start()
        assert traces() == before
    with pytest.raises(RuntimeError, match="not active"):
        mock.stop()


@pytest.mark.parametrize("error", [OSError("no port"), SystemExit(1), KeyboardInterrupt()])
def test_a_server_that_finds_no_port_leaves_nothing(traces, monkeypatch, error):
    def bind(_server):
        raise error

    before, mock = traces(), mock_ecr(server=True)
    with monkeypatch.context() as patch:
        patch.setattr(servers.ThreadedWSGIServer, "server_bind", bind)
        with pytest.raises((OSError, KeyboardInterrupt)):
            mock.start()
    assert traces() == before
    with mock:
        assert mock.url


def test_a_server_without_a_thread_closes_its_socket(traces, monkeypatch):
    opened = []

    def start(_thread):
        raise RuntimeError("can't start new thread")

    before, make = traces(), servers._Server

    def recorded(application):
        opened.append(make(application))
        return opened[0]

    with monkeypatch.context() as patch:
        patch.setattr(servers, "_Server", recorded)
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError, match="new thread"):
            mock_ecr(server=True).start()
    assert traces() == before
    assert opened[0].socket.fileno() == -1


@pytest.mark.parametrize("error", [AttributeError("another botocore"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", range(2))
def test_hooks_that_are_put_in_half_way_are_taken_out(traces, monkeypatch, error, step):
    steps, hook = [], Interceptor._hook

    def failing(self, *arguments):
        if len(steps) == step:
            raise error
        steps.append(arguments)
        hook(self, *arguments)

    before = traces()
    with monkeypatch.context() as patch:
        patch.setattr(Interceptor, "_hook", failing)
        with pytest.raises(type(error)):
            mock_ecr(server=True).start()
    assert traces() == before


def test_what_fails_inside_another_mock_leaves_that_one(traces):
    with mock_ecr() as outer:
        before = traces()
        with pytest.raises(ValueError, match="quay"):
            mock_ecr(upstreams={"quay": "no address at all"}, isolated=True).start()
        assert traces() == before
        boto3.client("ecr").describe_repositories()
        assert len(outer.calls) == 1


# -- on the way out


@pytest.mark.parametrize("error", [OSError("stuck"), KeyboardInterrupt()])
def test_a_server_that_cannot_be_closed_does_not_keep_the_rest(traces, monkeypatch, error):
    stop, before = servers.ThreadServer.stop, traces()

    def failing(server):
        stop(server)
        raise error

    monkeypatch.setattr(servers.ThreadServer, "stop", failing)
    mock = mock_ecr(server=True).start()
    with pytest.raises(type(error)):
        mock.stop()
    assert traces() == before
    with pytest.raises(RuntimeError, match="not active"):
        mock.stop()


def test_ctrl_c_while_a_server_ends_closes_its_socket(monkeypatch):
    mock = mock_ecr(server=True).start()
    server, thread = mock._server._server, mock._server._thread
    shutdown = server.shutdown

    def interrupted():
        shutdown()
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "shutdown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mock.stop()
    assert server.socket.fileno() == -1
    thread.join(30)


def test_a_second_stop_changes_nothing(traces, monkeypatch):
    mock = mock_ecr().start()
    mock.stop()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "changed since")
    before = traces()
    with pytest.raises(RuntimeError, match="not active"):
        mock.stop()
    assert traces() == before


def test_of_many_threads_that_stop_a_mock_one_does(traces, at_once):
    before, mock = traces(), mock_ecr(server=True).start()

    def stop(_number):
        try:
            mock.stop()
        except RuntimeError as error:
            return str(error)

    told = at_once(8, stop)
    assert told.count(None) == 1
    assert traces() == before


def test_of_many_threads_that_start_a_mock_one_does(traces, at_once):
    before, mock = traces(), mock_ecr(server=True)

    def start(_number):
        try:
            mock.start()
        except RuntimeError as error:
            return str(error)

    told = at_once(8, start)
    assert told.count(None) == 1
    mock.stop()
    assert traces() == before


def test_a_mock_that_was_stopped_by_hand_inside_does_not_hide_what_happened(traces):
    def stopped():
        with mock_ecr() as mock:
            mock.stop()
            raise KeyError

    before = traces()
    with pytest.raises(KeyError):
        stopped()
    assert traces() == before


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, asyncio.CancelledError, pytest.fail.Exception])
def test_whatever_ends_an_async_with_ends_the_mock(traces, error):
    async def inside():
        async with mock_ecr(server=True):
            raise error

    before = traces()
    with pytest.raises(error):
        asyncio.run(inside())
    assert traces() == before


def test_a_task_that_is_cancelled_inside_leaves_nothing(traces):
    async def inside(entered):
        async with mock_ecr():
            entered.set()
            await asyncio.Event().wait()

    async def cancelled():
        entered = asyncio.Event()
        task = asyncio.create_task(inside(entered))
        await entered.wait()
        task.cancel()
        await asyncio.wait([task])

    before = traces()
    asyncio.run(cancelled())
    assert traces() == before


def test_connections_end_with_the_mock(monkeypatch):
    mock = mock_ecr(server=True).start()
    server, accepted = mock._server._server, threading.Event()
    serve = server.process_request

    def told(*arguments):
        serve(*arguments)
        accepted.set()

    monkeypatch.setattr(server, "process_request", told)
    with socket.create_connection(("127.0.0.1", server.server_port), 10) as connection:
        connection.sendall(b"GET /_ecrmock/health HTTP/1.1\r\n")  # and no more
        assert accepted.wait(30)
        mock.stop()
        while connection.recv(1024):  # a time-out is an error
            pass


# -- the environment


def test_the_environment_is_put_back_in_whatever_order_mocks_are_left(traces):
    before = traces()
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]):
        running = [mock_ecr().start() for _ in range(3)]
        for number in order:
            assert {name: os.environ[name] for name in FAKE} == FAKE
            assert "AWS_PROFILE" not in os.environ
            assert "AWS_DEFAULT_REGION" not in os.environ
            running[number].stop()
        assert traces() == before


def test_what_was_set_between_two_mocks_is_there_again_after_the_inner(monkeypatch, traces):
    before = traces()
    with mock_ecr():
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "between")
        with mock_ecr():
            assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
        assert os.environ["AWS_ACCESS_KEY_ID"] == "between"
    assert traces() == before


def test_many_threads_come_and_go_and_the_environment_is_as_before(traces, at_once):
    before = traces()

    def work(_number):
        for _ in range(20):
            with mock_ecr() as mock:
                assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
                assert interceptor.active
                assert mock.world is not None

    at_once(8, work)
    assert traces() == before


@pytest.mark.parametrize("first", ["fake", "restore"])
def test_two_threads_that_change_the_environment_do_not_meet(interleaved, traces, first):
    before, made = traces(), []

    def leave():
        while made and made[-1]._layers:
            made[-1].restore(made[-1]._layers[-1])
        assert traces() == before

    def make():
        leave()
        made.append(Environment())
        layer = made[-1].fake()
        works = {"fake": made[-1].fake, "restore": lambda: made[-1].restore(layer)}
        return made[-1], works.pop(first), *works.values()

    for _, *answers in interleaved(getattr(Environment, first), make):
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert {name: os.environ[name] for name in FAKE} == FAKE
    leave()
