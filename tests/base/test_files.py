"""ecrmock.base.files: whole or not at all, never through a link, by one process at a time."""

import os
import stat

import pytest
from processes import together

from ecrmock.base import files


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "url"
    files.write(path, b"one")
    files.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in tmp_path.iterdir()] == ["url"]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_mode_is_that_which_was_asked_for(tmp_path, mode):
    files.write(tmp_path / "x", b"", mode=mode)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode & ~umask()


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("write", [files.write, lambda path, _data: files.remove(path)])
def test_a_link_is_replaced_or_removed_and_never_followed(tmp_path, write):
    (tmp_path / "victim").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    write(tmp_path / "link", b"ours")
    assert (tmp_path / "victim").read_bytes() == b"theirs"
    assert not (tmp_path / "link").is_symlink()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    files.write(tmp_path / "x", b"old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("bits", [0o604, 0o640, 0o602, 0o666])
def test_a_private_file_that_others_may_use_is_refused(tmp_path, bits):
    path = tmp_path / "key"
    files.write(path, b"secret", mode=0o600)
    assert files.read(path, private=True) == b"secret"
    path.chmod(bits)
    with pytest.raises(files.UnusableFileError, match=f"mode {bits:04o}"):
        files.read(path, private=True)
    assert files.read(path) == b"secret"


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        for work in (files.read, files.remove, files.check_place):
            with pytest.raises(files.UnusableFileError, match="not a file"):
                work(tmp_path / name)


def test_a_place_for_a_file_is_a_folder_that_is_there(tmp_path):
    files.check_place(tmp_path / "new")
    files.write(tmp_path / "old", b"")
    files.check_place(tmp_path / "old")
    for wrong in (tmp_path / "none" / "x", tmp_path / "old" / "x"):
        with pytest.raises(files.UnusableFileError, match="no folder"):
            files.check_place(wrong)
    with pytest.raises(files.UnusableFileError, match="name too long"):
        files.check_place(tmp_path / ("x" * 300))


def test_the_lock_is_no_link(tmp_path):
    (tmp_path / ".lock").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match=r"\.lock"), files.locked(tmp_path):
        pytest.fail("a link was followed")
    assert not (tmp_path / "victim").exists()


COUNT = """
import sys
from pathlib import Path
from ecrmock.base import files

folder = Path(sys.argv[1])
for _ in range(60):
    with files.locked(folder):
        files.write(folder / "n", str(int(files.read(folder / "n")) + 1).encode())
"""


def test_processes_that_lock_a_folder_lose_nothing_of_each_other(tmp_path):
    files.write(tmp_path / "n", b"0")
    assert [code for code, *_ in together(3, "-c", COUNT, tmp_path)] == [0, 0, 0]
    assert files.read(tmp_path / "n") == b"180"
