"""Managed signing: its configuration, and how far images have got (facts/automation 6)."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.images.images import Images
from ecrmock.domain.signing import rules as signing_rules
from ecrmock.domain.signing.rules import SigningRules
from ecrmock.domain.signing.signatures import Signing
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import views
from ecrmock.services.ecr.images import described
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        DescribeImageSigningStatusRequestTypeDef,
        PutSigningConfigurationRequestTypeDef,
    )

    from ecrmock.domain.signing.signatures import SigningStatus


@ecr.operation
def put_signing_configuration(call: Call, request: "PutSigningConfigurationRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutSigningConfiguration.html."""
    rules = signing_rules.parse(cast("dict[str, Any]", request["signingConfiguration"]), call.region)
    call.world.of(SigningRules, call.account, call.region).put(rules)
    return {"signingConfiguration": views.signing(rules)}


@ecr.operation
def get_signing_configuration(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetSigningConfiguration.html."""
    rules = call.world.of(SigningRules, call.account, call.region).get()
    return {"registryId": call.account, "signingConfiguration": views.signing(rules)}


@ecr.operation
def delete_signing_configuration(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteSigningConfiguration.html."""
    rules = call.world.of(SigningRules, call.account, call.region).delete()
    return {"registryId": call.account, "signingConfiguration": views.signing(rules)}


@ecr.operation
def describe_image_signing_status(call: Call, request: "DescribeImageSigningStatusRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageSigningStatus.html."""
    repository = call.repository(request["repositoryName"])
    image = described(repository.of(Images), request["imageId"], "imageId")
    statuses = [_status(row) for row in Signing(repository).statuses(image.digest)]
    return {**views.where(repository), "imageId": request["imageId"], "signingStatuses": statuses}


def _status(row: "SigningStatus") -> dict[str, Any]:
    shown = {"signingProfileArn": row.profile, "status": row.state}
    return {**shown, "failureCode": row.code, "failureReason": row.reason} if row.code else shown
