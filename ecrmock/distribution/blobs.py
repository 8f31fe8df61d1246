"""Blobs: is one here, and what are its bytes? (facts/registry 1.5)."""

from ecrmock.base.web import Response, content_response
from ecrmock.distribution.context import Context
from ecrmock.domain import names
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.errors.ecr_images import LayersNotFoundException

_TYPE = ("Content-Type", "application/octet-stream")


def head(context: Context) -> Response:
    """HEAD: 200 with size and digest, or 404."""
    digest = checked(context.parts["digest"])
    layers = context.repository.of(Layers)
    layer = layers.get(digest)
    if layer is None or layers.archived(layer):  # BatchCheckLayerAvailability tells this as a state, not as an error
        return Response(404)
    return Response(200, b"", [_TYPE, ("Docker-Content-Digest", digest), ("Accept-Ranges", "bytes")], length=layer.size)


def get(context: Context) -> Response:
    """GET: the bytes, a single range included."""
    digest = checked(context.parts["digest"])
    layers = context.repository.of(Layers)
    layer = layers.readable(digest, unused=context.call.dialect.unused_layers)
    headers = [
        _TYPE,
        ("Docker-Content-Digest", digest),
        ("ETag", f'"{digest}"'),
        ("Cache-Control", "max-age=31536000"),
    ]
    if unchanged(context, digest):
        return Response(304, b"", headers)
    return content_response(context.request, layers.content(layer), headers)


def unchanged(context: Context, digest: str) -> bool:
    """Whether the client says that it has this content already (If-None-Match, RFC 9110 13.1.2)."""
    known = context.request.header("if-none-match") or ""
    return any(tag.strip().removeprefix("W/") in {"*", f'"{digest}"'} for tag in known.split(",") if tag.strip())


def delete(context: Context) -> Response:
    """DELETE: the layer goes from this repository, also where a manifest still names it (DIST allows that)."""
    digest = checked(context.parts["digest"])
    repository = context.repository
    layer = repository.of(Layers).get(digest)
    if layer is None:
        raise LayersNotFoundException.pulling(digest, context.name, context.call.account)
    repository.of(Images).delete_layer(layer)
    return Response(202)


def checked(digest: str, member: str = "layerDigest") -> str:
    """The digest, if any registry could know it. Raises InvalidParameterException."""
    if names.digest(digest) is None:
        raise InvalidParameterException(member, "Member must be a sha256 or sha512 digest in lower-case hex")
    return digest
