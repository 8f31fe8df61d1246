"""What time is it in this world, and how is that changed? The only reader of the machine's clock."""

import datetime as dt


class Clock:
    """World time in seconds since 1970, a float with millisecond precision.

    It follows `datetime.now`, so freezegun and time-machine work in process. Travelling only changes
    what `now` answers; working off what falls due on the way is `World.travel`'s business.
    """

    __slots__ = ("_frozen", "_offset")

    def __init__(self) -> None:
        """Start at the machine's time, running."""
        self._frozen: float | None = None
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since 1970, to the millisecond."""
        frozen = self._frozen  # read once: another thread may resume meanwhile
        if frozen is not None:
            return frozen
        return round(_machine() + self._offset, 3)

    @staticmethod
    def machine() -> float:
        """The machine's own time, for what a client's clock is compared with."""
        return _machine()

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def freeze(self, at: float | None = None) -> None:
        """Stop at this time (default: now)."""
        self._frozen = self.now() if at is None else round(at, 3)

    def resume(self) -> None:
        """Run on from the present world time."""
        frozen = self._frozen
        if frozen is not None:
            self._offset = frozen - _machine()
            self._frozen = None

    def travel(self, to: float) -> None:
        """Be at this later time, frozen or running as before. Raises ValueError for an earlier one."""
        if to < self.now():
            raise ValueError("the clock only moves forward")
        if self._frozen is not None:
            self._frozen = round(to, 3)
        else:
            self._offset = to - _machine()

    def reach(self, to: float) -> None:
        """Be at this time at least; a clock that runs may have passed it already."""
        frozen = self._frozen
        if frozen is not None:
            self._frozen = max(frozen, round(to, 3))
        else:
            self._offset = max(self._offset, to - _machine())

    def advance(self, seconds: float) -> None:
        """Travel by this much."""
        self.travel(self.now() + seconds)


def _machine() -> float:
    return dt.datetime.now(dt.UTC).timestamp()


def instant(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 time; without an offset it is UTC. Raises ValueError."""
    moment = dt.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def iso(seconds: float) -> str:
    """ISO 8601 with milliseconds and Z."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def basic(seconds: float) -> str:
    """The basic ISO form that SigV4 uses, e.g. 20261125T082454Z."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y%m%dT%H%M%SZ")


_UNITS = {"W": 604800, "D": 86400, "H": 3600, "M": 60, "S": 1}


def duration(text: str) -> float:
    """Seconds of an ISO 8601 duration in weeks, days, hours, minutes, seconds. Raises ValueError.

    Years and months have no fixed length and are refused.
    """
    date, mark, time = text.partition("T")
    if not date.startswith("P") or (mark and not time) or text == "P":
        raise ValueError(f"not an ISO 8601 duration: {text!r}")
    return _sum(date[1:], "WD", text) + _sum(time, "HMS", text)


def _sum(part: str, units: str, text: str) -> float:
    total, number = 0.0, ""
    for letter in part:
        if letter.isdigit() or letter == ".":
            number += letter
            continue
        if letter not in units or not number:
            raise ValueError(f"not an ISO 8601 duration: {text!r}")
        total += float(number) * _UNITS[letter]
        units = units[units.index(letter) + 1 :]
        number = ""
    if number:
        raise ValueError(f"not an ISO 8601 duration: {text!r}")
    return total
