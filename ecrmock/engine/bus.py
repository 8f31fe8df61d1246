"""Who hears of what happened? Listeners run at once, inside the transaction of the verb that publishes."""

from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")


class Bus:
    """Events by their class; each room of the domain has its own, in `events.py`.

    They are named tuples: a frozen dataclass costs a millisecond at each start (measured).
    """

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        """Begin without listeners."""
        self._listeners: dict[type[Any], list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call the listener for each event of this class, in order of subscription; it may only write rows."""
        self._listeners.setdefault(kind, []).append(listener)

    def publish(self, event: object) -> None:
        """Tell the listeners; what one raises ends the verb and its transaction."""
        for listener in self._listeners.get(type(event), ()):
            listener(event)

    def clear(self) -> None:
        """Let all listeners go."""
        self._listeners.clear()
