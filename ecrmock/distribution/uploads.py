"""Uploads at the docker door: begun, continued, finished, looked at, cancelled (facts/registry 1.6)."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecrmock.base.web import Response
from ecrmock.distribution import blobs, mounts
from ecrmock.distribution.context import Context
from ecrmock.domain.images.uploads import Uploads
from ecrmock.errors.base import ServiceError
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.gateway.receive import receive, receive_then

if TYPE_CHECKING:
    from ecrmock.domain.images.uploads import Upload

# inclusive and without `bytes`; the RFC's prefix and total are forgiven
_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?(\d{1,18})-(\d{1,18})(?:/(?:\d+|\*))?")


def start(context: Context) -> Response:
    """POST: a new upload; with `mount` a layer from elsewhere (end-11), with `digest` and a body all of it (4b)."""
    mounted = context.call.transact(lambda: mounts.mount(context))
    if mounted is not None:
        return _stored(context, mounted)
    digest = context.request.value("digest")
    if digest is not None:
        blobs.checked(digest)
    upload = context.call.transact(lambda: context.repository.of(Uploads).start())
    if digest is None or not _has_body(context):
        return _progress(context, upload, 202)
    try:
        return _finish(context, (upload.id, 0), context.request.body.blocks(), digest)
    except BaseException:
        context.call.transact(lambda: _abandon(context, upload.id))
        raise


def _has_body(context: Context) -> bool:
    """Without a length a chunked body may follow; with length 0 only an empty blob is meant by a content type."""
    length = context.request.body.length
    return length is None or length > 0 or context.request.header("content-type") == "application/octet-stream"


def _abandon(context: Context, upload_id: str) -> None:
    try:
        context.repository.of(Uploads).expire(upload_id)
    except ServiceError:
        return  # the repository went meanwhile, and its uploads with it


def append(context: Context) -> Response:
    """PATCH: bytes at the offset, announced by Content-Range or streamed."""
    first, blocks = _announced(context)
    return _progress(context, receive(context.call, context.name, context.parts["upload"], first, blocks), 202)


def finish(context: Context) -> Response:
    """PUT: the last bytes, if any, and the digest of all of them; a refused one leaves the upload as it was."""
    digest = blobs.checked(context.request.value("digest") or "")
    first, blocks = _announced(context)
    if context.request.body.length == 0:
        dialect = context.call.dialect
        context.call.transact(lambda: context.repository.of(Uploads).finish(context.parts["upload"], [digest], dialect))
        return _stored(context, digest)
    return _finish(context, (context.parts["upload"], first), blocks, digest)


def _finish(context: Context, place: tuple[str, int | None], blocks: Iterable[bytes], digest: str) -> Response:
    """Known layers are no error here: the client wanted the layer to be in the repository, and it is."""

    def then(uploads: "Uploads", upload: "Upload") -> Response:
        uploads.finish(upload.id, [digest], context.call.dialect)
        return _stored(context, digest)

    return receive_then(context.call, context.name, place, blocks, then)


def _stored(context: Context, digest: str) -> Response:
    headers = [("Location", f"{context.base}/blobs/{digest}"), ("Docker-Content-Digest", digest)]
    return Response(201, b"", headers)


def status(context: Context) -> Response:
    """GET: how far an upload has come."""
    return _progress(context, context.repository.of(Uploads).get(context.parts["upload"]), 204)


def cancel(context: Context) -> Response:
    """DELETE: drop an upload."""
    context.repository.of(Uploads).cancel(context.parts["upload"])
    return Response(204)


def _progress(context: Context, upload: "Upload", code: int) -> Response:
    return Response(code, b"", _headers(context, upload))


def _headers(context: Context, upload: "Upload") -> list[tuple[str, str]]:
    return [
        ("Location", f"{context.base}/blobs/uploads/{upload.id}"),
        ("Range", f"0-{max(upload.offset - 1, 0)}"),
        ("Docker-Upload-UUID", upload.id),
    ]


def describe(context: Context, refusal: Response) -> None:
    """A 416 tells where the upload stands, so that the client can go on from there."""
    if refusal.status == 416 and "upload" in context.parts:  # noqa: PLR2004

        def stand() -> "Upload | None":
            try:
                return context.repository.of(Uploads).get(context.parts["upload"])
            except ServiceError:
                return None

        upload = context.call.transact(stand)
        if upload is not None:
            refusal.headers += _headers(context, upload)


def _announced(context: Context) -> tuple[int | None, Iterable[bytes]]:
    """The position of the first byte, and the body; both as Content-Range tells, if there is one.

    Raises InvalidParameterException for a Content-Range that makes no sense; the body raises it when its length
    is another.
    """
    text = context.request.header("content-range")
    blocks = context.request.body.blocks()
    if text is None:
        return None, blocks
    found = _CONTENT_RANGE.fullmatch(text.strip())
    if not found or int(found[2]) < int(found[1]):
        raise InvalidParameterException("range", "Member must be FIRST-LAST, inclusive")
    return int(found[1]), _exactly(blocks, int(found[2]) - int(found[1]) + 1)


def _exactly(blocks: Iterable[bytes], length: int) -> Iterator[bytes]:
    for block in blocks:
        length -= len(block)
        if length < 0:
            break
        yield block
    if length:
        raise InvalidParameterException("range", "Member must tell the length of the body")
