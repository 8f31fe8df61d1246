"""ecrmock.distribution.routes: which path is what, and what the record shows of it."""

import pytest
from images import descriptor, encoded, image_of

NAMES = [
    "a/manifests/b/blobs/uploads",
    "blobs/uploads",
    "manifests/v1",
    "tags/list",
    "a/tags",
    "a/blobs",
    "uploads/x/referrers",
    "v2/v2",
    "catalog",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_hold_words_of_the_protocol(docker, name):
    # facts/registry V9
    docker.repository(name)
    base = f"/v2/{name}"
    assert docker("POST", f"{base}/blobs/uploads").status_code == 202
    location = docker.begin(name)
    assert docker("PATCH", location, b"da").status_code == 202
    assert docker("GET", location).status_code == 204
    assert docker("PUT", f"{location}?digest={docker.digest(b'data')}", b"ta").status_code == 201
    assert docker("DELETE", docker.begin(name)).status_code == 204
    assert docker("GET", f"{base}/blobs/{docker.digest(b'data')}").data == b"data"
    assert docker("HEAD", f"{base}/blobs/{docker.digest(b'data')}").status_code == 200
    pushed = docker.push("v1", name=name)
    assert docker("GET", f"{base}/manifests/v1").data == pushed.manifest
    assert docker("HEAD", f"{base}/manifests/{pushed.digest}").status_code == 200
    assert docker("GET", f"{base}/tags/list").json == {"name": name, "tags": ["v1"]}
    assert docker("DELETE", f"{base}/manifests/v1").status_code == 202


@pytest.mark.parametrize("name", ["Bad", "a//b", "a___b", "-a", "a/", "é", "a" * 257, "a%20b", "a%0A", ".."])
def test_names_that_break_the_grammar(docker, name):
    assert docker.refused("GET", f"/v2/{name}/tags/list")[:2] == (400, "NAME_INVALID")


@pytest.mark.parametrize(
    "path", ["/v2/nonsense", "/v2//", "/v2/team/app", "/v2/team/app/blobs", "/v2/team/app/tags", "/v2/tags/list"]
)
def test_a_path_that_fits_nothing_is_404_in_plain_text(docker, path):
    answer = docker("GET", path)
    assert answer.status_code == 404
    assert answer.data.strip() == b"404 page not found"
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "manifests/v1", "DELETE, GET, HEAD, PUT"),
        ("DELETE", "tags/list", "GET, HEAD"),
        ("PUT", "tags/list", "GET, HEAD"),
        ("POST", "blobs/sha256:" + "0" * 64, "DELETE, GET, HEAD"),
    ],
)
def test_a_method_that_is_not_offered_is_405(docker, method, path, allowed):
    docker.repository()
    answer = docker(method, f"/v2/team/app/{path}")
    assert docker.refusal(answer)[:2] == (405, "UNSUPPORTED")
    assert answer.headers["Allow"] == allowed


def test_no_answer_to_v2_is_a_redirect(docker):
    for path in ("/v2", "/v2/"):
        assert docker("GET", path).status_code == 200


def test_a_push_is_recorded_as_ecr_does(docker):
    docker.repository()
    digest = docker.digest(b"layer")
    docker("HEAD", f"/v2/team/app/blobs/{digest}")
    location = docker.begin()
    docker("PATCH", location, b"layer")
    docker("PUT", f"{location}?digest={digest}")
    body = encoded(image_of(descriptor(b"layer", "a")))
    assert docker.put(body, "v1").status_code == 201
    # a layer that is not there is an answer of BatchCheckLayerAvailability, no error
    assert docker.calls == [
        ("BatchCheckLayerAvailability", None),
        ("InitiateLayerUpload", None),
        ("UploadLayerPart", None),
        ("CompleteLayerUpload", None),
        ("PutImage", None),
    ]


def test_a_pull_is_recorded_as_ecr_does(docker):
    docker.repository()
    pushed = docker.push("v1")
    before = len(docker.calls)
    docker("HEAD", "/v2/team/app/manifests/v1")
    docker("GET", f"/v2/team/app/manifests/{pushed.digest}")
    docker("GET", f"/v2/team/app/blobs/{docker.digest(pushed.blobs['layer'])}")
    docker("GET", "/v2/team/app/tags/list")
    docker("DELETE", "/v2/team/app/manifests/v1")
    assert docker.calls[before:] == [
        ("BatchGetImage", None),
        ("BatchGetImage", None),
        ("GetDownloadUrlForLayer", None),
        ("ListImages", None),
        ("BatchDeleteImage", None),
    ]


def test_who_did_what_where_is_recorded_at_this_door_too(docker):
    docker.repository()
    docker("GET", "/v2/team/app/tags/list", User_Agent="docker/27.0")
    call = docker.application.gate.calls.all()[-1]
    assert (call.door, call.service, call.action) == ("docker", "ecr", "ListImages")
    assert (call.account, call.registry, call.region) == ("123456789012", "123456789012", "us-east-1")
    assert call.principal == "arn:aws:iam::123456789012:root"
    assert call.resources == ("arn:aws:ecr:us-east-1:123456789012:repository/team/app",)
    assert call.parameters["repositoryName"] == "team/app"
    assert (call.user_agent, call.host) == ("docker/27.0", "localhost")
    assert call.time == docker.world.clock.now()


NOT_THERE = "RepositoryNotFoundException"
REFUSED = [
    ("GET", "/v2/gone/manifests/v1", "BatchGetImage", NOT_THERE),
    ("GET", "/v2/gone/tags/list", "ListImages", NOT_THERE),
    ("POST", "/v2/gone/blobs/uploads/", "InitiateLayerUpload", NOT_THERE),
    ("PUT", "/v2/gone/manifests/v1", "PutImage", NOT_THERE),
    # what batch operations list as failures is no error of the call
    ("GET", "/v2/team/app/manifests/gone", "BatchGetImage", None),
    ("GET", "/v2/team/app/manifests/a+b", "BatchGetImage", None),
    ("DELETE", "/v2/team/app/manifests/gone", "BatchDeleteImage", None),
    ("HEAD", "/v2/team/app/blobs/sha256:" + "0" * 64, "BatchCheckLayerAvailability", None),
    ("GET", "/v2/team/app/blobs/sha256:" + "0" * 64, "GetDownloadUrlForLayer", "LayersNotFoundException"),
    ("PATCH", "/v2/team/app/blobs/uploads/gone", "UploadLayerPart", "UploadNotFoundException"),
    ("PUT", "/v2/team/app/blobs/uploads/gone?digest=nonsense", "CompleteLayerUpload", "InvalidParameterException"),
    ("PUT", "/v2/team/app/manifests/v1", "PutImage", "InvalidParameterException"),
    ("PUT", "/v2/team/app/manifests/a+b", "PutImage", "InvalidParameterException"),
    ("GET", "/v2/team/app/tags/list?n=1001", "ListImages", "InvalidParameterException"),
]


@pytest.mark.parametrize(("method", "path", "action", "error"), REFUSED)
def test_refused_calls_are_recorded_with_the_error_that_the_api_would_give(docker, method, path, action, error):
    docker.repository()
    assert docker(method, path).status_code >= 400
    assert docker.calls == [(action, error)]


def test_calls_at_the_aws_door_are_recorded_refused_or_not(docker):
    docker.repository()
    docker.api("CreateRepository", repositoryName="team/app")
    docker.api("ListImages", repositoryName="Bad_Name!")
    docker.api("ListImages", repositoryName="a1", registryId="111122223333")
    found = [(call.action, call.error and call.error.code) for call in docker.application.gate.calls.all()]
    assert found == [
        ("GetAuthorizationToken", None),
        ("CreateRepository", None),
        ("CreateRepository", "RepositoryAlreadyExistsException"),
        ("ListImages", "InvalidParameterException"),
        ("ListImages", "AccessDeniedException"),
    ]
