"""The house: rooms in order, no circles, files that can be read at one sitting, one name for one thing.

import-linter (`tox -e lint`) holds the floors; here is what it cannot say, and what holds where it is not installed.
"""

import ast
import re
import tomllib

import pytest
from house import PACKAGE, Import, circles, classes, imports, modules
from paths import ROOT

MODULES = modules()
IMPORTS = imports(MODULES)
ROOMS = (
    "names",
    "neighbours",
    "access",
    "registry",
    "images",
    "lifecycle",
    "templates",
    "replication",
    "signing",
    "vulnerabilities",
    "scanning",
    "pull_through",
)
"""Of the domain, from the bottom up: each knows those before it."""


def floor(module):
    """The package below ecrmock in which a module stands."""
    return module.split(".")[1] if "." in module else ""


def room(module):
    """The room of the domain in which a module stands; None for one of another floor."""
    parts = module.split(".")
    return parts[2] if parts[1:2] == ["domain"] and len(parts) > 2 else None


def test_no_modules_import_each_other_in_a_circle_not_even_for_types():
    assert circles(IMPORTS) == []


def test_a_circle_would_be_found():
    edges = {Import("a", "b"), Import("b", "c"), Import("c", "a"), Import("c", "d"), Import("e", "e2")}
    assert circles(edges) == [["a", "b", "c"]]


def test_every_part_of_the_domain_is_a_room_that_is_known():
    assert {room(name) for name in MODULES} - {None} == set(ROOMS)


def test_rooms_know_only_those_below_them():
    upward = [
        edge
        for edge in sorted(IMPORTS)
        if None not in {room(edge.importer), room(edge.imported)}
        and ROOMS.index(room(edge.imported)) > ROOMS.index(room(edge.importer))
    ]
    assert upward == []


def test_import_linter_is_told_the_same_order():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each.get("containers") == ["ecrmock.domain"]]
    assert tuple(reversed(layers)) == ROOMS


def test_the_domain_and_what_is_below_it_speak_no_word_of_the_doors():
    below = ("base", "errors", "engine", "domain")
    allowed = (*below, "settings", "_version")
    upward = [edge for edge in IMPORTS if floor(edge.importer) in below and floor(edge.imported) not in allowed]
    assert upward == []


def test_the_engine_knows_no_word_of_ecr():
    assert [edge for edge in IMPORTS if edge.importer.startswith("ecrmock.engine") and room(edge.imported)] == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_file_can_be_read_at_one_sitting(name):
    assert MODULES[name].lines <= 400


def test_one_class_name_stands_for_one_thing():
    """But errors: they have the names that each service gives them on the wire."""
    several = {
        name: [each for each in where if not each.startswith("ecrmock.errors.")]
        for name, where in classes(MODULES).items()
    }
    assert {name: where for name, where in several.items() if len(where) > 1} == {}


def slices():
    """Places that take an event, a job or a key apart by position."""
    watched = re.compile(r"(^|\.)(event|job|subject)$")
    for module in MODULES.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice | ast.Constant):
                numbered = isinstance(node.slice, ast.Slice) or isinstance(node.slice.value, int)
                if numbered and watched.search(ast.unparse(node.value)):
                    yield f"{module.name}:{node.lineno} {ast.unparse(node)}"


def test_no_event_and_no_job_is_taken_apart_by_position():
    assert list(slices()) == []


def test_every_package_says_what_it_is_for():
    silent = [path for path in PACKAGE.rglob("__init__.py") if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []
