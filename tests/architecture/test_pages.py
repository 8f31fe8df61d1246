"""The pages for contributors and users: what they link and name is there."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / ".github").rglob("*.md")]
PLACES = r"(?:ecrmock|tests|fixtures|docs|\.ci|\.github)/[\w./-]*|\w+\.(?:md|toml|ini)"


def exists(path):
    return path.exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_links_is_there(page):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if "://" not in target and not exists(page.parent / target)] == []


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "docs/versions.md"])
def test_the_places_that_a_page_names_are_there(name):
    places = re.findall(rf"`({PLACES})`", (ROOT / name).read_text())
    assert places
    assert [place for place in places if not exists(ROOT / place)] == []


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("REACTIONS", "ecrmock/app.py"),
        ("SettingsDict", "ecrmock/testing/options.py"),
        ("COMMON", "tests/architecture/test_errors.py"),
        ("LIMITS", "tests/coverage_table.py"),
        ("NEIGHBOURS", "tests/coverage_table.py"),
        ("UNSAID", "tests/parity/test_sentences.py"),
        ("DEEDS", "tests/services/ecr/test_faults.py"),
        ("READS", "tests/services/ecr/test_faults.py"),
    ],
)
def test_the_tables_that_contributors_are_sent_to_are_there(name, place):
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert re.search(rf"\b{name}\b", text)
    assert place in text
    assert re.search(rf"^(class )?{name}\b", (ROOT / place).read_text(), re.MULTILINE)


def test_the_environments_and_extras_of_the_set_up_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (wanted,) = re.findall(r"-e '\.\[([\w,]+)\]'", text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(wanted.split(",")) <= set(project["optional-dependencies"])
    tox = (ROOT / "tox.ini").read_text()
    assert all(f"[testenv:{name}]" in tox for name in re.findall(r"tox -e ([\w,]+)", text)[0].split(","))
