"""docs/versions.md: the public names that it lists are there, and none is missing on it."""

import functools
import json
import re
import tomllib
from pathlib import Path

import pytest
from werkzeug.test import Client

import ecrmock
from ecrmock import EcrMock, mock_ecr, testing
from ecrmock.cli import main
from ecrmock.testing import MockClock, plugin

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "versions.md").read_text()
DEVELOPMENT = {"async", "lint", "test", "types"}


def listed(heading):
    """The names in the first column of a chapter's table."""
    (chapter,) = re.findall(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return re.findall(r"^\| `([^`]+)` \|", chapter, re.MULTILINE)


def public(owner):
    return [name for name in dir(owner) if not name.startswith("_")]


def fixtures():
    """Before pytest 8.4 a fixture is a function with a mark."""
    found = vars(plugin).items()
    return [
        name
        for name, value in found
        if type(value).__name__ == "FixtureFunctionDefinition" or hasattr(value, "_pytestfixturefunction")
    ]


def paths():
    """The admin paths that a running ecrmock names when it is asked for another."""
    with mock_ecr() as mock:
        answer = Client(mock.application).get("/_ecrmock/none").get_data(as_text=True)
    return json.loads(answer)["error"].partition("there are ")[2].split(", ")


def kinds():
    """The kinds of work that a mock names when it is asked for another."""
    with mock_ecr() as mock, pytest.raises(ValueError, match="no work") as caught:
        mock.release("none")
    return str(caught.value).partition("there is ")[2].partition("there is ")[2].split(", ")


def extras():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return set(project["optional-dependencies"]) - DEVELOPMENT


@pytest.mark.parametrize(
    ("heading", "there"),
    [
        ("Names of `ecrmock`", lambda: ecrmock.__all__),
        ("Names of `ecrmock.testing`", lambda: testing.__all__),
        ("Members of `EcrMock`", functools.partial(public, EcrMock)),
        ("Fixtures of pytest", fixtures),
        ("Commands", lambda: main.commands),
        ("Paths of a running server", paths),
        ("Kinds of work", kinds),
        ("Extras of the package", extras),
    ],
)
def test_what_is_listed_is_what_there_is(heading, there):
    assert sorted(listed(heading)) == sorted(there())


@pytest.mark.parametrize("heading", ["Names of `ecrmock`", "Names of `ecrmock.testing`"])
def test_every_public_name_can_be_imported(heading):
    module = testing if "testing" in heading else ecrmock
    assert all(hasattr(module, name) for name in listed(heading))


def test_members_that_a_row_names_are_there():
    assert set(re.findall(r"`(\w+)`", row("MockClock"))) == set(public(MockClock))
    for name in ("Job", "LifecycleEvaluation", "LifecycleTrace", "ServiceError"):
        members = re.findall(r"`(\w+)(?:\(\))?`", row(name).partition(";")[2])
        known = {*public(getattr(testing, name)), *getattr(getattr(testing, name), "__annotations__", ())}
        assert members
        assert set(members) <= known, name


def row(name):
    (found,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
    return found
