"""ecrmock.domain.images.uploads: how a layer arrives, part by part, one writer at a time."""

import pytest
from constants import NOWHERE

from ecrmock.domain.images import dialects
from ecrmock.domain.images.events import UploadEnded, UploadStarted
from ecrmock.domain.images.layers import Layers
from ecrmock.domain.images.uploads import Uploads
from ecrmock.engine.fetch import Fetch
from ecrmock.errors.ecr import LimitExceededException
from ecrmock.errors.ecr_images import (
    EmptyUploadException,
    InvalidLayerException,
    InvalidLayerPartException,
    LayerPartTooSmallException,
    UploadNotFoundException,
)

MIB = 1024 * 1024


def finish(bench, upload, *digests, dialect=dialects.OCI):
    return bench.do(lambda repository: repository.of(Uploads).finish(upload.id, digests, dialect))


def lease(bench, upload, first=None):
    return bench.do(lambda repository: repository.of(Uploads).lease(upload.id, first))


def test_parts_become_a_layer(bench, world, sha):
    upload = bench.append(bench.append(bench.begin(), b"first "), b"second")
    assert (upload.offset, upload.parts, upload.lease) == (12, 2, None)
    stored = finish(bench, upload, sha(b"first second"))
    assert (stored.known, stored.layer.digest, stored.layer.size) == (False, sha(b"first second"), 12)
    assert bench.repository.of(Layers).content(stored.layer).read() == b"first second"
    assert bench.repository.of(Uploads).all() == []
    assert world.blobs.writer(upload.id).size == 0


def test_a_layer_that_is_here_already_is_known(bench, sha):
    bench.layer(b"layer")
    stored = finish(bench, bench.begin(b"layer"), sha(b"layer"))
    assert (stored.known, stored.layer.digest) == (True, sha(b"layer"))


def test_begin_and_end_are_told(bench, world, sha):
    heard = []
    world.bus.subscribe(UploadStarted, heard.append)
    world.bus.subscribe(UploadEnded, heard.append)
    done, dropped = bench.begin(b"x"), bench.begin()
    finish(bench, done, sha(b"x"))
    bench.do(lambda repository: repository.of(Uploads).cancel(dropped.id))
    key = bench.repository.key
    assert heard == [
        UploadStarted(key, done.id),
        UploadStarted(key, dropped.id),
        UploadEnded(key, done.id),
        UploadEnded(key, dropped.id),
    ]


@pytest.mark.parametrize("act", ["get", "cancel", "lease", "finish"])
def test_unknown_uploads_are_not_found(bench, act):
    def work(repository):
        uploads = repository.of(Uploads)
        return {
            "get": lambda: uploads.get("nobody"),
            "cancel": lambda: uploads.cancel("nobody"),
            "lease": lambda: uploads.lease("nobody", 0),
            "finish": lambda: uploads.finish("nobody", [], dialects.OCI),
        }[act]()

    with pytest.raises(UploadNotFoundException) as refused:
        bench.do(work)
    assert refused.value.message == (
        "The upload with id 'nobody' in the repository with name 'team/app' in registry with id '123456789012' "
        "does not exist"
    )


def test_an_upload_belongs_to_one_repository(bench, world, make_bench):
    other, upload = make_bench(world, "team/other"), bench.begin(b"x")
    with pytest.raises(UploadNotFoundException):
        finish(other, upload, NOWHERE)


# -- one writer


def test_a_second_writer_is_refused_while_the_first_writes(bench):
    upload = bench.begin(b"abc")
    lease(bench, upload)
    for first in (None, 3):
        with pytest.raises(InvalidLayerPartException, match="is receiving another layer part"):
            lease(bench, upload, first)


@pytest.mark.parametrize("act", ["finish", "cancel"])
def test_nothing_ends_an_upload_that_is_being_written(bench, sha, act):
    upload = bench.begin(b"abc")
    lease(bench, upload)
    with pytest.raises(InvalidLayerPartException, match="is receiving another layer part"):
        bench.do(
            lambda repository: (
                repository.of(Uploads).cancel(upload.id)
                if act == "cancel"
                else repository.of(Uploads).finish(upload.id, [sha(b"abc")], dialects.OCI)
            )
        )


def test_a_lease_given_back_lets_the_next_write_and_counts_nothing(bench, sha):
    upload = bench.begin(b"abc")
    leased = lease(bench, upload)
    bench.world.blobs.writer(upload.id).write(b"lost")
    bench.do(lambda repository: repository.of(Uploads).free(leased))
    assert bench.repository.of(Uploads).get(upload.id).offset == 3
    upload = bench.append(upload, b"def")
    assert finish(bench, upload, sha(b"abcdef")).layer.size == 6


def test_an_expired_upload_takes_the_lease_with_it(bench):
    upload = bench.begin(b"abc")
    leased = lease(bench, upload)
    bench.do(lambda repository: repository.of(Uploads).expire(upload.id))
    with pytest.raises(UploadNotFoundException):
        bench.do(lambda repository: repository.of(Uploads).settle(leased, 6))
    bench.do(lambda repository: repository.of(Uploads).free(leased))
    assert bench.repository.of(Uploads).all() == []


def test_a_stale_lease_neither_counts_nor_frees(bench):
    upload = bench.begin()
    stale = lease(bench, upload)
    bench.do(lambda repository: repository.of(Uploads).free(stale))
    lease(bench, upload)
    with pytest.raises(UploadNotFoundException):
        bench.do(lambda repository: repository.of(Uploads).settle(stale, 6))
    bench.do(lambda repository: repository.of(Uploads).free(stale))
    with pytest.raises(InvalidLayerPartException):
        lease(bench, upload)


def test_parts_arrive_in_order(bench):
    upload = bench.begin(b"abc")
    for first in (0, 2, 4, 10_485_760):
        with pytest.raises(InvalidLayerPartException) as refused:
            lease(bench, upload, first)
        assert refused.value.message == f"First byte of the layer part is {first} instead of 3"
        assert refused.value.members() == {
            "registryId": "123456789012",
            "repositoryName": "team/app",
            "uploadId": upload.id,
            "lastValidByteReceived": 2,
        }
    assert lease(bench, upload, 3).offset == 3


def test_the_first_part_starts_at_zero(bench):
    with pytest.raises(InvalidLayerPartException, match="is 1 instead of 0"):
        lease(bench, bench.begin(), 1)


# -- finishing


def test_an_upload_without_bytes_is_refused_by_ecr_and_an_empty_layer_elsewhere(bench, sha):
    upload = bench.begin()
    with pytest.raises(EmptyUploadException) as refused:
        finish(bench, upload, sha(b""), dialect=dialects.ECR)
    assert refused.value.message == (
        f"The upload with id '{upload.id}' in the repository with name 'team/app' in registry with id "
        "'123456789012' cannot be completed because it does not have any parts"
    )
    assert finish(bench, upload, sha(b"")).layer.size == 0


def test_a_part_without_bytes_is_none(bench, sha):
    upload = bench.append(bench.begin(), b"")
    assert upload.parts == 0
    with pytest.raises(EmptyUploadException):
        finish(bench, upload, sha(b""), dialect=dialects.ECR)


@pytest.mark.parametrize(
    ("sizes", "fits"),
    [
        ([1], True),
        ([5 * MIB, 1], True),
        ([5 * MIB, 5 * MIB, 3], True),
        ([5 * MIB - 1, 1], False),
        ([1, 5 * MIB], False),
        ([5 * MIB, 1, 5 * MIB], False),
        ([1, 1], False),
    ],
)
def test_ecr_wants_5_mib_in_every_part_but_the_last(bench, sha, sizes, fits):
    upload = bench.begin()
    for size in sizes:
        upload = bench.append(upload, bytes(size))
    digest = sha(bytes(sum(sizes)))
    if not fits:
        with pytest.raises(LayerPartTooSmallException, match="at least 5MB"):
            finish(bench, upload, digest, dialect=dialects.ECR)
    assert finish(bench, upload, digest, dialect=dialects.ECR if fits else dialects.OCI).layer.size == sum(sizes)


def test_a_refused_finish_leaves_the_upload_as_it_was(bench, sha):
    upload = bench.begin(b"abc")
    with pytest.raises(InvalidLayerException) as refused:
        finish(bench, upload, sha(b"xyz"))
    assert refused.value.message == "None of the provided layer digests match the calculated layer digest"
    assert bench.repository.of(Uploads).get(upload.id) == upload
    assert bench.repository.of(Layers).all() == []
    assert finish(bench, upload, sha(b"abc")).layer.size == 3


def test_one_right_digest_among_many_is_enough(bench, sha):
    digests = ["nonsense", "sha1:" + "0" * 40, sha(b"xyz"), sha(b"abc")]
    assert finish(bench, bench.begin(b"abc"), *digests).layer.digest == sha(b"abc")


@pytest.mark.parametrize("digests", [(), ("",), ("nonsense",), ("md5:900150983cd24fb0d6963f7d28e17f72",)])
def test_no_readable_digest_is_none(bench, digests):
    with pytest.raises(InvalidLayerException):
        finish(bench, bench.begin(b"abc"), *digests)


def test_a_sha512_becomes_an_alias_where_manners_admit_it(bench, sha):
    other, upload = sha(b"abc", "sha512"), bench.begin(b"abc")
    with pytest.raises(InvalidLayerException):
        finish(bench, upload, other, dialect=dialects.ECR)
    layer = finish(bench, upload, other).layer
    assert (layer.digest, layer.aliases) == (sha(b"abc"), (other,))
    assert bench.repository.of(Layers).get(other) == layer


def test_a_wrong_sha512_is_refused(bench, sha):
    with pytest.raises(InvalidLayerException):
        finish(bench, bench.begin(b"abc"), sha(b"xyz", "sha512"))


def test_the_sha512_of_a_large_layer_is_worked_out_outside_the_transaction(bench, world, sha):
    data = bytes(2 * MIB)
    upload = bench.begin(data)
    wishes = []

    def work():
        try:
            return bench.repository.of(Uploads).finish(upload.id, [sha(data, "sha512")], dialects.OCI)
        except Fetch as wish:
            wishes.append(wish.key)
            raise

    assert world.transact(work).layer.digest == sha(data)
    assert wishes == [("digest", upload.id, "sha512", str(len(data)))]


# -- quotas


def test_too_many_parts_are_refused(make_world, make_bench):
    bench = make_bench(make_world(quota_layer_parts=2))
    upload = bench.append(bench.begin(b"a"), b"b")
    with pytest.raises(LimitExceededException):
        lease(bench, upload)
    assert bench.repository.of(Uploads).get(upload.id) == upload


def test_a_layer_that_grows_too_large_is_refused(make_world, make_bench):
    bench = make_bench(make_world(quota_layer_bytes=5))
    upload = bench.begin(b"12345")
    with pytest.raises(LimitExceededException):
        bench.append(upload, b"6")
    assert bench.repository.of(Uploads).get(upload.id).offset == 5


def test_the_least_size_of_a_part_is_a_setting(make_world, make_bench, sha):
    bench = make_bench(make_world(quota_layer_part_minimum=2))
    upload = bench.append(bench.append(bench.begin(), b"12"), b"3")
    assert finish(bench, upload, sha(b"123"), dialect=dialects.ECR).layer.size == 3


# -- ending without a layer


def test_a_cancelled_upload_leaves_no_bytes(bench, world):
    upload = bench.begin(b"abc")
    bench.do(lambda repository: repository.of(Uploads).cancel(upload.id))
    assert bench.repository.of(Uploads).all() == []
    assert world.blobs.writer(upload.id).size == 0


def test_expiring_what_is_gone_is_no_fault(bench):
    bench.do(lambda repository: repository.of(Uploads).expire("nobody"))
    assert bench.repository.of(Uploads).all() == []
