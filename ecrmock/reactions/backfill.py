"""When are replication backfills worked off? Found first, then copied one after the other, by due rows."""

from typing import TYPE_CHECKING

from ecrmock.domain.backfills import Backfills
from ecrmock.domain.events import BackfillEnded, BackfillStarted
from ecrmock.domain.replication import carry

if TYPE_CHECKING:
    from ecrmock.domain.due import Due
    from ecrmock.domain.world import World

KIND = "replication-backfill"
_FORGET = "forget-backfill"
_KEPT = 90 * 86_400
"""Seconds for which one that is over is still told of (documented)."""


def attach(world: "World") -> None:
    """Book the two steps of each, `delays` before each of them, and its end."""
    world.agenda.handle(KIND, lambda row: _work(world, row), outside=True)
    world.agenda.handle(_FORGET, lambda row: world.of(Backfills, *row.subject[:2]).forget(row.subject[2]))

    def over(event: BackfillEnded) -> None:
        world.agenda.cancel(KIND, tuple(event))
        world.agenda.book(_FORGET, tuple(event), after=_KEPT)

    world.bus.subscribe(BackfillStarted, lambda event: world.agenda.book(KIND, tuple(event)))
    world.bus.subscribe(BackfillEnded, over)


def _work(world: "World", row: "Due") -> None:
    account, region, backfill = row.subject
    rows = world.of(Backfills, account, region)

    def prepared() -> bool:
        found = rows.prepare(backfill)
        if found:
            world.agenda.book(KIND, row.subject)
        return found

    if world.transact(prepared):
        return
    while (found := world.transact(lambda: rows.next(backfill))) is not None:
        going, item = found
        code = carry(world, (account, region, item.repository), (item.digest, item.tag), going.destination)
        world.transact(lambda item=item, code=code: rows.done(backfill, item, code))  # type: ignore[misc]
