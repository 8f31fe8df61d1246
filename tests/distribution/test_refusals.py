"""ecrmock.distribution.refusals: one refusal has one sentence, whichever door it is told at."""

import json

import pytest
from constants import NOWHERE

from ecrmock.distribution import refusals
from ecrmock.errors.ecr import RepositoryNotFoundException


@pytest.fixture
def both(docker):
    """Put one manifest at both doors; code and sentence of each refusal."""

    def put(manifest, tag="v1", name="team/app", kind=None, digest=None):
        text = manifest.decode()
        more = {"imageDigest": digest} if digest else {"imageTag": tag}
        at_api = docker.api("PutImage", repositoryName=name, imageManifest=text, **more)
        kind = kind or json.loads(text)["mediaType"]
        at_docker = docker.refusal(docker.put(manifest, digest or tag, name, kind=kind))
        return at_api, at_docker

    docker.repository()
    return put


def test_a_missing_repository(docker, both):
    manifest, _ = docker.blobs()
    (code, sentence), refused = both(manifest, name="gone")
    assert code == "RepositoryNotFoundException"
    assert refused == (404, "NAME_UNKNOWN", sentence)


def test_missing_layers(docker, both):
    manifest, _ = docker.blobs()
    body = json.loads(manifest)
    body["layers"].append({**body["layers"][0], "digest": NOWHERE})
    (code, sentence), refused = both(json.dumps(body).encode())
    assert code == "LayersNotFoundException"
    assert refused == (404, "BLOB_UPLOAD_UNKNOWN", sentence)


def test_missing_children(docker, both):
    (code, sentence), refused = both(docker.index(docker.push()._replace(digest=NOWHERE)))
    assert code == "ReferencedImagesNotFoundException"
    assert refused == (400, "MANIFEST_BLOB_UNKNOWN", sentence)


def test_an_immutable_tag(docker, both):
    docker.repository("fixed", imageTagMutability="IMMUTABLE")
    docker.push("v1", "one", "fixed")
    manifest, _ = docker.blobs("two", "fixed")
    (code, sentence), refused = both(manifest, name="fixed")
    assert code == "ImageTagAlreadyExistsException"
    assert refused == (400, "TAG_INVALID", sentence)


def test_a_digest_that_does_not_fit(docker, both):
    manifest, _ = docker.blobs()
    (code, sentence), refused = both(manifest, digest=NOWHERE)
    assert code == "ImageDigestDoesNotMatchException"
    assert refused == (400, "MANIFEST_INVALID", sentence)


def test_a_manifest_that_is_none(both):
    (code, sentence), refused = both(b'{"mediaType": "application/json"}')
    assert code == "InvalidParameterException"
    assert refused == (405, "UNSUPPORTED", sentence)


@pytest.mark.parametrize("options", [{"quota_layers_per_image": 0}])
def test_too_many_layers(docker, both):
    manifest, _ = docker.blobs()
    (code, sentence), refused = both(manifest)
    assert code == "InvalidParameterException"
    assert refused == (405, "UNSUPPORTED", sentence)


@pytest.mark.parametrize("options", [{"quota_images": 0}])
def test_a_quota(docker, both):
    manifest, _ = docker.blobs()
    (code, sentence), refused = both(manifest)
    assert code == "LimitExceededException"
    assert refused == (403, "DENIED", sentence)


def test_a_layer_digest_that_does_not_fit(docker):
    docker.repository()
    upload = docker.begin().rpartition("/")[2]
    docker("PATCH", f"/v2/team/app/blobs/uploads/{upload}", b"data")
    code, sentence = docker.api(
        "CompleteLayerUpload", repositoryName="team/app", uploadId=upload, layerDigests=[NOWHERE]
    )
    assert code == "InvalidLayerException"
    refused = docker.refused("PUT", f"/v2/team/app/blobs/uploads/{upload}?digest={NOWHERE}")
    assert refused == (400, "BLOB_UPLOAD_INVALID", sentence)


def test_an_upload_that_is_not_there(docker):
    docker.repository()
    upload = "00000000-0000-4000-8000-000000000000"
    _, sentence = docker.api("CompleteLayerUpload", repositoryName="team/app", uploadId=upload, layerDigests=[NOWHERE])
    refused = docker.refused("PUT", f"/v2/team/app/blobs/uploads/{upload}?digest={NOWHERE}")
    assert refused == (404, "BLOB_UPLOAD_UNKNOWN", sentence)


def test_a_layer_that_is_not_there(docker):
    docker.repository()
    _, sentence = docker.api("GetDownloadUrlForLayer", repositoryName="team/app", layerDigest=NOWHERE)
    assert docker.refused("GET", f"/v2/team/app/blobs/{NOWHERE}") == (404, "BLOB_UNKNOWN", sentence)


def test_an_image_that_is_not_there(docker):
    docker.repository()
    answer = docker.api("BatchGetImage", repositoryName="team/app", imageIds=[{"imageTag": "gone"}])
    sentence = answer["failures"][0]["failureReason"]
    assert docker.refused("GET", "/v2/team/app/manifests/gone") == (404, "MANIFEST_UNKNOWN", sentence)


# (status, OCI code) of facts/registry 2.3, by the error or failure code that is behind it
TABLE = {
    "RepositoryNotFoundException": (404, "NAME_UNKNOWN"),
    "ImageNotFound": (404, "MANIFEST_UNKNOWN"),
    "ImageInaccessible": (404, "MANIFEST_UNKNOWN"),
    "UploadNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
    "InvalidLayerPartException": (416, "BLOB_UPLOAD_INVALID"),
    "InvalidLayerException": (400, "BLOB_UPLOAD_INVALID"),
    "LayerPartTooSmallException": (400, "BLOB_UPLOAD_INVALID"),
    "EmptyUploadException": (400, "BLOB_UPLOAD_INVALID"),
    "LayersNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
    "ReferencedImagesNotFoundException": (400, "MANIFEST_BLOB_UNKNOWN"),
    "ImageDigestDoesNotMatchException": (400, "MANIFEST_INVALID"),
    "InvalidParameterException": (405, "UNSUPPORTED"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
    "AccessDeniedException": (403, "DENIED"),
    "KmsException": (403, "DENIED"),
    "LimitExceededException": (403, "DENIED"),
    "ThrottlingException": (429, "TOOMANYREQUESTS"),
    "ServerException": (500, "UNKNOWN"),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_table_of_statuses_and_codes(name):
    assert refusals._TABLE[name] == TABLE[name]


def test_an_error_body_is_what_the_registry_protocol_says():
    answer = refusals.of_error(RepositoryNotFoundException("naïve", "123456789012"))
    assert answer.status == 404
    assert answer.header("Content-Type") == "application/json; charset=utf-8"
    assert json.loads(answer.body) == {
        "errors": [
            {
                "code": "NAME_UNKNOWN",
                "message": "The repository with name 'naïve' does not exist in the registry with id '123456789012'",
            }
        ]
    }


def test_the_body_is_ecrs_to_the_byte(docker):
    docker.repository()
    answer = docker("PUT", f"{docker.begin()}?digest={NOWHERE}", b"x")
    # observed with its length: bazelbuild/rules_docker#298
    assert (answer.status_code, answer.headers["Content-Length"], len(answer.data)) == (400, "125", 125)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.data == (
        b'{"errors":[{"code":"BLOB_UPLOAD_INVALID","message":'
        b'"None of the provided layer digests match the calculated layer digest"}]}\n'
    )
