"""How does a decorator put a mock around everything people decorate?"""

import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
_HANDLE = "aws"
"""A parameter of this name is given the mock."""


class Mock(Protocol):
    """What is entered and left: EcrMock, as far as it matters here."""

    def start(self) -> Self:
        """Begin."""

    def stop(self) -> None:
        """Leave."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave."""


def wrap_function(fresh: Callable[[], Mock], function: F) -> F:
    """A function, coroutine function or (async) generator function that runs inside a fresh mock."""
    wants = _HANDLE in inspect.signature(function).parameters
    wrapped: Any = functools.wraps(function)(_maker(function)(fresh, function, wants=wants))
    if wants:
        wrapped.__signature__ = _without(function)  # pytest would look for a fixture of that name
    return cast("F", wrapped)


def _maker(function: Callable[..., Any]) -> Any:
    if inspect.iscoroutinefunction(function):
        return _coroutine
    if inspect.isasyncgenfunction(function):
        return _async_generator
    return _generator if inspect.isgeneratorfunction(function) else _plain


def _plain(fresh: Any, function: Any, *, wants: bool) -> Any:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        with fresh() as mock:
            return function(*arguments, **_handed(mock, named, wants=wants))

    return wrapped


def _coroutine(fresh: Any, function: Any, *, wants: bool) -> Any:
    async def wrapped(*arguments: Any, **named: Any) -> Any:
        with fresh() as mock:
            return await function(*arguments, **_handed(mock, named, wants=wants))

    return wrapped


def _generator(fresh: Any, function: Any, *, wants: bool) -> Any:
    def wrapped(*arguments: Any, **named: Any) -> Iterator[Any]:
        with fresh() as mock:
            yield from function(*arguments, **_handed(mock, named, wants=wants))

    return wrapped


def _async_generator(fresh: Any, function: Any, *, wants: bool) -> Any:
    async def wrapped(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
        with fresh() as mock:
            async with aclosing(function(*arguments, **_handed(mock, named, wants=wants))) as items:
                step = items.asend(None)
                while True:  # what `yield from` does in a generator that is not async
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = items.asend((yield item))
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001 (whatever is thrown in is the function's)
                        step = items.athrow(error)

    return wrapped


def _handed(mock: Mock, named: dict[str, Any], *, wants: bool) -> dict[str, Any]:
    return {_HANDLE: mock, **named} if wants else named


def _without(function: Callable[..., Any]) -> inspect.Signature:
    signature = inspect.signature(function)
    return signature.replace(parameters=[part for name, part in signature.parameters.items() if name != _HANDLE])


def wrap_class(fresh: Callable[[], Mock], target: F) -> F:
    """A class whose tests run inside a mock each, set-up and tear-down included; the class itself is changed.

    A TestCase with a setUpClass of its own has one mock for the whole class, since its tests need what that made.
    """
    owner: Any = target
    unittest = sys.modules.get("unittest")  # importing it costs 10 ms, and nobody derives from what is not imported
    if unittest is not None and issubclass(owner, unittest.TestCase):
        if _own(owner, "setUpClass", unittest.TestCase):
            _around_class(fresh, owner)
        else:
            _around_run(fresh, owner)
    else:
        _around_methods(fresh, owner)
    return target


def _own(owner: type, name: str, base: type) -> bool:
    return getattr(owner, name).__func__ is not getattr(base, name).__func__


def _around_run(fresh: Callable[[], Mock], owner: Any) -> None:
    for name in ("run", "debug"):
        setattr(owner, name, wrap_function(fresh, getattr(owner, name)))


def _around_class(fresh: Callable[[], Mock], owner: Any) -> None:
    set_up = owner.setUpClass.__func__

    @functools.wraps(set_up)
    def inside(cls: Any) -> None:
        leaving = ExitStack()
        leaving.callback(fresh().start().stop)
        cls.addClassCleanup(leaving.close)  # unittest runs it after tearDownClass, and when setUpClass fails
        try:
            set_up(cls)
        except Exception:
            raise
        except BaseException:  # but not for Ctrl-C and pytest's skip and fail
            leaving.close()
            raise

    owner.setUpClass = classmethod(inside)


def _around_methods(fresh: Callable[[], Mock], owner: Any) -> None:
    """For pytest's classes: setup_method begins, teardown_method ends; a method called by hand has its own mock."""
    running: dict[int, Mock] = {}
    before, after = getattr(owner, "setup_method", None), getattr(owner, "teardown_method", None)

    def leave(case: Any) -> None:
        mock = running.pop(id(case), None)  # none where a subclass has a setup_method of its own
        if mock is not None:
            mock.stop()

    def setup_method(case: Any, method: Any) -> None:
        leave(case)
        running[id(case)] = fresh().start()
        try:
            if before is not None:
                _pass(before, case, method)
        except BaseException:  # pytest calls no teardown_method then
            leave(case)
            raise

    def teardown_method(case: Any, method: Any) -> None:
        try:
            if after is not None:
                _pass(after, case, method)
        finally:
            leave(case)

    for name, method in list(vars(owner).items()):
        if inspect.isfunction(method) and name.startswith("test"):
            setattr(owner, name, _inside_or_own(fresh, method, running))
    owner.setup_method, owner.teardown_method = setup_method, teardown_method


def _inside_or_own(fresh: Callable[[], Mock], method: Any, running: dict[int, Mock]) -> Any:
    own = wrap_function(fresh, method)
    wants = _HANDLE in inspect.signature(method).parameters

    def chosen(case: Any, arguments: Any, named: dict[str, Any]) -> Any:
        mock = running.get(id(case))
        if mock is None:
            return own(case, *arguments, **named)
        return method(case, *arguments, **_handed(mock, named, wants=wants))

    async def awaited(case: Any, *arguments: Any, **named: Any) -> Any:
        return await chosen(case, arguments, named)

    def called(case: Any, *arguments: Any, **named: Any) -> Any:
        return chosen(case, arguments, named)

    inside: Any = awaited if inspect.iscoroutinefunction(method) else called
    functools.update_wrapper(inside, method)
    if wants:
        inside.__signature__ = _without(method)
    return inside


def _pass(hook: Any, case: Any, method: Any) -> None:
    """Call a hook with or without the method, as pytest allows both."""
    if len(inspect.signature(hook).parameters) > 1:
        hook(case, method)
    else:
        hook(case)
