"""Artifacts that refer to an image (facts/api 9.6)."""

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from ecrmock.domain.images.images import Image, Images
from ecrmock.gateway.call import Call
from ecrmock.services.ecr import paging, views
from ecrmock.services.ecr.service import ecr

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import ListImageReferrersRequestTypeDef

_PAGE = 50
"""The newer text of the reference (facts/api U30)."""


@ecr.operation
def list_image_referrers(call: Call, request: "ListImageReferrersRequestTypeDef") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html.

    A subject that does not exist has no referrers. The token is bound to the subject too.
    """
    repository, subject = call.repository(request["repositoryName"]), request["subjectId"]["imageDigest"]
    chosen = request.get("filter", {})
    found = repository.of(Images).referrers(
        subject, chosen.get("artifactTypes", ()), chosen.get("artifactStatus", "ACTIVE")
    )
    digests = [image.digest for image in found]

    def fetch(after: str | None, limit: int) -> list[Image]:
        start = 0 if after is None else bisect_right(digests, after)
        return found[start : start + limit]

    page, more = paging.page(call, request, fetch, lambda image: image.digest, _PAGE, (subject,))
    return {"referrers": [views.referrer(image, repository) for image in page], **more}
