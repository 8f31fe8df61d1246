"""The registry itself: described, its account settings and its pull-time exclusions (facts/api 6)."""

from typing import TYPE_CHECKING, Any

from ecrmock.domain.replication.rules import ReplicationRules
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        DeregisterPullTimeUpdateExclusionRequestTypeDef,
        GetAccountSettingRequestTypeDef,
        ListPullTimeUpdateExclusionsRequestTypeDef,
        PutAccountSettingRequestTypeDef,
        RegisterPullTimeUpdateExclusionRequestTypeDef,
    )


@ecr.operation
def describe_registry(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRegistry.html.

    Without a configuration the rules are an empty list, and the member is there (reported: SPX).
    """
    rules = call.world.of(ReplicationRules, call.account, call.region).get()
    return {"registryId": call.account, "replicationConfiguration": views.replication(rules)}


@ecr.operation
def get_account_setting(call: Call, request: "GetAccountSettingRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAccountSetting.html."""
    return {"name": request["name"], "value": call.registry.setting(request["name"])}


@ecr.operation
def put_account_setting(call: Call, request: "PutAccountSettingRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html."""
    call.registry.set_setting(request["name"], request["value"])
    return {"name": request["name"], "value": request["value"]}


@ecr.operation
def register_pull_time_update_exclusion(
    call: Call, request: "RegisterPullTimeUpdateExclusionRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegisterPullTimeUpdateExclusion.html."""
    row = call.registry.exclude(request["principalArn"])
    return {"principalArn": row.principal, "createdAt": row.created_at}


@ecr.operation
def deregister_pull_time_update_exclusion(
    call: Call, request: "DeregisterPullTimeUpdateExclusionRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeregisterPullTimeUpdateExclusion.html."""
    call.registry.include(request["principalArn"])
    return {"principalArn": request["principalArn"]}


@ecr.operation
def list_pull_time_update_exclusions(
    call: Call, request: "ListPullTimeUpdateExclusionsRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListPullTimeUpdateExclusions.html."""
    found, more = paging.page(call, request, call.registry.exclusions, lambda row: row.number)
    return {"pullTimeUpdateExclusions": [row.principal for row in found], **more}
