"""No request, however hostile, ends in HTML, a trace or a 500."""

import base64
import json
import logging
import random
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from ecrmock.app import create_app
from ecrmock.domain.images.images import Images
from ecrmock.domain.registry.registries import Registry
from ecrmock.protocols.model import Model
from ecrmock.services.ecr import ecr

MODEL = Model("ecr")
PREFIX = MODEL.metadata["targetPrefix"]
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/ecr/aws4_request, "
    "SignedHeaders=host, Signature=ab"
)
DIGEST = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
"""That of `{}`."""
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "x/y", "digest": DIGEST, "size": 2},
    "layers": [],
}
SAMPLES = {
    "RepositoryName": "team/app",
    "RegistryId": "123456789012",
    "Arn": "arn:aws:ecr:us-east-1:123456789012:repository/team/app",
    "UploadId": "12345678-1234-1234-1234-123456789012",
    "LayerDigest": DIGEST,
    "BatchedOperationLayerDigest": DIGEST,
    "ImageDigest": DIGEST,
    "ImageTag": "v1",
    "ImageManifest": json.dumps(MANIFEST),
    "ImageTagMutabilityExclusionFilterValue": "dev-*",
    "LayerPartBlob": "aGVsbG8=",
}
"""A good value of the shapes that are not free text."""

NULL, BAD = object(), "\x00"
WRONG = {
    "string": [5, 1.5, True, [], {}, ["x"]],
    "blob": [5, 1.5, True, [], {}, "!not base64!"],
    "integer": ["5", "", True, [], {}],
    "long": ["5", "", True, [], {}],
    "boolean": ["maybe", "", 1, 0, 1.5, [], {}],
    "list": ["x", 5, True, {}, {"a": 1}],
    "structure": ["x", "", 5, 1.5, True, [], [{}]],
}
"""Values of the wrong JSON type, by type of shape."""
ODD = {
    "string": ["", " ", BAD, "é" * 1000, "x" * 10_000, "*", "..", "/", "\U0001f433", "{}", "null", "-1", "a\nb"],
    "blob": ["", "AA==", "A" * 40_000],
    "integer": [0, -1, 10**30, -(10**30), 2**31, 2**63],
    "long": [0, -1, 10**30, -(10**30), 2**63],
    "boolean": [True, False],
    "list": [[], [None], [[]] * 3],
    "structure": [{}, {"unknown": 1}],
}
"""Values of the right JSON type that nobody expects."""


def sample(name, depth=0):
    """A good value of a shape, with every member that it may have."""
    shape = MODEL.shapes[name]
    kind = shape["type"]
    if name in SAMPLES:
        return SAMPLES[name]
    if kind == "structure":
        return {member: sample(row["shape"], depth + 1) for member, row in shape["members"].items()}
    if kind == "list":
        return [sample(shape["member"]["shape"], depth + 1)]
    if kind == "string":
        return shape["enum"][0] if "enum" in shape else "some-text"
    return {"integer": 1, "long": 1, "boolean": True}[kind]


def places(name, path=()):
    """(path, type of shape) of every value inside a shape."""
    shape = MODEL.shapes[name]
    if path:
        yield path, shape["type"]
    if shape["type"] == "structure":
        for member, row in shape["members"].items():
            yield from places(row["shape"], (*path, member))
    elif shape["type"] == "list":
        yield from places(shape["member"]["shape"], (*path, 0))


def changed(body, path, value):
    """A copy of a request with another value in one place."""
    copy = json.loads(json.dumps(body))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return copy


@pytest.fixture(scope="module")
def app():
    """One application for all; its log of faults is not wanted here."""
    log = logging.getLogger("ecrmock")
    level = log.level
    log.setLevel(logging.CRITICAL)
    yield create_app()
    log.setLevel(level)


@pytest.fixture
def client(app):
    """A client to a world with one repository."""
    app.extensions["ecrmock"].reset()
    made = app.test_client()
    assert call(made, "CreateRepository", {"repositoryName": "team/app"}).status_code == 200
    return made


@pytest.fixture
def login(client):
    """The Authorization header of the docker door."""
    return {"Authorization": login_of(client)}


def call(client, operation, body, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"X-Amz-Target": f"{PREFIX}.{operation}", "Authorization": SIGNED}
    sent |= {"Content-Type": "application/x-amz-json-1.1"} | headers
    return client.post("/", data=data, headers=sent)


def civil(answer):
    """Whether an answer is one of ours: no HTML, no trace, no 500; a refusal by the API is JSON with a type."""
    text = answer.data.decode("utf-8", "replace")
    assert "html" not in (answer.content_type or "")
    assert "<html" not in text.lower()
    assert "Traceback" not in text
    assert answer.status_code != 500, text
    return True


def refused(answer):
    """The type in an API's refusal."""
    assert civil(answer)
    assert 400 <= answer.status_code <= 501
    assert answer.content_type == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-RequestId"]
    return json.loads(answer.data)["__type"]


# -- the API


@pytest.mark.parametrize("operation", sorted(ecr.operations))
def test_a_wrong_json_type_anywhere_is_a_serialization_fault(client, operation):
    name = MODEL.operations[operation]["input"]["shape"]
    good = sample(name)
    for path, kind in places(name):
        for value in WRONG[kind]:
            found = refused(call(client, operation, changed(good, path, value)))
            assert found == "SerializationException", (path, value)


@pytest.mark.parametrize("operation", sorted(ecr.operations))
def test_odd_values_anywhere_are_answered_or_refused(client, operation):
    name = MODEL.operations[operation]["input"]["shape"]
    good = sample(name)
    for path, kind in places(name):
        for value in (*ODD[kind], None):
            answer = call(client, operation, changed(good, path, value))
            if answer.status_code != 200:
                assert refused(answer) != "ServerException", (path, value)
            else:
                assert isinstance(json.loads(answer.data), dict)


@pytest.mark.parametrize("operation", sorted(ecr.operations))
def test_a_good_request_with_every_member_is_no_serialization_fault(client, operation):
    answer = call(client, operation, sample(MODEL.operations[operation]["input"]["shape"]))
    assert answer.status_code == 200 or refused(answer) != "SerializationException"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["repositoryName", "registryId", "imageIds", "imageTag", "tags", "Key", "resourceArn", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(ecr.operations)), _json | st.binary(max_size=60))
def test_any_body_is_answered_or_refused(client, operation, body):
    answer = call(client, operation, body)
    if answer.status_code != 200:
        assert refused(answer) != "ServerException"


def test_random_bytes_are_a_serialization_fault(client):
    noise = random.Random(8327)
    for size in (1, 2, 10, 1000, 100_000):
        assert refused(call(client, "CreateRepository", noise.randbytes(size))) == "SerializationException"


@pytest.mark.parametrize("opening", [b"[", b'{"tags":', b'{"repositoryName":[', b'[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_nesting_is_a_serialization_fault(client, opening, closed):
    depth = 100_000
    closing = bytes(
        reversed(opening.replace(b"[", b"]").replace(b"{", b"}").translate(None, b'"abcdefghijklmnopqrstuvwxyzN:'))
    )
    body = opening * depth + (b"1" + closing * depth if closed else b"")
    assert refused(call(client, "CreateRepository", body)) == "SerializationException"


@pytest.mark.parametrize("depth", [10, 500, 900, 990, 1000])
def test_nesting_near_the_limit_is_answered_or_refused(client, depth):
    for inside in (b"1", b'"\\ud83d\\udc33"'):
        answer = call(client, "DescribeRepositories", b'{"x":' + b"[" * depth + inside + b"]" * depth + b"}")
        assert refused(answer) in {"UnknownOperationException", "SerializationException"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "AWS4-HMAC-SHA256"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=////aws4_request, SignedHeaders=, Signature="},
        {"Authorization": "Bearer x"},
        {"Authorization": "é"},
        {"Authorization": SIGNED.replace("us-east-1", "x" * 64)},
        {"X-Amz-Target": "."},
        {"X-Amz-Target": f"{PREFIX}."},
        {"X-Amz-Target": f"{PREFIX}..."},
        {"X-Amz-Target": f"{PREFIX}.<script>"},
        {"X-Amz-Target": "nonsense"},
        {"X-Amz-Target": "é.é"},
        {"Content-Type": "text/html"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/x-amz-json-1.1; <html>"},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "é"},
        {"X-Ecrmock-Account-Id": "nonsense"},
        {"Host": "x" * 300},
        {"Host": "a b<>"},
        {"Host": ""},
        {"Host": "é"},
    ],
    ids=str,
)
def test_any_header_is_answered_or_refused(client, headers):
    answer = call(client, "DescribeRepositories", {}, **headers)
    if answer.status_code != 200:
        assert civil(answer)
        assert answer.status_code in ({404} if "Content-Type" in headers else {400, 501})


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "+5", " 5", "٣", "", "9" * 5000, "5, 5"])
@pytest.mark.parametrize("path", ["/", "/v2/", "/_ecrmock/clock"])
def test_any_content_length_is_answered_or_refused(client, path, length):
    environ = {"CONTENT_LENGTH": length, "PATH_INFO": path}
    headers = {"X-Amz-Target": f"{PREFIX}.DescribeRepositories", "Authorization": SIGNED}
    headers["Content-Type"] = "application/x-amz-json-1.1"
    assert civil(client.post(path, headers=headers, environ_overrides=environ))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO", "get"])
def test_any_method_is_answered_or_refused(client, login, method):
    for path in ("/", "/favicon.ico", "/v2", "/v2/", "/v2/team/app/tags/list", "/v2/team/app/manifests/v1", "/x/y"):
        for headers in ({}, login, {"Authorization": SIGNED}, {"X-Amz-Target": f"{PREFIX}.ListImages"}):
            assert civil(client.open(path, method=method, headers=headers))


@pytest.mark.parametrize("host", ["a b", "<x>", "x:y:z", "x:99999", "é", "[", "x" * 300, "", "x/y"])
def test_a_host_that_is_none_is_no_html_either(client, host):
    for path in ("/", "/somewhere", "/_ecrmock/health", "/v2/"):
        environ = EnvironBuilder(path).get_environ() | {"HTTP_HOST": host}
        # the client of Werkzeug would parse the host for its cookies, and fail by itself
        assert civil(Response.from_app(client.application, environ))


# -- the docker door


PATHS = [
    "/v2//manifests/v1",
    "/v2/../manifests/v1",
    "/v2/team/app/manifests/",
    "/v2/team/app/manifests/v1/",
    "/v2/team/app/manifests/" + "x" * 5000,
    "/v2/team/app/manifests/%00",
    "/v2/team/app/manifests/sha256:0",
    "/v2/team/app/manifests/:",
    "/v2/team/app/blobs/nonsense",
    "/v2/team/app/blobs/sha256:%ff",
    "/v2/team/app/blobs/uploads/nonsense",
    "/v2/team/app/blobs/uploads/%00?digest=%00",
    "/v2/team/app/blobs/uploads/?digest=nonsense",
    "/v2/team/app/blobs/uploads/?digest=" + "x" * 5000,
    "/v2/team/app/blobs/uploads/?mount=%00&from=%ff",
    "/v2/team/app/tags/list?n=-1",
    "/v2/team/app/tags/list?n=" + "9" * 5000,
    "/v2/team/app/tags/list?n=5&last=%00%ff",
    "/v2/team/app/tags/list?n=%F0%9F%90%B3",
    "/v2/Team%0A/tags/list",
    "/v2/%ff%fe/tags/list",
    "/v2/team%20app/tags/list",
    "/v2/" + "a" * 3000 + "/tags/list",
    "/v2/" + "a/" * 3000 + "tags/list",
    "/v2/" + "-" * 255 + "/tags/list",
    "/v2/" + "blobs/uploads/" * 200,
    "/v2/_catalog",
    "/v2/123456789012.dkr.ecr.eu-west-1/team/app/tags/list",
    "/v2/123456789012.dkr.ecr.eu-west-1/",
    "/v2/team/app/tags/list?ns=%00",
    "/_ecrmock/layers/",
    "/_ecrmock/layers/a/b/c/d",
    "/_ecrmock/layers/%ff?X-Amz-Signature=%ff&X-Amz-Date=x&X-Amz-Expires=x",
    "/_ecrmock/",
    "/_ecrmock/clock",
    "/_ecrmock/%ff",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_any_path_of_the_docker_door_is_answered_or_refused(client, login, path):
    for method in ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"):
        assert civil(client.open(path, method=method, headers=login, data=b"\xff not json"))


@pytest.mark.parametrize(
    "value",
    ["bytes=" + "9" * 5000 + "-", "bytes=0-" + "9" * 5000, "bytes=-" + "9" * 5000, "0-" + "9" * 5000, "9-0", "é"],
)
def test_any_range_is_answered_or_refused(client, login, value):
    made = client.post(f"/v2/team/app/blobs/uploads/?digest={DIGEST}", data=b"{}", headers=login)
    assert made.status_code == 201
    assert civil(client.get(f"/v2/team/app/blobs/{DIGEST}", headers=login | {"Range": value}))
    upload = client.post("/v2/team/app/blobs/uploads/", headers=login).headers["Docker-Upload-UUID"]
    answer = client.patch(f"/v2/team/app/blobs/uploads/{upload}", data=b"{}", headers=login | {"Content-Range": value})
    assert civil(answer)


MANIFESTS = {
    "list as type": json.dumps(MANIFEST | {"mediaType": ["x"]}).encode(),
    "object as type": json.dumps(MANIFEST | {"mediaType": {}}).encode(),
    "lone surrogate in artifactType": json.dumps(MANIFEST | {"artifactType": "\ud800"}).encode(),
    "lone surrogate in config": json.dumps(
        MANIFEST | {"config": MANIFEST["config"] | {"mediaType": "\ud800"}}
    ).encode(),
    "utf-16": json.dumps(MANIFEST).encode("utf-16"),
    "huge size": json.dumps(MANIFEST | {"config": MANIFEST["config"] | {"size": 10**30}}).encode(),
    "NaN": json.dumps(MANIFEST | {"x": 1}).replace('"x": 1', '"x": NaN').encode(),
    "deep": b"[" * 100_000,
    "empty": b"",
    "noise": random.Random(1).randbytes(1000),
}


@pytest.mark.parametrize("kind", sorted(MANIFESTS))
@pytest.mark.parametrize("content_type", ["application/json", MANIFEST["mediaType"], "é", ""])
def test_any_manifest_is_stored_or_refused_and_can_be_shown_by_the_api(app, client, login, kind, content_type):
    client.post(f"/v2/team/app/blobs/uploads/?digest={DIGEST}", data=b"{}", headers=login)
    headers = login | {"Content-Type": content_type}
    answer = client.put("/v2/team/app/manifests/v1", data=MANIFESTS[kind], headers=headers)
    assert civil(answer)
    assert civil(client.get("/v2/team/app/manifests/v1", headers=login))
    assert civil(call(client, "DescribeImages", {"repositoryName": "team/app"}))
    assert civil(call(client, "BatchGetImage", {"repositoryName": "team/app", "imageIds": [{"imageTag": "v1"}]}))
    registry = app.extensions["ecrmock"].world.of(Registry, "123456789012", "us-east-1")
    assert (len(registry.repository("team/app").of(Images)) == 1) == (answer.status_code == 201)


def login_of(client):
    answer = json.loads(call(client, "GetAuthorizationToken", {}).data)
    token = answer["authorizationData"][0]["authorizationToken"]
    return f"Basic {token}"


@pytest.mark.parametrize(
    "password",
    [b"", b"AWS", b"AWS:", b"AWS:x", b"AWS:\xff", b"\xff:\xff", b"AWS:" + base64.b64encode(b"[" * 50_000), b"AWS:W10="],
    ids=lambda password: repr(password[:12]),
)
def test_any_login_is_refused(client, password):
    answer = client.get("/v2/", headers={"Authorization": f"Basic {base64.b64encode(password).decode()}"})
    assert civil(answer)
    assert answer.status_code == 401


def test_any_login_header_is_refused(client):
    for value in ("Basic", "Basic !", "Basic é", "Bearer x", "Digest x", quote("\0"), "x" * 10_000):
        assert civil(client.get("/v2/", headers={"Authorization": value}))
