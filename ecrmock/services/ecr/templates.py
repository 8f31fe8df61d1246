"""Repository creation templates (facts/automation 5.1)."""

from typing import TYPE_CHECKING, Any, cast

from ecrmock.domain.templates import Templates
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        CreateRepositoryCreationTemplateRequestTypeDef,
        DeleteRepositoryCreationTemplateRequestTypeDef,
        DescribeRepositoryCreationTemplatesRequestTypeDef,
        UpdateRepositoryCreationTemplateRequestTypeDef,
    )

    from ecrmock.domain.templates import Template


def _templates(call: Call) -> Templates:
    return call.world.of(Templates, call.account, call.region)


@ecr.operation
def create_repository_creation_template(
    call: Call, request: "CreateRepositoryCreationTemplateRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html."""
    return _answer(call, _templates(call).add(cast("dict[str, Any]", request)))


@ecr.operation
def update_repository_creation_template(
    call: Call, request: "UpdateRepositoryCreationTemplateRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateRepositoryCreationTemplate.html."""
    return _answer(call, _templates(call).change(cast("dict[str, Any]", request)))


@ecr.operation
def delete_repository_creation_template(
    call: Call, request: "DeleteRepositoryCreationTemplateRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepositoryCreationTemplate.html."""
    return _answer(call, _templates(call).remove(request["prefix"]))


@ecr.operation
def describe_repository_creation_templates(
    call: Call, request: "DescribeRepositoryCreationTemplatesRequestTypeDef"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositoryCreationTemplates.html.

    A prefix that has none is simply absent: the model has no error for it (inferred).
    """
    paging.forbid(request, "prefixes")
    templates = _templates(call)
    more: dict[str, str] = {}
    if wanted := request.get("prefixes"):
        rows = sorted({row for prefix in wanted if (row := templates.find(prefix))}, key=_number)
    else:
        rows, more = paging.page(call, request, templates.page, _number)
    return {"registryId": call.account, "repositoryCreationTemplates": [_shown(row) for row in rows], **more}


def _number(row: "Template") -> int:
    return row.number


def _answer(call: Call, row: "Template") -> dict[str, Any]:
    return {"registryId": call.account, "repositoryCreationTemplate": _shown(row)}


def _shown(row: "Template") -> dict[str, Any]:
    """A template; the defaults of encryption and mutability are shown, other members only when set (documented)."""
    optional = {
        "description": row.description,
        "resourceTags": views.resource_tags(row.tags) or None,
        "repositoryPolicy": row.policy,
        "lifecyclePolicy": row.lifecycle,
        "customRoleArn": row.role,
    }
    return {
        "prefix": row.prefix,
        **{name: value for name, value in optional.items() if value is not None},
        "encryptionConfiguration": views.encryption(row.encryption, row.kms_key),
        **views.mutability(row.mutability),
        "appliedFor": list(row.applied_for),
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    }
