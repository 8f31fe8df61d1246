"""What a reset leaves behind: no thread, no descriptor, no world."""

import contextlib
import gc
import threading
import weakref

import pytest
from wires import call

from ecrmock.app import App
from ecrmock.base.blobs import SMALL
from ecrmock.engine.worker import Worker
from ecrmock.settings import Settings

LAYER = b"x" * (2 * SMALL)


@pytest.fixture
def application():
    """A front with a worker, as `ecrmock serve` has one."""
    application = App(Settings())
    Worker(application.world)
    application.on_new_world = Worker
    yield application
    application.world.close()


@contextlib.contextmanager
def no_collector():
    """What goes, goes by itself: a server whose memory is young may not collect for a long time."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def upload(application):
    """An upload that has a file."""
    call(application, "CreateRepository", repositoryName="app")
    found = call(application, "InitiateLayerUpload", repositoryName="app")
    part = {"partFirstByte": 0, "partLastByte": len(LAYER) - 1, "layerPartBlob": LAYER}
    call(application, "UploadLayerPart", repositoryName="app", uploadId=found["uploadId"], **part)


def workers():
    return [thread for thread in threading.enumerate() if thread.name == "jobs"]


def test_the_old_world_goes_at_once_with_its_thread_and_its_files(application):
    with no_collector():
        upload(application)
        old, (thread,) = weakref.ref(application.world), workers()
        files = [writer._file for writer in application.world.blobs._writers.values()]
        file = files[0]._file
        files.clear()
        application.reset()
        thread.join(5)
        assert not thread.is_alive()
        assert (old(), file.closed) == (None, True)
    assert len(workers()) == 1


def test_many_resets_at_once_leave_one_thread(application):
    barrier = threading.Barrier(8)

    def reset():
        barrier.wait()
        for _ in range(20):
            application.reset()

    threads = [threading.Thread(target=reset) for _ in range(8)]
    before = workers()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for thread in (*before, *workers()):
        if thread is not workers()[-1]:
            thread.join(5)
    assert len(workers()) == 1


def test_a_call_under_way_ends_in_the_world_in_which_it_began(application):
    upload(application)
    old, answers = application.world, []
    begun, go = threading.Event(), threading.Event()

    def work():
        begun.set()
        go.wait(5)
        return "answer"

    caller = threading.Thread(target=lambda: answers.append(old.transact(work)))
    caller.start()
    assert begun.wait(5)
    resetter = threading.Thread(target=application.reset)
    resetter.start()
    go.set()
    caller.join(5)
    resetter.join(5)
    assert answers == ["answer"]
    assert call(application, "DescribeRepositories")["repositories"] == []
