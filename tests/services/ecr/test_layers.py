"""ecrmock.services.ecr.layers: the five layer operations."""

import hashlib

import pytest
from constants import ACCOUNT, CONFIG, DOCKER_LAYER, LAYER, NOWHERE

NO_UPLOAD = "00000000-0000-4000-8000-000000000000"
SMALL = {"quota_layer_part_minimum": 4, "quota_layer_parts": 3, "quota_layer_part_bytes": 16, "quota_layer_bytes": 24}


@pytest.fixture(autouse=True)
def _repository(kit):
    kit.repository()


def answer_of(answer):
    answer.pop("ResponseMetadata")
    return answer


def complete(kit, upload, *digests, name="team/app"):
    return answer_of(kit.client.complete_layer_upload(repositoryName=name, uploadId=upload, layerDigests=list(digests)))


def check(kit, *digests):
    return answer_of(kit.client.batch_check_layer_availability(repositoryName="team/app", layerDigests=list(digests)))


def not_found(upload, name="team/app"):
    return (
        "UploadNotFoundException",
        (
            f"The upload with id '{upload}' in the repository with name '{name}' in registry with id '{ACCOUNT}' does "
            "not exist"
        ),
    )


# -- uploads


def test_initiate_tells_an_id_and_the_size_of_a_part_and_nothing_else(kit):
    answer = answer_of(kit.client.initiate_layer_upload(repositoryName="team/app"))
    assert set(answer) == {"uploadId", "partSize"}
    assert answer["partSize"] == 10485760
    assert kit.begin() != answer["uploadId"]


def test_a_layer_in_one_part(kit):
    upload, data = kit.begin(), b"hello"
    where = {"registryId": ACCOUNT, "repositoryName": "team/app", "uploadId": upload}
    assert answer_of(kit.part(upload, data)) == {**where, "lastByteReceived": 4}
    assert complete(kit, upload, kit.sha256(data)) == {**where, "layerDigest": kit.sha256(data)}


@pytest.mark.parametrize("options", [SMALL])
def test_a_layer_in_parts_has_the_digest_of_all_bytes(kit):
    upload = kit.begin()
    assert kit.part(upload, b"0123")["lastByteReceived"] == 3
    assert kit.part(upload, b"45678", 4)["lastByteReceived"] == 8
    assert kit.part(upload, b"9", 9)["lastByteReceived"] == 9
    digest = "sha256:" + hashlib.sha256(b"0123456789").hexdigest()
    assert complete(kit, upload, digest)["layerDigest"] == digest
    assert check(kit, digest)["layers"][0]["layerSize"] == 10


def test_one_right_digest_among_others_is_enough_and_the_calculated_one_is_told(kit):
    upload = kit.begin()
    kit.part(upload, b"data")
    answer = complete(kit, upload, NOWHERE, "md5:00", kit.sha256(b"data"))
    assert answer["layerDigest"] == kit.sha256(b"data")


@pytest.mark.parametrize("digest", [NOWHERE, "md5:00", "sha512:" + hashlib.sha512(b"data").hexdigest()])
def test_no_right_digest_is_refused_and_the_upload_stays(kit, digest):
    upload = kit.begin()
    kit.part(upload, b"data")
    request = {"repositoryName": "team/app", "uploadId": upload, "layerDigests": [digest]}
    assert kit.refused("complete_layer_upload", **request) == (
        "InvalidLayerException",
        "None of the provided layer digests match the calculated layer digest",
    )
    assert complete(kit, upload, kit.sha256(b"data"))["layerDigest"] == kit.sha256(b"data")


def test_an_upload_without_parts_cannot_be_completed(kit):
    upload = kit.begin()
    request = {"repositoryName": "team/app", "uploadId": upload, "layerDigests": [kit.sha256(b"")]}
    assert kit.refused("complete_layer_upload", **request) == (
        "EmptyUploadException",
        (
            f"The upload with id '{upload}' in the repository with name 'team/app' in registry with id '{ACCOUNT}' "
            "cannot be completed because it does not have any parts"
        ),
    )


@pytest.mark.parametrize("options", [SMALL])
@pytest.mark.parametrize(("first", "expected"), [(3, 4), (5, 4), (0, 4)])
def test_a_part_out_of_order_is_refused_and_tells_the_last_valid_byte(kit, first, expected):
    upload = kit.begin()
    kit.part(upload, b"0123")
    with pytest.raises(kit.client.exceptions.InvalidLayerPartException) as caught:
        kit.part(upload, b"45", first)
    answer = caught.value.response
    assert answer["Error"]["Message"] == f"First byte of the layer part is {first} instead of {expected}"
    assert {name: answer[name] for name in ("registryId", "repositoryName", "uploadId", "lastValidByteReceived")} == {
        "registryId": ACCOUNT,
        "repositoryName": "team/app",
        "uploadId": upload,
        "lastValidByteReceived": expected - 1,
    }
    kit.part(upload, b"45", 4)
    complete(kit, upload, kit.sha256(b"012345"))


def test_a_first_part_must_begin_at_zero(kit):
    request = {"repositoryName": "team/app", "uploadId": kit.begin(), "layerPartBlob": b"x"}
    assert kit.refused("upload_layer_part", **request, partFirstByte=1, partLastByte=1) == (
        "InvalidLayerPartException",
        "First byte of the layer part is 1 instead of 0",
    )


@pytest.mark.parametrize("last", [2, 4, -1])
def test_a_part_must_be_as_long_as_it_says(kit, last):
    upload = kit.begin()
    request = {"repositoryName": "team/app", "uploadId": upload, "layerPartBlob": b"0123"}
    code, _ = kit.refused("upload_layer_part", **request, partFirstByte=0, partLastByte=last)
    assert code == "InvalidParameterException"
    kit.part(upload, b"0123")


@pytest.mark.parametrize("options", [SMALL])
def test_a_small_part_that_is_not_the_last_is_found_out_at_completion(kit):
    upload = kit.begin()
    kit.part(upload, b"012")
    kit.part(upload, b"3456", 3)
    request = {"repositoryName": "team/app", "uploadId": upload, "layerDigests": [kit.sha256(b"0123456")]}
    assert kit.refused("complete_layer_upload", **request) == (
        "LayerPartTooSmallException",
        "All layer parts except the last part should be at least 5MB",
    )


@pytest.mark.parametrize("options", [SMALL])
def test_limits_on_parts_and_bytes(kit):
    upload = kit.begin()
    code, _ = kit.refused(
        "upload_layer_part",
        repositoryName="team/app",
        uploadId=upload,
        partFirstByte=0,
        partLastByte=16,
        layerPartBlob=b"x" * 17,
    )
    assert code == "InvalidParameterException"
    for place in range(3):
        kit.part(upload, b"0123", 4 * place)
    request = {"repositoryName": "team/app", "layerPartBlob": b"x"}
    many = kit.refused("upload_layer_part", **request, uploadId=upload, partFirstByte=12, partLastByte=12)
    assert many[0] == "LimitExceededException"
    large = kit.begin()
    kit.part(large, b"x" * 16)
    request["layerPartBlob"] = b"x" * 9
    assert kit.refused("upload_layer_part", **request, uploadId=large, partFirstByte=16, partLastByte=24)[0] == (
        "LimitExceededException"
    )
    kit.part(large, b"x" * 8, 16)
    complete(kit, large, kit.sha256(b"x" * 24))


def test_unknown_finished_and_foreign_uploads_do_not_exist(kit):
    kit.repository("other")
    finished = kit.begin()
    kit.part(finished, b"data")
    complete(kit, finished, kit.sha256(b"data"))
    foreign = kit.begin("other")
    for upload in (NO_UPLOAD, finished, foreign):
        where = {"repositoryName": "team/app", "uploadId": upload}
        part = {"partFirstByte": 0, "partLastByte": 0, "layerPartBlob": b"x"}
        assert kit.refused("upload_layer_part", **where, **part) == not_found(upload)
        assert kit.refused("complete_layer_upload", **where, layerDigests=["sha256:0"]) == not_found(upload)


def test_a_layer_that_is_here_already_is_refused_though_its_digest_was_right(kit):
    kit.layer(b"data")
    upload = kit.begin()
    kit.part(upload, b"data")
    digest = kit.sha256(b"data")
    request = {"repositoryName": "team/app", "uploadId": upload, "layerDigests": [digest]}
    assert kit.refused("complete_layer_upload", **request) == (
        "LayerAlreadyExistsException",
        (
            f"The layer with digest '{digest}' already exists in the repository with name 'team/app' in registry "
            f"with id '{ACCOUNT}'"
        ),
    )
    assert kit.availability(digest) == "AVAILABLE"


def test_a_layer_belongs_to_one_repository(kit):
    kit.repository("other")
    digest = kit.layer(b"data")
    assert kit.availability(digest, "other") == "UNAVAILABLE"
    assert kit.layer(b"data", "other") == digest
    kit.client.delete_repository(repositoryName="other")
    assert kit.availability(digest) == "AVAILABLE"


@pytest.mark.parametrize("operation", ["initiate_layer_upload", "batch_check_layer_availability"])
def test_a_missing_repository_is_not_found(kit, operation):
    more = {"layerDigests": ["sha256:0"]} if operation.startswith("batch") else {}
    assert kit.refused(operation, repositoryName="gone", **more)[0] == "RepositoryNotFoundException"


def test_an_upload_that_is_never_completed_expires_after_a_day(kit):
    upload = kit.begin()
    kit.part(upload, b"data")
    kit.advance(24 * 3600 - 1)
    assert kit.part(upload, b"more", 4)["lastByteReceived"] == 7
    kit.advance(2)
    request = {"repositoryName": "team/app", "uploadId": upload, "layerDigests": ["sha256:0"]}
    assert kit.refused("complete_layer_upload", **request) == not_found(upload)


def test_a_loose_layer_goes_after_a_day_one_in_use_stays(kit):
    loose = kit.layer(b"loose")
    pushed = kit.push("v1")
    kit.advance(25 * 3600)
    assert kit.availability(loose) == "UNAVAILABLE"
    assert kit.availability(kit.sha256(pushed.blobs["layer"])) == "AVAILABLE"


def test_no_layer_bytes_are_kept_in_the_record(kit):
    kit.part(kit.begin(), b"secret bytes")
    assert kit.mock.calls[-1].action == "UploadLayerPart"
    assert "layerPartBlob" not in kit.mock.calls[-1].parameters


# -- availability


def test_availability_of_each_kind_of_digest(kit):
    pushed = kit.push("v1")
    config, layer = (kit.sha256(pushed.blobs[name]) for name in ("config", "layer"))
    loose, missing = kit.layer(b"loose"), NOWHERE
    bad = "layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
    assert check(kit, loose, missing, "nonsense", layer, "", config) == {
        "layers": [
            {
                "layerDigest": loose,
                "layerAvailability": "AVAILABLE",
                "layerSize": 5,
                "mediaType": DOCKER_LAYER,
            },
            {"layerDigest": missing, "layerAvailability": "UNAVAILABLE"},
            {
                "layerDigest": layer,
                "layerAvailability": "AVAILABLE",
                "layerSize": len(pushed.blobs["layer"]),
                "mediaType": LAYER,
            },
            {
                "layerDigest": config,
                "layerAvailability": "AVAILABLE",
                "layerSize": len(pushed.blobs["config"]),
                "mediaType": CONFIG,
            },
        ],
        "failures": [
            {
                "layerDigest": "nonsense",
                "failureCode": "InvalidLayerDigest",
                "failureReason": f"Invalid request parameters: {bad}",
            },
            {
                "layerDigest": "",
                "failureCode": "MissingLayerDigest",
                "failureReason": "Invalid request parameters: layer digest cannot be null",
            },
        ],
    }


def test_both_arrays_are_there_when_one_is_empty(kit):
    assert check(kit, "nonsense")["layers"] == []
    assert check(kit, "sha256:00")["failures"] == []


# -- download


def url(kit, digest):
    answer = answer_of(kit.client.get_download_url_for_layer(repositoryName="team/app", layerDigest=digest))
    assert set(answer) == {"downloadUrl", "layerDigest"}
    assert answer["layerDigest"] == digest
    return answer["downloadUrl"]


def test_a_layer_of_an_image_is_downloaded_by_url(kit):
    pushed = kit.push("v1")
    found = url(kit, kit.sha256(pushed.blobs["layer"]))
    assert found.startswith("http://localhost:")
    assert "X-Amz-Expires=3600" in found
    assert kit.get(found).data == pushed.blobs["layer"]
    assert kit.get(url(kit, kit.sha256(pushed.blobs["config"]))).data == pushed.blobs["config"]


def test_a_url_holds_for_an_hour_and_only_unchanged(kit):
    found = url(kit, kit.sha256(kit.push("v1").blobs["layer"]))
    assert kit.get(found.replace("team/app", "team/abb")).status_code == 403
    kit.advance(3599)
    assert kit.get(found).status_code == 200
    kit.advance(3)
    expired = kit.get(found)
    assert expired.status_code == 403
    assert b"Request has expired" in expired.data


def test_a_missing_layer_has_no_url(kit):
    digest = NOWHERE
    assert kit.refused("get_download_url_for_layer", repositoryName="team/app", layerDigest=digest) == (
        "LayersNotFoundException",
        (
            f"The layer with digest '{digest}' does not exist within the repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}'"
        ),
    )


def test_a_layer_that_no_image_uses_is_inaccessible(kit):
    digest = kit.layer(b"loose")
    assert kit.refused("get_download_url_for_layer", repositoryName="team/app", layerDigest=digest) == (
        "LayerInaccessibleException",
        (
            f"The layer with digest '{digest}' in the repository with name 'team/app' in the registry with id "
            f"'{ACCOUNT}' is not associated with an image"
        ),
    )


def test_a_layer_goes_with_the_last_image_that_uses_it(kit):
    one, two = kit.push("v1", "one"), kit.push("v2", "one", annotations={"other": "manifest"})
    layer = kit.sha256(one.blobs["layer"])
    kit.advance(86_400)  # past its grace
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": one.digest}])
    assert kit.get(url(kit, layer)).data == one.blobs["layer"]
    kit.client.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": two.digest}])
    assert kit.refused("get_download_url_for_layer", repositoryName="team/app", layerDigest=layer)[0] == (
        "LayersNotFoundException"
    )
    assert kit.mock.world.blobs.names() == set()
