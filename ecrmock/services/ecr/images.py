"""Images: put, fetched, deleted, listed, described (facts/api 9)."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.images import conversions, manifests
from ecrmock.domain.images.images import Failure, Image, ImageId, Images, Named, TagStatus, image_id
from ecrmock.domain.images.pushes import Push
from ecrmock.domain.scanning.scans import Scans
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.errors.ecr_images import ImageAlreadyExistsException
from ecrmock.gateway import pull_through
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import finding_views, paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_ecr.type_defs import (
        BatchDeleteImageRequestTypeDef,
        BatchGetImageRequestTypeDef,
        DescribeImagesRequestTypeDef,
        ImageIdentifierTypeDef,
        ListImagesRequestTypeDef,
        PutImageRequestTypeDef,
        UpdateImageStorageClassRequestTypeDef,
    )

    from ecrmock.domain.registry.repositories import Repository


@ecr.operation
def put_image(call: Call, request: "PutImageRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html."""
    repository, tag = call.repository(request["repositoryName"]), request.get("imageTag")
    data = request["imageManifest"].encode()
    closed, lenient = not call.dialect.open_manifests, call.world.settings.lenient
    manifest = manifests.parse(data, request.get("imageManifestMediaType"), closed=closed, lenient=lenient)
    push = Push(repository, pusher=call.caller.account)
    done = push.put(manifest, tag, request.get("imageDigest"), sha512=call.dialect.sha512)
    if done.kind == "Unchanged":
        raise ImageAlreadyExistsException(done.image.digest, tag, repository.name, repository.registry_id)
    return {"image": views.image(Named(done.image, tag), repository)}


@ecr.operation
def batch_get_image(call: Call, request: "BatchGetImageRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html."""
    images, failures = [], []
    for asked in request["imageIds"]:
        found = _pulled(call, request["repositoryName"], _id(asked), request.get("acceptedMediaTypes", ()))
        if isinstance(found, Failure):
            failures.append(views.image_failure(asked, found))
        else:
            images += found
    return {"images": images, "failures": failures}


def _pulled(call: Call, name: str, wanted: ImageId, accepted: "Sequence[str]") -> list[dict[str, Any]] | Failure:
    """The images of one id; translated only when asked for by tag alone (observed: aws/containers-roadmap#1075)."""
    missing = pull_through.prepare(call, name, wanted)
    if missing is not None:
        return missing
    repository = call.repository(name)
    found = repository.of(Images).pull(wanted, noted=call.notes_pulls())
    if isinstance(found, Failure):
        return found
    if wanted.tag and wanted.digest is None:
        shown = conversions.shown(repository, found[0].image, wanted.tag, accepted)
        return Failure.not_found() if shown is None else [views.image(found[0], repository, shown)]
    only_images = accepted and manifests.INDEXES.isdisjoint(accepted) and not manifests.IMAGES.isdisjoint(accepted)
    if only_images and found[0].image.media_type in manifests.INDEXES:
        return Failure.not_found()  # facts/api U15
    return [views.image(named, repository) for named in found]


@ecr.operation
def batch_delete_image(call: Call, request: "BatchDeleteImageRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html."""
    repository, asked = call.repository(request["repositoryName"]), request["imageIds"]
    gone: list[ImageIdentifierTypeDef] = []
    failures = []
    for item, outcome in zip(asked, repository.of(Images).delete([_id(each) for each in asked]), strict=True):
        if isinstance(outcome, Failure):
            failures.append(views.image_failure(item, outcome))
        else:
            gone += [views.image_id(named) for named in outcome]
    return {"imageIds": gone, "failures": failures}


@ecr.operation
def list_images(call: Call, request: "ListImagesRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImages.html."""
    images = call.repository(request["repositoryName"]).of(Images)
    tags, status = _filter(request)

    def fetch(after: Any, limit: int) -> list[Named]:
        return images.names(tuple(after) if after else None, limit, tags, status)

    found, more = paging.page(call, request, fetch, lambda named: [named.image.number, named.tag or ""])
    return {"imageIds": [views.image_id(named) for named in found], **more}


@ecr.operation
def describe_images(call: Call, request: "DescribeImagesRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html."""
    repository = call.repository(request["repositoryName"])
    paging.forbid(request, "imageIds")
    if asked := request.get("imageIds"):
        images = repository.of(Images)
        named = {image.digest: image for image in (described(images, each) for each in asked)}
        return {"imageDetails": [_detail(image, repository) for image in named.values()]}
    tags, status = _filter(request)
    found, more = paging.page(
        call, request, lambda after, limit: repository.of(Images).page(after, limit, tags, status), _number
    )
    return {"imageDetails": [_detail(image, repository) for image in found], **more}


def _detail(image: Image, repository: "Repository") -> dict[str, Any]:
    """With its scan where a test of old code wants that; real ECR has left it out since native scanning."""
    detail = cast("dict[str, Any]", views.image_detail(image, repository))
    shown = repository.of(Scans).status_of(image) if repository.world.settings.scans_in_describe_images else None
    if shown is None or shown.engine != "BASIC":
        return detail
    detail["imageScanStatus"] = finding_views.status(shown)
    return detail if shown.scan is None else {**detail, "imageScanFindingsSummary": finding_views.summary(shown)}


def described(images: Images, asked: "ImageIdentifierTypeDef", member: str = "imageIds") -> Image:
    """A named image of a request; an id without digest and tag names none (the batch operations' sentence)."""
    wanted = _id(asked)
    if not wanted.digest and not wanted.tag:
        raise InvalidParameterException(member, "Invalid request parameters: both tag and digest cannot be null")
    return images.demand(wanted)


@ecr.operation
def update_image_storage_class(call: Call, request: "UpdateImageStorageClassRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateImageStorageClass.html."""
    repository = call.repository(request["repositoryName"])
    images = repository.of(Images)
    image = described(images, request["imageId"], "imageId")
    change = images.archive if request["targetStorageClass"] == "ARCHIVE" else images.restore
    status = change(image).status
    return {**views.where(repository), "imageId": request["imageId"], "imageStatus": status}


def _number(image: Image) -> int:
    return image.number


def _filter(request: Any) -> tuple[TagStatus, str]:
    chosen = request.get("filter", {})
    return chosen.get("tagStatus", "ANY"), chosen.get("imageStatus", "ACTIVE")


def _id(asked: "ImageIdentifierTypeDef") -> ImageId:
    return image_id(cast("dict[str, Any]", asked))
