"""ecrmock.gateway.record: what was called?"""

from ecrmock.errors.ecr import RepositoryNotFoundException
from ecrmock.gateway.record import Calls
from ecrmock.settings import MIB

TOKEN = {"authorizationData": [{"authorizationToken": "secret"}]}


def test_a_call_is_kept_with_all_that_a_trail_wants(gate, make_call):
    calls = Calls(10, MIB)
    call = make_call(
        gate,
        "CreateRepository",
        by="111122223333",
        parameters={"repositoryName": "team/app"},
        repositories=("team/app", "b1"),
        host="localhost:8327",
        source="127.0.0.1",
        user_agent="aws-cli/2",
        door="docker",
        started=5.0,
    )
    calls.note(call, {"repository": {}}, None)
    (entry,) = calls.all()
    assert (entry.request_id, entry.time, entry.door, entry.service, entry.action) == (
        "r1",
        5.0,
        "docker",
        "ecr",
        "CreateRepository",
    )
    assert (entry.account, entry.region, entry.registry) == ("111122223333", "us-east-1", "123456789012")
    assert entry.principal == "arn:aws:iam::111122223333:root"
    assert entry.resources == (
        "arn:aws:ecr:us-east-1:123456789012:repository/team/app",
        "arn:aws:ecr:us-east-1:123456789012:repository/b1",
    )
    assert (entry.parameters, entry.answer, entry.error) == ({"repositoryName": "team/app"}, {"repository": {}}, None)
    assert (entry.source, entry.user_agent, entry.host) == ("127.0.0.1", "aws-cli/2", "localhost:8327")


def test_a_ring_keeps_only_the_newest_of_each_account_and_region(gate, make_call):
    calls = Calls(3, MIB)
    for number in range(5):
        calls.note(make_call(gate, request_id=f"r{number}"), None, None)
    calls.note(make_call(gate, region="eu-west-1", request_id="west"), None, None)
    calls.note(make_call(gate, by="111122223333", request_id="other"), None, None)
    assert [entry.request_id for entry in calls.of("123456789012", "us-east-1")] == ["r2", "r3", "r4"]
    assert [entry.request_id for entry in calls.of("123456789012", "eu-west-1")] == ["west"]
    assert [entry.request_id for entry in calls.of("111122223333", "us-east-1")] == ["other"]
    assert calls.of("111122223333", "eu-west-1") == []
    assert len(calls.all()) == 5


def test_all_calls_come_in_the_order_in_which_they_ended_whosever_they_are(gate, make_call):
    calls = Calls(10, MIB)
    for started, account in ((3.0, "123456789012"), (1.0, "111122223333"), (2.0, "123456789012")):
        calls.note(make_call(gate, by=account, started=started), None, None)
    assert [entry.time for entry in calls.all()] == [3.0, 1.0, 2.0]
    assert [entry.time for entry in calls.of("123456789012", "us-east-1")] == [3.0, 2.0]


def test_layer_bytes_are_never_kept(gate, make_call):
    calls = Calls(10, MIB)
    parameters = {"uploadId": "u", "layerPartBlob": b"secret bytes"}
    calls.note(make_call(gate, "UploadLayerPart", parameters=parameters), {"uploadId": "u"}, None)
    assert b"secret bytes" not in repr(calls.all()).encode()
    assert calls.all()[0].parameters == {"uploadId": "u"}
    assert parameters["layerPartBlob"] == b"secret bytes"


def test_tokens_are_never_kept(gate, make_call):
    calls = Calls(10, MIB)
    calls.note(make_call(gate, "GetAuthorizationToken"), TOKEN, None)
    calls.note(make_call(gate, "PutSomething", parameters=TOKEN), {}, None)
    assert "secret" not in repr(calls.all())


def test_reads_have_no_answer_and_writes_have_theirs(gate, make_call):
    calls = Calls(100, MIB)
    reads = ("DescribeImages", "ListImages", "GetDownloadUrlForLayer", "BatchGetImage", "BatchCheckLayerAvailability")
    writes = ("PutImage", "CreateRepository", "DeleteRepository", "BatchDeleteImage", "TagResource", "UploadLayerPart")
    for action in reads + writes:
        calls.note(make_call(gate, action), {"some": "answer"}, None)
    kept = {entry.action for entry in calls.all() if entry.answer is not None}
    assert kept == set(writes)


def test_refusals_have_their_error_and_no_answer(gate, make_call):
    calls, error = Calls(10, MIB), RepositoryNotFoundException("a1", "123456789012")
    calls.note(make_call(gate, "PutImage"), {"left": "over"}, error)
    (entry,) = calls.all()
    assert (str(entry.error), entry.answer) == (str(error), None)
