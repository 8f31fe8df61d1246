"""How do a layer's bytes come in, under a lease and without the lock? The same for both doors."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from ecrmock.domain.images.uploads import PART_SIZE, Uploads
from ecrmock.errors.base import ServiceError

if TYPE_CHECKING:
    from ecrmock.domain.images.uploads import Upload
    from ecrmock.gateway.call import Call

T = TypeVar("T")


def receive(call: "Call", name: str, upload_id: str, first: int | None, blocks: Iterable[bytes]) -> "Upload":
    """Append bytes to an upload: a short transaction takes the lease, one counts the bytes. See `receive_then`."""
    return receive_then(call, name, (upload_id, first), blocks, lambda _uploads, upload: upload)


def receive_then(
    call: "Call",
    name: str,
    place: tuple[str, int | None],
    blocks: Iterable[bytes],
    then: "Callable[[Uploads, Upload], T]",
) -> T:
    """Append bytes at a place (upload id, first byte or None), and go on in the transaction that counts them.

    If anything fails in between, the lease goes back and what was written does not count: a chunked body that
    was cut off ends like a whole one, one with a length raises `CutOffError`. Raises what `Uploads.lease` and
    `Uploads.settle` raise.
    """
    upload_id, first = place
    leased = call.transact(lambda: call.repository(name).of(Uploads).lease(upload_id, first))
    limit = call.world.settings.quota_layer_bytes
    writer = call.world.blobs.writer(upload_id)
    try:
        writer.rewind(leased.offset)
        for block in blocks:
            writer.write(block)
            if writer.size > limit:
                break  # settle refuses it by the quota
        writer.mark()
        return call.transact(lambda: _settle(call, name, leased, writer.size, then))
    except BaseException:
        writer.rewind(leased.offset)
        call.transact(lambda: _free(call, name, leased))
        raise


def _settle(call: "Call", name: str, leased: "Upload", size: int, then: "Callable[[Uploads, Upload], T]") -> T:
    uploads = call.repository(name).of(Uploads)
    # real ECR's docker door cuts a stream into parts of 10 MiB; the API's parts are what they are
    cut = PART_SIZE if call.door == "docker" else None
    return then(uploads, uploads.settle(leased, size, cut))


def _free(call: "Call", name: str, leased: "Upload") -> None:
    """Give the lease back if repository and upload are still there; else drop the bytes nobody owns."""
    try:
        repository = call.repository(name)
        repository.of(Uploads).get(leased.id)
    except ServiceError:
        call.world.blobs.drop(leased.id)
    else:
        repository.of(Uploads).free(leased)
