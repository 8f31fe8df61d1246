"""ecrmock.base.store: rules are made without the lock, and find one table whoever asks first."""

from ecrmock.base.store import Kind, Store
from ecrmock.domain.registry.registries import Registry
from ecrmock.domain.registry.repositories import REPOSITORIES, RepositoryRow
from ecrmock.engine.world import World

ROWS: Kind[str] = Kind("rows", str)


def test_two_threads_that_ask_first_get_one_table(interleaved):
    def make():
        store = Store()
        return store, lambda: store.table(ROWS), lambda: store.table(ROWS)

    for store, first, second in interleaved(Store.table, make):
        assert first is second is store.table(ROWS)


def test_no_repository_is_lost_when_another_thread_asks_first_too(interleaved):
    def make():
        world = World()

        def create():
            registry = world.of(Registry, "123456789012", "us-east-1")
            world.transact(lambda: registry.create(RepositoryRow("a1", 0.0)))

        return world, lambda: world.store.table(REPOSITORIES), create

    for world, *_ in interleaved(Store.table, make):
        assert world.of(Registry, "123456789012", "us-east-1").find("a1") is not None
