"""A disk that is full in the middle of a layer: nothing that was not written may count."""

import contextlib
import hashlib
import os
import resource

import pytest
from wires import call

from ecrmock.app import App
from ecrmock.base.blobs import SMALL, MemoryBlobs
from ecrmock.settings import Settings

DATA = os.urandom(3 * SMALL)


@contextlib.contextmanager
def full_disk(size):
    """No file of this process may grow beyond this: the kernel writes what still fits, then refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def writer():
    return MemoryBlobs().writer("upload")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("room", [0, 1, SMALL - 1, SMALL, SMALL + 1, 2 * SMALL])
@pytest.mark.parametrize("block", [SMALL // 4, SMALL, 2 * SMALL])
def test_what_did_not_fit_does_not_count_and_the_rest_can_be_sent_again(writer, room, block):
    blocks = [DATA[at : at + block] for at in range(0, len(DATA), block)]
    sent = 0
    with full_disk(room), contextlib.suppress(OSError):
        for each in blocks:
            writer.write(each)
            sent += len(each)
    assert sent < len(DATA)
    writer.rewind(sent)
    assert (writer.size, writer.content().read(), writer.sha256()) == (sent, DATA[:sent], sha256(DATA[:sent]))
    writer.write(DATA[sent:])
    assert (writer.content().read(), writer.sha256()) == (DATA, sha256(DATA))


def test_after_a_failure_nothing_is_appended_to_what_is_there(writer):
    with full_disk(0), pytest.raises(OSError, match="too large"):
        writer.write(DATA)
    with pytest.raises(OSError, match="a write failed before"):
        writer.write(b"more")


def test_bytes_that_were_never_written_cannot_be_counted(writer):
    writer.write(b"ten bytes!")
    with pytest.raises(ValueError, match="11 bytes of 10"):
        writer.rewind(11)
    assert writer.content().read() == b"ten bytes!"


def test_a_push_through_a_full_disk_is_refused_and_goes_through_when_there_is_room(caplog):
    application = App(Settings())
    call(application, "CreateRepository", repositoryName="app")
    upload = call(application, "InitiateLayerUpload", repositoryName="app")["uploadId"]
    named = {"repositoryName": "app", "uploadId": upload, "partFirstByte": 0, "partLastByte": len(DATA) - 1}
    with full_disk(2 * SMALL):
        assert call(application, "UploadLayerPart", **named, layerPartBlob=DATA)["__type"] == "ServerException"
    assert "File too large" in caplog.text
    digest = f"sha256:{sha256(DATA)}"
    refused = call(application, "CompleteLayerUpload", repositoryName="app", uploadId=upload, layerDigests=[digest])
    assert refused["__type"].endswith("EmptyUploadException")
    call(application, "UploadLayerPart", **named, layerPartBlob=DATA)
    done = call(application, "CompleteLayerUpload", repositoryName="app", uploadId=upload, layerDigests=[digest])
    assert done["layerDigest"] == digest
    assert application.world.blobs.get(sha256(DATA)).read() == DATA
