"""Repositories: created, described, deleted."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.domain.registry.repositories import Mutability, Repository, RepositoryRow, encryption
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        CreateRepositoryRequestTypeDef,
        DeleteRepositoryRequestTypeDef,
        DescribeRepositoriesRequestTypeDef,
        PutImageScanningConfigurationRequestTypeDef,
        PutImageTagMutabilityRequestTypeDef,
    )


@ecr.operation
def create_repository(call: Call, request: "CreateRepositoryRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html."""
    row = RepositoryRow(
        request["repositoryName"],
        call.now,
        mutability=Mutability.parse(cast("dict[str, Any]", request)),
        scan_on_push=request.get("imageScanningConfiguration", {}).get("scanOnPush", False),
        **_encryption(call, cast("dict[str, Any]", request)),
    )
    tags = [(tag["Key"], tag.get("Value", "")) for tag in request.get("tags", ())]
    return {"repository": views.repository(call, call.registry.create(row, tags))}


def _encryption(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """The encryption of a new repository (facts/api 5.9): AES256, or KMS with the ARN of its key."""
    kind, key = encryption(request.get("encryptionConfiguration", {"encryptionType": "AES256"}))
    if kind == "AES256":
        return {"encryption": kind}
    return {"encryption": kind, "kms_key": call.world.of(KeyRing, call.account, call.region).resolve(key)}


@ecr.operation
def put_image_tag_mutability(call: Call, request: "PutImageTagMutabilityRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html."""
    repository = call.repository(request["repositoryName"])
    mutability = Mutability.parse(cast("dict[str, Any]", request))
    repository.change(mutability=mutability)
    return {**views.where(repository), **views.mutability(mutability)}


@ecr.operation
def put_image_scanning_configuration(
    call: Call, request: "PutImageScanningConfigurationRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html.

    A missing scanOnPush means false and replaces a stored true (facts/api 5.6).
    """
    repository = call.repository(request["repositoryName"])
    wanted = request["imageScanningConfiguration"].get("scanOnPush", False)
    repository.change(scan_on_push=wanted)
    return {**views.where(repository), "imageScanningConfiguration": {"scanOnPush": wanted}}


@ecr.operation
def describe_repositories(call: Call, request: "DescribeRepositoriesRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html."""
    paging.forbid(request, "repositoryNames")
    if wanted := request.get("repositoryNames"):
        named = [call.repository(name) for name in dict.fromkeys(wanted)]
        return {"repositories": [views.repository(call, found) for found in named]}
    found, more = paging.page(call, request, call.registry.page, _name)
    return {"repositories": [views.repository(call, each) for each in found], **more}


def _name(repository: Repository) -> str:
    return repository.name


@ecr.operation
def delete_repository(call: Call, request: "DeleteRepositoryRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html."""
    gone = call.registry.delete(request["repositoryName"], force=request.get("force", False))
    return {"repository": views.deleted(call, gone)}
