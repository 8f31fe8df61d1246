"""Uploads at the docker door: begun, continued, finished, looked at, cancelled (data-plane.md 1.6)."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecrmock.base.web import Response
from ecrmock.distribution import blobs, mounts
from ecrmock.distribution.visit import Visit
from ecrmock.domain.images.uploads import Uploads
from ecrmock.errors.base import ServiceError
from ecrmock.errors.ecr import InvalidParameterException
from ecrmock.gateway.receive import receive, receive_then

if TYPE_CHECKING:
    from ecrmock.domain.images.uploads import Upload

# inclusive and without `bytes`; the RFC's prefix and total are forgiven
_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?(\d{1,18})-(\d{1,18})(?:/(?:\d+|\*))?")


def start(visit: Visit) -> Response:
    """POST: a new upload; with `mount` a layer from elsewhere (end-11), with `digest` and a body all of it (4b)."""
    mounted = visit.call.transact(lambda: mounts.mount(visit))
    if mounted is not None:
        return _stored(visit, mounted)
    digest = visit.request.value("digest")
    if digest is not None:
        blobs.checked(digest)
    upload = visit.call.transact(lambda: visit.repository.of(Uploads).start())
    if digest is None or not _has_body(visit):
        return _progress(visit, upload, 202)
    try:
        return _finish(visit, (upload.id, 0), visit.request.body.blocks(), digest)
    except BaseException:
        visit.call.transact(lambda: _abandon(visit, upload.id))
        raise


def _has_body(visit: Visit) -> bool:
    """Without a length a chunked body may follow; with length 0 only an empty blob is meant by a content type."""
    length = visit.request.body.length
    return length is None or length > 0 or visit.request.header("content-type") == "application/octet-stream"


def _abandon(visit: Visit, upload_id: str) -> None:
    try:
        visit.repository.of(Uploads).expire(upload_id)
    except ServiceError:
        return  # the repository went meanwhile, and its uploads with it


def append(visit: Visit) -> Response:
    """PATCH: bytes at the offset, announced by Content-Range or streamed."""
    first, blocks = _announced(visit)
    return _progress(visit, receive(visit.call, visit.name, visit.parts["upload"], first, blocks), 202)


def finish(visit: Visit) -> Response:
    """PUT: the last bytes, if any, and the digest of all of them; a refused one leaves the upload as it was."""
    digest = blobs.checked(visit.request.value("digest") or "")
    first, blocks = _announced(visit)
    if visit.request.body.length == 0:
        manners = visit.call.manners
        visit.call.transact(lambda: visit.repository.of(Uploads).finish(visit.parts["upload"], [digest], manners))
        return _stored(visit, digest)
    return _finish(visit, (visit.parts["upload"], first), blocks, digest)


def _finish(visit: Visit, place: tuple[str, int | None], blocks: Iterable[bytes], digest: str) -> Response:
    """Known layers are no error here: the client wanted the layer to be in the repository, and it is."""

    def then(uploads: "Uploads", upload: "Upload") -> Response:
        uploads.finish(upload.id, [digest], visit.call.manners)
        return _stored(visit, digest)

    return receive_then(visit.call, visit.name, place, blocks, then)


def _stored(visit: Visit, digest: str) -> Response:
    headers = [("Location", f"{visit.base}/blobs/{digest}"), ("Docker-Content-Digest", digest)]
    return Response(201, b"", headers)


def status(visit: Visit) -> Response:
    """GET: how far an upload has come."""
    return _progress(visit, visit.repository.of(Uploads).get(visit.parts["upload"]), 204)


def cancel(visit: Visit) -> Response:
    """DELETE: drop an upload."""
    visit.repository.of(Uploads).cancel(visit.parts["upload"])
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
                return visit.repository.of(Uploads).get(visit.parts["upload"])
            except ServiceError:
                return None

        upload = visit.call.transact(stand)
        if upload is not None:
            refusal.headers += _headers(visit, upload)


def _announced(visit: Visit) -> tuple[int | None, Iterable[bytes]]:
    """The position of the first byte, and the body; both as Content-Range tells, if there is one.

    Raises InvalidParameterException for a Content-Range that makes no sense; the body raises it when its length
    is another.
    """
    text = visit.request.header("content-range")
    blocks = visit.request.body.blocks()
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
