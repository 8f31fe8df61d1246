"""Pull through cache rules: made, changed, taken away, described, validated (facts/automation 4.2)."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.pull_through import validation
from ecrmock.domain.pull_through.rules import CacheRule, CacheRules
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        CreatePullThroughCacheRuleRequestTypeDef,
        DeletePullThroughCacheRuleRequestTypeDef,
        DescribePullThroughCacheRulesRequestTypeDef,
        UpdatePullThroughCacheRuleRequestTypeDef,
        ValidatePullThroughCacheRuleRequestTypeDef,
    )


def _rules(call: Call) -> CacheRules:
    return call.world.of(CacheRules, call.account, call.region)


@ecr.operation
def create_pull_through_cache_rule(call: Call, request: "CreatePullThroughCacheRuleRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html."""
    row = _rules(call).add(cast("dict[str, Any]", request))
    return {**_rule(call, row), "upstreamRegistry": row.kind, "createdAt": row.created_at}


@ecr.operation
def update_pull_through_cache_rule(call: Call, request: "UpdatePullThroughCacheRuleRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdatePullThroughCacheRule.html."""
    row = _rules(call).change(cast("dict[str, Any]", request))
    shown = {**_rule(call, row), "updatedAt": row.updated_at}
    del shown["upstreamRegistryUrl"]  # not in the model's answer
    return shown


@ecr.operation
def delete_pull_through_cache_rule(call: Call, request: "DeletePullThroughCacheRuleRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeletePullThroughCacheRule.html."""
    row = _rules(call).remove(request["ecrRepositoryPrefix"])
    return {**_rule(call, row), "createdAt": row.created_at}


@ecr.operation
def describe_pull_through_cache_rules(
    call: Call, request: "DescribePullThroughCacheRulesRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribePullThroughCacheRules.html."""
    paging.forbid(request, "ecrRepositoryPrefixes")
    more: dict[str, str] = {}
    if named := request.get("ecrRepositoryPrefixes"):
        wanted = {row.number: row for row in (_rules(call).get(prefix) for prefix in named)}
        found = [wanted[number] for number in sorted(wanted)]
    else:
        found, more = paging.page(call, request, _rules(call).page, lambda row: row.number)
    return {"pullThroughCacheRules": [_described(call, row) for row in found], **more}


@ecr.operation
def validate_pull_through_cache_rule(
    call: Call, request: "ValidatePullThroughCacheRuleRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ValidatePullThroughCacheRule.html.

    The upstream is asked without the lock; what is wrong is an answer, not an error (documented).
    """
    row = _rules(call).get(request["ecrRepositoryPrefix"])
    fault = validation.fault(call.world, call.registry.key, row, call.outcomes)
    return {**_rule(call, row), "isValid": fault is None, **({"failure": fault} if fault else {})}


def _described(call: Call, row: CacheRule) -> dict[str, Any]:
    more = {"upstreamRegistry": row.kind, "createdAt": row.created_at, "updatedAt": row.updated_at}
    return {**_rule(call, row), **more}


def _rule(call: Call, row: CacheRule) -> dict[str, Any]:
    """What every answer shows; what was not set is absent (observed: the Terraform provider)."""
    members = {
        "ecrRepositoryPrefix": row.prefix,
        "registryId": call.account,
        "upstreamRegistryUrl": row.url,
        "credentialArn": row.credential,
        "customRoleArn": row.role,
        "upstreamRepositoryPrefix": row.upstream_prefix,
    }
    return {name: value for name, value in members.items() if value is not None}
