"""How is a chain gone through that may be as long as it likes? Without recursion."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def walk(start: T, further: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """The start, what `further` gives for it, what it gives for those, and so on, breadth first.

    `further` must come to an end: it leaves out what was there before.
    """
    todo = deque([start])
    while todo:
        each = todo.popleft()
        todo.extend(further(each))
        yield each
