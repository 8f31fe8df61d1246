"""ecrmock.gateway.record: in which order calls stand, and how much of them is kept."""

import gc
import json
import tracemalloc
import weakref

import boto3
import pytest
from botocore.exceptions import ClientError

from ecrmock import mock_ecr
from ecrmock.errors.ecr import RepositoryNotFoundException
from ecrmock.gateway.call import Call
from ecrmock.gateway.gate import Gate
from ecrmock.gateway.identity import Caller
from ecrmock.gateway.record import Calls, Omitted
from ecrmock.settings import MIB

ACCOUNT = "123456789012"
LARGE = 100 * 1024


def call_of(world, action="PutThing", account=ACCOUNT, region="us-east-1", **members):
    return Call(world, Caller.root(account, region), action, account, region, "r1", **members)


def test_with_a_clock_that_stands_still_calls_are_in_order_over_regions():
    with mock_ecr() as mock:
        mock.clock.freeze()
        clients = [boto3.client("ecr", region_name=region) for region in ("us-east-1", "eu-west-1")]
        for number in range(6):
            clients[number % 2].create_repository(repositoryName=f"a{number}")
        assert [call.parameters["repositoryName"] for call in mock.calls] == [f"a{number}" for number in range(6)]
        west = mock.application.gate.calls.of(ACCOUNT, "eu-west-1")
        assert west == [call for call in mock.calls if call.region == "eu-west-1"]
        assert [call.parameters["repositoryName"] for call in west] == ["a1", "a3", "a5"]


def test_a_call_that_began_early_and_ended_late_stands_where_it_ended(world):
    calls = Calls(10, MIB)
    calls.note(call_of(world, started=2.0, user_agent="early"), None, None)
    calls.note(call_of(world, started=1.0, user_agent="late"), None, None)
    assert [entry.user_agent for entry in calls.all()] == ["early", "late"]
    assert calls.of(ACCOUNT, "us-east-1") == calls.all()


@pytest.mark.parametrize("streams", [False, True])
def test_numbers_follow_commits_though_the_later_call_is_noted_first(world, streams):
    gate, committed = Gate(world), []

    def written(call):
        world.store.after_commit(lambda: committed.append(call.user_agent))

    def streamed(call):
        call.transact(lambda: None)
        call.transact(lambda: written(call))

    work = streamed if streams else written

    late_to_note = gate.calls.note

    def note(call, answer, error):
        if call.user_agent == "first":  # its transaction stands; before it is noted another call goes all the way
            gate.perform(call_of(world, user_agent="second"), work, streams=streams)
        late_to_note(call, answer, error)

    gate.calls.note = note
    gate.perform(call_of(world, user_agent="first"), work, streams=streams)
    assert [entry.user_agent for entry in gate.calls.all()] == committed == ["first", "second"]
    assert [entry.user_agent for entry in gate.calls.of(ACCOUNT, "us-east-1")] == committed


def test_a_call_that_is_refused_after_a_transaction_stands_where_it_ended(world):
    gate = Gate(world)

    def refused(call):
        call.transact(lambda: None)
        gate.perform(call_of(world, user_agent="meanwhile"), lambda _call: None)
        call.repository("not-here")

    with pytest.raises(RepositoryNotFoundException):
        gate.perform(call_of(world, user_agent="refused"), refused, streams=True)
    assert [entry.user_agent for entry in gate.calls.all()] == ["meanwhile", "refused"]


def test_many_threads_get_each_a_number_of_their_own(world, at_once):
    calls = Calls(1_000, 100 * MIB)
    at_once(16, lambda number: [calls.note(call_of(world, region=f"r-{number}"), None, None) for _ in range(50)])
    assert [entry.sequence for entry in calls.all()] == list(range(1, 801))


def test_two_threads_meet_in_a_full_ring_and_it_stays_whole(world, interleaved):
    def make():
        calls = Calls(2, MIB)
        for number in range(2):
            calls.note(call_of(world, user_agent=str(number)), None, None)

        def add(name):
            return lambda: calls.note(call_of(world, user_agent=name), None, None)

        return calls, add("one"), add("two")

    for calls, first, second in interleaved(Calls._add, make):
        assert (first, second) == (None, None)
        assert {entry.user_agent for entry in calls.all()} == {"one", "two"}
        assert calls.all() == calls.of(ACCOUNT, "us-east-1")


# -- how much is kept


def test_a_large_member_leaves_its_size_and_the_others_stay(world):
    calls = Calls(10, MIB)
    manifest = "m" * LARGE
    calls.note(
        call_of(world, "PutImage", parameters={"repositoryName": "a1", "imageManifest": manifest}),
        {"image": {"repositoryName": "a1", "imageManifest": manifest, "imageId": {"imageTag": "v1"}}},
        None,
    )
    (entry,) = calls.all()
    size = entry.parameters["imageManifest"].size
    assert LARGE <= size < LARGE + 200
    assert entry.parameters == {"repositoryName": "a1", "imageManifest": Omitted(size)}
    assert entry.answer["image"] == {
        "repositoryName": "a1",
        "imageManifest": Omitted(size),
        "imageId": {"imageTag": "v1"},
    }


@pytest.mark.parametrize("value", ["t" * LARGE, b"b" * LARGE, ["x" * 100] * 1_000, {"deep": {"er": ["x" * LARGE]}}])
def test_whatever_is_large_is_cut_down_wherever_it_stands(world, value):
    calls = Calls(10, MIB)
    calls.note(call_of(world, parameters={"small": 1, "text": value}), {"text": value}, None)
    (entry,) = calls.all()
    assert entry.parameters["small"] == 1
    assert "Omitted(size=" in repr(entry.parameters["text"])
    assert "Omitted(size=" in repr(entry.answer["text"])
    assert len(repr(entry)) < 2_000


def test_a_manifest_of_usual_size_is_kept_whole(world):
    calls, manifest = Calls(10, MIB), "m" * 20_000
    calls.note(call_of(world, "PutImage", parameters={"imageManifest": manifest}), None, None)
    assert calls.all()[0].parameters["imageManifest"] == manifest


@pytest.mark.parametrize("member", ["user_agent", "host"])
def test_all_rings_together_stay_below_so_many_bytes_and_the_oldest_go(world, member):
    calls, most = Calls(10_000, MIB), MIB
    tracemalloc.start()
    try:
        for number in range(3_000):
            place = {"account": f"{number:012d}", "region": f"r-{number % 7}"}
            calls.note(call_of(world, **place, **{member: f"{number} {'x' * 1_000}"}), None, None)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 1.5 * most
    kept = [entry.sequence for entry in calls.all()]
    assert 100 < len(kept) < 1_000
    assert kept == list(range(3_001 - len(kept), 3_001))
    assert len(calls._rings) == len(kept)


def test_one_call_larger_than_all_may_be_is_not_kept(world):
    calls = Calls(10, 4_096)
    calls.note(call_of(world), None, None)
    calls.note(call_of(world, user_agent="x" * 10_000), None, None)
    assert calls.all() == calls.of(ACCOUNT, "us-east-1") == []
    calls.note(call_of(world), None, None)
    assert len(calls.all()) == 1


def test_nothing_is_kept_where_no_call_is_to_be(world):
    calls = Calls(0, MIB)
    calls.note(call_of(world), None, None)
    assert calls.all() == []


def test_a_refused_call_keeps_nothing_of_its_frames_alive(world):
    class Body:
        """Something large that a frame holds, such as a request."""

    gate, watched = Gate(world), []

    def refuse(call):
        body = Body()
        watched.append(weakref.ref(body))
        call.repository("not-here")

    with pytest.raises(Exception, match="not-here"):
        gate.perform(call_of(world), refuse)
    (entry,) = gate.calls.all()
    assert entry.error.code == "RepositoryNotFoundException"
    gc.collect()
    assert watched[0]() is None


def test_large_pushes_and_refusals_do_not_stay_in_memory():
    layers = [{"mediaType": "m", "digest": f"sha256:{number:064x}", "size": 1} for number in range(10_000)]
    manifest = json.dumps({"schemaVersion": 2, "layers": layers})
    with mock_ecr(lenient=True) as mock:
        ecr = boto3.client("ecr", region_name="us-east-1")
        ecr.create_repository(repositoryName="a1")
        tracemalloc.start()
        try:
            for number in range(8):
                with pytest.raises(ClientError):
                    ecr.put_image(repositoryName="a1", imageManifest=f"{manifest}{number}", imageTag="v1")
            gc.collect()
            held = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert len(manifest) > MIB
        assert held < MIB
        assert [call.error is None for call in mock.calls] == [True] + [False] * 8


def test_credentials_are_not_kept_in_what_sts_answered():
    with mock_ecr() as mock:
        sts = boto3.client("sts", region_name="us-east-1")
        found = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/dev", RoleSessionName="me")["Credentials"]
        (entry,) = mock.calls
    assert entry.answer["Credentials"].keys() == {"AccessKeyId", "Expiration"}
    assert found["SecretAccessKey"] not in repr(entry)
    assert found["SessionToken"] not in repr(entry)
