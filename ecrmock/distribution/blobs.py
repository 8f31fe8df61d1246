"""Blobs: is one here, and what are its bytes? (data-plane.md 1.5)."""

from ecrmock.base.web import Response, content_response
from ecrmock.distribution import refusals
from ecrmock.distribution.visit import Visit
from ecrmock.domain import names
from ecrmock.errors import LayersNotFoundException

_TYPE = ("Content-Type", "application/octet-stream")


def head(visit: Visit) -> Response:
    """HEAD: 200 with size and digest, or 404."""
    digest = visit.parts["digest"]
    if names.digest(digest) is None:
        return malformed(digest)
    layer = visit.repository.layers.get(digest)
    if layer is None:
        return _missing(visit, digest)
    return Response(200, b"", [_TYPE, ("Docker-Content-Digest", digest), ("Accept-Ranges", "bytes")], length=layer.size)


def get(visit: Visit) -> Response:
    """GET: the bytes, a single range included."""
    digest = visit.parts["digest"]
    if names.digest(digest) is None:
        return malformed(digest)
    layers = visit.repository.layers
    layer = layers.get(digest)
    if layer is None:
        return _missing(visit, digest)
    layers.readable(digest, unused=visit.call.manners.unused_layers)
    headers = [
        _TYPE,
        ("Docker-Content-Digest", digest),
        ("ETag", f'"{digest}"'),
        ("Cache-Control", "max-age=31536000"),
    ]
    return content_response(visit.request, layers.content(layer), headers)


def malformed(digest: str) -> Response:
    """A digest that no registry could know."""
    shown = digest.encode("ascii", "replace").decode()[:200]
    return refusals.refuse(400, "DIGEST_INVALID", f"invalid digest '{shown}'")


def _missing(visit: Visit, digest: str) -> Response:
    """ECR's sentence under the code of reads; the same error means BLOB_UPLOAD_UNKNOWN for a push."""
    error = LayersNotFoundException.pulling(digest, visit.name, visit.call.account)
    return refusals.refuse(404, "BLOB_UNKNOWN", error.message)
