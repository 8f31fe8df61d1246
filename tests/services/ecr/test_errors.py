"""ecrmock.errors through boto3: each sentence of facts/api 14 that these operations reach, byte for byte."""

import json
from dataclasses import replace

import pytest
from constants import ACCOUNT, NOWHERE

from ecrmock.domain.neighbours.keys import KeyRing

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages"}],
    }
)
APP = {"repositoryName": "team/app"}
NO_UPLOAD = "00000000-0000-4000-8000-000000000000"
NAME = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
UPLOAD_ID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def invalid(path, constraint):
    return f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"


def not_empty(kit):
    kit.push("v1")
    return "delete_repository", APP


def image_again(kit):
    pushed = kit.push("v1")
    return "put_image", {**APP, "imageManifest": pushed.manifest, "imageTag": "v1"}, {"<d>": pushed.digest}


def image_again_without_tag(kit):
    pushed = kit.push("v1")
    return "put_image", {**APP, "imageManifest": pushed.manifest}, {"<d>": pushed.digest}


def fixed_tag(kit):
    kit.repository("fixed", imageTagMutability="IMMUTABLE")
    kit.push("v1", "one", "fixed")
    two = kit.push(None, "two", "fixed")
    return "put_image", {"repositoryName": "fixed", "imageManifest": two.manifest, "imageTag": "v1"}


def wrong_digest(kit):
    return "put_image", {**APP, "imageManifest": kit.push().manifest, "imageDigest": NOWHERE}


def layers_missing(kit):
    manifest = kit.manifest(b"config", b"layer")
    return (
        "put_image",
        {**APP, "imageManifest": manifest},
        {"<d>": f"{kit.sha256(b'config')}, {kit.sha256(b'layer')}"},
    )


def children_missing(kit):
    child = kit.push()._replace(digest=NOWHERE)
    return "put_image", {**APP, "imageManifest": kit.index(child)}


def no_parts(kit):
    upload = kit.begin()
    return "complete_layer_upload", {**APP, "uploadId": upload, "layerDigests": [NOWHERE]}, {"<u>": upload}


def small_part(kit):
    upload = kit.begin()
    kit.part(upload, b"0123")
    kit.part(upload, b"4567", 4)
    return "complete_layer_upload", {**APP, "uploadId": upload, "layerDigests": [kit.sha256(b"01234567")]}


def part_out_of_order(kit):
    upload = kit.begin()
    kit.part(upload, b"0123456789")
    part = {"partFirstByte": 7, "partLastByte": 7, "layerPartBlob": b"x"}
    return "upload_layer_part", {**APP, "uploadId": upload, **part}


def wrong_layer(kit):
    upload = kit.begin()
    kit.part(upload, b"0123")
    return "complete_layer_upload", {**APP, "uploadId": upload, "layerDigests": [NOWHERE]}


def layer_again(kit):
    digest = kit.layer(b"data")
    upload = kit.begin()
    kit.part(upload, b"data")
    return "complete_layer_upload", {**APP, "uploadId": upload, "layerDigests": [digest]}, {"<d>": digest}


def loose_layer(kit):
    digest = kit.layer(b"data")
    return "get_download_url_for_layer", {**APP, "layerDigest": digest}, {"<d>": digest}


def no_layers(kit):
    kit.layer(b"{}")
    return "put_image", {**APP, "imageManifest": kit.manifest(b"{}")}


def many_layers(kit):
    for data in (b"{}", b"one", b"two"):
        kit.layer(data)
    return "put_image", {**APP, "imageManifest": kit.manifest(b"{}", b"one", b"two")}


def fixed_request(operation, **request):
    return lambda _kit: (operation, request)


def image_with(**request):
    return lambda kit: ("put_image", {**APP, "imageManifest": kit.push().manifest, **request})


def filters(setting, *texts):
    rows = {"imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": text} for text in texts]}
    request = {"repositoryName": "new", "imageTagMutability": setting, **(rows if texts else {})}
    return fixed_request("create_repository", **request)


def tags_of(*rows):
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app"
    return fixed_request("tag_resource", resourceArn=arn, tags=list(rows))


def disabled_key(kit):
    ring = kit.mock.world.of(KeyRing, ACCOUNT, "us-east-1")
    key = kit.mock.world.transact(lambda: ring.save(replace(ring.create(), state="Disabled")))
    encryption = {"encryptionType": "KMS", "kmsKey": key.id}
    request = {"repositoryName": "new", "encryptionConfiguration": encryption}
    return "create_repository", request, {"<k>": ring.arn(key.id)}


def excluded_twice(kit):
    kit.client.register_pull_time_update_exclusion(principalArn=ALICE)
    return "register_pull_time_update_exclusion", {"principalArn": ALICE}


def held_child(kit):
    kit.put(kit.index(kit.push("v1")))
    return "update_image_storage_class", {**APP, "imageId": {"imageTag": "v1"}, "targetStorageClass": "ARCHIVE"}


BAD = "InvalidParameterException"
DOES_NOT_EXIST = f"with name 'team/app' in registry with id '{ACCOUNT}' does not exist"
REQUIRED = (
    f"required for pushing image into repository with name 'team/app' in the registry with id '{ACCOUNT}' do not exist"
)
SENTENCES = [
    (
        1,
        fixed_request("list_images", repositoryName="gone"),
        "RepositoryNotFoundException",
        f"The repository with name 'gone' does not exist in the registry with id '{ACCOUNT}'",
    ),
    (
        2,
        fixed_request("create_repository", **APP),
        "RepositoryAlreadyExistsException",
        f"The repository with name 'team/app' already exists in the registry with id '{ACCOUNT}'",
    ),
    (
        3,
        not_empty,
        "RepositoryNotEmptyException",
        (
            f"The repository with name 'team/app' in registry with id '{ACCOUNT}' cannot be deleted because it still "
            "contains images"
        ),
    ),
    (
        7,
        fixed_request("describe_images", **APP, imageIds=[{"imageTag": "v1"}]),
        "ImageNotFoundException",
        (
            "The image with imageId {imageDigest:'null', imageTag:'v1'} does not exist within the repository with name "
            f"'team/app' in the registry with id '{ACCOUNT}'"
        ),
    ),
    (
        8,
        image_again,
        "ImageAlreadyExistsException",
        (
            f"Image with digest '<d>' and tag 'v1' already exists in the repository with name 'team/app' in registry "
            f"with id '{ACCOUNT}'"
        ),
    ),
    (
        8,
        image_again_without_tag,
        "ImageAlreadyExistsException",
        (
            f"Image with digest '<d>' and tag 'null' already exists in the repository with name 'team/app' in registry "
            f"with id '{ACCOUNT}'"
        ),
    ),
    (
        9,
        fixed_tag,
        "ImageTagAlreadyExistsException",
        (
            "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is "
            "immutable."
        ),
    ),
    (
        11,
        wrong_digest,
        "ImageDigestDoesNotMatchException",
        (
            f"The image with digest '{NOWHERE}' in repository 'team/app' and registry ID '{ACCOUNT}' does not match "
            "the image digest that Amazon ECR has calculated."
        ),
    ),
    (12, layers_missing, "LayersNotFoundException", f"Layers with digests '[<d>]' {REQUIRED}"),
    (
        13,
        fixed_request("get_download_url_for_layer", **APP, layerDigest=NOWHERE),
        "LayersNotFoundException",
        (
            f"The layer with digest '{NOWHERE}' does not exist within the repository with name 'team/app' in the "
            f"registry with id '{ACCOUNT}'"
        ),
    ),
    (14, children_missing, "ReferencedImagesNotFoundException", f"Images with digests '[{NOWHERE}]' {REQUIRED}"),
    (
        15,
        fixed_request("complete_layer_upload", **APP, uploadId=NO_UPLOAD, layerDigests=[NOWHERE]),
        "UploadNotFoundException",
        f"The upload with id '{NO_UPLOAD}' in the repository {DOES_NOT_EXIST}",
    ),
    (
        16,
        no_parts,
        "EmptyUploadException",
        (
            f"The upload with id '<u>' in the repository with name 'team/app' in registry with id '{ACCOUNT}' cannot "
            "be completed because it does not have any parts"
        ),
    ),
    (
        17,
        small_part,
        "LayerPartTooSmallException",
        "All layer parts except the last part should be at least 5MB",
    ),
    (
        18,
        part_out_of_order,
        "InvalidLayerPartException",
        "First byte of the layer part is 7 instead of 10",
    ),
    (
        19,
        wrong_layer,
        "InvalidLayerException",
        "None of the provided layer digests match the calculated layer digest",
    ),
    (
        20,
        layer_again,
        "LayerAlreadyExistsException",
        (
            f"The layer with digest '<d>' already exists in the repository with name 'team/app' in registry with id "
            f"'{ACCOUNT}'"
        ),
    ),
    (
        21,
        loose_layer,
        "LayerInaccessibleException",
        (
            f"The layer with digest '<d>' in the repository with name 'team/app' in the registry with id '{ACCOUNT}' "
            "is not associated with an image"
        ),
    ),
    (
        22,
        fixed_request("put_image", **APP, imageManifest="no json"),
        BAD,
        invalid("ImageManifest", "Invalid JSON syntax"),
    ),
    (23, no_layers, BAD, invalid("ImageManifest", "Image has to have at least 1 layer")),
    (24, many_layers, BAD, invalid("ImageManifest", "Limit on number of layers per image exceeded")),
    (
        25,
        image_with(imageTag="a b"),
        BAD,
        invalid("imageTag", "must satisfy regular expression '[a-zA-Z0-9-_.]+'"),
    ),
    (
        26,
        fixed_request("create_repository", repositoryName="Bad_Name!"),
        BAD,
        invalid("repositoryName", f"must satisfy regular expression '{NAME}'"),
    ),
    (27, fixed_request("create_repository"), BAD, invalid("repositoryName", "must not be null")),
    (
        27,
        fixed_request("create_repository", repositoryName=""),
        BAD,
        invalid("repositoryName", "must not be null"),
    ),
    (
        28,
        fixed_request("create_repository", repositoryName="A"),
        BAD,
        invalid("repositoryName", "must have length greater than or equal to 2"),
    ),
    (
        29,
        fixed_request("create_repository", repositoryName="A" * 257),
        BAD,
        invalid("repositoryName", "must have length less than or equal to 256"),
    ),
    (
        30,
        fixed_request("list_images", **APP, registryId="12"),
        BAD,
        invalid("registryId", "must satisfy regular expression [0-9]{12}"),
    ),
    (
        31,
        fixed_request("get_authorization_token", registryIds=["12"]),
        BAD,
        invalid(
            "registryIds",
            "Member must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]{12}]",
        ),
    ),
    (
        32,
        filters("SOMETIMES"),
        BAD,
        invalid(
            "imageTagMutability",
            "Member must satisfy enum value set: "
            "[IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]",
        ),
    ),
    (33, fixed_request("put_image", **APP), BAD, invalid("imageManifest", "Member must not be null")),
    (33, fixed_request("batch_get_image", **APP), BAD, invalid("imageIds", "Member must not be null")),
    (33, fixed_request("list_tags_for_resource"), BAD, invalid("resourceArn", "Member must not be null")),
    (
        33,
        fixed_request("batch_check_layer_availability", **APP),
        BAD,
        invalid("layerDigests", "Member must not be null"),
    ),
    (
        34,
        fixed_request("batch_get_image", **APP, imageIds=[{"imageTag": "a"}] * 101),
        BAD,
        invalid("imageIds", "Member must have length less than or equal to 100"),
    ),
    (
        35,
        fixed_request("batch_delete_image", **APP, imageIds=[]),
        BAD,
        invalid("imageIds", "Member must have length greater than or equal to 1"),
    ),
    (
        36,
        fixed_request("list_images", **APP, maxResults=10000),
        BAD,
        invalid("maxResults", "Member must have value less than or equal to 1000"),
    ),
    (
        37,
        fixed_request("create_repository", repositoryName="new", tags=[{"Key": "a", "Value": "b"}, {"Value": "c"}]),
        BAD,
        invalid("tags.2.member.key", "Member must not be null"),
    ),
    (38, tags_of({"Key": "", "Value": "x"}), "InvalidTagParameterException", "Tag parameters are invalid"),
    (
        39,
        fixed_request("list_tags_for_resource", resourceArn="arn:aws:s3:::bucket"),
        BAD,
        invalid("resourceArn", "Invalid ARN"),
    ),
    *(
        (
            43,
            filters(setting),
            BAD,
            invalid(
                "imageTagMutabilityExclusionFilters",
                f"ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as {setting}",
            ),
        )
        for setting in ("IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION")
    ),
    *(
        (
            44,
            filters(setting, "dev*"),
            BAD,
            invalid(
                "imageTagMutabilityExclusionFilters",
                f"ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as {setting}",
            ),
        )
        for setting in ("IMMUTABLE", "MUTABLE")
    ),
    (
        45,
        fixed_request("complete_layer_upload", **APP, uploadId="mine", layerDigests=[NOWHERE]),
        BAD,
        invalid("uploadId", f"Member must satisfy regular expression pattern: {UPLOAD_ID}"),
    ),
    (
        47,
        fixed_request("list_images", repositoryName="a1", registryId="111122223333"),
        "AccessDeniedException",
        (
            f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: ecr:ListImages on resource: "
            "arn:aws:ecr:us-east-1:111122223333:repository/a1 because no resource-based policy allows the "
            "ecr:ListImages action"
        ),
    ),
    (
        61,
        tags_of(*({"Key": f"k{number}", "Value": ""} for number in range(51))),
        "TooManyTagsException",
        (
            "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a "
            "repository is 50."
        ),
    ),
    (
        62,
        fixed_request("create_repository", repositoryName="third"),
        "LimitExceededException",
        "The operation did not succeed because it would have exceeded a service limit for your account.",
    ),
    (
        4,
        fixed_request("get_repository_policy", **APP),
        "RepositoryPolicyNotFoundException",
        (
            "Repository policy does not exist for the repository with name 'team/app' in the registry with id "
            f"'{ACCOUNT}'"
        ),
    ),
    (
        6,
        fixed_request("delete_registry_policy"),
        "RegistryPolicyNotFoundException",
        f"Registry policy does not exist in the registry with id '{ACCOUNT}'",
    ),
    (
        40,
        fixed_request("set_repository_policy", **APP, policyText="{}"),
        BAD,
        invalid("PolicyText", "Invalid repository policy provided"),
    ),
    (
        41,
        fixed_request("put_registry_policy", policyText="{}"),
        BAD,
        invalid("PolicyText", "Invalid registry policy provided"),
    ),
    (42, fixed_request("set_repository_policy", **APP), BAD, invalid("PolicyText", "Cannot be null")),
    (42, fixed_request("put_registry_policy"), BAD, invalid("PolicyText", "Cannot be null")),
    (
        63,
        disabled_key,
        "KmsException",
        "<k> is disabled.",
    ),
    (
        64,
        excluded_twice,
        "ExclusionAlreadyExistsException",
        "The specified pull time update exclusion already exists for the registry.",
    ),
    (
        65,
        fixed_request("deregister_pull_time_update_exclusion", principalArn=ALICE),
        "ExclusionNotFoundException",
        "The specified pull time update exclusion was not found.",
    ),
    (
        66,
        held_child,
        "ImageStorageClassUpdateNotSupportedException",
        "The requested image storage class update is not supported.",
    ),
]
OPTIONS = {
    17: {"quota_layer_part_minimum": 5},
    24: {"quota_layers_per_image": 1},
    62: {"quota_repositories": 1},
}


@pytest.mark.parametrize(
    ("options", "provoke", "code", "message"),
    [pytest.param(OPTIONS.get(row[0], {}), *row[1:], id=f"row{row[0]}") for row in SENTENCES],
)
def test_each_refusal_in_awss_words(kit, provoke, code, message):
    kit.repository()
    operation, request, *words = provoke(kit)
    for mark, value in (words[0] if words else {}).items():
        message = message.replace(mark, value)
    before = kit.mock.world.store.dump()
    assert kit.refused(operation, **request) == (code, message)
    assert kit.mock.world.store.dump() == before
    assert kit.mock.calls[-1].error.code == code


def test_each_failure_of_a_batch_in_awss_words(kit):
    kit.repository()
    child, other = kit.push("a", "one"), kit.push("b", "two")
    index = kit.index(child)
    kit.put(index, "multi")
    digest = "digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
    rows = [
        (52, {"imageTag": "gone"}, "ImageNotFound", "Requested image not found"),
        (
            53,
            {"imageDigest": child.digest},
            "ImageReferencedByManifestList",
            f"Requested image referenced by manifest list: [{kit.sha256(index)}]",
        ),
        (
            54,
            {"imageDigest": other.digest, "imageTag": "a"},
            "ImageTagDoesNotMatchDigest",
            "Invalid request parameters: given tag does not map to the given digest",
        ),
        (55, {}, "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"),
        (56, {"imageDigest": "x"}, "InvalidImageDigest", f"Invalid request parameters: image {digest}"),
        (
            57,
            {"imageTag": "a b"},
            "InvalidImageTag",
            "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'",
        ),
    ]
    answer = kit.client.batch_delete_image(**APP, imageIds=[row[1] for row in rows])
    assert answer["failures"] == [
        {"imageId": asked, "failureCode": code, "failureReason": reason} for _, asked, code, reason in rows
    ]
    layers = [
        (58, "x", "InvalidLayerDigest", f"Invalid request parameters: layer {digest}"),
        (59, "", "MissingLayerDigest", "Invalid request parameters: layer digest cannot be null"),
    ]
    answer = kit.client.batch_check_layer_availability(**APP, layerDigests=[row[1] for row in layers])
    assert answer["failures"] == [
        {"layerDigest": asked, "failureCode": code, "failureReason": reason} for _, asked, code, reason in layers
    ]
    kit.client.update_image_storage_class(**APP, imageId={"imageTag": "b"}, targetStorageClass="ARCHIVE")
    (failure,) = kit.client.batch_get_image(**APP, imageIds=[{"imageTag": "b"}])["failures"]
    assert (failure["failureCode"], failure["failureReason"]) == (
        "ImageInaccessible",
        "The requested image is in an inaccessible state. Please restore if needed",
    )


# -- facts/api 12: what the second of two equal calls answers


def twice(kit, operation, **request):
    getattr(kit.client, operation)(**request)
    return kit.refused(operation, **request)[0]


def test_calls_that_are_refused_the_second_time(kit):
    assert twice(kit, "create_repository", **APP) == "RepositoryAlreadyExistsException"
    pushed = kit.push()
    manifest = {"imageManifest": pushed.manifest, "imageTag": "v1"}
    assert twice(kit, "put_image", **APP, **manifest) == "ImageAlreadyExistsException"
    upload = kit.begin()
    kit.part(upload, b"data")
    digests = [kit.sha256(b"data")]
    assert twice(kit, "complete_layer_upload", **APP, uploadId=upload, layerDigests=digests) == (
        "UploadNotFoundException"
    )
    kit.client.set_repository_policy(**APP, policyText=POLICY)
    assert twice(kit, "delete_repository_policy", **APP) == "RepositoryPolicyNotFoundException"
    kit.client.put_registry_policy(policyText=POLICY.replace('"Action"', '"Resource": "*", "Action"'))
    assert twice(kit, "delete_registry_policy") == "RegistryPolicyNotFoundException"
    principal = {"principalArn": ALICE}
    assert twice(kit, "register_pull_time_update_exclusion", **principal) == "ExclusionAlreadyExistsException"
    assert twice(kit, "deregister_pull_time_update_exclusion", **principal) == "ExclusionNotFoundException"
    assert twice(kit, "delete_repository", **APP, force=True) == "RepositoryNotFoundException"


def test_calls_that_answer_the_same_twice(kit):
    arn = kit.repository()["repositoryArn"]
    kit.push("v1")
    for operation, request in {
        "tag_resource": {"resourceArn": arn, "tags": [{"Key": "a", "Value": "b"}]},
        "untag_resource": {"resourceArn": arn, "tagKeys": ["a"]},
        "list_tags_for_resource": {"resourceArn": arn},
        "describe_repositories": {},
        "list_images": APP,
        "describe_images": APP,
        "batch_get_image": {**APP, "imageIds": [{"imageTag": "v1"}]},
        "batch_check_layer_availability": {**APP, "layerDigests": [NOWHERE]},
        "put_image_tag_mutability": {**APP, "imageTagMutability": "IMMUTABLE"},
        "put_image_scanning_configuration": {**APP, "imageScanningConfiguration": {"scanOnPush": True}},
        "set_repository_policy": {**APP, "policyText": POLICY},
        "get_repository_policy": APP,
        "put_registry_policy": {"policyText": POLICY.replace('"Action"', '"Resource": "*", "Action"')},
        "get_registry_policy": {},
        "put_account_setting": {"name": "BLOB_MOUNTING", "value": "ENABLED"},
        "get_account_setting": {"name": "BLOB_MOUNTING"},
        "describe_registry": {},
        "list_pull_time_update_exclusions": {},
        "list_image_referrers": {**APP, "subjectId": {"imageDigest": NOWHERE}},
        "update_image_storage_class": {**APP, "imageId": {"imageTag": "v1"}, "targetStorageClass": "ARCHIVE"},
    }.items():
        first, second = (getattr(kit.client, operation)(**request) for _ in range(2))
        del first["ResponseMetadata"], second["ResponseMetadata"]
        assert first == second, operation


def test_an_image_deleted_twice_is_a_failure_of_the_batch(kit):
    kit.repository()
    kit.push("v1")
    request = {**APP, "imageIds": [{"imageTag": "v1"}]}
    assert kit.client.batch_delete_image(**request)["failures"] == []
    assert [row["failureCode"] for row in kit.client.batch_delete_image(**request)["failures"]] == ["ImageNotFound"]


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("start_image_scan", {}),
        ("describe_image_scan_findings", {}),
        ("describe_image_replication_status", {}),
        ("describe_image_signing_status", {}),
        ("update_image_storage_class", {"targetStorageClass": "ARCHIVE"}),
    ],
)
def test_a_tag_that_cannot_be_one_is_told_before_anything_is_looked_up(kit, operation, more):
    asked = {"repositoryName": "nothing", "imageId": {"imageTag": "1-${{ github.run_number }}"}, **more}
    constraint = "must satisfy regular expression '[a-zA-Z0-9-_.]+'"
    assert kit.refused(operation, **asked) == (
        "InvalidParameterException",
        f"Invalid parameter at 'imageTag' failed to satisfy constraint: '{constraint}'",
    )
