"""Resource policies: of one repository, and of the whole registry (facts/api 5.7, 6.1)."""

from typing import TYPE_CHECKING, Any

from ecrmock.domain.access import policies
from ecrmock.errors.ecr import (
    InvalidParameterException,
    RegistryPolicyNotFoundException,
    RepositoryPolicyNotFoundException,
)
from ecrmock.gateway.authorize import locks_out
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        DeleteRepositoryPolicyRequestTypeDef,
        GetRepositoryPolicyRequestTypeDef,
        PutRegistryPolicyRequestTypeDef,
        SetRepositoryPolicyRequestTypeDef,
    )

    from ecrmock.domain.registry.repositories import Repository


@ecr.operation
def set_repository_policy(call: Call, request: "SetRepositoryPolicyRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html.

    A policy that keeps its setter from setting another needs `force`; the refusal's text is ours (facts/access 8.4).
    """
    repository = call.repository(request["repositoryName"])
    policy = policies.read(request["policyText"], "repository", account=call.account, region=call.region)
    if not request.get("force", False) and locks_out(call, policy, repository.name):
        constraint = "The policy would prevent you from setting the repository policy again; use force to set it anyway"
        raise InvalidParameterException("PolicyText", constraint)
    repository.change(policy=policy.printed)
    return {**views.where(repository), "policyText": policy.printed}


@ecr.operation
def get_repository_policy(call: Call, request: "GetRepositoryPolicyRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html."""
    repository = call.repository(request["repositoryName"])
    return {**views.where(repository), "policyText": _policy(repository)}


@ecr.operation
def delete_repository_policy(call: Call, request: "DeleteRepositoryPolicyRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepositoryPolicy.html."""
    repository = call.repository(request["repositoryName"])
    text = _policy(repository)
    repository.change(policy=None)
    return {**views.where(repository), "policyText": text}


def _policy(repository: "Repository") -> str:
    if repository.row.policy is None:
        raise RepositoryPolicyNotFoundException(repository.name, repository.registry_id)
    return repository.row.policy


@ecr.operation
def put_registry_policy(call: Call, request: "PutRegistryPolicyRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryPolicy.html."""
    scope = call.registry.setting("REGISTRY_POLICY_SCOPE")
    policy = policies.read(
        request["policyText"], "registry", account=call.account, region=call.region, registry_scope=scope
    )
    call.registry.set_policy(policy.printed)
    return {"registryId": call.account, "policyText": policy.printed}


@ecr.operation
def get_registry_policy(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryPolicy.html."""
    return {"registryId": call.account, "policyText": _registry_policy(call)}


@ecr.operation
def delete_registry_policy(call: Call, _request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRegistryPolicy.html."""
    text = _registry_policy(call)
    call.registry.set_policy(None)
    return {"registryId": call.account, "policyText": text}


def _registry_policy(call: Call) -> str:
    text = call.registry.row.policy
    if text is None:
        raise RegistryPolicyNotFoundException(call.account)
    return text
