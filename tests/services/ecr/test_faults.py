"""A call happens wholly or not at all: every n-th store write of every operation fails once, and nothing remains."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from werkzeug.test import Client

from ecrmock.app import Front
from ecrmock.settings import Settings

NOON = 1_795_003_200.0
APP = "team/app"
ARN = f"arn:aws:ecr:us-east-1:123456789012:repository/{APP}"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
SCOPE = "AWS4-HMAC-SHA256 Credential=123456789012/20261119/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0"


class BrokenStoreError(Exception):
    """What a write meets."""


class Fault:
    """Lets exactly the n-th write fail."""

    def __init__(self, n):
        self.left = n

    def __call__(self):
        self.left -= 1
        if not self.left:
            raise BrokenStoreError

    @property
    def struck(self):
        return self.left <= 0


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Doors:
    """Both doors of a world with repeatable ids and a clock that stands still."""

    def __init__(self):
        self.front = Front(Settings(seed="x", quota_layer_part_minimum=1))
        self.world = self.front.world
        self.world.clock.freeze(NOON)
        self.client = Client(self.front)
        token = self.good("GetAuthorizationToken")["authorizationData"][0]["authorizationToken"]
        self.login = {"Authorization": f"Basic {token}"}

    def api(self, operation, **request):
        """(status, body) at the AWS door."""
        target = f"AmazonEC2ContainerRegistry_V20150921.{operation}"
        headers = {"X-Amz-Target": target, "Authorization": SCOPE, "Content-Type": "application/x-amz-json-1.1"}
        answer = self.client.post("/", data=json.dumps(request), headers=headers)
        return answer.status_code, json.loads(answer.data)

    def good(self, operation, **request):
        status, body = self.api(operation, **request)
        assert status == 200, body
        return body

    def docker(self, method, path, data=b"", **headers):
        """(status, what the answer says) at the docker door."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("/v2/") else f"/v2/{APP}/{path}"
        answer = self.client.open(url, method=method, data=data, headers={**self.login, **named})
        told = {name: answer.headers.get(name) for name in ("Location", "Range", "Docker-Content-Digest")}
        return answer.status_code, answer.json if answer.is_json else (told, answer.data)

    def upload(self, data):
        return sha256(data) if self.docker("POST", f"blobs/uploads/?digest={sha256(data)}", data)[0] == 201 else None

    def open(self, *parts):
        """An upload with these parts; its id."""
        upload = self.good("InitiateLayerUpload", repositoryName=APP)["uploadId"]
        for part in parts:
            assert self.docker("PATCH", f"blobs/uploads/{upload}", part)[0] == 202
        return upload

    def manifest(self, content, **members):
        """The text of an image whose blobs are here."""
        config, layer = f'{{"of": "{content}"}}'.encode(), f"layer of {content}".encode()
        body = {
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": {"mediaType": "application/x", "digest": self.upload(config), "size": len(config)},
            "layers": [{"mediaType": "application/y", "digest": self.upload(layer), "size": len(layer)}],
            **members,
        }
        return json.dumps(body)

    def push(self, content, *tags):
        """An image with these tags, or without any."""
        manifest = self.manifest(content)
        for tag in tags or (None,):
            more = {"imageTag": tag} if tag else {}
            self.good("PutImage", repositoryName=APP, imageManifest=manifest, **more)
        return manifest

    def index(self, *manifests):
        rows = [{"mediaType": OCI, "digest": sha256(each.encode()), "size": len(each)} for each in manifests]
        return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": rows})

    def state(self):
        """Everything that must be as before after a failure."""
        return self.world.store.dump(), self.world.blobs.names()


class Deed(NamedTuple):
    """What is done, in which world, and how it shows afterwards that it was done well."""

    prepare: Callable[[Doors], Any]
    act: Callable[[Doors, Any], tuple[int, Any]]
    proof: Callable[[Doors, Any], Any] = lambda _doors, _context: None


def repository(doors):
    doors.good("CreateRepository", repositoryName=APP, tags=[{"Key": "old", "Value": "1"}])


def with_repository(prepare):
    def prepared(doors):
        repository(doors)
        return prepare(doors)

    return prepared


def api(operation, prepare=lambda _doors: None, proof=lambda _doors, _context: None, **request):
    """A deed at the AWS door; a member that is a function is given what was prepared."""

    def act(doors, context):
        values = {name: value(context) if callable(value) else value for name, value in request.items()}
        return doors.api(operation, **values)

    return Deed(with_repository(prepare), act, proof)


def docker(method, path, prepare=lambda _doors: None, proof=lambda _doors, _context: None, data=b"", **headers):
    """A deed at the docker door; path and data may be functions of what was prepared."""

    def act(doors, context):
        where, body = (value(context) if callable(value) else value for value in (path, data))
        return doors.docker(method, where, body, **headers)

    return Deed(with_repository(prepare), act, proof)


def full(doors):
    """A repository with everything in it."""
    one, two = doors.push("one", "a", "b"), doors.push("two")
    doors.good("PutImage", repositoryName=APP, imageManifest=doors.index(one, two), imageTag="multi")
    doors.upload(b"loose")
    doors.open(b"part")


def finishes(doors, upload):
    """The bytes of an upload are what they should be: it can be finished under their digest."""
    return doors.docker("PUT", f"blobs/uploads/{upload}?digest={sha256(b'onetwo')}"), doors.world.blobs.names()


def encoded(data):
    return base64.b64encode(data).decode()


def digest_of(manifest):
    return sha256(manifest.encode())


NAME = {"repositoryName": APP}
MANIFEST = {"Content_Type": OCI}
SHA512 = "sha512:" + hashlib.sha512(b"data").hexdigest()
DEEDS = {
    "CreateRepository": Deed(
        lambda _doors: None,
        lambda doors, _: doors.api("CreateRepository", repositoryName=APP, tags=[{"Key": "a", "Value": "b"}]),
    ),
    "DeleteRepository": api("DeleteRepository", **NAME),
    "DeleteRepository with layers and uploads": api(
        "DeleteRepository", lambda doors: (doors.upload(b"loose"), doors.open(b"part")), **NAME
    ),
    "DeleteRepository by force": api("DeleteRepository", full, **NAME, force=True),
    "TagResource": api("TagResource", resourceArn=ARN, tags=[{"Key": "a", "Value": "b"}]),
    "UntagResource": api("UntagResource", resourceArn=ARN, tagKeys=["old"]),
    "PutImage without tag": api("PutImage", lambda doors: doors.manifest("one"), **NAME, imageManifest=lambda m: m),
    "PutImage": api("PutImage", lambda doors: doors.manifest("one"), **NAME, imageManifest=lambda m: m, imageTag="v1"),
    "PutImage of a second tag": api(
        "PutImage", lambda doors: doors.push("one", "v1"), **NAME, imageManifest=lambda m: m, imageTag="v2"
    ),
    "PutImage moving a tag to a new image": api(
        "PutImage",
        lambda doors: (doors.push("one", "v1"), doors.manifest("two"))[1],
        **NAME,
        imageManifest=lambda m: m,
        imageTag="v1",
    ),
    "PutImage moving a tag to a known image": api(
        "PutImage",
        lambda doors: (doors.push("one", "v1"), doors.push("two", "v2"))[1],
        **NAME,
        imageManifest=lambda m: m,
        imageTag="v1",
    ),
    "PutImage of an index": api(
        "PutImage",
        lambda doors: doors.index(doors.push("one"), doors.push("two", "v2")),
        **NAME,
        imageManifest=lambda m: m,
        imageTag="multi",
    ),
    "BatchGetImage": api(
        "BatchGetImage",
        lambda doors: (doors.push("one", "a"), doors.push("two", "b")),
        **NAME,
        imageIds=[{"imageTag": "a"}, {"imageTag": "gone"}, {"imageTag": "b"}],
    ),
    "BatchDeleteImage of a tag": api(
        "BatchDeleteImage", lambda doors: doors.push("one", "a", "b"), **NAME, imageIds=[{"imageTag": "a"}]
    ),
    "BatchDeleteImage of the last tag": api(
        "BatchDeleteImage", lambda doors: doors.push("one", "a"), **NAME, imageIds=[{"imageTag": "a"}]
    ),
    "BatchDeleteImage of everything": api(
        "BatchDeleteImage",
        lambda doors: (doors.push("one", "a", "b"), doors.push("two", "c")),
        **NAME,
        imageIds=lambda pushed: [{"imageDigest": digest_of(pushed[0])}, {"imageTag": "gone"}, {"imageTag": "c"}],
    ),
    "BatchDeleteImage of a list": api(
        "BatchDeleteImage", full, **NAME, imageIds=[{"imageTag": "multi"}, {"imageTag": "a"}]
    ),
    "InitiateLayerUpload": api("InitiateLayerUpload", **NAME),
    "UploadLayerPart": api(
        "UploadLayerPart",
        lambda doors: doors.open(b"one"),
        finishes,
        **NAME,
        uploadId=lambda upload: upload,
        partFirstByte=3,
        partLastByte=5,
        layerPartBlob=encoded(b"two"),
    ),
    "CompleteLayerUpload": api(
        "CompleteLayerUpload",
        lambda doors: doors.open(b"one", b"two"),
        **NAME,
        uploadId=lambda upload: upload,
        layerDigests=[sha256(b"onetwo")],
    ),
    "POST uploads": docker("POST", "blobs/uploads/"),
    "POST of a whole blob": docker("POST", f"blobs/uploads/?digest={sha256(b'data')}", data=b"data"),
    "POST of a whole blob by sha512": docker("POST", f"blobs/uploads/?digest={SHA512}", data=b"data"),
    "PATCH": docker(
        "PATCH", lambda upload: f"blobs/uploads/{upload}", lambda doors: doors.open(b"one"), finishes, b"two"
    ),
    "PATCH of the first bytes": docker(
        "PATCH", lambda upload: f"blobs/uploads/{upload}", lambda doors: doors.open(), finishes, b"onetwo"
    ),
    "PATCH with Content-Range": docker(
        "PATCH",
        lambda upload: f"blobs/uploads/{upload}",
        lambda doors: doors.open(b"one"),
        finishes,
        b"two",
        Content_Range="3-5",
    ),
    "PUT without body": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={sha256(b'onetwo')}",
        lambda doors: doors.open(b"one", b"two"),
    ),
    "PUT with the last bytes": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={sha256(b'onetwo')}",
        lambda doors: doors.open(b"one"),
        data=b"two",
    ),
    "PUT with all bytes": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={sha256(b'onetwo')}",
        lambda doors: doors.open(),
        data=b"onetwo",
    ),
    "PUT of a layer that is here already": docker(
        "PUT",
        lambda upload: f"blobs/uploads/{upload}?digest={sha256(b'onetwo')}",
        lambda doors: (doors.upload(b"onetwo"), doors.open(b"one"))[1],
        data=b"two",
    ),
    "DELETE of an upload": docker("DELETE", lambda upload: f"blobs/uploads/{upload}", lambda doors: doors.open(b"one")),
    "PUT of a manifest by tag": docker(
        "PUT", "manifests/v1", lambda doors: doors.manifest("one"), data=lambda m: m, **MANIFEST
    ),
    "PUT of a manifest moving a tag": docker(
        "PUT",
        "manifests/v1",
        lambda doors: (doors.push("one", "v1"), doors.manifest("two"))[1],
        data=lambda m: m,
        **MANIFEST,
    ),
    "PUT of a manifest by digest": docker(
        "PUT",
        lambda m: f"manifests/{digest_of(m)}",
        lambda doors: doors.manifest("one"),
        data=lambda m: m,
        **MANIFEST,
    ),
    "PUT of a manifest by sha512": docker(
        "PUT",
        lambda m: f"manifests/sha512:{hashlib.sha512(m.encode()).hexdigest()}",
        lambda doors: doors.manifest("one"),
        data=lambda m: m,
        **MANIFEST,
    ),
    "GET of a manifest": docker("GET", "manifests/v1", lambda doors: doors.push("one", "v1")),
    "DELETE of a manifest by tag": docker("DELETE", "manifests/v1", lambda doors: doors.push("one", "v1", "v2")),
    "DELETE of a manifest by its last tag": docker("DELETE", "manifests/v1", lambda doors: doors.push("one", "v1")),
    "DELETE of a manifest by digest": docker(
        "DELETE", lambda m: f"manifests/{digest_of(m)}", lambda doors: doors.push("one", "v1", "v2")
    ),
}

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def anonymous(value):
    """The text of a value without what differs from one attempt to the next: ids, and numbers of a sequence."""
    text = UUID.sub("<id>", repr(value))
    text = re.sub(r"\bnumber=\d+", "number=<n>", text)
    return re.sub(r"'(imagePushedAt|createdAt)': [0-9.e+]+", r"'\1': <time>", text)


def shape(state):
    """A state, comparable with that of another attempt."""
    tables, blobs = state
    rows = {
        name: {partition: sorted(anonymous(record) for record in rows.values()) for partition, rows in parts.items()}
        for name, parts in tables.items()
    }
    return rows, blobs


def failed(status, body):
    """A fault is answered in the door's own words."""
    assert status == 500, body
    if "errors" in body:
        assert [error["code"] for error in body["errors"]] == ["UNKNOWN"]
    else:
        assert body["__type"] == "ServerException"


def done(deed, doors, context, outcome):
    """Everything that shows what a deed did."""
    state = shape(doors.state())
    return anonymous(outcome), state, anonymous(deed.proof(doors, context)), shape(doors.state())


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_whichever_write_fails_nothing_remains_and_another_attempt_succeeds(deed):
    doors = Doors()
    context = deed.prepare(doors)
    outcome = deed.act(doors, context)
    assert outcome[0] < 300, outcome
    expected = done(deed, doors, context, outcome)
    for n in range(1, 100):
        doors = Doors()
        context = deed.prepare(doors)
        before = doors.state()
        fault = doors.world.store.before_write = Fault(n)
        outcome = deed.act(doors, context)
        doors.world.store.before_write = None
        if not fault.struck:
            assert n > 1, "it writes nothing"
            assert done(deed, doors, context, outcome) == expected
            return
        failed(*outcome)
        assert doors.state() == before, f"something remains when write {n} fails"
        assert done(deed, doors, context, deed.act(doors, context)) == expected, f"after write {n} failed"
    pytest.fail("it never ends")


def test_every_operation_that_writes_is_tried_here():
    # those that only read; the rest must be above
    reads = {
        "DescribeRepositories",
        "GetAuthorizationToken",
        "DescribeImages",
        "ListImages",
        "BatchCheckLayerAvailability",
        "GetDownloadUrlForLayer",
        "ListTagsForResource",
    }
    tried = {name.partition(" ")[0] for name in DEEDS}
    for operation in Doors().front._doors["AmazonEC2ContainerRegistry_V20150921"].service.operations:
        assert operation in tried | reads


@pytest.mark.parametrize("operation", ["DescribeRepositories", "DescribeImages", "ListImages"])
def test_a_call_that_reads_writes_nothing(operation):
    doors = Doors()
    repository(doors)
    full(doors)
    doors.world.store.before_write = Fault(1)
    doors.good(operation, **({} if operation == "DescribeRepositories" else NAME))


def test_a_fault_is_answered_in_the_words_of_each_door():
    doors = Doors()
    repository(doors)
    doors.world.store.before_write = Fault(1)
    assert doors.api("InitiateLayerUpload", **NAME) == (
        500,
        {
            "__type": "ServerException",
            "message": "These errors are usually caused by a server-side issue.",
        },
    )
    doors.world.store.before_write = Fault(1)
    status, body = doors.docker("POST", "blobs/uploads/")
    assert status == 500
    assert body == {"errors": [{"code": "UNKNOWN", "message": "unknown error"}]}
