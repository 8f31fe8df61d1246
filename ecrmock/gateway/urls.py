"""What does a layer download URL look like, and what does a plain GET of it bring?"""

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from ecrmock.base.clock import basic, instant
from ecrmock.base.web import Request, Response, content_response
from ecrmock.domain import names
from ecrmock.domain.access.tokens import url_signature
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.registry.registries import Registry
from ecrmock.engine.world import Seam
from ecrmock.errors.base import ServiceError

if TYPE_CHECKING:
    from ecrmock.base.blobs import Content
    from ecrmock.domain.images.layers import Layer
    from ecrmock.domain.registry.repositories import Repository
    from ecrmock.engine.world import World
    from ecrmock.gateway.call import Call

PREFIX = "/_ecrmock/layers/"
LAYER_HOST: Seam[Callable[[], str]] = Seam(str)
"""Tells scheme and host of a socket that serves layers to callers by AWS's names, "" for none."""
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNED = "host"


def layer_url(call: "Call", repository: "Repository", layer: "Layer") -> str:
    """A URL that anyone may GET until it expires; it names this server as the caller reached it.

    Real ones lead to an S3 bucket (facts/api 8.5), and so does ours for a caller who came by AWS's name, unless
    somebody knows where any client gets the bytes.
    """
    host, scheme = call.host, call.scheme
    if not host or names.is_aws_host(host):
        scheme, _, host = call.world.at(LAYER_HOST)().partition("://")
    if not host:
        bucket = f"prod-{call.region}-starport-layer-bucket"
        host, scheme = f"{bucket}.s3.{call.region}.amazonaws.com", "https"
    date = basic(call.now)
    seconds = str(call.world.settings.url_seconds)
    path = f"{PREFIX}{repository.registry_id}/{repository.region}/{repository.name}/{layer.digest}"
    query = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Date": date,
        "X-Amz-Expires": seconds,
        "X-Amz-SignedHeaders": _SIGNED,
        "X-Amz-Signature": url_signature(call.world, path, date, seconds),
    }
    return f"{scheme}://{host}{quote(path)}?{urlencode(query)}"


def download(world: "World", request: Request) -> Response:
    """The bytes behind a layer URL, or S3's own refusals in XML; a further credential is ignored.

    See facts/registry 3.2.
    """
    if request.method not in {"GET", "HEAD"}:
        return _refused(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    date, seconds = request.value("X-Amz-Date") or "", request.value("X-Amz-Expires") or ""
    signature = request.value("X-Amz-Signature") or ""
    form = request.value("X-Amz-Algorithm"), request.value("X-Amz-SignedHeaders")
    right = url_signature(world, request.path, date, seconds)
    if form != (_ALGORITHM, _SIGNED) or not hmac.compare_digest(signature.encode(), right.encode()):
        return _refused(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )
    if world.clock.now() > instant(date) + int(seconds):
        return _refused(403, "AccessDenied", "Request has expired")
    content = world.transact(lambda: _content(world, request.path))
    if content is None:
        return _refused(404, "NoSuchKey", "The specified key does not exist.")
    return content_response(request, content, [("Content-Type", "application/octet-stream")])


def _content(world: "World", path: str) -> "Content | None":
    account, region, rest = path.removeprefix(PREFIX).split("/", 2)
    name, _, digest = rest.rpartition("/")
    try:
        layers = world.of(Registry, account, region).repository(name).of(Layers)
        layer = layers.get(digest)
    except ServiceError:
        return None
    return layers.content(layer) if layer else None


def _refused(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(status, body.encode(), [("Content-Type", "application/xml")])
