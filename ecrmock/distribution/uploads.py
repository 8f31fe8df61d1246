"""Uploads at the docker door: begun, continued, finished, looked at, cancelled (data-plane.md 1.6)."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecrmock.base.web import Response
from ecrmock.distribution import blobs, refusals
from ecrmock.distribution.visit import Visit
from ecrmock.domain import names
from ecrmock.errors import ServiceError
from ecrmock.gateway.receive import receive

if TYPE_CHECKING:
    from ecrmock.domain.uploads import Upload

# inclusive and without `bytes`; the RFC's prefix and total are forgiven
_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?(\d{1,18})-(\d{1,18})(?:/(?:\d+|\*))?")


def start(visit: Visit) -> Response:
    """POST: a new upload; with `digest` and a body the whole layer at once (end-4b); a mount is answered as none."""
    digest = visit.request.value("digest")
    if digest is not None and names.digest(digest) is None:
        return blobs.malformed(digest)
    if digest is not None and not _has_body(visit):
        digest = None
    upload = visit.call.transact(lambda: visit.repository.uploads.start())  # noqa: PLW0108 (looked up inside)
    if digest is None:
        return _progress(visit, upload, 202)
    try:
        receive(visit.call, visit.name, upload.id, 0, visit.request.body.blocks())
        return _finished(visit, upload.id, digest)
    except BaseException:
        visit.call.transact(lambda: _abandon(visit, upload.id))
        raise


def _has_body(visit: Visit) -> bool:
    """Without a length a chunked body may follow; with length 0 only an empty blob is meant by a content type."""
    length = visit.request.body.length
    return length is None or length > 0 or visit.request.header("content-type") == "application/octet-stream"


def _abandon(visit: Visit, upload_id: str) -> None:
    try:
        visit.repository.uploads.expire(upload_id)
    except ServiceError:
        return  # the repository went meanwhile, and its uploads with it


def append(visit: Visit) -> Response:
    """PATCH: bytes at the offset, announced by Content-Range or streamed."""
    span = _span(visit)
    if isinstance(span, Response):
        return span
    first, length = span
    blocks: Iterable[bytes] = visit.request.body.blocks()
    if length is not None:
        blocks = _exactly(blocks, length)
    try:
        upload = receive(visit.call, visit.name, visit.parts["upload"], first, blocks)
    except _WrongLengthError:
        return refusals.refuse(400, "SIZE_INVALID", "the body's length is not that of its Content-Range")
    return _progress(visit, upload, 202)


def finish(visit: Visit) -> Response:
    """PUT: the last bytes, if any, and the digest that all of them must have."""
    digest = visit.request.value("digest") or ""
    if names.digest(digest) is None:
        return blobs.malformed(digest)
    span = _span(visit)
    if isinstance(span, Response):
        return span
    if visit.request.body.length != 0:
        try:
            blocks = visit.request.body.blocks()
            counted = blocks if span[1] is None else _exactly(blocks, span[1])
            receive(visit.call, visit.name, visit.parts["upload"], span[0], counted)
        except _WrongLengthError:
            return refusals.refuse(400, "SIZE_INVALID", "the body's length is not that of its Content-Range")
    return _finished(visit, visit.parts["upload"], digest)


def _finished(visit: Visit, upload_id: str, digest: str) -> Response:
    """Known layers are no error here: the client wanted the layer to be in the repository, and it is."""
    visit.call.transact(lambda: visit.repository.uploads.finish(upload_id, [digest], visit.call.manners))
    headers = [("Location", f"{visit.base}/blobs/{digest}"), ("Docker-Content-Digest", digest)]
    return Response(201, b"", headers)


def status(visit: Visit) -> Response:
    """GET: how far an upload has come."""
    return _progress(visit, visit.repository.uploads.get(visit.parts["upload"]), 204)


def cancel(visit: Visit) -> Response:
    """DELETE: drop an upload."""
    visit.repository.uploads.cancel(visit.parts["upload"])
    return Response(204)


def _progress(visit: Visit, upload: "Upload", code: int) -> Response:
    return Response(code, b"", _headers(visit, upload))


def _headers(visit: Visit, upload: "Upload") -> list[tuple[str, str]]:
    return [
        ("Location", f"{visit.base}/blobs/uploads/{upload.id}"),
        ("Range", f"0-{max(upload.offset - 1, 0)}"),
        ("Docker-Upload-UUID", upload.id),
    ]


def describe(visit: Visit, refusal: Response) -> None:
    """A 416 tells where the upload stands, so that the client can go on from there."""
    if refusal.status == 416 and "upload" in visit.parts:  # noqa: PLR2004

        def stand() -> "Upload | None":
            try:
                return visit.repository.uploads.get(visit.parts["upload"])
            except ServiceError:
                return None

        upload = visit.call.transact(stand)
        if upload is not None:
            refusal.headers += _headers(visit, upload)


class _WrongLengthError(Exception):
    """More or fewer bytes came than Content-Range said."""


def _exactly(blocks: Iterable[bytes], length: int) -> Iterator[bytes]:
    for block in blocks:
        length -= len(block)
        if length < 0:
            raise _WrongLengthError
        yield block
    if length:
        raise _WrongLengthError


def _span(visit: Visit) -> tuple[int | None, int | None] | Response:
    """(first byte, length) of the Content-Range; (None, None) without one."""
    text = visit.request.header("content-range")
    if text is None:
        return None, None
    found = _CONTENT_RANGE.fullmatch(text.strip())
    if not found or int(found[2]) < int(found[1]):
        return refusals.refuse(400, "BLOB_UPLOAD_INVALID", "invalid Content-Range")
    return int(found[1]), int(found[2]) - int(found[1]) + 1
