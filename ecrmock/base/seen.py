"""Did this come before? Remembers texts for a while."""

from collections import OrderedDict


class Seen:
    """Texts that must not come twice within some seconds."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        """Remember nothing."""
        self._until: OrderedDict[str, float] = OrderedDict()

    def fresh(self, text: str, now: float, seconds: float) -> bool:
        """Whether the text is new; it is remembered for so many seconds."""
        while self._until and next(iter(self._until.values())) < now:
            self._until.popitem(last=False)
        if text in self._until:
            return False
        self._until[text] = now + seconds
        return True
