"""ecrmock.base.store: tables, indexes and transactions that leave nothing behind when they fail."""

import copy
import functools
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrmock.base.store import Kind, Store


@dataclass(frozen=True)
class Row:
    key: int
    colour: str = "red"
    labels: tuple[str, ...] = ()


ROWS = Kind(
    "rows",
    Row,
    colour=lambda row: [(row.colour, row.key % 2)],
    label=lambda row: [(label,) for label in row.labels],
)
HERE, THERE = ("here",), ("there", "eu")


class BrokenError(Exception):
    pass


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def table(store):
    return store.table(ROWS)


def fill(store, *rows, partition=HERE):
    table = store.table(ROWS)
    with store:
        for row in rows:
            table.put(partition, row.key, row)


def fail(store, *steps):
    """A transaction that does its steps and is then abandoned."""
    with store:
        for step in steps:
            step()
        raise BrokenError


def look(table, partition=HERE):
    """Everything that can be read of a partition: rows in order, and both indexes in order."""
    return (
        table.records(partition),
        list(table.walk(partition, "colour")),
        list(table.walk(partition, "label")),
        table.count(partition),
    )


def test_an_empty_table_answers_with_nothing(table):
    assert table.get(HERE, 1) is None
    assert table.count(HERE) == 0
    assert table.page(HERE) == table.records(HERE) == table.having(HERE, "label", "x") == table.partitions() == []
    assert list(table.walk(HERE, "label")) == []


def test_a_record_is_found_replaced_and_forgotten(store, table):
    fill(store, Row(1))
    assert table.get(HERE, 1) == Row(1)
    fill(store, Row(1, "blue"))
    assert table.get(HERE, 1) == Row(1, "blue")
    assert table.count(HERE) == 1
    with store:
        table.delete(HERE, 1)
    assert table.get(HERE, 1) is None
    assert table.partitions() == []


def test_deleting_what_is_not_there_is_no_fault(store, table):
    with store:
        table.delete(HERE, 1)
    fill(store, Row(2))
    with store:
        table.delete(HERE, 1)
    assert table.records(HERE) == [Row(2)]


def test_partitions_are_strangers(store, table):
    fill(store, Row(1))
    fill(store, Row(1, "blue"), partition=THERE)
    assert table.get(HERE, 1) == Row(1)
    assert table.get(THERE, 1) == Row(1, "blue")
    assert set(table.partitions()) == {HERE, THERE}


def test_records_come_in_key_order_however_they_were_put(store, table):
    fill(store, *(Row(key) for key in (5, 1, 9, 3, 7)))
    assert [row.key for row in table.records(HERE)] == [1, 3, 5, 7, 9]


@pytest.mark.parametrize(
    ("after", "limit", "keys"),
    [
        (None, 2, [1, 3]),
        (None, 100, [1, 3, 5, 7, 9]),
        (3, 2, [5, 7]),
        (4, 2, [5, 7]),
        (0, 1, [1]),
        (9, 5, []),
        (100, 5, []),
        (5, 0, []),
    ],
)
def test_a_page_follows_a_key_that_need_not_exist(store, table, after, limit, keys):
    fill(store, *(Row(key) for key in (5, 1, 9, 3, 7)))
    assert [row.key for row in table.page(HERE, after, limit)] == keys


def test_an_index_finds_exactly_its_value(store, table):
    fill(store, Row(1, labels=("a", "b")), Row(2, labels=("b",)), Row(3, labels=("ab",)), Row(4))
    assert [row.key for row in table.having(HERE, "label", "b")] == [1, 2]
    assert [row.key for row in table.having(HERE, "label", "a")] == [1]
    assert table.having(HERE, "label", "") == []
    assert table.having(HERE, "label", "c") == []
    assert [row.key for row in table.having(HERE, "colour", "red", 0)] == [2, 4]
    assert table.having(HERE, "colour", "red") == []


def test_a_successor_moves_in_the_indexes(store, table):
    fill(store, Row(1, labels=("a", "b")))
    fill(store, Row(1, "blue", labels=("b", "c")))
    assert table.having(HERE, "label", "a") == []
    assert table.having(HERE, "label", "b") == table.having(HERE, "label", "c") == [Row(1, "blue", ("b", "c"))]
    assert table.having(HERE, "colour", "red", 1) == []


def test_walking_goes_in_the_order_of_the_index_and_starts_after_a_value(store, table):
    fill(store, Row(1, labels=("m", "z")), Row(2, labels=("a",)), Row(3, labels=("m",)))
    walked = [(value, row.key) for value, row in table.walk(HERE, "label")]
    assert walked == [(("a",), 2), (("m",), 1), (("m",), 3), (("z",), 1)]
    assert [row.key for _, row in table.walk(HERE, "label", ("a",))] == [1, 3, 1]
    assert [row.key for _, row in table.walk(HERE, "label", ("m",))] == [1]
    assert [row.key for _, row in table.walk(HERE, "label", ("b",))] == [1, 3, 1]
    assert list(table.walk(HERE, "label", ("zz",))) == []


def test_a_record_may_stand_twice_under_one_value_and_leave_it_later(store, table):
    fill(store, Row(1, labels=("a", "a")))
    fill(store, Row(1, labels=("a",)))
    with store:
        table.delete(HERE, 1)
    assert list(table.walk(HERE, "label")) == []
    fill(store, Row(2))
    assert table.having(HERE, "label", "a") == []


def test_one_kind_has_one_table_in_a_store_and_another_in_another(store, table):
    assert store.table(ROWS) is table
    fill(store, Row(1))
    assert Store().table(ROWS).records(HERE) == []


def test_a_failed_transaction_leaves_rows_order_and_indexes_as_they_were(store, table):
    fill(store, Row(1, labels=("a",)), Row(2, "blue"), Row(3, labels=("b", "c")))
    fill(store, Row(8), partition=THERE)
    before, dump = look(table), store.dump()
    with pytest.raises(BrokenError):
        fail(
            store,
            lambda: table.put(HERE, 2, Row(2, "green", ("n",))),
            lambda: table.put(HERE, 0, Row(0, labels=("first",))),
            lambda: table.delete(HERE, 1),
            lambda: table.put(HERE, 1, Row(1, "white")),
            lambda: table.put(HERE, 1, Row(1, "black", ("a", "z"))),
            lambda: table.delete(HERE, 3),
            lambda: table.delete(THERE, 8),
            lambda: table.put(("new",), 5, Row(5)),
        )
    assert look(table) == before
    assert look(table, THERE)[0] == [Row(8)]
    assert store.dump() == dump
    assert set(table.partitions()) == {HERE, THERE}


def test_after_a_rollback_the_table_works_on(store, table):
    fill(store, Row(1, labels=("a",)))
    with pytest.raises(BrokenError):
        fail(store, lambda: table.delete(HERE, 1))
    with store:
        table.delete(HERE, 1)
    assert look(table) == ([], [], [], 0)


def test_several_tables_fall_back_together(store, table):
    others = store.table(Kind("others", Row))
    with pytest.raises(BrokenError):
        fail(store, lambda: table.put(HERE, 1, Row(1)), lambda: others.put(HERE, "k", "v"))
    assert store.dump() == {}


def test_effects_that_are_no_rows_are_undone_in_their_turn(store, table):
    seen = []
    with pytest.raises(BrokenError):
        fail(
            store,
            lambda: store.on_rollback(lambda: seen.append(("first", table.count(HERE)))),
            lambda: table.put(HERE, 1, Row(1)),
            lambda: store.on_rollback(lambda: seen.append(("second", table.count(HERE)))),
        )
    assert seen == [("second", 1), ("first", 0)]


def test_on_rollback_is_forgotten_with_the_commit(store):
    seen = []
    with store:
        store.on_rollback(lambda: seen.append(1))
    with pytest.raises(BrokenError):
        fail(store)
    assert seen == []


def test_after_commit_runs_in_order_when_the_transaction_stands(store, table):
    seen = []
    with store:
        store.after_commit(lambda: seen.append(("one", table.count(HERE))))
        table.put(HERE, 1, Row(1))
        store.after_commit(lambda: seen.append(("two", table.count(HERE))))
        assert seen == []
    assert seen == [("one", 1), ("two", 1)]


def test_after_commit_is_dropped_with_a_failed_transaction(store):
    seen = []
    with pytest.raises(BrokenError):
        fail(store, lambda: store.after_commit(lambda: seen.append(1)))
    with store:
        pass
    assert seen == []


def test_a_transaction_inside_a_transaction_is_refused_and_undoes_the_outer(store, table):
    with pytest.raises(RuntimeError, match="inside a transaction"):
        fail(store, lambda: table.put(HERE, 1, Row(1)), store.__enter__)
    assert store.dump() == {}
    fill(store, Row(2))
    assert table.records(HERE) == [Row(2)]


def test_writes_outside_a_transaction_are_refused(store, table):
    with pytest.raises(RuntimeError, match="a write to rows outside a transaction"):
        table.put(HERE, 1, Row(1))
    with pytest.raises(RuntimeError, match="a write to rows outside a transaction"):
        table.delete(HERE, 1)
    with pytest.raises(RuntimeError, match="no transaction"):
        store.on_rollback(lambda: None)
    assert store.dump() == {}


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_fault_before_any_write_leaves_nothing(store, table, nth):
    fill(store, Row(1, labels=("a",)))
    before, countdown = look(table), [nth]

    def fault():
        countdown[0] -= 1
        if not countdown[0]:
            raise BrokenError

    def work():
        with store:
            table.put(HERE, 2, Row(2))
            table.delete(HERE, 1)
            table.put(HERE, 1, Row(1, "blue"))
            table.put(HERE, 3, Row(3))

    store.before_write = fault
    with pytest.raises(BrokenError):
        work()
    assert look(table) == before
    store.before_write = None
    work()
    assert [row.key for row in table.records(HERE)] == [1, 2, 3]


def test_a_dump_is_a_copy(store, table):
    fill(store, Row(1))
    dump = store.dump()
    fill(store, Row(2))
    assert dump == {"rows": {HERE: {1: Row(1)}}}
    assert table.count(HERE) == 2


# -- against a model: plain dicts, copied before each transaction

_labels = st.lists(st.sampled_from("abcd"), unique=True, max_size=3).map(tuple)
_rows = st.builds(Row, st.integers(0, 9), st.sampled_from(["red", "blue"]), _labels)
_write = st.tuples(st.sampled_from([HERE, THERE]), st.booleans(), _rows)
_transaction = st.tuples(st.booleans(), st.lists(_write, max_size=8))


def expected(model, partition):
    """What `look` must see, worked out from the model alone."""
    here = model.get(partition, {})
    rows = [here[key] for key in sorted(here)]
    colours = sorted(((row.colour, row.key % 2), row.key, row) for row in rows)
    labels = sorted(((label,), row.key, row) for row in rows for label in row.labels)
    return (
        rows,
        [(value, row) for value, _, row in colours],
        [(value, row) for value, _, row in labels],
        len(rows),
    )


def write(table, model, partition, puts, row):
    """The same write to a table and to its model."""
    rows = model.setdefault(partition, {})
    if puts:
        table.put(partition, row.key, row)
        rows[row.key] = row
    else:
        table.delete(partition, row.key)
        rows.pop(row.key, None)


@settings(max_examples=60, deadline=None)
@given(st.lists(_transaction, max_size=12))
def test_a_table_is_a_dict_with_orders_through_any_writes_and_rollbacks(transactions):
    store = Store()
    table, model = store.table(ROWS), {}
    for commits, writes in transactions:
        draft = copy.deepcopy(model)
        steps = [functools.partial(write, table, draft, *each) for each in writes]
        if commits:
            with store:
                for step in steps:
                    step()
            model = draft
        else:
            with pytest.raises(BrokenError):
                fail(store, *steps)
        for partition in (HERE, THERE):
            assert look(table, partition) == expected(model, partition)
        for label in "abcd":
            found = [row for row in expected(model, HERE)[0] if label in row.labels]
            assert table.having(HERE, "label", label) == found
    kept = {partition: rows for partition, rows in model.items() if rows}
    assert store.dump() == ({"rows": kept} if kept else {})
