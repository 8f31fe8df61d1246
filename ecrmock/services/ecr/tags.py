"""Resource tags of a repository, the only taggable thing (facts/api 5.4)."""

from typing import TYPE_CHECKING, Any

from ecrmock.domain.registry.repositories import Repository, merged_tags
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import (
        ListTagsForResourceRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )


@ecr.operation
def tag_resource(call: Call, request: "TagResourceRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html."""
    repository = _repository(call)
    new = [(tag["Key"], tag.get("Value", "")) for tag in request["tags"]]
    tags = merged_tags(repository.row.tags, new, call.world.settings.quota_resource_tags)
    repository.change(tags=tags)
    return {}


@ecr.operation
def untag_resource(call: Call, request: "UntagResourceRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UntagResource.html."""
    repository, gone = _repository(call), set(request["tagKeys"])
    kept = tuple((key, value) for key, value in repository.row.tags if key not in gone)
    repository.change(tags=kept)
    return {}


@ecr.operation
def list_tags_for_resource(call: Call, _request: "ListTagsForResourceRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html."""
    return {"tags": views.resource_tags(_repository(call).row.tags)}


def _repository(call: Call) -> Repository:
    """The repository of the ARN, which the door has read."""
    return call.repository(call.repositories[0])
