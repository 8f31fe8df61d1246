"""Where does all state live, and how is a half-done change undone?"""

import logging
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Self, TypeVar

_log = logging.getLogger("ecrmock")
R = TypeVar("R")
Partition = tuple[str, ...]
Index = Callable[[Any], Iterable[tuple[Any, ...]]]


class Kind(Generic[R]):
    """What a table is called, what its records are, and which second orders it keeps.

    An index is a name and a function of a record, which gives the values (tuples) under which the record stands in
    that order; none keeps it out.
    """

    __slots__ = ("indexes", "name", "record", "version")

    def __init__(self, name: str, record: type[R], *, version: int = 1, **indexes: Index) -> None:
        """Describe a table; `Store.table` makes it.

        `version` is that of the record's shape: it goes up when a member changes its meaning, so that rows that were
        kept can be told from today's.
        """
        self.name = name
        self.record = record
        self.version = version
        self.indexes = indexes


class _Part:
    """The rows of one partition, their keys in order, and the entries (value, key) of each index."""

    __slots__ = ("entries", "keys", "rows")

    def __init__(self, indexes: Iterable[str]) -> None:
        self.rows: dict[Any, Any] = {}
        self.keys: list[Any] = []
        self.entries: dict[str, list[tuple[tuple[Any, ...], Any]]] = {name: [] for name in indexes}


class Table(Generic[R]):
    """Maps (partition, key) to a frozen record; keys of a partition are of one type and ordered."""

    __slots__ = ("_indexes", "_parts", "_store", "name")

    def __init__(self, store: "Store", kind: Kind[R]) -> None:
        """Belong to a store; made by `Store.table`."""
        self.name = kind.name
        self._store = store
        self._indexes = kind.indexes
        self._parts: dict[Partition, _Part] = {}

    # -- reading

    def get(self, partition: Partition, key: Any) -> R | None:
        """The record under this key, or None."""
        part = self._parts.get(partition)
        return part.rows.get(key) if part else None

    def count(self, partition: Partition) -> int:
        """How many records a partition has."""
        part = self._parts.get(partition)
        return len(part.rows) if part else 0

    def partitions(self) -> list[Partition]:
        """All partitions that have records."""
        return list(self._parts)

    def records(self, partition: Partition) -> list[R]:
        """All records of a partition in key order."""
        part = self._parts.get(partition)
        return [part.rows[key] for key in part.keys] if part else []

    def first(self, partition: Partition) -> R | None:
        """The record of the first key, or None."""
        part = self._parts.get(partition)
        return part.rows[part.keys[0]] if part else None

    def page(self, partition: Partition, after: Any = None, limit: int = 100) -> list[R]:
        """At most `limit` records whose keys follow `after` (which need not exist)."""
        part = self._parts.get(partition)
        if part is None:
            return []
        start = 0 if after is None else bisect_right(part.keys, after)
        return [part.rows[key] for key in part.keys[start : start + limit]]

    def having(self, partition: Partition, index: str, *value: Any) -> list[R]:
        """The records that stand under exactly this value in an index."""
        part = self._parts.get(partition)
        if part is None:
            return []
        entries, found = part.entries[index], []
        at = bisect_left(entries, (value,))
        while at < len(entries) and entries[at][0] == value:
            found.append(part.rows[entries[at][1]])
            at += 1
        return found

    def walk(self, partition: Partition, index: str, after: tuple[Any, ...] | None = None) -> Iterator[tuple[Any, R]]:
        """(value, record) in an index's order, after this value; not to be continued past a write."""
        part = self._parts.get(partition)
        if part is None:
            return
        entries = part.entries[index]
        at = 0 if after is None else _past(entries, after)
        while at < len(entries):
            value, key = entries[at]
            yield value, part.rows[key]
            at += 1

    # -- writing

    def put(self, partition: Partition, key: Any, record: R) -> None:
        """Store a record, or its successor."""
        self._store.note(self, partition, key)
        self.place(partition, key, record)

    def delete(self, partition: Partition, key: Any) -> None:
        """Forget a record; one that is not there is no fault."""
        self._store.note(self, partition, key)
        self.place(partition, key, None)

    def place(self, partition: Partition, key: Any, record: R | None) -> None:
        """Set a row without noting it: for `put`, `delete` and the undoing of both."""
        part = self._parts.get(partition)
        if part is None:
            if record is None:
                return
            part = self._parts[partition] = _Part(self._indexes)
        old = part.rows.get(key)
        if record is None:
            if old is None:
                return
            del part.rows[key]
            del part.keys[bisect_left(part.keys, key)]
        else:
            part.rows[key] = record
            if old is None:
                _insert(part.keys, key)
        self._reindex(part, key, old, record)
        if not part.rows:
            del self._parts[partition]

    def _reindex(self, part: _Part, key: Any, old: R | None, new: R | None) -> None:
        for name, values in self._indexes.items():
            before = () if old is None else tuple(values(old))
            after = () if new is None else tuple(values(new))
            if before == after:
                continue
            entries, kept = part.entries[name], frozenset(before) & frozenset(after)
            for value in before:
                if value not in kept:
                    del entries[bisect_left(entries, (value, key))]
            for value in after:
                if value not in kept:
                    _insert(entries, (value, key))

    def dump(self) -> dict[Partition, dict[Any, R]]:
        """Every row, for comparing two moments of a store."""
        return {partition: dict(part.rows) for partition, part in self._parts.items()}


def _insert(ordered: list[Any], item: Any) -> None:
    if not ordered or item > ordered[-1]:
        ordered.append(item)
    else:
        insort(ordered, item)


def _past(entries: list[tuple[tuple[Any, ...], Any]], value: tuple[Any, ...]) -> int:
    at = bisect_left(entries, (value,))
    while at < len(entries) and entries[at][0] == value:
        at += 1
    return at


class Store:
    """Tables, and one transaction at a time; the caller holds the lock."""

    __slots__ = ("_after", "_tables", "_undo", "before_write")

    def __init__(self) -> None:
        """Begin empty."""
        self._tables: dict[str, Table[Any]] = {}
        self._undo: list[tuple[Table[Any], Partition, Any, Any] | Callable[[], None]] | None = None
        self._after: list[Callable[[], None]] = []
        self.before_write: Callable[[], None] | None = None
        """Called before each write; a test raises here to see that nothing remains."""

    def table(self, kind: Kind[R]) -> Table[R]:
        """The table of this kind, made when first asked for."""
        found = self._tables.get(kind.name)  # asked without the lock too: two threads must never get two tables
        return self._tables.setdefault(kind.name, Table(self, kind)) if found is None else found

    def note(self, table: Table[Any], partition: Partition, key: Any) -> None:
        """Remember what a row was before it changes. Raises RuntimeError outside a transaction."""
        if self._undo is None:
            raise RuntimeError(f"a write to {table.name} outside a transaction")
        if self.before_write is not None:
            self.before_write()
        self._undo.append((table, partition, key, table.get(partition, key)))

    def on_rollback(self, undo: Callable[[], None]) -> None:
        """Undo an effect that is not a row, in its turn, if this transaction fails."""
        if self._undo is None:
            raise RuntimeError("no transaction")
        self._undo.append(undo)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do this once the transaction stands, whatever becomes of the others; a failure is told to the log."""
        if self._undo is None:
            raise RuntimeError("no transaction")
        self._after.append(act)

    def __enter__(self) -> Self:
        """Begin a transaction."""
        if self._undo is not None:
            raise RuntimeError("a transaction inside a transaction")
        self._undo = []
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Commit, or undo everything in reverse order."""
        undo, after = self._undo or [], self._after
        self._undo, self._after = None, []
        if kind is None:
            for act in after:
                try:
                    act()
                except Exception:  # noqa: BLE001 (the others are due too)
                    _log.exception("what follows a commit failed; the commit stands")
            return
        for step in reversed(undo):
            if callable(step):
                step()
            else:
                table, partition, key, old = step
                table.place(partition, key, old)

    def dump(self) -> dict[str, dict[Partition, dict[Any, Any]]]:
        """Every row of every table that has any."""
        return {name: rows for name, table in self._tables.items() if (rows := table.dump())}
