"""How many clients may a server wait for? Those that send slowly must not use up its threads."""

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecrmock.base.web import Stream

_PIECE = 64 * 1024


class Readers:
    """The threads of a server that wait for bodies: so many for bodies that are wanted, and few for what is refused.

    A read that hangs cannot be given up from here (decisions 4), so the threads that may hang are counted.
    """

    def __init__(self, wanted: int, refused: int, patience: float) -> None:
        """`patience` is how many seconds a refused body is read away."""
        self.patience = patience
        self.wanted = threading.Semaphore(wanted)
        self.refused = threading.Semaphore(refused)

    def stream(self, stream: "Stream") -> "CountedStream":
        """A request's body, read within these limits."""
        return CountedStream(self, stream)


class CountedStream:
    """A body that is not waited for where too many are: `read` then raises TimeoutError."""

    __slots__ = ("_readers", "_stream", "_until")

    def __init__(self, readers: Readers, stream: "Stream") -> None:
        """Read this stream."""
        self._readers = readers
        self._stream = stream
        self._until: float | None = None

    def hurry(self) -> None:
        """What is left is only read away, so that a client sees its refusal: not for long, and not for all of them."""
        self._until = time.monotonic() + self._readers.patience

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises TimeoutError."""
        if self._until is None:
            return self._counted(self._readers.wanted, size)
        if time.monotonic() > self._until:
            raise TimeoutError
        return self._counted(self._readers.refused, min(size, _PIECE))

    def _counted(self, places: threading.Semaphore, size: int) -> bytes:
        if not places.acquire(blocking=False):
            raise TimeoutError
        try:
            return self._stream.read(size)
        finally:
            places.release()
