"""ecrmock.protocols.json11: from a request's bytes to an operation and back."""

import gzip
import io
import json
import re

import pytest

from ecrmock.app import new_world
from ecrmock.base.web import Body, Request
from ecrmock.errors.common import AccessDeniedException
from ecrmock.errors.ecr import KmsException, RepositoryNotFoundException
from ecrmock.errors.ecr_images import InvalidLayerPartException
from ecrmock.gateway.gate import Gate
from ecrmock.protocols import json11
from ecrmock.protocols.json11 import JsonDoor
from ecrmock.protocols.model import Model
from ecrmock.protocols.service import Service
from ecrmock.services.ecr import ecr
from ecrmock.settings import Settings

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/ecr/aws4_request, "
    "SignedHeaders=host, Signature=ab"
)


@pytest.fixture
def gate():
    return Gate(new_world(Settings()))


@pytest.fixture(scope="module")
def door():
    return JsonDoor(ecr)


@pytest.fixture
def send(gate, door):
    """A function that posts to an operation."""

    def post(operation, body=b"", length=-1, authorization=SIGNED, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        found = {"authorization": authorization, "content-type": json11.TYPE} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        request = Request(
            "POST",
            "/",
            header=lambda name: found.get(name.lower()),
            body=Body(io.BytesIO(data), len(data) if length == -1 else length),
            host="api.ecr.us-east-1.amazonaws.com",
        )
        return door.answer(gate, request, operation)

    return post


@pytest.fixture
def post(send):
    """A function that posts to an operation; answers (status, members, response)."""

    def post(*arguments, **named):
        response = send(*arguments, **named)
        return response.status, json.loads(response.body), response

    return post


def test_an_answer_is_json_with_a_request_id(post):
    status, members, response = post("DescribeRepositories", {})
    assert (status, members) == (200, {"repositories": []})
    assert response.header("Content-Type") == "application/x-amz-json-1.1"
    assert UUID.fullmatch(response.header("x-amzn-RequestId"))
    assert response.header("x-amzn-ErrorType") is None


def test_a_refusal_is_json_with_type_sentence_and_request_id(post):
    status, members, response = post("DescribeRepositories", {"repositoryNames": ["none"]})
    assert status == 400
    assert members == {
        "__type": "RepositoryNotFoundException",
        "message": "The repository with name 'none' does not exist in the registry with id '123456789012'",
    }
    assert response.header("Content-Type") == "application/x-amz-json-1.1"
    assert response.header("x-amzn-ErrorType") == "RepositoryNotFoundException"
    assert UUID.fullmatch(response.header("x-amzn-RequestId"))


def test_request_ids_differ_and_stand_in_the_record(post, gate):
    ids = [post("DescribeRepositories", {})[2].header("x-amzn-RequestId") for _ in range(3)]
    assert len(set(ids)) == 3
    assert [entry.request_id for entry in gate.calls.all()] == ids


def test_a_refusal_has_its_request_id_in_the_record(post, gate):
    response = post("DescribeRepositories", {"maxResults": 0})[2]
    (entry,) = gate.calls.all()
    assert entry.request_id == response.header("x-amzn-RequestId")
    assert entry.error.code == "InvalidParameterException"


@pytest.mark.parametrize("body", [b"{}", b" {} ", b'{"maxResults": null}'])
def test_a_request_without_members_is_an_empty_object(post, body):
    assert post("DescribeRepositories", body)[:2] == (200, {"repositories": []})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \r\n",
        b"{",
        b"not json",
        b'"text"',
        b"null",
        b"5",
        b"{}{}",
        b"{'a': 1}",
        b'{"maxResults": NaN}',
        b'{"maxResults": Infinity}',
        b'{"x": NaN}',
        b'{"maxResults": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{}",
        "{}".encode("utf-16"),
        b'{"nextToken": "\xff"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"nextToken": "\\ud800"}',
        b'{"nextToken": "\\uDFFF and more"}',
        b'{"\\ud800": 1}',
        b'{"nextToken": "\\udc00\\ud800"}',
        b'{"nextToken": "\x01"}',
        b'\xef\xbb\xbf{"maxResults": 5}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_json_text_is_a_serialization_fault(post, gate, body):
    status, members, response = post("DescribeRepositories", body)
    assert (status, members) == (400, {"__type": "SerializationException"})
    assert response.header("x-amzn-ErrorType") == "SerializationException"
    assert [entry.error.code for entry in gate.calls.all()] == ["SerializationException"]


def test_a_list_is_no_request_and_its_text_has_a_capital_message(post):
    told = {"__type": "SerializationException", "Message": "Start of list found where not expected"}
    assert post("DescribeRepositories", b"[]")[:2] == (400, told)


@pytest.mark.parametrize("text", ["\U0001f433", "é", "\\ud800", "\u2028"])
def test_surrogate_pairs_and_escaped_backslashes_are_text(post, text):
    tags = [{"Key": "k", "Value": text}]
    assert post("CreateRepository", {"repositoryName": "app", "tags": tags})[0] == 200
    arn = "arn:aws:ecr:us-east-1:123456789012:repository/app"
    assert post("ListTagsForResource", {"resourceArn": arn})[1] == {"tags": tags}


# -- encodings and sizes


def test_a_gzip_body_is_inflated(post):
    body = gzip.compress(json.dumps({"repositoryName": "app"}).encode())
    assert post("CreateRepository", body, content_encoding="gzip")[0] == 200
    assert post("CreateRepository", body, content_encoding="GZIP")[1]["__type"] == "RepositoryAlreadyExistsException"


@pytest.mark.parametrize("encoding", ["identity", "aws-chunked", None])
def test_a_plain_body_may_say_so(post, encoding):
    assert post("DescribeRepositories", b"{}", content_encoding=encoding)[0] == 200


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"{}", "gzip"),
        (b"", "gzip"),
        (gzip.compress(b'{"a": "' + bytes(1000) + b'"}', mtime=0)[:-20], "gzip"),
        (b"{}", "br"),
        (b"{}", "deflate"),
        (b"{}", "nonsense"),
    ],
)
def test_bodies_that_cannot_be_decoded_are_malformed(post, body, encoding):
    status, members, _ = post("DescribeRepositories", body, content_encoding=encoding)
    assert (status, members["__type"]) == (400, "MalformedHttpRequestException")
    assert members["message"]


def test_a_body_over_32_mib_is_too_large(post):
    for length in (-1, None):
        status, members, _ = post("DescribeRepositories", bytes(32 * 1024 * 1024 + 1), length)
        assert (status, members["__type"]) == (413, "RequestEntityTooLargeException")


def test_a_body_that_inflates_over_32_mib_is_too_large(post):
    bomb = gzip.compress(bytes(40 * 1024 * 1024), 1)
    status, members, _ = post("DescribeRepositories", bomb, content_encoding="gzip")
    assert (status, members["__type"]) == (413, "RequestEntityTooLargeException")


def test_a_body_that_is_cut_off_is_malformed_and_does_nothing(post, gate):
    status, members, _ = post("CreateRepository", {"repositoryName": "app"}, 1000)
    assert (status, members["__type"]) == (400, "MalformedHttpRequestException")
    assert gate.world.store.dump() == {}


def test_a_body_of_unknown_length_is_read_to_its_end(post):
    assert post("CreateRepository", {"repositoryName": "app"}, None)[0] == 200


# -- content types


@pytest.mark.parametrize("kind", ["application/x-amz-json-1.1; charset=utf-8", "Application/X-AMZ-JSON-1.1"])
def test_the_content_type_may_have_parameters_and_any_case(post, kind):
    assert post("DescribeRepositories", {}, content_type=kind)[:2] == (200, {"repositories": []})


@pytest.mark.parametrize(
    "kind", [None, "", "application/x-amz-json-1.0", "application/octet-stream", "text/plain", "nonsense"]
)
def test_another_content_type_is_no_protocol_of_ecr(send, gate, caplog, kind):
    """Observed on Athena and Kinesis (facts/api 1.5)."""
    response = send("CreateRepository", {"repositoryName": "app"}, content_type=kind)
    assert (response.status, response.body) == (404, b"<UnknownOperationException/>\n")
    assert response.header("Content-Type") == "application/xml"
    assert UUID.fullmatch(response.header("x-amzn-RequestId"))
    assert "its Content-Type is" in caplog.text
    assert gate.world.store.dump() == {}


def test_plain_json_is_answered_in_another_envelope(post):
    status, members, _ = post("DescribeRepositories", {}, content_type="application/json")
    assert (status, members) == (200, {"Output": {"repositories": []}, "Version": "1.0"})


# -- operations


@pytest.mark.parametrize("operation", ["", "Nonsense", "createRepository", "CreateRepository ", "é", "run", "__init__"])
def test_an_unknown_operation(post, operation):
    status, members, response = post(operation, {})
    assert (status, members) == (400, {"__type": "UnknownOperationException"})
    assert response.header("x-amzn-ErrorType") == "UnknownOperationException"


@pytest.mark.parametrize("operation", ["Nonsense", "ReplicateEverything\n"])
def test_an_unknown_operation_is_told_to_the_log(post, caplog, operation):
    post(operation, {})
    assert [record.getMessage() for record in caplog.records] == [
        f"ecr {operation!r} is refused: no such operation is known here"
    ]


def test_an_unknown_member_is_refused_recorded_and_told_to_the_log(post, gate, caplog):
    status, members, response = post("CreateRepository", {"repositoryName": "app", "imageTagMutabilty": "IMMUTABLE"})
    version = Model("ecr").botocore
    sentence = (
        f"ecrmock knows no member 'imageTagMutabilty' in this request: the model it ships, that of botocore {version}, "
        "has none. It is misspelt, or newer than this ecrmock"
    )
    assert (status, members) == (501, {"__type": "UnknownOperationException", "message": sentence})
    assert response.header("x-amzn-ErrorType") == "UnknownOperationException"
    assert [entry.error.message for entry in gate.calls.all()] == [sentence]
    assert [record.getMessage() for record in caplog.records] == [f"ecr 'CreateRepository' is refused: {sentence}"]
    assert post("DescribeRepositories", {})[1] == {"repositories": []}


def test_a_known_refusal_is_no_news_for_the_log(post, caplog):
    post("DescribeRepositories", {"maxResults": 0})
    assert not caplog.records


@pytest.mark.parametrize("body", [b"{}", b"", b'{"repositoryName": 5}', b"nonsense"])
def test_an_operation_that_a_newer_model_brings_says_where_to_look(post, door, monkeypatch, body):
    monkeypatch.setattr(door, "service", Service("ecr"))  # one that does nothing yet
    status, members, response = post("PutImage", body)
    assert (status, members["__type"]) == (501, "UnknownOperationException")
    assert response.header("Content-Type") == "application/x-amz-json-1.1"
    assert "PutImage" in members["message"]
    assert "README" in members["message"]
    assert "Coverage" in members["message"]


# -- who and where


def test_nobody_is_refused_before_anything_else(post):
    status, members, response = post("Nonsense", b"{", authorization=None)
    assert (status, members["__type"]) == (400, "MissingAuthenticationTokenException")
    assert UUID.fullmatch(response.header("x-amzn-RequestId"))
    assert post("Nonsense", b"{", authorization="nonsense")[1]["__type"] == "IncompleteSignatureException"


def test_another_registry_is_denied_with_a_capital_message(post):
    status, members, _ = post("DescribeRepositories", {"registryId": "111122223333"})
    assert status == 400
    assert members == {
        "__type": "AccessDeniedException",
        "Message": "User: arn:aws:iam::123456789012:root is not authorized to perform: ecr:DescribeRepositories on "
        "resource: arn:aws:ecr:us-east-1:111122223333:repository/* because no resource-based policy allows the "
        "ecr:DescribeRepositories action",
    }


def test_an_arn_decides_account_and_region(post):
    elsewhere = "arn:aws:ecr:eu-west-1:123456789012:repository/app"
    assert post("ListTagsForResource", {"resourceArn": elsewhere})[1]["__type"] == "RepositoryNotFoundException"
    west = SIGNED.replace("us-east-1", "eu-west-1")
    assert post("CreateRepository", {"repositoryName": "app"}, authorization=west)[0] == 200
    assert post("ListTagsForResource", {"resourceArn": elsewhere})[1] == {"tags": []}
    foreign = elsewhere.replace("123456789012", "111122223333")
    assert post("ListTagsForResource", {"resourceArn": foreign})[1]["__type"] == "AccessDeniedException"


def test_times_are_numbers(post):
    created = post("CreateRepository", {"repositoryName": "app"})[1]["repository"]["createdAt"]
    assert isinstance(created, float)


# -- errors as JSON


def test_an_error_structure_has_its_further_members():
    error = InvalidLayerPartException("123456789012", "app", "u1", 5, 10)
    response = json11.refusal(error, "r1")
    assert json.loads(response.body) == {
        "__type": "InvalidLayerPartException",
        "message": "First byte of the layer part is 5 instead of 10",
        "registryId": "123456789012",
        "repositoryName": "app",
        "uploadId": "u1",
        "lastValidByteReceived": 9,
    }
    assert (
        json.loads(json11.refusal(KmsException("words", "NotFoundException"), "r1").body)["kmsError"]
        == "NotFoundException"
    )


def test_only_access_denied_has_a_capital_message():
    denied = json11.refusal(AccessDeniedException("p", "a", "r", "because"), "r1")
    assert set(json.loads(denied.body)) == {"__type", "Message"}
    missing = json11.refusal(RepositoryNotFoundException("é", "1"), "r1")
    assert set(json.loads(missing.body)) == {"__type", "message"}


def test_a_crash_is_awss_own_500():
    response = json11.crash("r1")
    assert response.status == 500
    assert json.loads(response.body)["__type"] == "ServerException"
    assert response.header("x-amzn-RequestId") == "r1"
