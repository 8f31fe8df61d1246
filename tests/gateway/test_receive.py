"""ecrmock.gateway.receive: bytes come in under a lease, and only those that are counted exist."""

import pytest
from constants import ACCOUNT
from images import digest_of
from worlds import encrypt_by, layers_of, uploads_of

from ecrmock.base.web import CutOffError
from ecrmock.domain.images import dialects
from ecrmock.domain.neighbours.keys import KeyRing
from ecrmock.errors.ecr import KmsException, LimitExceededException, RepositoryNotFoundException
from ecrmock.errors.ecr_images import InvalidLayerPartException, UploadNotFoundException
from ecrmock.gateway.receive import receive, receive_then

NAME, MIB = "team/app", 1024 * 1024


@pytest.fixture
def make_open(make_gate, make_call):
    """A function from settings to (a call, the id of an upload that it began)."""

    def make(door="docker", **settings):
        call = make_call(make_gate(**settings), "UploadLayerPart", door=door)
        return call, call.transact(lambda: uploads_of(call.repository(NAME)).start()).id

    return make


@pytest.fixture
def opened(make_open):
    return make_open()


def upload(call, number):
    return uploads_of(call.repository(NAME)).get(number)


def finish(call, number, data):
    """Make a layer of an upload that has these bytes."""
    digests = [digest_of(data)]
    call.transact(lambda: uploads_of(call.repository(NAME)).finish(number, digests, dialects.OCI))
    assert layers_of(call.repository(NAME)).get(digests[0]).size == len(data)


def then_raises(error, *blocks):
    """These blocks, and then this error."""
    yield from blocks
    raise error


# -- what arrives


def test_parts_follow_each_other_and_the_lease_is_back_after_each(opened):
    call, number = opened
    for first, blocks, offset in ((None, [b"on", b"e"], 3), (3, [b"two"], 6), (6, [], 6)):
        found = receive(call, NAME, number, first, blocks)
        assert (found.offset, found.lease, found) == (offset, None, upload(call, number))
    finish(call, number, b"onetwo")


def test_nobody_else_writes_meanwhile(opened):
    call, number = opened

    def blocks():
        yield b"mine"
        for first in (None, 0):
            with pytest.raises(InvalidLayerPartException):
                receive(call, NAME, number, first, [b"theirs"])
        assert upload(call, number).lease is not None
        yield b"!"

    assert receive(call, NAME, number, 0, blocks()).offset == 5
    finish(call, number, b"mine!")


def test_bytes_are_counted_only_when_all_of_them_are_here(opened):
    call, number = opened

    def blocks():
        yield b"one"
        assert upload(call, number).offset == 0
        yield b"two"

    assert receive(call, NAME, number, None, blocks()).offset == 6


def test_work_goes_on_in_the_transaction_that_counts_them(opened):
    call, number = opened

    def then(uploads, counted):
        return uploads.finish(counted.id, [digest_of(b"onetwo")], dialects.OCI)

    stored = receive_then(call, NAME, (number, 0), [b"one", b"two"], then)
    assert (stored.layer.size, stored.known) == (6, False)
    with pytest.raises(UploadNotFoundException):
        upload(call, number)


@pytest.mark.parametrize(("door", "parts"), [("docker", 3), ("api", 1)])
def test_a_stream_at_the_docker_door_is_cut_into_parts_of_ten_mib(make_open, door, parts):
    call, number = make_open(door)
    assert receive(call, NAME, number, None, [bytes(MIB)] * 21).parts == parts


def test_bytes_that_nobody_counted_are_written_over(opened):
    call, number = opened
    receive(call, NAME, number, None, [b"one"])
    call.world.blobs.writer(number).write(b"from a thread that died")
    receive(call, NAME, number, 3, [b"two"])
    finish(call, number, b"onetwo")


# -- what fails in between


@pytest.mark.parametrize("error", [CutOffError(), OSError("reset"), KeyboardInterrupt(), GeneratorExit()])
@pytest.mark.parametrize("before", [b"", b"whole"])
def test_what_was_cut_off_does_not_count_and_the_lease_goes_back(opened, error, before):
    call, number = opened
    receive(call, NAME, number, None, [before] if before else [])
    known = upload(call, number)
    with pytest.raises(type(error)):
        receive(call, NAME, number, None, then_raises(error, b"lost ", b"bytes"))
    assert upload(call, number) == known
    assert call.world.blobs.writer(number).size == len(before)
    receive(call, NAME, number, len(before), [b" part"])
    finish(call, number, before + b" part")


def test_what_fails_after_the_count_takes_the_count_back(opened):
    call, number = opened

    def then(_uploads, counted):
        assert counted.offset == 4
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        receive_then(call, NAME, (number, 0), [b"lost"], then)
    assert (upload(call, number).offset, upload(call, number).lease) == (0, None)
    receive(call, NAME, number, 0, [b"kept"])
    finish(call, number, b"kept")


def test_a_layer_beyond_the_quota_is_refused_and_no_longer_read(make_open):
    call, number = make_open(quota_layer_bytes=10)
    taken = []

    def blocks():
        for length in range(1, 100):
            taken.append(length)
            yield b"x" * 4

    with pytest.raises(LimitExceededException):
        receive(call, NAME, number, None, blocks())
    assert (taken, upload(call, number).offset, upload(call, number).lease) == ([1, 2, 3], 0, None)
    receive(call, NAME, number, None, [b"x" * 10])
    finish(call, number, b"x" * 10)


def test_a_part_out_of_order_is_refused_before_anything_is_read(opened):
    call, number = opened
    blocks = iter([b"x"])
    with pytest.raises(InvalidLayerPartException):
        receive(call, NAME, number, 1, blocks)
    assert next(blocks) == b"x"
    assert (upload(call, number).offset, upload(call, number).lease) == (0, None)


def test_a_key_that_cannot_be_used_refuses_the_next_part(opened):
    call, number = opened
    ring = call.world.of(KeyRing, ACCOUNT, "us-east-1")
    key = call.transact(ring.create)
    encrypt_by(call.repository(NAME), ring.arn(key.id))
    receive(call, NAME, number, None, [b"x"])
    call.transact(lambda: ring.schedule_deletion(key, 7))
    with pytest.raises(KmsException):
        receive(call, NAME, number, None, [b"y"])
    assert upload(call, number).offset == 1


# -- what goes meanwhile


def test_bytes_of_an_upload_whose_repository_went_are_nobodys(opened):
    call, number = opened

    def blocks():
        yield bytes(MIB)
        call.transact(lambda: call.registry.delete(NAME, force=True))
        yield b"late"

    bytes_of_it = call.world.blobs.writer(number)
    with pytest.raises(RepositoryNotFoundException):
        receive(call, NAME, number, None, blocks())
    assert call.world.blobs.writer(number) is not bytes_of_it


def test_an_upload_that_was_cancelled_meanwhile_is_not_found(opened):
    call, number = opened

    def blocks():
        yield b"x"
        uploads = uploads_of(call.repository(NAME))
        call.transact(lambda: uploads.free(uploads.get(number)))
        call.transact(lambda: uploads.cancel(number))
        yield b"late"

    bytes_of_it = call.world.blobs.writer(number)
    with pytest.raises(UploadNotFoundException):
        receive(call, NAME, number, None, blocks())
    assert call.world.blobs.writer(number) is not bytes_of_it


def test_a_lease_that_somebody_else_has_by_now_is_not_given_back(opened):
    call, number = opened
    uploads = uploads_of(call.repository(NAME))

    def blocks():
        yield b"x"
        call.transact(lambda: uploads.free(uploads.get(number)))
        call.transact(lambda: uploads.lease(number, None))

    with pytest.raises(UploadNotFoundException):
        receive(call, NAME, number, None, blocks())
    assert upload(call, number).lease is not None
