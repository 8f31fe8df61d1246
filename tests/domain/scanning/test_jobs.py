"""ecrmock.domain.scanning.jobs: layers as files, and which advisories there are."""

import sys

import pytest

from ecrmock.base.blobs import Content
from ecrmock.domain.scanning import jobs as scan_jobs
from ecrmock.domain.scanning.jobs import AdvisoriesError, opened
from ecrmock.settings import Settings


def test_the_reader_of_a_content_is_a_file():
    data = bytes(range(256)) * 3000
    with opened(Content(len(data), data, None)) as file:
        assert file.read(10) == data[:10]
        assert file.read(1) == data[10:11]
        assert file.read() == data[11:]
        assert file.read(5) == b""


def test_without_paths_there_are_no_advisories():
    assert scan_jobs.advisories(Settings()) is None


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path):
    path = str(tmp_path / "none.json")
    with pytest.raises(AdvisoriesError, match=r"none\.json: No such file or directory"):
        scan_jobs.advisories(Settings(advisories=(path,)))


def test_without_the_extra_it_is_said_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "advisories.json"
    path.write_text("[]")
    monkeypatch.setitem(sys.modules, "univers", None)
    with pytest.raises(AdvisoriesError, match=r"pip install 'ecrmock\[scan\]'"):
        scan_jobs.advisories(Settings(advisories=(str(path),)))
