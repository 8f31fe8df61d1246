"""How is ecrmock used inside a test? One object: a decorator with or without brackets, and a context manager."""

import functools
import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, overload

from ecrmock.app import Front
from ecrmock.settings import Settings
from ecrmock.testing.intercept import interceptor

if TYPE_CHECKING:
    from ecrmock.base.clock import Clock
    from ecrmock.domain.world import World
    from ecrmock.gateway.record import ActionCalled

P = ParamSpec("P")
T = TypeVar("T")

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


class EcrMock:
    """An empty AWS for ECR as long as it is entered; entering again begins with an empty one.

    Options are fields of Settings, e.g. `mock_ecr(account="111122223333")`. Credentials in the environment are
    replaced by fake ones and put back; a region is set only where there is none.
    """

    def __init__(self, **options: Any) -> None:
        """Take options; nothing is patched before it is entered."""
        self._settings = Settings(**options)
        self._front: Front | None = None
        self._saved: dict[str, str | None] = {}

    @property
    def world(self) -> "World":
        """The world behind both doors. Raises RuntimeError outside the mock."""
        return self._running().world

    @property
    def clock(self) -> "Clock":
        """The world's clock; `travel` and `advance` of the world's own work off what falls due."""
        return self.world.clock

    @property
    def calls(self) -> "list[ActionCalled]":
        """What was called, oldest first."""
        return self._running().gate.calls.all()

    @property
    def front(self) -> Front:
        """The WSGI application of both doors. Raises RuntimeError outside the mock."""
        return self._running()

    def advance(self, seconds: float) -> None:
        """Let world time pass and do what falls due on the way."""
        self.world.travel(self.world.clock.now() + seconds)

    def _running(self) -> Front:
        if self._front is None:
            raise RuntimeError("this mock_ecr is not active: use it as a decorator or in a with statement")
        return self._front

    def start(self) -> Self:
        """Begin with an empty world. Raises RuntimeError when it is active already."""
        if self._front is not None:
            raise RuntimeError("this mock_ecr is active already; make another to nest them")
        self._front = Front(self._settings)
        fake = dict(_CREDENTIALS)
        if not any(name in os.environ for name in _REGIONS):
            fake["AWS_DEFAULT_REGION"] = self._settings.region
        self._saved = {name: os.environ.get(name) for name in fake}
        os.environ.update(fake)
        interceptor.enter(self._front)
        return self

    def stop(self) -> None:
        """Leave; the world is forgotten."""
        front = self._running()
        interceptor.leave(front)
        self._front = None
        for name, value in self._saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def __enter__(self) -> Self:
        """Begin."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        self.stop()

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Let a function run inside the mock."""

        @functools.wraps(function)
        def inside(*args: P.args, **kwargs: P.kwargs) -> T:
            with self:
                return function(*args, **kwargs)

        return inside


@overload
def mock_ecr(function: Callable[P, T], /) -> Callable[P, T]: ...


@overload
def mock_ecr(**options: Any) -> EcrMock: ...


def mock_ecr(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Answer ECR in process: with or without brackets as a decorator, or in a with statement."""
    mock = EcrMock(**options)
    return mock if function is None else mock(function)
