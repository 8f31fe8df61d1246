"""How are images copied that were there before replication was configured? (User Guide, replication-backfill; model).

A backfill goes to one destination. It is PREPARING while it finds its images, IN_PROGRESS while they are copied, then
COMPLETE; FAILED once half of at least a hundred copies failed; STOPPED when somebody stops it.
"""

from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from ecrmock.base.store import Kind
from ecrmock.domain.images.images import Images
from ecrmock.domain.names import RegistryKey
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.replication.copies import Replication
from ecrmock.domain.replication.events import BackfillEnded, BackfillStarted
from ecrmock.domain.replication.rules import Destination, ReplicationRules, destinations
from ecrmock.errors.ecr import (
    InvalidParameterException,
    LimitExceededException,
    ReplicationBackfillInProgressException,
    ReplicationBackfillInvalidStatusException,
    ReplicationBackfillNotFoundException,
)

if TYPE_CHECKING:
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World

_JUDGED_FROM = 100
"""So many copies must have been tried before failures end a backfill (documented)."""
TOO_MANY_FAILED = "ReplicationFailureThresholdExceeded"
"""The failureCode of a backfill that ended so; no value is published (inferred)."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """One backfill."""

    id: str
    destination: Destination
    number: int
    started_at: float
    status: str = "PREPARING"
    ended_at: float | None = None
    code: str | None = None
    total: int | None = None
    """How many copies it makes; None while it is being prepared, or was stopped before it was."""
    complete: int = 0
    failed: int = 0
    codes: tuple[str, ...] = ()
    """The failureCodes of its copies, each once."""
    busy: bool = False
    """Whether a copy is under way."""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True)
class Item:
    """One image and tag that a backfill copies: one replication (documented)."""

    number: int
    repository: str
    digest: str
    tag: str | None
    is_list: bool
    status: str = "WAITING"
    """WAITING, COMPLETE or FAILED."""
    code: str | None = None


BACKFILLS: Kind[Backfill] = Kind("backfills", Backfill, number=lambda row: [(row.number,)])
ITEMS: Kind[Item] = Kind(
    "backfill-items",
    Item,
    status=lambda row: [(row.status, row.number)],
    done=lambda row: [] if row.status == "WAITING" else [(row.number,)],
)


class Backfills:
    """The backfills of one account in one region."""

    def __init__(self, world: "World", account: str, region: str) -> None:
        """A view of the rows."""
        self._world = world
        self._key = RegistryKey(account, region)
        self._rows = world.store.table(BACKFILLS)
        self._items = world.store.table(ITEMS)

    def find(self, backfill_id: str) -> Backfill | None:
        """The backfill of this id."""
        return self._rows.get(self._key, backfill_id.lower())

    def get(self, backfill_id: str) -> Backfill:
        """The backfill of this id. Raises ReplicationBackfillNotFoundException."""
        row = self.find(backfill_id)
        if row is None:
            raise ReplicationBackfillNotFoundException
        return row

    def page(self, after: int | None, limit: int) -> list[Backfill]:
        """Backfills in the order in which they were started (inferred)."""
        rows = self._rows.walk(self._key, "number", None if after is None else (after,))
        return [row for _, row in islice(rows, limit)]

    def results(self, backfill: Backfill, status: str | None, after: int | None, limit: int) -> list[Item]:
        """What became of its copies, in their order; known once it is over (documented)."""
        if not backfill.over:
            return []
        index, start = ("status", (status, after or 0)) if status else ("done", (after or 0,))
        rows = (row for _, row in self._items.walk(self._partition(backfill), index, start))
        return list(islice(takewhile(lambda row: status is None or status == row.status, rows), limit))

    def _partition(self, backfill: Backfill) -> tuple[str, ...]:
        return (*self._key, backfill.id)

    # -- begun and stopped

    def start(self, destination: Destination) -> Backfill:
        """Begin one.

        Raises InvalidParameterException, ReplicationBackfillInProgressException, LimitExceededException.
        """
        rules = self._world.of(ReplicationRules, *self._key).get()
        if not any(destination in rule.destinations for rule in rules):
            constraint = "The destination must be configured in the replication configuration of the registry"
            raise InvalidParameterException("destination", constraint)
        running = [row for row in self._rows.records(self._key) if not row.over]
        if any(row.destination.region == destination.region for row in running):
            raise ReplicationBackfillInProgressException
        if len(running) >= self._world.settings.quota_backfills:
            raise LimitExceededException
        ids, now = self._world.ids, self._world.clock.now()
        row = self._save(Backfill(ids.uuid(), destination, ids.sequence(), now))
        self._world.bus.publish(BackfillStarted(self._key, row.id))
        return row

    def stop(self, backfill_id: str) -> Backfill:
        """End one at once, or after the copy that is under way.

        Raises ReplicationBackfillNotFoundException, ReplicationBackfillInvalidStatusException.
        """
        row = self.get(backfill_id)
        if row.status not in {"PREPARING", "IN_PROGRESS"}:
            raise ReplicationBackfillInvalidStatusException
        return self._save(replace(row, status="STOPPING")) if row.busy else self._end(row, "STOPPED")

    def forget(self, backfill_id: str) -> None:
        """Drop one that is long over."""
        row = self.find(backfill_id)
        if row is not None:
            for item in self._items.records(self._partition(row)):
                self._items.delete(self._partition(row), item.number)
            self._rows.delete(self._key, row.id)

    def _save(self, row: Backfill) -> Backfill:
        self._rows.put(self._key, row.id, row)
        return row

    def _end(self, row: Backfill, status: str, code: str | None = None) -> Backfill:
        ended = replace(row, status=status, code=code, ended_at=self._world.clock.now(), busy=False)
        self._world.bus.publish(BackfillEnded(self._key, row.id))
        return self._save(ended)

    # -- worked off: each step is a transaction of its own

    def prepare(self, backfill_id: str) -> bool:
        """Find its images: every active one, once a tag, that the configuration sends there.

        Returns whether copies are to be made.
        """
        row = self.find(backfill_id)
        if row is None or row.status != "PREPARING":
            return False
        registry, rules = self._world.of(Registry, *self._key), self._world.of(ReplicationRules, *self._key).get()
        for repository in registry.page(None, self._world.settings.quota_repositories):
            if row.destination in destinations(rules, repository.name):
                self._add(row, repository)
        self._save(replace(row, status="IN_PROGRESS", total=self._items.count(self._partition(row))))
        return True

    def _add(self, row: Backfill, repository: "Repository") -> None:
        for image in sorted(repository.of(Images).all(), key=lambda image: image.number):
            for tag in (image.tags or (None,)) if image.status == "ACTIVE" else ():
                item = Item(self._world.ids.sequence(), repository.name, image.digest, tag, bool(image.children))
                self._items.put(self._partition(row), item.number, item)

    def next(self, backfill_id: str) -> tuple[Backfill, Item] | None:
        """The copy to make now; None when it is over, or just ended for want of one."""
        row = self.find(backfill_id)
        if row is None or row.over or row.total is None:
            return None
        if row.status == "STOPPING":
            self._end(row, "STOPPED")
            return None
        item = next((each for _, each in self._items.walk(self._partition(row), "status", ("WAITING",))), None)
        if item is None:  # it is the last status in the alphabet
            self._end(row, "COMPLETE")
            return None
        repository = self._world.of(Registry, *self._key).existing(item.repository)
        if repository is not None and repository.of(Images).get(item.digest) is not None:
            Replication(repository).start(item.digest, row.destination)
        self._save(replace(row, busy=True))
        return row, item

    def done(self, backfill_id: str, item: Item, code: str | None) -> None:
        """Note how a copy went."""
        row = self.find(backfill_id)
        if row is None:
            return
        outcome = replace(item, status="FAILED" if code else "COMPLETE", code=code)
        self._items.put(self._partition(row), item.number, outcome)
        codes = tuple(dict.fromkeys((*row.codes, code))) if code else row.codes
        row = replace(row, busy=False, complete=row.complete + (not code), failed=row.failed + bool(code), codes=codes)
        if row.failed + row.complete >= _JUDGED_FROM and row.failed >= row.complete:
            self._end(row, "FAILED", TOO_MANY_FAILED)
        else:
            self._save(row)
