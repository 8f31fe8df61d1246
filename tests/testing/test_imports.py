"""ecrmock.testing.imports: what is imported while a mock is entered is heard of; no trace of that remains."""

import importlib
import inspect
import subprocess
import sys

import pytest

from ecrmock import mock_ecr
from ecrmock.testing.imports import ImportWatch

NAME = "imported_late"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The path of a module that is not imported yet."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{NAME}.py").write_text("def nothing():\n    return 1\n")
    yield tmp_path / f"{NAME}.py"
    sys.modules.pop(NAME, None)


@pytest.fixture
def watch():
    """A function that begins a watch of that module; (it, what it was told). All end."""
    begun = []

    def begin():
        told = []
        begun.append(ImportWatch([NAME], lambda: told.append(sys.modules[NAME].nothing())))
        begun[-1].begin()
        return begun[-1], told

    yield begin
    for each in begun:
        each.end()


@pytest.mark.usefixtures("module")
def test_a_module_is_told_of_once_it_is_whole(watch):
    _, told = watch()
    imported = importlib.import_module(NAME)
    assert told == [1]
    importlib.import_module(NAME)
    assert told == [1]
    importlib.reload(imported)
    assert told == [1, 1]


def test_a_module_does_not_know_that_it_was_watched(watch, module):
    watch()
    imported = importlib.import_module(NAME)
    for loader in (imported.__loader__, imported.__spec__.loader):
        assert type(loader).__module__ != ImportWatch.__module__
        assert loader.get_filename(NAME) == str(module)
    assert inspect.getsource(imported.nothing) == module.read_text()


@pytest.mark.usefixtures("module")
def test_two_watches_are_both_told(watch):
    (_, one), (_, two) = watch(), watch()
    importlib.import_module(NAME)
    assert (one, two) == ([1], [1])


@pytest.mark.usefixtures("module")
def test_nothing_is_told_once_a_watch_has_ended(watch):
    before = list(sys.meta_path)
    ended, told = watch()
    ended.begin()
    ended.end()
    assert sys.meta_path == before
    importlib.import_module(NAME)
    assert told == []
    ended.end()


def test_a_module_that_is_not_there_or_breaks_is_as_without_a_watch(watch, module):
    _, told = watch()
    module.write_text("raise ValueError")
    with pytest.raises(ValueError, match=r"^$"):
        importlib.import_module(NAME)
    module.unlink()
    importlib.invalidate_caches()
    with pytest.raises(ModuleNotFoundError, match=NAME):
        importlib.import_module(NAME)
    assert told == []


def test_a_mock_watches_only_while_it_is_entered():
    before = list(sys.meta_path)
    with mock_ecr(), mock_ecr():
        assert len(sys.meta_path) == len(before) + 1
    assert sys.meta_path == before


MOTO = """
import boto3
from ecrmock import mock_ecr

keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
client = boto3.client("ecr", region_name="us-east-1", **keys)
with mock_ecr() as mock:
    import moto
    from moto.core import patch_client
    from moto.core.botocore_stubber import BotocoreStubber
    patch_client(client)
    with moto.mock_aws():
        client.create_repository(repositoryName="team/app")
        assert [call.action for call in mock.calls] == ["CreateRepository"], mock.calls
    inside = BotocoreStubber.__call__
assert BotocoreStubber.__call__ is not inside
"""


def test_moto_that_is_imported_inside_leaves_ecr_to_us():
    done = subprocess.run([sys.executable, "-c", MOTO], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
