"""ecrmock.base.blobs: every BlobStore keeps the same promises."""

import gc
import hashlib
import os
import threading
import warnings

import pytest

from ecrmock.base.blobs import BLOCK, SMALL, Content, MemoryBlobs

STORES = [MemoryBlobs]
"""A new BlobStore joins here."""

LARGE = bytes(range(256)) * (SMALL // 256 + 1000)
PIECES = [b"", b"hello", bytes(1000), bytes(SMALL), bytes(SMALL + 1), LARGE]


@pytest.fixture(params=STORES)
def blobs(request):
    return request.param()


def hexed(data, algorithm="sha256"):
    return hashlib.new(algorithm, data).hexdigest()


def written(blobs, data, upload="u", piece=200_000):
    writer = blobs.writer(upload)
    for start in range(0, len(data), piece):
        writer.write(data[start : start + piece])
    return writer


@pytest.mark.parametrize("data", PIECES, ids=len)
def test_what_was_written_is_hashed_and_read_back(blobs, data):
    writer = written(blobs, data)
    content = writer.content()
    assert (writer.size, content.size) == (len(data), len(data))
    assert writer.sha256() == hexed(data) == content.digest("sha256")
    assert content.read() == data
    assert content.digest("sha512") == hexed(data, "sha512")


@pytest.mark.parametrize("data", [b"0123456789" * 100, LARGE], ids=len)
@pytest.mark.parametrize(("start", "stop"), [(0, 1), (5, 700), (999, None), (0, None), (3, 3), (7, 5), (10, 10**9)])
def test_any_stretch_can_be_read(blobs, data, start, stop):
    content = written(blobs, data).content()
    blocks = list(content.blocks(start, stop))
    assert b"".join(blocks) == data[start:stop]
    assert all(blocks)


def test_large_content_comes_in_blocks(blobs):
    content = written(blobs, LARGE).content()
    assert max(len(block) for block in content.blocks()) <= BLOCK


def test_content_is_kept_once_under_its_digest(blobs):
    first, second = written(blobs, b"same").content(), written(blobs, b"same", "v").content()
    assert blobs.get("d") is None
    assert blobs.keep("d", first) is True
    assert blobs.keep("d", second) is False
    assert blobs.get("d").read() == b"same"
    assert blobs.names() == {"d"}


def test_keeping_the_very_same_content_again_says_that_it_was_there(blobs):
    content = written(blobs, b"same").content()
    assert blobs.keep("d", content) is True
    assert blobs.keep("d", content) is False


def test_forgotten_content_is_gone_and_forgetting_the_unknown_is_no_fault(blobs):
    blobs.keep("d", written(blobs, b"x").content())
    blobs.forget("d")
    blobs.forget("d")
    blobs.forget("never seen")
    assert blobs.get("d") is None
    assert blobs.names() == set()


@pytest.mark.parametrize("data", [b"small", LARGE], ids=len)
def test_who_has_content_open_reads_on_after_it_was_forgotten(blobs, data):
    blobs.keep("d", written(blobs, data).content())
    blobs.drop("u")
    content = blobs.get("d")
    reader = content.blocks()
    begun = next(reader)
    blobs.forget("d")
    assert begun + b"".join(reader) == data
    assert content.read() == data


def test_large_content_is_read_by_many_at_once(blobs):
    content = written(blobs, LARGE).content()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(content.digest("sha256"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [hexed(LARGE)] * 4


def test_an_upload_has_one_writer_and_uploads_do_not_mix(blobs):
    one, two = blobs.writer("one"), blobs.writer("two")
    one.write(b"1")
    two.write(b"22")
    one.write(LARGE)
    assert blobs.writer("one") is one
    assert one.sha256() == hexed(b"1" + LARGE)
    assert (two.size, two.content().read()) == (2, b"22")


def test_a_dropped_upload_begins_empty(blobs):
    written(blobs, b"old")
    blobs.drop("u")
    blobs.drop("u")
    assert blobs.writer("u").size == 0


def test_writers_are_not_among_the_names_kept(blobs):
    written(blobs, b"unfinished")
    assert blobs.names() == set()


@pytest.mark.parametrize("data", [b"0123456789" * 20, LARGE], ids=len)
def test_rewinding_to_the_mark_forgets_what_came_after(blobs, data):
    writer = written(blobs, data)
    writer.mark()
    writer.write(b"to be forgotten" * 5000)
    writer.rewind(len(data))
    assert (writer.size, writer.sha256()) == (len(data), hexed(data))
    writer.write(b"tail")
    assert writer.sha256() == hexed(data + b"tail")
    assert writer.content().read() == data + b"tail"


@pytest.mark.parametrize("data", [b"0123456789" * 20, LARGE], ids=len)
@pytest.mark.parametrize("size", [0, 1, 150])
def test_rewinding_to_any_size_has_the_right_hash_at_once(blobs, data, size):
    writer = written(blobs, data)
    writer.mark()
    writer.rewind(size)
    assert (writer.size, writer.sha256()) == (size, hexed(data[:size]))
    writer.write(b"again")
    assert writer.content().read() == data[:size] + b"again"
    assert writer.sha256() == hexed(data[:size] + b"again")


def test_rewinding_behind_an_older_mark_and_coming_back_to_its_size(blobs):
    writer = blobs.writer("u")
    writer.write(b"aaaa")
    writer.mark()
    writer.rewind(2)
    writer.write(b"bb")
    writer.rewind(4)
    assert writer.sha256() == hexed(b"aabb")
    writer.write(b"c")
    writer.rewind(4)
    assert writer.content().read() == b"aabb"
    assert writer.sha256() == hexed(b"aabb")


def test_rewinding_across_the_limit_of_small_content(blobs):
    writer = written(blobs, bytes(SMALL))
    writer.mark()
    writer.write(b"over")
    writer.rewind(SMALL)
    assert writer.sha256() == hexed(bytes(SMALL))
    assert writer.content().read() == bytes(SMALL)


def test_another_algorithm_is_worked_out_at_once_for_small_content(blobs):
    writer = written(blobs, b"abc")
    assert writer.other("sha512") == hexed(b"abc", "sha512")
    writer.write(b"d")
    assert writer.other("sha512") == hexed(b"abcd", "sha512")


def test_another_algorithm_waits_for_compute_with_large_content(blobs):
    writer = written(blobs, LARGE)
    assert writer.other("sha512") is None
    writer.compute("sha512")
    assert writer.other("sha512") == hexed(LARGE, "sha512")
    assert writer.other("sha1") is None
    writer.write(b"more")
    assert writer.other("sha512") is None


def test_another_algorithm_is_that_of_the_present_bytes_after_rewinding(blobs):
    writer = written(blobs, b"abc")
    assert writer.other("sha512") == hexed(b"abc", "sha512")
    writer.rewind(0)
    writer.write(b"xyz")
    assert writer.other("sha512") == hexed(b"xyz", "sha512")


@pytest.mark.parametrize("kept", [True, False])
def test_large_content_that_nobody_needs_any_more_goes_without_a_warning(blobs, kept):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        content = written(blobs, LARGE).content()
        if kept:
            blobs.keep("d", content)
            blobs.forget("d")
        del content
        blobs.drop("u")
        gc.collect()
    assert [str(each.message) for each in seen] == []


def test_content_that_is_only_bytes_needs_no_writer():
    content = Content(3, b"abc", None)
    assert content.read() == b"abc"
    assert content.digest("md5") == hexed(b"abc", "md5")


def test_a_digest_that_is_worked_out_while_somebody_rewinds_is_void(monkeypatch):
    """The file lost its end under the reader: that was a 500."""
    writer = MemoryBlobs().writer("upload")
    writer.write(bytes(3 * SMALL))
    rewound = []

    def rewinding(descriptor, size, offset):
        if not rewound:
            rewound.append(1)
            writer.rewind(SMALL)
        return pread(descriptor, size, offset)

    pread = os.pread
    monkeypatch.setattr(os, "pread", rewinding)
    writer.compute("sha512")
    assert writer.other("sha512") is None
    writer.compute("sha512")
    assert writer.other("sha512") == hashlib.sha512(bytes(SMALL)).hexdigest()
