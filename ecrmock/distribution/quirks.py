"""What does real ECR do oddly at its docker door? Answers in place of the clean ones, under `--ecr-quirks`.

See facts/registry 2.15.
"""

import json
from collections.abc import Callable
from itertools import islice
from typing import Any
from urllib.parse import quote

from ecrmock.base.web import Response
from ecrmock.distribution import blobs, manifests, refusals, tags, uploads
from ecrmock.distribution.context import Context
from ecrmock.domain.images.image import Named
from ecrmock.domain.images.images import Images
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.uploads import PART_SIZE, Uploads
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.errors.ecr_images import UploadNotFoundException
from ecrmock.gateway import urls

_ANY_BLOB = "application/vnd.docker.container.image.v1+json"


def _start(context: Context) -> Response:
    """POST: no Docker-Upload-UUID, a Location with its host; a digest in the same request is ignored.

    See facts/registry 2.5, U6.
    """
    context.request.query.pop("digest", None)
    response = _without(uploads.start(context), "Docker-Upload-UUID")
    response.headers = [
        (name, _host(context) + value if name == "Location" else value) for name, value in response.headers
    ]
    return response


def _append(context: Context) -> Response:
    """PATCH: 201, and a Range that stays at the end of the first part (aws/containers-roadmap#2831)."""
    response = uploads.append(context)
    upload = context.call.transact(lambda: context.repository.of(Uploads).get(context.parts["upload"]))
    response = _without(response, "Docker-Upload-UUID", "Range")
    response.headers.append(("Range", f"0-{max(min(upload.first or 0, PART_SIZE) - 1, 0)}"))
    response.status = 201
    return response


def _no_upload(context: Context) -> Response:
    """Status and cancel of an upload: 404 (dotnet/sdk#33019; cancel inferred)."""
    raise UploadNotFoundException(context.parts["upload"], context.name, context.call.account)


def _head_blob(context: Context) -> Response:
    """HEAD: any blob has the type of a config (solo-io/wasm#129)."""
    response = blobs.head(context)
    if response.status == 200:  # noqa: PLR2004
        response = _without(response, "Content-Type")
        response.headers.append(("Content-Type", _ANY_BLOB))
    return response


def _get_blob(context: Context) -> Response:
    """GET: 307 to a presigned URL, on this host (open-policy-agent/opa#6580)."""
    repository = context.repository
    layer = repository.of(Layers).readable(
        blobs.checked(context.parts["digest"]), unused=context.call.dialect.unused_layers
    )
    return Response(307, b"", [("Location", urls.layer_url(context.call, repository, layer))])


def _delete_blob(_visit: Context) -> Response:
    """DELETE: not offered (facts/registry 2.10)."""
    return refusals.refuse(405, "UNSUPPORTED", "The operation is unsupported.")


def _get_manifest(context: Context) -> Response:
    """GET has no Docker-Content-Digest, HEAD does (oras-project/oras-go#237, aws/containers-roadmap#1931)."""
    response = manifests.get(context)
    return response if context.request.method == "HEAD" else _without(response, "Docker-Content-Digest")


def _put_manifest(context: Context) -> Response:
    """PUT: the digest, and no Location (oras-project/rust-oci-client#40)."""
    return _without(manifests.put(context), "Location")


def _list_tags(context: Context) -> Response:
    """Unsorted, text/plain, and `last` is a token of ours (google/go-containerregistry#681)."""
    limit, repository = tags.page_size(context), context.repository
    scope = ("tags", context.call.account, context.call.region, repository.name)
    place = _after(context, scope)
    after = None if place is None else tuple(place)
    found = repository.of(Images).names(after, limit + 1, "TAGGED", "ACTIVE") if limit else []
    body = json.dumps({"name": repository.name, "tags": [named.tag for named in islice(found, limit)]})
    more = _more(context, scope, _place(found[limit - 1]), "tags/list") if len(found) > limit else []
    return Response(200, body.encode(), [("Content-Type", "text/plain; charset=utf-8"), *more])


def _place(named: Named) -> list[object]:
    return [named.image.number, named.tag]


def _catalog(context: Context) -> Response:
    """Pages as the tags' do (mayflower/docker-ls#28)."""
    limit, scope = tags.page_size(context), ("catalog", context.call.account, context.call.region)
    after = _after(context, scope)
    found = [repository.name for repository in context.call.registry.page(after, limit + 1)] if limit else []
    more = _more(context, scope, found[limit - 1], "_catalog") if len(found) > limit else []
    body = json.dumps({"repositories": found[:limit]}, separators=(",", ":"))
    return Response(200, body.encode(), [("Content-Type", "application/json"), *more])


def _after(context: Context, scope: tuple[str, ...]) -> Any:
    """The place that `last` names; None at the beginning. Raises InvalidParameterException (facts/registry 2.3)."""
    token = context.request.value("last")
    try:
        return None if token is None else context.call.world.cursors.decode(scope, token)
    except ValueError:
        raise InvalidParameterException("NextToken", "Invalid next token provided") from None


def _more(context: Context, scope: tuple[str, ...], place: object, path: str) -> list[tuple[str, str]]:
    """The header that leads to the next page."""
    token = quote(context.call.world.cursors.encode(scope, place), safe="")
    return [("Link", f'<{_host(context)}{context.base}/{path}?last={token}>; rel="next"')]


def _host(context: Context) -> str:
    return f"{context.request.scheme}://{context.request.host}"


def _without(response: Response, *names: str) -> Response:
    response.headers = [(name, value) for name, value in response.headers if name not in names]
    return response


ROUTES: dict[Callable[[Context], Response], Callable[[Context], Response]] = {
    uploads.start: _start,
    uploads.append: _append,
    uploads.status: _no_upload,
    uploads.cancel: _no_upload,
    blobs.head: _head_blob,
    blobs.get: _get_blob,
    blobs.delete: _delete_blob,
    manifests.get: _get_manifest,
    manifests.put: _put_manifest,
    tags.listed: _list_tags,
    tags.catalog: _catalog,
}
