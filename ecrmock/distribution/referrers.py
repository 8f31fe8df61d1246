"""Which artifacts refer to a digest? An OCI index, made on the spot (facts/registry 1.9)."""

from bisect import bisect_right
from urllib.parse import urlencode

from ecrmock.base.jsons import ENCODER, loads
from ecrmock.base.web import Response
from ecrmock.distribution import blobs
from ecrmock.distribution.context import Context
from ecrmock.domain.images.images import Image, Images
from ecrmock.domain.images.manifests import OCI_INDEX
from ecrmock.domain.registry.repositories import Repository

_PAGE = 50
"""As the API's twin, ListImageReferrers."""


def listed(context: Context) -> Response:
    """GET referrers: never 404 for a digest that is unknown; pages by Link, filtered when asked."""
    digest, wanted = blobs.checked(context.parts["digest"], "imageDigest"), context.request.value("artifactType")
    repository = context.repository
    found = repository.of(Images).referrers(digest, (wanted,) if wanted else ())
    start = bisect_right([image.digest for image in found], context.request.value("last") or "")
    page, rest = found[start : start + _PAGE], found[start + _PAGE :]
    body = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [_descriptor(image, repository) for image in page],
    }
    headers = [("Content-Type", OCI_INDEX)]
    if wanted:
        headers.append(("OCI-Filters-Applied", "artifactType"))
    if rest:
        query = {**({"artifactType": wanted} if wanted else {}), "last": page[-1].digest}
        headers.append(("Link", f'<{context.base}/referrers/{digest}?{urlencode(query)}>; rel="next"'))
    return Response(200, ENCODER.encode(body).encode(), headers)


def _descriptor(image: Image, repository: Repository) -> dict[str, object]:
    data = repository.of(Images).manifest(image)
    annotations = loads(data).get("annotations")
    return {
        "mediaType": image.media_type,
        "digest": image.digest,
        "size": len(data),
        **({"artifactType": image.artifact_type} if image.artifact_type else {}),
        **({"annotations": annotations} if annotations else {}),
    }
