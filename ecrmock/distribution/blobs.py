"""Blobs: is one here, and what are its bytes? (data-plane.md 1.5)."""

from ecrmock.base.web import Response, content_response
from ecrmock.distribution.visit import Visit
from ecrmock.domain import names
from ecrmock.errors import InvalidParameterException

_TYPE = ("Content-Type", "application/octet-stream")


def head(visit: Visit) -> Response:
    """HEAD: 200 with size and digest, or 404."""
    digest = checked(visit.parts["digest"])
    layer = visit.repository.layers.get(digest)
    if layer is None:  # BatchCheckLayerAvailability tells this as UNAVAILABLE, not as an error
        return Response(404)
    return Response(200, b"", [_TYPE, ("Docker-Content-Digest", digest), ("Accept-Ranges", "bytes")], length=layer.size)


def get(visit: Visit) -> Response:
    """GET: the bytes, a single range included."""
    digest = checked(visit.parts["digest"])
    layers = visit.repository.layers
    layer = layers.readable(digest, unused=visit.call.manners.unused_layers)
    headers = [
        _TYPE,
        ("Docker-Content-Digest", digest),
        ("ETag", f'"{digest}"'),
        ("Cache-Control", "max-age=31536000"),
    ]
    return content_response(visit.request, layers.content(layer), headers)


def checked(digest: str, member: str = "layerDigest") -> str:
    """The digest, if any registry could know it. Raises InvalidParameterException."""
    if names.digest(digest) is None:
        raise InvalidParameterException(member, "Member must be a sha256 or sha512 digest in lower-case hex")
    return digest
