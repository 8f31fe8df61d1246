"""Replication: its configuration, and how far images have got (facts/automation 3)."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.images.images import Images
from ecrmock.domain.replication import rules as replication_rules
from ecrmock.domain.replication.copies import Replication
from ecrmock.domain.replication.rules import ReplicationRules
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import views
from ecrmock.services.ecr.images import described
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        DescribeImageReplicationStatusRequestTypeDef,
        PutReplicationConfigurationRequestTypeDef,
    )

    from ecrmock.domain.replication.copies import ReplicationStatus


@ecr.operation
def put_replication_configuration(call: Call, request: "PutReplicationConfigurationRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutReplicationConfiguration.html."""
    asked = cast("dict[str, Any]", request["replicationConfiguration"])
    rules = replication_rules.parse(asked, call.account, call.region)
    call.world.of(ReplicationRules, call.account, call.region).put(rules)
    return {"replicationConfiguration": views.replication(rules)}


@ecr.operation
def describe_image_replication_status(
    call: Call, request: "DescribeImageReplicationStatusRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageReplicationStatus.html."""
    repository = call.repository(request["repositoryName"])
    image = described(repository.of(Images), request["imageId"], "imageId")
    statuses = Replication(repository).statuses(image.digest)
    return {
        "repositoryName": repository.name,
        "imageId": request["imageId"],
        "replicationStatuses": [_status(row) for row in statuses],
    }


def _status(row: "ReplicationStatus") -> dict[str, Any]:
    shown = {"region": row.destination.region, "registryId": row.destination.account, "status": row.state}
    return {**shown, "failureCode": row.code} if row.code else shown
