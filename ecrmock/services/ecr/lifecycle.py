"""Lifecycle policies and their previews (facts/automation 1.3)."""

from typing import TYPE_CHECKING, Any

from ecrmock.domain.lifecycle.policies import LifecyclePolicy
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        DeleteLifecyclePolicyRequestTypeDef,
        GetLifecyclePolicyPreviewRequestTypeDef,
        GetLifecyclePolicyRequestTypeDef,
        PutLifecyclePolicyRequestTypeDef,
        StartLifecyclePolicyPreviewRequestTypeDef,
    )

    from ecrmock.domain.lifecycle.policies import Foreseen, Preview


@ecr.operation
def put_lifecycle_policy(call: Call, request: "PutLifecyclePolicyRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html."""
    repository = call.repository(request["repositoryName"])
    stored = repository.of(LifecyclePolicy).put(request["lifecyclePolicyText"])
    return {**views.where(repository), "lifecyclePolicyText": stored}


@ecr.operation
def get_lifecycle_policy(call: Call, request: "GetLifecyclePolicyRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicy.html."""
    repository = call.repository(request["repositoryName"])
    text, last = repository.of(LifecyclePolicy).policy(), repository.of(LifecyclePolicy).last()
    return {**views.where(repository), "lifecyclePolicyText": text, "lastEvaluatedAt": last}


@ecr.operation
def delete_lifecycle_policy(call: Call, request: "DeleteLifecyclePolicyRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteLifecyclePolicy.html."""
    repository = call.repository(request["repositoryName"])
    text, last = repository.of(LifecyclePolicy).policy(), repository.of(LifecyclePolicy).last()
    repository.of(LifecyclePolicy).delete()
    return {**views.where(repository), "lifecyclePolicyText": text, "lastEvaluatedAt": last}


@ecr.operation
def start_lifecycle_policy_preview(call: Call, request: "StartLifecyclePolicyPreviewRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartLifecyclePolicyPreview.html."""
    repository = call.repository(request["repositoryName"])
    begun = repository.of(LifecyclePolicy).start_preview(request.get("lifecyclePolicyText"))
    return {**views.where(repository), "lifecyclePolicyText": begun.text, "status": begun.status}


@ecr.operation
def get_lifecycle_policy_preview(call: Call, request: "GetLifecyclePolicyPreviewRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicyPreview.html."""
    repository = call.repository(request["repositoryName"])
    paging.forbid(request, "imageIds")
    preview = repository.of(LifecyclePolicy).preview()
    wanted = [row for row in preview.results if _asked(row, request)]
    more: dict[str, str] = {}
    if not request.get("imageIds"):
        places = list(enumerate(wanted))
        rows, more = paging.page(
            call, request, lambda after, limit: places[0 if after is None else after + 1 :][:limit], lambda row: row[0]
        )
        wanted = [row for _, row in rows]
    return {
        **views.where(repository),
        "lifecyclePolicyText": preview.text,
        "status": preview.status,
        "previewResults": [_result(row) for row in wanted],
        "summary": _summary(preview),
        **more,
    }


def _asked(row: "Foreseen", request: "GetLifecyclePolicyPreviewRequestTypeDef") -> bool:
    status = request.get("filter", {}).get("tagStatus", "ANY")
    if status != "ANY" and (status == "TAGGED") != bool(row.tags):
        return False
    ids = request.get("imageIds")
    return not ids or any(
        each.get("imageDigest", row.digest) == row.digest and ("imageTag" not in each or each["imageTag"] in row.tags)
        for each in ids
        if each
    )


def _result(row: "Foreseen") -> dict[str, Any]:
    action = {"type": "EXPIRE"} if row.action == "expire" else {"type": "TRANSITION", "targetStorageClass": "ARCHIVE"}
    return {
        "imageTags": list(row.tags),
        "imageDigest": row.digest,
        "imagePushedAt": row.pushed_at,
        "action": action,
        "appliedRulePriority": row.priority,
        "storageClass": "ARCHIVE" if row.archived else "STANDARD",
    }


def _summary(preview: "Preview") -> dict[str, Any]:
    """Counts of the whole preview, whatever the filter; none while it is in progress."""
    if preview.status == "IN_PROGRESS":
        return {}
    moving = sum(row.action == "transition" for row in preview.results)
    counts: dict[str, Any] = {"expiringImageTotalCount": len(preview.results) - moving}
    if moving:
        counts["transitioningImageTotalCounts"] = [{"targetStorageClass": "ARCHIVE", "imageTotalCount": moving}]
    return counts
