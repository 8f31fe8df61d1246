"""Repositories: created, described, deleted."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.repositories import Mutability, Repository, RepositoryRow
from ecrmock.errors import InvalidParameterException, NotYetException
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        CreateRepositoryRequestTypeDef,
        DeleteRepositoryRequestTypeDef,
        DescribeRepositoriesRequestTypeDef,
    )


@ecr.operation
def create_repository(call: Call, request: "CreateRepositoryRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html."""
    row = RepositoryRow(
        request["repositoryName"],
        call.now,
        mutability=Mutability.parse(cast("dict[str, Any]", request)),
        scan_on_push=request.get("imageScanningConfiguration", {}).get("scanOnPush", False),
        encryption=_encryption(cast("dict[str, Any]", request)),
    )
    tags = [(tag["Key"], tag.get("Value", "")) for tag in request.get("tags", ())]
    return {"repository": views.repository(call, call.registry.create(row, tags))}


def _encryption(request: dict[str, Any]) -> str:
    """AES256, the default (control-plane.md 5.9); the KMS forms are refused until there is a KMS."""
    wanted = request.get("encryptionConfiguration", {"encryptionType": "AES256"})
    if wanted["encryptionType"] != "AES256":
        what = f"encryption of type {wanted['encryptionType']}"
        raise NotYetException(what)
    if "kmsKey" in wanted:
        raise InvalidParameterException(
            "encryptionConfiguration", "kmsKey can't be set when encryptionType is set as AES256"
        )
    return "AES256"


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
