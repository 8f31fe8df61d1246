"""Managed signing: its configuration, and how far images have got (policies-and-automation.md 6)."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain import signing_rules
from ecrmock.domain.signing import Signing
from ecrmock.errors import SigningConfigurationNotFoundException
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import views
from ecrmock.services.ecr.images import described
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        DescribeImageSigningStatusRequestTypeDef,
        PutSigningConfigurationRequestTypeDef,
    )

    from ecrmock.domain.signing import Status


@ecr.operation
def put_signing_configuration(call: Call, request: "PutSigningConfigurationRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutSigningConfiguration.html."""
    rules = signing_rules.parse(cast("dict[str, Any]", request["signingConfiguration"]), call.region)
    call.registry.save_row(replace(call.registry.row, signing=rules))
    return {"signingConfiguration": views.signing(rules)}


@ecr.operation
def get_signing_configuration(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetSigningConfiguration.html."""
    rules = call.registry.row.signing
    if rules is None:
        raise SigningConfigurationNotFoundException(call.account)
    return {"registryId": call.account, "signingConfiguration": views.signing(rules)}


@ecr.operation
def delete_signing_configuration(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteSigningConfiguration.html."""
    answer = get_signing_configuration(call, request)
    call.registry.save_row(replace(call.registry.row, signing=None))
    return answer


@ecr.operation
def describe_image_signing_status(call: Call, request: "DescribeImageSigningStatusRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageSigningStatus.html."""
    repository = call.repository(request["repositoryName"])
    image = described(repository.images.demand, request["imageId"], "imageId")
    statuses = [_status(row) for row in Signing(repository).statuses(image.digest)]
    return {**views.where(repository), "imageId": request["imageId"], "signingStatuses": statuses}


def _status(row: "Status") -> dict[str, Any]:
    shown = {"signingProfileArn": row.profile, "status": row.state}
    return {**shown, "failureCode": row.code, "failureReason": row.reason} if row.code else shown
