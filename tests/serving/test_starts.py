"""`ecrmock serve` and `ecrmock ca`: what cannot start says so in one line, what starts at once does not meet."""

import os
import select
import shutil
import signal
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner
from processes import begin, together

from ecrmock import serving, tls
from ecrmock.cli import main


@pytest.fixture
def state(tmp_path, monkeypatch):
    """The folder in which the local CA is kept."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path / "state" / "ecrmock"


@pytest.fixture
def told(monkeypatch):
    """A function: (exit status, lines) of a command that ends before anything is served."""

    def serve(*_arguments, **_named):
        pytest.fail("it serves")

    def run(*arguments):
        result = CliRunner().invoke(main, arguments)
        assert isinstance(result.exception, SystemExit)  # no traceback
        return result.exit_code, result.output.splitlines()

    monkeypatch.setattr(serving.Server, "serve", serve)
    return run


# -- what cannot start


WRONG = {
    "a host that nobody knows": (("--host", "no.such.test"), 1, "cannot listen on no.such.test:0"),
    "a host that is no name": (("--host", "\u00fc..x"), 1, "is no address"),
    "no host": (("--host", ""), 1, "'' is no address"),
    "an address with a zone": (("--host", "fe80::1%lo"), 1, "is no address"),
    "an address of others": (("--host", "192.0.2.1"), 1, "cannot listen on 192.0.2.1:0"),
    "a host for which there is no certificate": (("--tls", "auto", "--host", "a b"), 2, "'a b' is no name of a host"),
    "a url file in a folder that is not there": (("--url-file", "none/url"), 2, "there is no folder none"),
    "a url file in what is no folder": (("--url-file", "text/url"), 2, "there is no folder text"),
    "a url file that is a folder": (("--url-file", "folder"), 2, "'folder' is a directory"),
    "a url file that is a device": (("--url-file", "/dev/null"), 2, "/dev/null is not a file"),
    "a url file that is a pipe": (("--url-file", "pipe"), 2, "pipe is not a file"),
    "a config file that is not there": (("--config", "none"), 2, "'none' does not exist"),
    "a config file that is a folder": (("--config", "folder"), 2, "'folder' is a directory"),
    "a config file that cannot be read": (("--config", "/proc/self/mem"), 2, "/proc/self/mem: Input/output error"),
    "a config file of bytes": (("--config", "bytes"), 2, "bytes: 'utf-8' codec can't decode"),
    "a config file of text": (("--config", "text"), 2, "no section headers"),
    "advisories that are not there": (("--advisories", "none"), 2, "advisories none"),
    "advisories of bytes": (("--advisories", "bytes"), 2, "bytes is no JSON"),
    "a certificate that is not there": (("--tls", "none,text"), 2, "two files CERT,KEY"),
    "a certificate that is none": (("--tls", "text,text"), 2, "no certificate and key in PEM form"),
    "an upstream that is not there": (("--upstream", "quay=none"), 2, "upstream quay"),
    "a port that cannot be": (("--port", "70000"), 2, "70000"),
    "a region that is none": (("--set", "nonsense=1"), 2, "NAME=VALUE"),
}
"""Options -> exit status, what the last line says."""


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_start_says_why_in_its_last_line(told, case, tmp_path, monkeypatch):
    options, status, sentence = WRONG[case]
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("x\n")
    (tmp_path / "bytes").write_bytes(b"\xff")
    code, said = told("serve", "--port", "0", *options)
    assert code == status, said
    assert sentence in said[-1]
    assert len(said) == (1 if status == 1 else 4)  # a wrong option: with click's lines of usage


def broken(state, work):
    """A state folder with a CA, to which this was done."""
    tls.authority(state)
    work(state)


def others_key(state):
    trustme.CA().private_key_pem.write_to_path(state / "ca.key")
    (state / "ca.key").chmod(0o600)


def a_file(state):
    shutil.rmtree(state)
    state.write_text("")


def a_lock_elsewhere(state):
    (state / "ca.pem").unlink()
    (state / ".lock").unlink()
    (state / ".lock").symlink_to(state / "victim")


BROKEN = {
    "an empty certificate": (lambda state: (state / "ca.pem").write_bytes(b""), "ca.pem holds no certificate"),
    "a certificate of bytes": (lambda state: (state / "ca.pem").write_bytes(b"\xff"), "ca.pem holds no certificate"),
    "an empty key": (lambda state: (state / "ca.key").write_bytes(b""), "ca.key holds no key"),
    "no key": (lambda state: (state / "ca.key").unlink(), "ca.key is missing"),
    "the key of another": (others_key, "ca.pem and ca.key do not belong together"),
    "a key that all may read": (lambda state: (state / "ca.key").chmod(0o644), "ca.key is open to others (mode 0644)"),
    "a key that all may write": (lambda state: (state / "ca.key").chmod(0o666), "ca.key is open to others (mode 0666)"),
    "a file for a folder": (a_file, "File exists"),
    "a lock that is a link": (a_lock_elsewhere, "Too many levels of symbolic links"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("command", [("ca",), ("serve", "--port", "0", "--tls", "auto")], ids=lambda each: each[0])
def test_a_state_folder_that_makes_no_sense_is_told_in_one_line(told, state, case, command):
    work, sentence = BROKEN[case]
    broken(state, work)
    code, said = told(*command)
    assert code == 1
    assert len(said) == 1
    assert sentence in said[0]
    assert not (state / "victim").exists()


def test_a_state_folder_below_a_file_is_told_in_one_line(told, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert told("ca") == (1, [f"Error: {tmp_path}/file/ecrmock: Not a directory"])


# -- links and modes


def test_the_ca_is_never_written_through_a_link(state, tmp_path):
    state.mkdir(parents=True)
    for name in ("ca.pem", "ca.key"):
        (state / name).symlink_to(tmp_path / f"victim-of-{name}")
    assert tls.authority(state).cert_pem.bytes() == (state / "ca.pem").read_bytes()
    assert list(tmp_path.glob("victim*")) == []
    assert not any((state / name).is_symlink() for name in ("ca.pem", "ca.key"))


def test_the_files_of_a_server_are_its_own_and_nobody_elses(state, tmp_path, start):
    old = os.umask(0)
    try:
        start("--tls", "auto")
    finally:
        os.umask(old)
    assert sorted(each.name for each in state.iterdir()) == [".lock", "ca.key", "ca.pem"]
    (own,) = tmp_path.glob("ecrmock-*")
    paths = [state, state / "ca.key", state / "ca.pem", own, own / "server.key"]
    assert [oct(path.stat().st_mode & 0o777) for path in paths] == ["0o755", "0o600", "0o644", "0o700", "0o600"]


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_files_of_a_server_go_with_it(tmp_path, start, number):
    server = start("--tls", "auto")
    (worker,) = server.workers()
    end = os.pidfd_open(worker)
    server.process.send_signal(number)
    server.process.wait(20)
    assert select.select([end], [], [], 20)[0]
    os.close(end)
    assert list(tmp_path.glob("ecrmock-*")) == []


# -- at once


def test_commands_that_are_first_at_once_print_one_authority(state):
    ended = together(6, "-m", "ecrmock", "ca", "--pem")
    assert [code for code, *_ in ended] == [0] * 6, ended
    assert {said for _, said, _ in ended} == {(state / "ca.pem").read_text()}


def test_servers_that_start_at_once_on_one_state_folder_all_serve(state):
    servers = begin(4, "-m", "ecrmock", "serve", "--port", "0", "--tls", "auto")
    try:
        for each in servers:
            port = int(each.stdout.readline().rpartition(":")[2] or 0)
            assert port, each.stderr.read()
            assert each.stdout.readline() == "Ready.\n"
            assert ("IP Address", "127.0.0.1") in names(port, state / "ca.pem")
    finally:
        for each in servers:
            each.terminate()
        assert [each.wait(20) for each in servers] == [0] * 4
        for each in servers:
            each.communicate()


def names(port, authority):
    """Whom the certificate there speaks for, once this authority has vouched for it."""
    context = ssl.create_default_context(cafile=authority)
    with (
        socket.create_connection(("127.0.0.1", port), 20) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        return connection.getpeercert()["subjectAltName"]


# -- the URL file


def test_a_url_file_of_a_dead_server_is_gone_before_the_next_answers(start, tmp_path):
    path = tmp_path / "url"
    path.write_text("http://localhost:1\n")
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    server = start("--url-file", path, inside=("env", f"PYTHONPATH={tmp_path}:{Path.cwd()}"))
    assert server.stderr() == "at the start: False\n"
    assert path.read_text() == f"http://localhost:{server.port}\n"


WATCH = """
import sys, threading
from pathlib import Path
path = Path(__file__).with_name("url")
begin = threading.Thread.start
def start(thread):
    if thread.name == "ready":
        print("at the start:", path.exists(), file=sys.stderr, flush=True)
    begin(thread)
threading.Thread.start = start
"""


def test_a_url_file_is_not_taken_from_a_server_that_holds_the_port(start, tmp_path):
    first = start("--url-file", tmp_path / "url")
    second = start("--url-file", tmp_path / "url", port=first.port, wait=False)
    assert second.process.wait(20) == 3
    assert (tmp_path / "url").read_text() == f"http://localhost:{first.port}\n"


def test_a_url_file_that_is_anothers_by_now_stays(start, tmp_path):
    path = tmp_path / "url"
    first = start("--url-file", path)
    second = start("--url-file", path)
    first.process.terminate()
    assert first.process.wait(20) == 0
    assert path.read_text() == f"http://localhost:{second.port}\n"
    second.process.terminate()
    assert second.process.wait(20) == 0
    assert not path.exists()


def test_a_url_file_is_never_written_through_a_link(start, tmp_path):
    (tmp_path / "victim").write_text("theirs")
    (tmp_path / "url").symlink_to(tmp_path / "victim")
    server = start("--url-file", tmp_path / "url")
    assert (tmp_path / "url").read_text() == f"http://localhost:{server.port}\n"
    assert (tmp_path / "victim").read_text() == "theirs"


def test_a_url_file_that_cannot_be_written_in_the_end_ends_the_server(start, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(FULL)
    server = start("--url-file", tmp_path / "url", wait=False, inside=("env", f"PYTHONPATH={tmp_path}:{Path.cwd()}"))
    assert server.process.wait(20) != 0
    assert server.stderr().splitlines()[0] == (
        f"ecrmock: {tmp_path}/url cannot be written: No space left on device; it is given up"
    )
    assert "Ready" not in server.process.stdout.read().decode()


FULL = """
import os
def fsync(handle):
    raise OSError(28, "No space left on device")
os.fsync = fsync
"""
