"""ecrmock.gateway.gate: in which order is a call admitted, run and recorded?"""

import pytest

from ecrmock.base.web import CutOffError
from ecrmock.domain.registry.repositories import RepositoryRow
from ecrmock.errors.common import AccessDeniedException, MalformedHttpRequestException
from ecrmock.errors.ecr import InvalidParameterException, RepositoryAlreadyExistsException, RepositoryNotFoundException


def create(call, name="new/one"):
    return call.registry.create(RepositoryRow(name, call.now)).name


def half(call):
    """An operation that writes, and is then refused by its own rules."""
    create(call, "half/done")
    return create(call, "team/app")


def outcome(gate):
    """(action, error code) of every call that was recorded."""
    return [(entry.action, entry.error.code if entry.error else None) for entry in gate.calls.all()]


def test_a_call_is_checked_authorized_run_and_recorded(gate, make_call):
    order = []

    def check(call):
        order.append("check")
        call.parameters = {"repositoryName": "new/one"}

    def work(call):
        order.append("work")
        assert gate.world.lock.locked()
        return {"repository": create(call)}

    answer = gate.perform(make_call(gate, "CreateRepository"), work, check=check)
    assert (answer, order) == ({"repository": "new/one"}, ["check", "work"])
    (entry,) = gate.calls.all()
    assert (entry.parameters, entry.answer) == ({"repositoryName": "new/one"}, answer)
    assert entry.time == 1_700_000_000.0


def test_what_the_check_refuses_does_not_run_and_is_recorded(gate, make_call):
    before = gate.world.store.dump()

    def check(_call):
        raise InvalidParameterException.bad_token()

    with pytest.raises(InvalidParameterException):
        gate.perform(make_call(gate, "CreateRepository"), create, check=check)
    assert outcome(gate) == [("CreateRepository", "InvalidParameterException")]
    assert gate.world.store.dump() == before


@pytest.mark.parametrize("streams", [True, False])
def test_another_accounts_registry_is_denied_and_recorded_in_the_callers_trail(gate, make_call, streams):
    before = gate.world.store.dump()
    call = make_call(gate, "CreateRepository", by="111122223333", repositories=("team/app",))
    with pytest.raises(AccessDeniedException) as refused:
        gate.perform(call, create, streams=streams)
    assert refused.value.message == (
        "User: arn:aws:iam::111122223333:root is not authorized to perform: ecr:CreateRepository on resource: "
        "arn:aws:ecr:us-east-1:123456789012:repository/team/app because no resource-based policy allows the "
        "ecr:CreateRepository action"
    )
    assert [str(entry.error) for entry in gate.calls.of("111122223333", "us-east-1")] == [str(refused.value)]
    assert gate.world.store.dump() == before


def test_without_a_name_every_repository_is_meant(gate, make_call):
    with pytest.raises(AccessDeniedException, match=r"on resource: arn:aws:ecr:us-east-1:123456789012:repository/\* "):
        gate.perform(make_call(gate, by="111122223333"), create)


def test_with_iam_off_other_accounts_are_admitted(make_gate, make_call):
    gate = make_gate(iam="off")
    assert gate.perform(make_call(gate, "CreateRepository", by="111122223333"), create) == "new/one"


def test_the_check_comes_before_authorization(gate, make_call):
    """facts/api U35."""

    def check(_call):
        raise InvalidParameterException.bad_token()

    with pytest.raises(InvalidParameterException):
        gate.perform(make_call(gate, by="111122223333"), create, check=check)


def test_the_check_may_turn_a_call_to_another_account(gate, make_call):
    def check(call):
        call.account = "999988887777"

    with pytest.raises(AccessDeniedException):
        gate.perform(make_call(gate), create, check=check)


def test_what_the_operation_refuses_leaves_nothing_and_is_recorded(gate, make_call):
    before = gate.world.store.dump()
    with pytest.raises(RepositoryAlreadyExistsException):
        gate.perform(make_call(gate, "CreateRepository"), half)
    assert outcome(gate) == [("CreateRepository", "RepositoryAlreadyExistsException")]
    assert gate.world.store.dump() == before


def test_an_operation_that_streams_opens_its_own_transactions(gate, make_call):
    def work(call):
        assert not gate.world.lock.locked()
        return call.transact(lambda: create(call))

    assert gate.perform(make_call(gate, "CreateRepository"), work, streams=True) == "new/one"
    assert outcome(gate) == [("CreateRepository", None)]


def test_an_operation_that_streams_keeps_what_it_has_committed(gate, make_call):
    def work(call):
        call.transact(lambda: create(call))
        return call.repository("nowhere")

    with pytest.raises(RepositoryNotFoundException):
        gate.perform(make_call(gate, "CreateRepository"), work, streams=True)
    assert make_call(gate).repository("new/one").name == "new/one"
    assert outcome(gate) == [("CreateRepository", "RepositoryNotFoundException")]


@pytest.mark.parametrize(
    ("fault", "seen", "recorded"),
    [
        (CutOffError, MalformedHttpRequestException, "MalformedHttpRequestException"),
        (ZeroDivisionError, ZeroDivisionError, "ServerException"),
    ],
)
def test_whatever_is_raised_leaves_nothing_and_is_recorded(gate, make_call, fault, seen, recorded):
    before = gate.world.store.dump()
    call = make_call(gate, "CreateRepository")
    with pytest.raises(seen):
        gate.perform(call, lambda call: (create(call), raising(fault)))
    assert gate.world.store.dump() == before
    assert not gate.world.lock.locked()
    assert outcome(gate) == [("CreateRepository", recorded)]


def raising(fault):
    raise fault


def test_the_ring_is_as_long_as_the_settings_say(make_gate, make_call):
    gate = make_gate(calls_kept=2)
    for number in range(3):
        gate.perform(make_call(gate, request_id=f"r{number}"), lambda _call: {})
    assert [entry.request_id for entry in gate.calls.all()] == ["r1", "r2"]
