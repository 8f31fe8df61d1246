"""Python processes that begin together: each is up and waits at its pipe until all are."""

import subprocess
import sys

_WAITING = """
import runpy, sys
import ecrmock.cli, ecrmock.tls
print("up", flush=True)
sys.stdin.readline()
kind, what, *sys.argv[1:] = sys.argv[1:]
if kind == "-m":
    runpy.run_module(what, run_name="__main__", alter_sys=True)
else:
    exec(what, {"__name__": "__main__"})
"""


def begin(count, kind, what, *arguments):
    """So many processes of `python -m what arguments` or `python -c what arguments`, let go at the same moment."""
    command = [sys.executable, "-c", _WAITING, kind, what, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen(command, text=True, **pipes) for _ in range(count)]
    for each in started:
        assert each.stdout.readline() == "up\n", each.stderr.read()
    for each in started:
        each.stdin.write("\n")
        each.stdin.flush()
    return started


def together(count, kind, what, *arguments):
    """Let them run to their end; (exit status, output, errors) of each."""
    started = begin(count, kind, what, *arguments)
    ended = [each.communicate(timeout=60) for each in started]
    return [(each.returncode, *said) for each, said in zip(started, ended, strict=True)]
