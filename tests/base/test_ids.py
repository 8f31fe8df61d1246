"""ecrmock.base.ids: names and secrets."""

import re
import uuid

from ecrmock.base.ids import Ids


def test_uuids_are_version_4_in_lower_case_and_differ():
    ids = Ids()
    made = {ids.uuid() for _ in range(200)}
    assert len(made) == 200
    for text in made:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)
        read = uuid.UUID(text)
        assert (read.version, read.variant) == (4, uuid.RFC_4122)


def test_a_seed_repeats_everything():
    first, second = Ids("seed"), Ids("seed")
    assert [first.uuid() for _ in range(3)] == [second.uuid() for _ in range(3)]
    assert first.secret(9) == second.secret(9)


def test_other_seeds_and_no_seed_differ():
    assert len({Ids("a").uuid(), Ids("b").uuid(), Ids("").uuid(), Ids().uuid(), Ids().uuid()}) == 5


def test_secrets_have_the_size_asked_for():
    ids = Ids()
    assert len(ids.secret()) == 32
    assert len(ids.secret(69)) == 69
    assert ids.secret() != ids.secret()


def test_sequences_rise_and_are_their_worlds_own():
    ids = Ids()
    numbers = [ids.sequence() for _ in range(10)]
    assert numbers == sorted(set(numbers))
    assert Ids().sequence() == numbers[0]
