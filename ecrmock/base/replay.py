"""Did this come before? A replay cache: each text is admitted once within its time."""

import threading
from collections import OrderedDict


class ReplayCache:
    """Texts that must not come twice within some seconds; safe for many threads, bounded in number."""

    __slots__ = ("_lock", "_most", "_until")

    def __init__(self, most: int = 100_000) -> None:
        """Remember nothing yet, and never more than so many: the oldest is forgotten before its time then."""
        self._lock = threading.Lock()
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """How many texts are remembered."""
        return len(self._until)

    def admit(self, text: str, now: float, seconds: float) -> bool:
        """Whether the text is new; it is remembered for so many seconds. Of many threads with one text one hears yes.

        `now` is in seconds, of one clock for all calls.
        """
        with self._lock:
            while self._until and next(iter(self._until.values())) < now:
                self._until.popitem(last=False)
            if self._until.get(text, float("-inf")) >= now:
                return False
            self._until[text] = now + seconds
            self._until.move_to_end(text)
            if len(self._until) > self._most:
                self._until.popitem(last=False)
            return True
